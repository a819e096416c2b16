package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestImports proves that nothing of the program can start another one or use the network: only the harness of the live tests does.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "github.com/pid1lint/pid1lint/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		packages++
		if strings.HasPrefix(name, "github.com/pid1lint/pid1lint/internal/live") {
			continue
		}
		for _, path := range strings.Fields(imports) {
			if slices.Contains([]string{"net", "net/http", "os/exec", "plugin"}, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
	if packages < 10 {
		t.Errorf("there are only %d packages: %s", packages, out)
	}
}

// TestSealed runs every command under strace: none opens a socket or starts a program.
func TestSealed(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "pid1lint")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	project := filepath.Join(dir, "project")
	if err := os.CopyFS(project, os.DirFS("../../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(dir, "trace")
	for _, args := range [][]string{
		{"--exit-zero", project}, {"explain", project}, {"explain", "--format", "svg", project}, {"rules", "no-exec"}, {"version"}, {"completion", "bash"}, {"--help"},
		{"--exit-zero", "--format", "sarif", "--output", filepath.Join(dir, "out.sarif"), project},
		{"--exit-zero", "--diff", project}, {"--exit-zero", "--fix", project}, {"--exit-zero", "--baseline", filepath.Join(dir, "out.sarif"), project},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		command := exec.CommandContext(ctx, "strace", append([]string{"-f", "-qq", "-e", "trace=network,execve,execveat", "-o", trace, binary}, args...)...)
		command.Dir = project // the root of the run: elsewhere it may be a folder that holds a great deal more
		if out, err := command.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "ptrace") {
				t.Skipf("strace cannot trace here: %s", out)
			}
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		log, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		var calls []string
		for line := range strings.Lines(string(log)) {
			if strings.Contains(line, "(") && !strings.Contains(line, "---") && !strings.Contains(line, "???(") { // a thread that has just ended
				calls = append(calls, strings.TrimSpace(line))
			}
		}
		if len(calls) != 1 || !strings.Contains(calls[0], "execve(") {
			t.Errorf("%q calls more than the execve that starts it:\n%s", args, strings.Join(calls, "\n"))
		}
	}
}
