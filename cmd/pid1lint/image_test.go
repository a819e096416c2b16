package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// TestImageVerdict lints the image of pid1lint.
func TestImageVerdict(t *testing.T) {
	if out, status := runIn(t, "../..", "pid1lint", "--preview", "--fail-on", "note", "Dockerfile"); status != statusClean {
		t.Errorf("exit status %d\n%s", status, out)
	}
	out, _ := runIn(t, "../..", "pid1lint", "explain", "--format", "json", "Dockerfile")
	var explained struct {
		Launches []struct{ Verdict string }
	}
	if err := json.Unmarshal([]byte(out), &explained); err != nil || len(explained.Launches) != 1 || explained.Launches[0].Verdict != "graceful" {
		t.Errorf("the verdict is not graceful: %v\n%s", err, out)
	}
}

// TestImageBuild does what docker build does up to the last stage: it copies what .dockerignore leaves and runs the commands of RUN.
func TestImageBuild(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a shell of Unix")
	}
	list, err := os.Open("../../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	patterns, err := ignorefile.ReadAll(list)
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	text := strings.ReplaceAll(get(t, "../..", "Dockerfile"), "\\\n", "")
	build, last, _ := strings.Cut(text, "\nFROM scratch\n")
	ran := 0
	for line := range strings.Lines(build) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		switch fields[0] {
		case "COPY":
			for _, name := range fields[1 : len(fields)-1] {
				copyContext(t, ignored, name, filepath.Join(dir, "build"))
			}
		case "RUN":
			ran++
			script := strings.Replace(strings.TrimPrefix(line, "RUN "), "-o /pid1lint", "-o "+program, 1)
			t.Setenv("TARGETOS", runtime.GOOS)
			t.Setenv("TARGETARCH", runtime.GOARCH)
			t.Setenv("VERSION", "v1.2.3")
			if out, status := runIn(t, filepath.Join(dir, "build"), "sh", "-c", script); status != 0 {
				t.Fatalf("%s%s", line, out)
			}
		}
	}
	if ran != 2 || !strings.Contains(last, "COPY --from=build /pid1lint /usr/local/bin/pid1lint") {
		t.Fatalf("%d commands ran; the last stage is\n%s", ran, last)
	}
	if out, _ := runIn(t, dir, program, "--version"); !strings.HasPrefix(out, "pid1lint v1.2.3 (go") {
		t.Errorf("its version is %s", out)
	}
}

func copyContext(t *testing.T, ignored *patternmatcher.PatternMatcher, name, to string) {
	t.Helper()
	if err := filepath.WalkDir(filepath.Join("../..", name), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		skip, err := ignored.MatchesOrParentMatches(rel)
		if err == nil && !skip {
			put(t, to, rel, get(t, "", path))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
