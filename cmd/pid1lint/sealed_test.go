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

	"github.com/spf13/pflag"
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
	put(t, dir, "settings.yaml", "rules: {no-exec: note}\n")
	report := filepath.Join(dir, "out.sarif")
	put(t, project, "staged/Dockerfile", "FROM node:20 AS x\nCOPY . .\nCMD npm start\nFROM x\n")
	put(t, project, "staged/package.json", `{"scripts": {"start": "node a.js"}}`)
	put(t, project, "staged/a.js", "process.on('SIGTERM', () => process.exit())\n")
	put(t, project, "staged/compose.yaml", "services: {a: {build: {context: ., target: x}, command: sh -c 'a; b'}}\n")
	put(t, project, "staged/pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: debian, command: [sh, -c, 'a; b']}]}\n")
	lines := [][]string{
		{"--exit-zero", project}, {"--exit-zero", "--format", "sarif", "--output", report, project}, {"--exit-zero", "--baseline", report, project},
		{"--exit-zero", "--diff", "--unsafe-fixes", project},
		{"--exit-zero", "--preview", "--show-suppressed", "--quiet", "--color", "always", "--fail-on", "note", "--config", filepath.Join(dir, "settings.yaml"), project},
		{"--exit-zero", "--select", "no-exec", "--ignore", "no-trap", "--target", "x", filepath.Join(project, "staged", "Dockerfile")},
		{"--exit-zero", "--stdin-filename", "Dockerfile", "-"},
		{"explain", project}, {"explain", "--target", "x", filepath.Join(project, "staged", "Dockerfile")},
		{"rules"}, {"rules", "no-exec"}, {"version"}, {"--version"}, {"--help"}, {"help", "explain"}, {"explain", "--help"},
		{"completion"}, {"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"}, {"__complete", "--format", ""},
	}
	for format := range lintFormats {
		lines = append(lines, []string{"--exit-zero", "--format", format, project})
	}
	for format := range explainFormats {
		lines = append(lines, []string{"explain", "--format", format, project})
	}
	lines = append(lines, []string{"--exit-zero", "--fix", "--unsafe-fixes", project})
	asked := map[string]bool{}
	for _, args := range lines {
		for _, arg := range args {
			asked[arg] = true
		}
	}
	for _, command := range append((&session{}).rootCommand().Commands(), (&session{}).rootCommand()) {
		if command.HasParent() && !asked[command.Name()] {
			t.Errorf("no run of %s is looked at", command.Name())
		}
		command.Flags().VisitAll(func(f *pflag.Flag) {
			if !asked["--"+f.Name] {
				t.Errorf("no run with --%s is looked at", f.Name)
			}
		})
	}
	for _, args := range lines {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		command := exec.CommandContext(ctx, "strace", append([]string{"-f", "-qq", "-e", "trace=network,execve,execveat", "-o", trace, binary}, args...)...)
		command.Stdin = strings.NewReader("FROM debian:12\nCMD app\n")
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
