package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// A form is one form of a report.
type form struct {
	name  string
	write func(io.Writer, rules.Result, report.Options) error
}

// The formats that programs read, by the names that --format has for them.
var formats = []form{
	{"json", report.JSON},
	{"sarif", report.SARIF},
	{"github", report.GitHub},
	{"gitlab", report.GitLab},
	{"junit", report.JUnit},
	{"checkstyle", report.Checkstyle},
}

// mixed has a bit of everything: each severity, fixes, text that is not ASCII, problems, a finding that two launches share, and
// silenced ones. The text of a rule is left to the rules themselves.
func mixed() rules.Result {
	script := file("api/start.sh", "#!/bin/sh\nset -e\necho 'größer 🎉'; gunicorn app:app\n")
	docker := file("api/Dockerfile", "FROM debian:12\nCOPY start.sh /\nSTOPSIGNAL KILL\nENTRYPOINT [\"/start.sh\"]\n")
	dev := file("api/Dockerfile.dev", "FROM debian:12\nCOPY start.sh /\nENTRYPOINT [\"/start.sh\"]\n")
	broken := file("old stuff/Dockerfile", "FROM debian:12\nCMMD [\"x\"]\n")
	launch := func(origin parser.Span) *process.Launch {
		app := &process.Process{
			PID: 7, Argv: words("gunicorn", "app:app"), Role: process.RoleApp, How: process.AsChild, Span: at(script, "gunicorn app:app"),
			Receives: image.No, End: process.Stuck,
		}
		root := &process.Process{
			PID: 1, Argv: words("/bin/sh", "/start.sh"), Role: process.RoleShell, How: process.ByExec, Span: origin,
			Receives: image.Yes, Why: "waits for its child, passes no signal on", End: process.Stuck, Children: []*process.Process{app},
		}
		return &process.Launch{
			Start: process.Start{Kind: process.KindDockerfile, Base: "debian:12", Origin: origin, Argv: words("/start.sh")},
			Shell: image.Shell{Family: image.DashDebian, System: "Debian 12"}, Root: root, App: app, Chain: []*process.Process{root, app},
			Verdict: process.Ignored, Reason: "/start.sh waits for gunicorn and passes no signal on",
		}
	}
	one, two := launch(at(docker, `ENTRYPOINT ["/start.sh"]`)), launch(at(dev, `ENTRYPOINT ["/start.sh"]`))
	place := at(script, "gunicorn")
	noExec := func(l *process.Launch) rules.Finding {
		return rules.Finding{
			Rule: rules.NoExec, Launch: l, Severity: rules.Error, Span: place, Label: "a child of /bin/sh, which waits for it and passes no signal on",
			Message: "gunicorn never receives SIGTERM, because start.sh runs it without exec", Remedy: "put exec in front of the command",
			Related: []rules.Related{{Span: at(l.Origin.File, `"/start.sh"`), Message: "the container starts here"}},
			Fixes: []rules.Fix{{
				Title: "put exec before gunicorn", Safe: true, After: l,
				Edits: []parser.Edit{{Span: parser.Span{File: script, Start: place.Start, End: place.Start}, New: "exec "}},
			}},
		}
	}
	return rules.Result{
		Files: 3, Launches: []*process.Launch{one, two},
		Findings: []rules.Finding{
			{
				Rule: rules.ImplicitExec, Launch: one, Severity: rules.Note, Span: at(script, "echo 'größer 🎉'"), Label: "is it 100% right?",
				Message: "a note about größer 🎉, with 100% of what is to be escaped: a comma, a colon",
			},
			noExec(one),
			{
				Rule: rules.Stopsignal, Launch: one, Severity: rules.Warning, Span: at(docker, "KILL"), Label: "cannot be handled",
				Message: "gunicorn is killed at once, because no program can handle SIGKILL", Remedy: "name a signal that it handles, such as SIGTERM",
				Fixes: []rules.Fix{{Title: "set STOPSIGNAL SIGTERM", After: one, Edits: []parser.Edit{
					{Span: at(docker, "KILL"), New: "TERM"},
					{Span: parser.Span{File: script, Start: 10, End: 10}, New: "# TERM\n"},
				}}},
			},
			noExec(two),
		},
		Suppressed: []rules.Suppressed{
			{Kind: "inSource", Reason: "it is replaced next week", Finding: rules.Finding{
				Rule: rules.NoExec, Launch: one, Severity: rules.Error, Span: at(script, "echo"), Message: "echo never receives SIGTERM, because start.sh runs it without exec",
			}},
			{Kind: "external", Finding: rules.Finding{
				Rule: rules.ImplicitExec, Launch: two, Severity: rules.Note, Span: at(script, "set"), Message: "something that the baseline has",
			}},
		},
		Problems: []rules.Problem{
			{Span: at(broken, "CMMD"), Path: broken.Path, Message: "parsing old stuff/Dockerfile: unknown instruction: CMMD (did you mean CMD?)"},
			{Path: "missing/Dockerfile", Message: "reading missing/Dockerfile: permission denied"},
			{Message: "no Dockerfile has a stage \"prod\""},
		},
	}
}

var ruleList = regexp.MustCompile(`(?s)("rules": \[\n).*?(\n {10}\])`)

// TestFormats compares the mixed sample in each format with testdata/formats.txtar, as it is and with what is silenced.
func TestFormats(t *testing.T) {
	var got txtar.Archive
	add := func(name string, data []byte) {
		data = ruleList.ReplaceAll(data, []byte("$1            ...$2"))
		got.Files = append(got.Files, txtar.File{Name: name, Data: data})
	}
	for _, format := range formats {
		add(format.name, written(t, format.write, mixed(), report.Options{Version: "v1.2.3"}))
		add(format.name+" --show-suppressed", written(t, format.write, mixed(), report.Options{Version: "v1.2.3", ShowSuppressed: true}))
	}
	add("text --show-suppressed", written(t, report.Text, mixed(), report.Options{ShowSuppressed: true}))
	compare(t, filepath.Join("testdata", "formats.txtar"), txtar.Format(&got))
}

func written(t *testing.T, write func(io.Writer, rules.Result, report.Options) error, r rules.Result, o report.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (go test ./internal/report -update writes it):\n%s", golden, diff)
	}
}

// TestGitHubLines checks that columns are left out where a place has several lines, and that a line end is no further line.
func TestGitHubLines(t *testing.T) {
	script := file("start.sh", "#!/bin/sh\napp \\\n  --port 80\nlast\n")
	for place, want := range map[string]string{
		"app \\\n  --port 80\n": "line=2,endLine=3,title=",
		"last\n":                "line=4,endLine=4,col=1,endColumn=5,title=",
	} {
		out := written(t, report.GitHub, rules.Result{Findings: []rules.Finding{{Rule: rules.NoExec, Launch: &process.Launch{}, Span: at(script, place)}}}, report.Options{})
		if !strings.Contains(string(out), "::notice file=start.sh,"+want) {
			t.Errorf("%q: %s, want %s", place, out, want)
		}
	}
}

// TestGitLabFingerprints checks that the fingerprints of a Code Quality report are unique, and stay when lines are added above.
func TestGitLabFingerprints(t *testing.T) {
	prints := func(above string) []string {
		script := file("start.sh", above+"#!/bin/sh\napp\napp\n")
		l := &process.Launch{Start: process.Start{Origin: at(script, "app")}}
		first := parser.Span{File: script, Start: strings.Index(script.Src, "app"), End: len(script.Src) - 5}
		second := parser.Span{File: script, Start: strings.LastIndex(script.Src, "app"), End: len(script.Src) - 1}
		var issues []struct{ Fingerprint string }
		out := written(t, report.GitLab, rules.Result{Findings: []rules.Finding{
			{Rule: rules.NoExec, Launch: l, Span: first, Message: "one"}, {Rule: rules.NoExec, Launch: l, Span: first, Message: "two"},
			{Rule: rules.NoExec, Launch: l, Span: second, Message: "one"}, {Rule: rules.NoTrap, Launch: l, Span: second, Message: "one"},
		}}, report.Options{})
		if err := json.Unmarshal(out, &issues); err != nil {
			t.Fatal(err)
		}
		var all []string
		seen := map[string]bool{}
		for _, issue := range issues {
			if seen[issue.Fingerprint] {
				t.Errorf("twice: %s", issue.Fingerprint)
			}
			seen[issue.Fingerprint] = true
			all = append(all, issue.Fingerprint)
		}
		return all
	}
	got := prints("")
	if len(got) != 4 {
		t.Fatalf("%d issues, want 4", len(got))
	}
	if diff := cmp.Diff(got, prints("# a comment\n\n")); diff != "" {
		t.Errorf("lines above change fingerprints:\n%s", diff)
	}
}
