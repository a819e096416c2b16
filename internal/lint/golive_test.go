//go:build linux

package lint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/live"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestGoPrograms holds what is predicted from the source of Go programs against what becomes of them.
func TestGoPrograms(t *testing.T) {
	archive, err := txtar.ParseFile("../../testdata/live/go.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files, want := fstest.MapFS{}, ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
		} else {
			files[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		}
	}
	fixed := fstest.MapFS{}
	for name, f := range files {
		fixed[name] = f
	}
	starts := map[string]*process.Launch{}
	for line := range strings.Lines(want) {
		who, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		d := imageOf(strings.Fields(who))
		project := withDockerfile(files, d)
		p, err := Load(project, &config.Config{}, []string{"."})
		if err != nil {
			t.Fatal(err)
		}
		starts[who] = p.Run(rules.All()).Launches[0]
		done := p.Fix(rules.All(), false)
		for _, f := range done.Files {
			if f.Path != "Dockerfile" {
				fixed[f.Path] = &fstest.MapFile{Data: []byte(f.After), Mode: 0o644}
			}
		}
	}
	h := openLive(t)
	before, after := builtGo(t, files), builtGo(t, fixed)
	for line := range strings.Lines(want) {
		who, verdicts, _ := strings.Cut(strings.TrimSpace(line), ": ")
		first, second, differs := strings.Cut(verdicts, ", ")
		second = strings.TrimSuffix(second, " with the fixes")
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			fields := strings.Fields(who)
			missed := false
			for _, f := range starts[who].Sources() {
				for _, fact := range f.Source.Facts {
					missed = missed || fact.Kind == process.UnbufferedChannel
				}
			}
			if got := string(starts[who].Verdict); got != first && !(missed && got == second) {
				t.Errorf("predicted %s, want %s: %s", got, first, starts[who].Reason)
			}
			tryGo(t, h, fields, before, first)
			if differs {
				tryGo(t, h, fields, after, second)
			}
		})
	}
}

// tryGo starts a program and compares what becomes of it. A machine that is busy gets a second chance.
func tryGo(t *testing.T, h *live.Harness, fields []string, built map[string]string, want string) {
	t.Helper()
	c := live.Case{Argv: []string{"./program"}, Files: []live.File{{Name: "program", Content: built[fields[0]]}}}
	for _, field := range fields[1:] {
		if field == "tini" {
			if names := live.Missing("tini"); len(names) > 0 && !liveRequired() {
				t.Skipf("not installed: %q", names)
			}
			c.Argv = append([]string{"tini", "--"}, c.Argv...)
		} else if sig, ok := process.ParseSignal(field); ok {
			c.Signal = syscall.Signal(sig)
		}
	}
	var o live.Outcome
	for range 2 {
		var err error
		if o, err = h.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if string(o.Verdict) == want || o.Verdict == live.Undecided && want == "abrupt" {
			return // Linux before 6.15 does not say how a process ended
		}
	}
	t.Errorf("want %s, got %v", want, &o)
}

// imageOf writes the Dockerfile of a start: the program, its stop signal, and tini where that is in front.
func imageOf(fields []string) string {
	d := "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/program ./cmd/" + fields[0] + "\n"
	d += "FROM debian:12\nRUN apt-get update && apt-get install -y tini\nCOPY --from=build /out/program /w/program\n"
	command := `"/w/program"`
	for _, field := range fields[1:] {
		if field == "tini" {
			command = `"tini", "--", ` + command
		} else {
			d += "STOPSIGNAL SIG" + field + "\n"
		}
	}
	return d + "CMD [" + command + "]\n"
}

func withDockerfile(files fstest.MapFS, text string) fstest.MapFS {
	project := fstest.MapFS{"Dockerfile": &fstest.MapFile{Data: []byte(text), Mode: 0o644}}
	for name, f := range files {
		project[name] = f
	}
	return project
}

// builtGo builds the programs below cmd and returns them by their names.
func builtGo(t *testing.T, files fstest.MapFS) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out+"/", "./cmd/...")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%w: %s", err, text))
	}
	built := map[string]string{}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		built[e.Name()] = string(text)
	}
	return built
}
