package rules_test

import (
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

// load reads a project that is given as a txtar archive.
func load(t *testing.T, archive string) *lint.Project {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if f.Name != "want" && !strings.HasPrefix(f.Name, "fixed/") && !strings.HasPrefix(f.Name, "unsafe/") && f.Name != "fixed" && f.Name != "unsafe" {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		}
	}
	project, err := lint.Load(fsys, &config.Config{}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// run lints a project that is given as a txtar archive.
func run(t *testing.T, archive string) rules.Result {
	t.Helper()
	result := load(t, archive).Run(rules.All())
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
			if rule.Bad == "" || rule.Good == "" {
				t.Fatal("the rule lacks Bad or Good: a txtar archive of a small project that it finds, and of the same put right")
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
			if fixed := repair(t, rule.Bad, false); len(fixed.Files) > 0 {
				for _, f := range fixed.Result.Findings {
					t.Errorf("the fixed example has a finding: %s: %s", f.Rule.ID, f.Message)
				}
				for _, f := range fixed.Files {
					for _, want := range txtar.Parse([]byte(rule.Good)).Files {
						if want.Name == f.Path && string(want.Data) != f.After {
							t.Errorf("the fix makes of %s\n%s and not\n%s", f.Path, f.After, want.Data)
						}
					}
				}
			} else {
				t.Logf("%s: not fixed", rule.ID)
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
			archive := txtar.Parse(data)
			first := len(archive.Files)
			for i, f := range archive.Files {
				if f.Name == "want" {
					first = i
					break
				}
			}
			got := sections(t, string(data))
			if *update {
				archive.Files = append(archive.Files[:first], got...)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want := &txtar.Archive{Files: archive.Files[first:]}
			if diff := cmp.Diff(string(txtar.Format(want)), string(txtar.Format(&txtar.Archive{Files: got}))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// sections returns what is wanted of a project: its findings, the files that its safe fixes change and what is found then, and
// the same with the unsafe ones where that is something else.
func sections(t *testing.T, archive string) []txtar.File {
	t.Helper()
	want := []txtar.File{{Name: "want", Data: []byte(show(run(t, archive)))}}
	safe := repair(t, archive, false)
	add := func(name string, r lint.Repair) {
		for _, f := range r.Files {
			want = append(want, txtar.File{Name: name + "/" + f.Path, Data: []byte(f.After)})
		}
		want = append(want, txtar.File{Name: name, Data: []byte(show(r.Result))})
	}
	if len(safe.Files) > 0 {
		add("fixed", safe)
	}
	if unsafe := repair(t, archive, true); !cmp.Equal(unsafe.Files, safe.Files) {
		add("unsafe", unsafe)
	}
	return want
}

// repair fixes a project, and proves of it that nothing ends worse and that a second time changes nothing.
func repair(t *testing.T, archive string, unsafe bool) lint.Repair {
	t.Helper()
	before := run(t, archive)
	project := load(t, archive)
	done := project.Fix(rules.All(), unsafe)
	if len(before.Launches) != len(done.Result.Launches) {
		t.Fatalf("%d launches, and %d when it is fixed", len(before.Launches), len(done.Result.Launches))
	}
	for i, l := range done.Result.Launches {
		if l.Rank() > before.Launches[i].Rank() {
			t.Errorf("%s was %s and is %s when it is fixed", l.Origin.File.Path, before.Launches[i].Verdict, l.Verdict)
		}
	}
	texts := txtar.Parse([]byte(archive))
	for i := range texts.Files {
		for _, f := range done.Files {
			if texts.Files[i].Name == f.Path {
				texts.Files[i].Data = []byte(f.After)
			}
		}
	}
	if again := load(t, string(txtar.Format(texts))).Fix(rules.All(), unsafe); len(again.Files) > 0 {
		t.Errorf("fixing it once more changes %s", again.Files[0].Path)
	}
	return done
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
