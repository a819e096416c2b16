package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const top = "../.."

// notRun are the commands of the pages that cannot be run here, and why. What begins with "go test" is not run either: tests run no
// tests, TestPageTests looks at it.
var notRun = map[string]string{
	"go install github.com/pid1lint/pid1lint/cmd/pid1lint@latest": "needs a network",
	`docker run --rm -v "$PWD:/src" ghcr.io/pid1lint/pid1lint`:    "needs a network",
	".ci/run":                      "runs all tests",
	"helm template . | pid1lint -": "needs helm and a chart",
	"npm install --prefix /tmp/multitool @microsoft/sarif-multitool-linux@5.7.0":             "needs a network",
	"chmod u+x /tmp/multitool/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool": "needs what npm installs",
	"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 /tmp/multitool/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool " +
		`  validate /tmp/pid1lint.sarif --output /tmp/multitool.sarif --log ForceOverwrite --rule-kind "Sarif;Gh" --level "Note;Warning;Error"`: "needs what npm installs",
}

// A block is a fenced block of a Markdown file.
type block struct{ language, text string }

var fenced = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, page))
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// inText is a command of pid1lint with options in the text, a table or a block of YAML of a page.
var inText = regexp.MustCompile("(?m)`(pid1lint [^`\n]*--[^`\n]+)`|^ *(?:- |run: )+(pid1lint .*)$")

// commands returns the command lines of a page: the lines of its blocks that are marked sh, without the comments behind them, and
// those that its text names.
func commands(t *testing.T, page string) []string {
	t.Helper()
	var lines []string
	for _, b := range blocks(t, page) {
		if b.language != "sh" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", "")) {
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				lines = append(lines, line)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(top, page))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range inText.FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, m[1]+m[2])
	}
	if len(lines) == 0 {
		t.Fatalf("%s has no command", page)
	}
	return lines
}

// TestPageCommands runs the command lines of the pages one after the other: in this repository where they name files of it, in a
// scratch copy of the demo otherwise. Findings are fine, a usage error is not.
func TestPageCommands(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the commands are written for bash")
	}
	left := map[string]bool{}
	for command := range notRun {
		left[command] = true
	}
	for _, page := range []string{"README.md", "CONTRIBUTING.md", "docs/ci.md", "docs/editors.md"} {
		scratch := t.TempDir()
		for _, dir := range []string{".", "api"} {
			if err := os.CopyFS(filepath.Join(scratch, dir), os.DirFS(filepath.Join(top, "testdata/demo"))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(filepath.Join(scratch, ".git"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, line := range commands(t, page) {
			if notRun[line] != "" {
				delete(left, line)
				continue
			}
			if strings.Contains(line, "go test ") {
				continue
			}
			t.Run(page+"/"+line, func(t *testing.T) {
				dir := scratch
				if strings.Contains(line, "testdata/") {
					dir = top
				}
				out, status := shell(t, bash, dir, strings.ReplaceAll(line, "go run ./cmd/pid1lint", "pid1lint"))
				if status != 0 && (status != 1 || !strings.Contains(line, "pid1lint")) {
					t.Errorf("it ends with status %d:\n%s", status, out)
				}
			})
		}
	}
	for command := range left {
		t.Errorf("notRun is stale: no page has %q", command)
	}
}

// shell runs a line in a folder, and returns what it prints and its exit status.
func shell(t *testing.T, bash, dir, line string) (string, int) {
	t.Helper()
	c := exec.Command(bash, "-c", line)
	c.Dir = dir
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); name != "COLUMNS" && name != "CLICOLOR_FORCE" && name != "FORCE_COLOR" {
			c.Env = append(c.Env, variable)
		}
	}
	out, err := c.CombinedOutput()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		return string(out), failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

// TestPageTests looks up the tests and flags that the pages name behind go test, without running them.
func TestPageTests(t *testing.T) {
	for _, line := range append(commands(t, "README.md"), commands(t, "CONTRIBUTING.md")...) {
		_, args, ok := strings.Cut(line, "go test ")
		if !ok {
			continue
		}
		source, names, flags := "", []string{}, []string{}
		words := strings.Fields(strings.ReplaceAll(args, "'", ""))
		for i, word := range words {
			flag, _, _ := strings.Cut(strings.TrimPrefix(word, "-"), "=")
			switch {
			case word == "./...":
			case strings.HasPrefix(word, "./"):
				files, err := filepath.Glob(filepath.Join(top, word, "*_test.go"))
				if err != nil || len(files) == 0 {
					t.Errorf("%s: %s has no tests", line, word)
				}
				for _, name := range files {
					text, err := os.ReadFile(name)
					if err != nil {
						t.Fatal(err)
					}
					source += string(text)
				}
			case word == "-run" || word == "-fuzz":
				for name := range strings.SplitSeq(words[i+1], "|") {
					name, _, _ = strings.Cut(name, "/")
					names = append(names, name)
				}
			case strings.HasPrefix(word, "-") && !slices.Contains([]string{"fuzztime", "short", "timeout", "v"}, flag):
				flags = append(flags, flag)
			}
		}
		for _, name := range names {
			if !strings.Contains(source, "func "+name+"(") {
				t.Errorf("%s: there is no test %s", line, name)
			}
		}
		for _, name := range flags {
			if !strings.Contains(source, `"`+name+`"`) {
				t.Errorf("%s: there is no flag -%s", line, name)
			}
		}
	}
}

// TestPageDemo compares the output that README.md shows below the command for the demo with the real one.
func TestPageDemo(t *testing.T) {
	all := blocks(t, "README.md")
	for i, b := range all {
		if b.language != "text" || i == 0 || !strings.HasPrefix(all[i-1].text, "go run ./cmd/pid1lint testdata/demo") {
			continue
		}
		took := regexp.MustCompile(`\(\d+\.\d+s\)`)
		bash, err := exec.LookPath("bash")
		if err != nil {
			t.Skip(err)
		}
		got, status := shell(t, bash, top, "pid1lint testdata/demo")
		if diff := cmp.Diff(took.ReplaceAllString(b.text, "(0.01s)"), took.ReplaceAllString(got, "(0.01s)")); diff != "" || status != 1 {
			t.Errorf("the demo ends with status %d and prints (-shown +real)\n%s", status, diff)
		}
		return
	}
	t.Error("README.md does not show what the demo prints")
}

// TestPageExamples lints the Dockerfile of README.md, of which the page says that its signal is lost, with the settings that it shows.
func TestPageExamples(t *testing.T) {
	dir := t.TempDir()
	for _, b := range blocks(t, "README.md") {
		name := ""
		switch {
		case b.language == "dockerfile" && strings.HasPrefix(b.text, "FROM "):
			name = "Dockerfile"
		case b.language == "yaml" && strings.HasPrefix(b.text, "rules:"):
			name = ".pid1lint.yaml"
		default:
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"Dockerfile", ".pid1lint.yaml"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("README.md shows no %s: %v", name, err)
		}
	}
	hooks, err := os.ReadFile(filepath.Join(top, ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks(t, "README.md") {
		for _, m := range regexp.MustCompile(`(?m)^ *- id: (\S+)`).FindAllStringSubmatch(b.text, -1) {
			if !strings.Contains(string(hooks), "- id: "+m[1]+"\n") {
				t.Errorf("README.md has the hook %s, and .pre-commit-hooks.yaml has not", m[1])
			}
		}
	}
	if out, status := shell(t, bash, dir, "pid1lint"); status != 1 || strings.Count(out, "never hears of it") != 2 || !strings.Contains(out, "killed after 30s") {
		t.Errorf("status %d:\n%s", status, out)
	}
}
