package lint

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

func run(t *testing.T, files map[string]string, paths ...string) (*Project, rules.Result) {
	t.Helper()
	p, err := Load(tree(files), nil, paths)
	if err != nil {
		t.Fatal(err)
	}
	return p, p.Run(nil)
}

// started lists launches: where they are written, what they start, and which files they depend on.
func started(p *Project, result rules.Result) []string {
	var list []string
	for _, launch := range result.Launches {
		list = append(list, fmt.Sprintf("%s %s %s: %s", launch.Kind, launch.Origin.File.Path,
			strings.Join(parser.Texts(launch.Argv), " "), strings.Join(p.Touched(launch), " ")))
	}
	return list
}

func TestRun(t *testing.T) {
	files := map[string]string{
		"start.sh":       "#!/bin/sh\n. /lib.sh\nexec app\n",
		"lib.sh":         "true\n",
		"other.sh":       "#!/bin/bash\nother\n",
		"broken.sh":      "#!/bin/sh\nif\n",
		"a/Dockerfile":   "FROM alpine:3.20\nCOPY start.sh lib.sh /\nENTRYPOINT [\"/start.sh\"]\n",
		"b/Dockerfile":   "FROM alpine:3.20\nCOPY start.sh lib.sh /\nENTRYPOINT [\"/bin/sh\", \"/start.sh\"]\n",
		"c/Dockerfile":   "FROM alpine:3.20\nCOPY broken.sh /\nENTRYPOINT [\"/bin/sh\", \"/broken.sh\"]\n",
		"d/Dockerfile":   "FROM alpine:3.20\nFORM alpine\n",
		"e/Dockerfile":   "FROM alpine:3.20\nENTRYPOINT [\"app\"]\n",
		"f/Dockerfile.x": "FROM scratch\n",
	}
	for _, test := range []struct {
		paths    []string
		want     []string
		problems []string
	}{
		{nil, []string{
			"dockerfile a/Dockerfile /start.sh: a/Dockerfile start.sh lib.sh",
			"dockerfile b/Dockerfile /bin/sh /start.sh: b/Dockerfile start.sh lib.sh",
			"dockerfile c/Dockerfile /bin/sh /broken.sh: c/Dockerfile broken.sh",
			"dockerfile e/Dockerfile app: e/Dockerfile",
		}, []string{"d/Dockerfile:2"}},
		{[]string{"start.sh"}, []string{
			"dockerfile a/Dockerfile /start.sh: a/Dockerfile start.sh lib.sh",
			"dockerfile b/Dockerfile /bin/sh /start.sh: b/Dockerfile start.sh lib.sh",
		}, nil},
		{[]string{"lib.sh", "e"}, []string{
			"dockerfile a/Dockerfile /start.sh: a/Dockerfile start.sh lib.sh",
			"dockerfile b/Dockerfile /bin/sh /start.sh: b/Dockerfile start.sh lib.sh",
			"dockerfile e/Dockerfile app: e/Dockerfile",
		}, nil},
		{[]string{"other.sh"}, nil, nil},
	} {
		p, result := run(t, files, test.paths...)
		if diff := cmp.Diff(test.want, started(p, result)); diff != "" {
			t.Errorf("%v: launches (-want +got):\n%s", test.paths, diff)
		}
		var problems []string
		for _, problem := range result.Problems {
			problems = append(problems, fmt.Sprintf("%s:%d", problem.Path, problem.Span.Begin().Line))
		}
		if diff := cmp.Diff(test.problems, problems); diff != "" {
			t.Errorf("%v: problems (-want +got):\n%s", test.paths, diff)
		}
	}

	p, _ := run(t, files, "other.sh")
	p.Alone = true
	if diff := cmp.Diff([]string{"script other.sh /other.sh: other.sh"}, started(p, p.Run(nil))); diff != "" {
		t.Errorf("a script on its own (-want +got):\n%s", diff)
	}
}

func TestRunIsDeterministic(t *testing.T) {
	files := map[string]string{}
	for n := range 40 {
		files[fmt.Sprintf("d%02d/Dockerfile", n)] = "FROM alpine:3.20\nCMD ./app\n"
	}
	p, first := run(t, files)
	for range 5 {
		q, again := run(t, files)
		if diff := cmp.Diff(started(p, first), started(q, again)); diff != "" {
			t.Fatalf("two runs differ:\n%s", diff)
		}
	}
}

func TestPanicCostsOneUnit(t *testing.T) {
	p, err := Load(tree(map[string]string{
		"a/Dockerfile": "FROM alpine\nCMD [\"a\"]\n", "b/Dockerfile": "FROM alpine\nCMD [\"b\"]\n", "c/Dockerfile": "FROM alpine\nCMD [\"c\"]\n"}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	result := p.Run([]*rules.Rule{{ID: "mad", Check: func(pass *rules.Pass) {
		if pass.Launch.Argv[0].Text == "b" {
			panic("mad")
		}
		pass.Report(rules.Finding{Span: pass.Launch.Origin})
	}}})
	if len(result.Launches) != 2 || len(result.Findings) != 2 {
		t.Errorf("%d launches and %d findings are left, want 2 of each", len(result.Launches), len(result.Findings))
	}
	if len(result.Problems) != 1 || !strings.Contains(result.Problems[0].Message, "linting b/Dockerfile") || !strings.Contains(result.Problems[0].Message, "report") {
		t.Errorf("problems: %+v", result.Problems)
	}
}

// TestPanicOfEachKind lets a rule, a fix and the reading of a file fail for each kind of file: it is said, and the rest is looked at.
func TestPanicOfEachKind(t *testing.T) {
	files := map[string]string{
		"a/Dockerfile": "FROM alpine\nCMD [\"a\"]\n", "b/Dockerfile": "FROM alpine\nCMD [\"b\"]\n",
		"c/compose.yaml": "services:\n  a: {image: alpine, command: [a]}\n  b: {image: alpine, command: [b]}\n",
		"d/pod.yaml":     "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: alpine, command: [a]}\n  - {name: b, image: alpine, command: [b]}\n",
		"e/a.sh":         "#!/bin/sh\nexec a\n", "e/b.sh": "#!/bin/sh\nexec b\n",
	}
	crash := func(pass *rules.Pass) {
		if l := pass.Launch; l.App != nil && l.App.Argv[0].Text == "b" {
			panic("mad")
		}
		pass.Report(rules.Finding{Span: pass.Launch.Origin})
	}
	crashLater := func(pass *rules.Pass) {
		finding := rules.Finding{Span: pass.Launch.Origin}
		if l := pass.Launch; l.App != nil && l.App.Argv[0].Text == "b" {
			beyond := pass.Launch.Origin
			beyond.Start, beyond.End = len(beyond.File.Src)+5, len(beyond.File.Src)+9
			finding.Fixes = []rules.Fix{{Safe: true, Edits: []parser.Edit{{Span: beyond, New: "x"}}}}
		}
		pass.Report(finding)
	}
	for name, check := range map[string]func(*rules.Pass){"a rule": crash, "a fix": crashLater} {
		for _, fix := range []bool{false, true} {
			p, err := Load(tree(files), nil, []string{".", "e/a.sh", "e/b.sh"})
			if err != nil {
				t.Fatal(err)
			}
			p.Alone = true
			rs := []*rules.Rule{{ID: "mad", Severity: rules.Warning, Check: check}}
			var result rules.Result
			if fix {
				result = p.Fix(rs, true).Result
			} else {
				result = p.Run(rs)
			}
			var got []string
			for _, problem := range result.Problems {
				if !strings.Contains(problem.Message, "please report it") {
					t.Error(problem.Message)
				}
				doing, _, _ := strings.Cut(problem.Message, ":")
				got = append(got, doing)
			}
			want := []string{"linting b/Dockerfile", "linting c/compose.yaml (b)", "linting d/pod.yaml (b)", "linting e/b.sh"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, fixing %v: problems (-want +got):\n%s", name, fix, diff)
			}
			if len(result.Launches) != 4 || len(result.Findings) != 4 {
				t.Errorf("%s: %d launches and %d findings are left, want 4 of each", name, len(result.Launches), len(result.Findings))
			}
		}
	}

	p := &Project{listing: &listing{}, settings: &settings{fsys: tree(nil)}, sources: &sources{fsys: failing{tree(files)}}}
	units := p.expand([]unit{{path: "a/Dockerfile", kind: process.KindDockerfile}, {path: "c/compose.yaml", kind: process.KindCompose}, {path: "d/pod.yaml", kind: process.KindKubernetes}})
	if len(units) != 1 || len(p.problems) != 2 || !strings.Contains(p.problems[0].Message, "linting c/compose.yaml: pid1lint failed (mad)") {
		t.Errorf("units %v, problems %+v", units, p.problems)
	}
}

// failing is a file system that a YAML file cannot be read from without a crash.
type failing struct{ fs.FS }

func (f failing) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".yaml") {
		panic("mad")
	}
	return f.FS.Open(name)
}

func TestTargetNotFound(t *testing.T) {
	p, err := Load(tree(map[string]string{"Dockerfile": "FROM alpine AS a\nCMD [\"a\"]\n"}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Target = "b"
	result := p.Run(nil)
	if len(result.Launches) != 0 || len(result.Problems) != 1 || !strings.Contains(result.Problems[0].Message, "the stage b") {
		t.Errorf("launches %v, problems %+v", started(p, result), result.Problems)
	}
}

// TestOverlayIsLinted lints what an editor has not saved yet.
func TestOverlayIsLinted(t *testing.T) {
	saved := tree(map[string]string{"Dockerfile": "FROM alpine:3.20\nENTRYPOINT [\"old\"]\n"})
	p, err := Load(Overlay(saved, map[string]string{"Dockerfile": "FROM alpine:3.20\nENTRYPOINT [\"new\"]\n"}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dockerfile Dockerfile new: Dockerfile"}, started(p, p.Run(nil))); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
	var _ process.Files = scriptFiles{}
}
