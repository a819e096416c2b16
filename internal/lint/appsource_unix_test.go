//go:build unix

package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/rules"
)

// manyGoFiles writes a module of some thousand files, of which the program imports as many as it may.
func manyGoFiles(t *testing.T, files int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("Dockerfile", "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /app ./cmd/app\nFROM debian:12\nCOPY --from=build /app /app\nCMD [\"/app\"]\n")
	write("go.mod", "module example.com/app\n")
	body := strings.Repeat("// work does something with what it is given, and returns what comes of it.\nfunc work%d(a, b int) (c int) {\n\tfor i := range a {\n\t\tc += i * b\n\t}\n\treturn c\n}\n\n", 40)
	packages := files / 10
	for n := range packages {
		imported := fmt.Sprintf("import (\n\t\"fmt\"\n\t\"os\"\n\n\t_ \"go.uber.org/zap\"\n\t_ \"example.com/app/p%d\"\n\t_ \"example.com/app/p%d\"\n)\n", (2*n+1)%packages, (2*n+2)%packages)
		for f := range 10 {
			write(fmt.Sprintf("p%d/file%d.go", n, f), fmt.Sprintf("package p%d\n\n%s\n%s", n, imported, strings.ReplaceAll(body, "%d", fmt.Sprint(f))))
		}
	}
	write("cmd/app/main.go", "package main\n\nimport (\n\t\"net/http\"\n\n\t_ \"example.com/app/p0\"\n)\n\nfunc main() {\n\thttp.ListenAndServe(\":8080\", nil)\n}\n")
	return dir
}

// TestSourceSpeed prints what it costs to read the source of programs, and fails where that doubles the time of a lint.
func TestSourceSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes ten thousand files")
	}
	dir := manyGoFiles(t, 10_000)
	read := 0
	once := func(unread bool) time.Duration {
		start := processorTime(t)
		p, err := Load(os.DirFS(dir), &config.Config{}, []string{"."})
		if err != nil {
			t.Fatal(err)
		}
		p.unread = unread
		read = p.Run(rules.All()).Files
		return processorTime(t) - start
	}
	without, with := time.Hour, time.Hour
	for range 20 { // others share the caches
		without, with = min(without, once(true)), min(with, once(false))
		if with <= 2*without {
			break
		}
	}
	t.Logf("a lint of 10,000 source files takes %v of the processors without reading them, and %v with %d files read", without.Round(time.Millisecond), with.Round(time.Millisecond), read)
	if read < 250 {
		t.Errorf("only %d files were read", read)
	}
	if with > 2*without {
		t.Errorf("reading the source of programs makes it %.1f times as slow", float64(with)/float64(without))
	}
}

// processorTime returns what the process has taken of the processors so far: time on the clock is that of whatever else runs, too.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
