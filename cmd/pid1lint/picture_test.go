package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDocsPicture checks that the picture of the documentation is what explain draws of the example in this repository.
func TestDocsPicture(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	var out, errs bytes.Buffer
	if status := run([]string{"explain", "--format", "svg", "testdata/demo"}, nil, &out, &errs, func(string) string { return "" }); status != 0 || errs.Len() > 0 {
		t.Fatalf("exit status %d: %s", status, errs.String())
	}
	picture := filepath.Join("docs", "explain.svg")
	if *update {
		if err := os.WriteFile(picture, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(picture); err != nil || !bytes.Equal(got, out.Bytes()) {
		t.Errorf("%s is stale (go test ./cmd/pid1lint -run TestDocsPicture -update writes it) %v", picture, err)
	}
}
