package rules_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted sections of testdata/rules and rules/README.md")

// run lints a project that is given as a txtar archive.
func run(t *testing.T, archive string) rules.Result {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if f.Name == "want" {
			continue
		}
		fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	project, err := lint.Load(fsys, &config.Config{}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	result := project.Run(rules.All())
	for _, p := range result.Problems {
		t.Errorf("problem: %s: %s", p.Path, p.Message)
	}
	return result
}

func found(r rules.Result, id string) []rules.Finding {
	var fs []rules.Finding
	for _, f := range r.Findings {
		if f.Rule.ID == id {
			fs = append(fs, f)
		}
	}
	return fs
}

// TestExamples proves of every rule that its bad example is found and that its good example is right.
func TestExamples(t *testing.T) {
	for _, rule := range rules.All() {
		t.Run(rule.ID, func(t *testing.T) {
			for _, text := range []string{rule.Title, rule.Doc, rule.Bad, rule.Good} {
				if text == "" {
					t.Fatal("the rule lacks a title, its documentation or an example")
				}
			}
			bad := found(run(t, rule.Bad), rule.ID)
			if len(bad) == 0 {
				for _, l := range run(t, rule.Bad).Launches {
					t.Logf("%s: %s %v", l.Verdict, l.Reason, l.Unknown)
				}
				t.Error("the bad example is not found")
			}
			for _, f := range bad {
				if f.Span.IsZero() || f.Message == "" || f.Remedy == "" {
					t.Errorf("a finding without a place, a message or a remedy: %+v", f)
				}
			}
			good := run(t, rule.Good)
			for _, f := range good.Findings {
				t.Errorf("the good example has a finding: %s: %s", f.Rule.ID, f.Message)
			}
			for _, l := range good.Launches {
				if l.Verdict != process.Graceful {
					t.Errorf("the good example is %s: %s %v", l.Verdict, l.Reason, l.Unknown)
				}
			}
		})
	}
}

// TestFindings compares the findings of small projects with the section "want" of their archives.
func TestFindings(t *testing.T) {
	paths, err := filepath.Glob("../testdata/rules/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, rule := range rules.All() {
		ids[rule.ID] = true
	}
	for _, path := range paths {
		id := filepath.Base(filepath.Dir(path))
		t.Run(id+"/"+filepath.Base(path), func(t *testing.T) {
			if !ids[id] {
				t.Fatalf("there is no rule %s", id)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := show(run(t, string(data)))
			archive := txtar.Parse(data)
			var want *txtar.File
			for i := range archive.Files {
				if archive.Files[i].Name == "want" {
					want = &archive.Files[i]
				}
			}
			if want == nil {
				archive.Files = append(archive.Files, txtar.File{Name: "want"})
				want = &archive.Files[len(archive.Files)-1]
			}
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// show prints the launches and findings of a run, one a line.
func show(r rules.Result) string {
	var lines []string
	for _, l := range r.Launches {
		line := fmt.Sprintf("%s: %s", l.Origin.File.Path, l.Verdict)
		if l.Slow {
			line += ", slow"
		}
		if l.OneShot {
			line += ", one-shot"
		}
		for _, gap := range l.Unknown {
			line += "; " + gap.Reason
		}
		lines = append(lines, line)
	}
	var findings []string
	for _, f := range r.Findings {
		at := f.Span.Begin()
		findings = append(findings, fmt.Sprintf("%s:%d:%d: %s[%s]: %s: %q", f.Span.File.Path, at.Line, at.Column, f.Severity, f.Rule.ID, f.Message, f.Span.Text()))
	}
	sort.Strings(findings)
	return strings.Join(append(lines, findings...), "\n") + "\n"
}

// TestReadme fails when rules/README.md does not say what the rules say. go generate rewrites it.
func TestReadme(t *testing.T) {
	var b bytes.Buffer
	if err := rules.WriteReadme(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("README.md", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), b.String()); diff != "" {
		t.Errorf("rules/README.md is stale, run go generate ./rules (-have +want)\n%s", diff)
	}
}
