package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// smuggling is text that terminals, GitHub Actions, Azure Pipelines, JSON, XML and readers of SARIF must not obey.
const smuggling = "::error ::x\n::error file=a::y\r\n##[error]z ##[add-mask]y ##[set-env name=x]y ##[Internal-Set-Repo-Path a=b]c ##vso[task.complete]z ##teamcity[x] \x1b[2J\u009b2J\u202e\x00\xff]]><!-- &amp; \" [a](http://example.com) [b](1) {0} %0A%3A,:::\ufffe"

// smuggled is a result that has a text in every place that a project can fill.
func smuggled(text string) rules.Result {
	script := file(text+"/start.sh", "#!/bin/sh\n"+text+"\n::error ::x ##[error]z\napp\n")
	docker := file("::error ::"+text, "FROM x\nCMD "+text+"\n::error ::x\n")
	root := &process.Process{PID: 1, Argv: words(text, "::error ::x"), Role: process.RoleApp, How: process.ByExec, Span: at(script, "app"), Why: text, End: process.Stuck}
	l := &process.Launch{
		Start: process.Start{Kind: process.KindDockerfile, Target: text, Base: text, BaseFile: text, FromBase: []string{text}, Origin: at(docker, "CMD "), Argv: words(text)},
		Root:  root, App: root, Verdict: process.Undecided, Reason: text,
		Unknown: []process.Gap{{Span: at(script, "app"), Reason: text}},
		Branch:  []process.Choice{{Span: at(script, "::error ::x"), Taken: text}},
	}
	other := *l
	finding := rules.Finding{
		Rule: rules.NoExec, Launch: l, Severity: rules.Warning, Span: at(script, "##[error]z"), Label: text, Message: text, Remedy: text,
		Related: []rules.Related{{Span: at(docker, "::error ::x"), Message: text}},
		Fixes: []rules.Fix{{Title: text, After: l, Edits: []parser.Edit{
			{Span: at(docker, "::error ::x"), New: text},
			{Span: at(script, "app"), New: text},
		}}},
	}
	again := finding
	again.Launch, again.Fixes = &other, nil
	third := finding
	third.Message, third.Fixes = "::error ::third", nil
	return rules.Result{
		Files: 2, Launches: []*process.Launch{l, &other}, Findings: []rules.Finding{finding, again, third},
		Suppressed: []rules.Suppressed{{Finding: finding, Kind: "inSource", Reason: text}},
		Problems:   []rules.Problem{{Path: "::error ::" + text, Message: text}, {Span: at(script, "app"), Path: script.Path, Message: "::error ::x"}, {Message: text}},
	}
}

// What a terminal or the log of a CI system obeys. A workflow command of our own has our own properties.
var (
	obeyed  = regexp.MustCompile(`##(\[(error|add-mask|set-env|Internal-Set-Repo-Path)[] ]|vso\[|teamcity\[)`)
	command = regexp.MustCompile(`^\s*::`)
	ours    = regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^:,]*,)*title=pid1lint[^:,]*::[^\r\n]*$`)
	frame   = regexp.MustCompile(`^ *::: `) // GitHub Actions looks for a command of the name ":"
)

// controls reports whether a terminal obeys a character.
func controls(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u202e'
}

// forPeople are the forms of text that --format does not name, and a document of explain.
var forPeople = []form{
	{"text", report.Text}, {"explain", report.Explain}, {"explain json", report.ExplainJSON},
	{"problems", func(w io.Writer, r rules.Result, o report.Options) error { return report.Problems(w, r.Problems, o) }},
	{"a warning", func(w io.Writer, r rules.Result, o report.Options) error {
		return report.Warning(w, r.Problems[0].Message, o)
	}},
}

// TestSmuggling checks that nothing of a project can make a terminal or a CI system do something, in any format, and that what
// is written stays valid.
func TestSmuggling(t *testing.T) {
	all := append(slices.Clone(forPeople), formats...)
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			out := written(t, f.write, smuggled(smuggling), report.Options{ShowSuppressed: true})
			checkObeyed(t, f.name, out, false)
			if slices.ContainsFunc(formats, func(g form) bool { return g.name == f.name }) {
				wide := written(t, f.write, smuggled(smuggling), report.Options{ShowSuppressed: true, Width: 40, Boxes: true})
				if diff := cmp.Diff(string(out), string(wide)); diff != "" {
					t.Errorf("what a program reads depends on the terminal:\n%s", diff)
				}
			}
			if want := 3 + 2 + 1; f.name == "github" && strings.Count(string(out), "\n") != want {
				t.Errorf("%d commands, want %d", strings.Count(string(out), "\n"), want)
			}
		})
	}
}

// checkObeyed checks that nothing in a report is obeyed, and that programs can read it. For a terminal text is divided into lines, but
// that is not the log of a CI system.
func checkObeyed(t *testing.T, format string, out []byte, terminal bool) {
	t.Helper()
	if !utf8.Valid(out) {
		t.Error("not UTF-8")
	}
	if at := bytes.IndexFunc(out, controls); at >= 0 {
		t.Errorf("%s: a terminal obeys what begins at %q", format, out[at:min(at+40, len(out))])
	}
	if found := obeyed.Find(out); found != nil {
		t.Errorf("%s: %q is obeyed: %q", format, found, out)
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case format == "github" && !ours.MatchString(line):
			t.Errorf("not a workflow command of ours: %q", line)
		case format != "github" && !terminal && command.MatchString(line) && !frame.MatchString(line):
			t.Errorf("%s: a workflow command: %q", format, line)
		}
	}
	switch format {
	case "json", "explain json", "sarif", "gitlab":
		if !json.Valid(out) {
			t.Errorf("%s: not JSON", format)
		}
	case "junit", "checkstyle":
		for d := xml.NewDecoder(bytes.NewReader(out)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
		}
	}
}

// FuzzFormats lets any text stand wherever a project can put one: in file names, code, the names of stages, messages and fixes. What
// programs read is the same for every terminal, and is written once.
func FuzzFormats(f *testing.F) {
	for _, text := range []string{smuggling, "", "::error ::x", "##[error]x", "\r\n::stop-commands::x", "a\u2028b\u0085::debug::x", "]]>", "\xff\xfe", "%0A::error::", "\x1b]0;x\x07", "\ufeff", "日本語 🎉", "\t \t::x", "\u200b::error ::x", "##[Internal-Set-R/examath a=b]c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 { // it stands in some fifty places, and nothing becomes of a long text that does not of a shorter one
			return
		}
		r := smuggled(text)
		for _, f := range append(formats, forPeople...) {
			if f.name == "sarif" {
				f.write = report.ShortSARIF
			}
			checkObeyed(t, f.name, written(t, f.write, r, report.Options{ShowSuppressed: true}), false)
		}
		for _, f := range forPeople {
			checkObeyed(t, f.name, written(t, f.write, r, report.Options{Width: 40, Boxes: true}), true)
		}
	})
}

// TestPattern checks that a pattern of a shell is not taken for a command, so that code is shown as it is.
func TestPattern(t *testing.T) {
	for _, code := range []string{"app ${name##[a-z]}", "app ${name##[!0-9]*}", "app ${name##lib[0-9]}", "app ${name##[a-zA-Z]}", "## [error]"} {
		script := file("start.sh", code+"\n")
		l := &process.Launch{Start: process.Start{Origin: at(script, code)}, Verdict: process.FailsToStart}
		out := written(t, report.Text, rules.Result{Findings: []rules.Finding{{Rule: rules.NoExec, Launch: l, Span: at(script, code), Message: code}}}, report.Options{})
		if strings.Count(string(out), code) != 2 {
			t.Errorf("%s is not shown as it is:\n%s", code, out)
		}
	}
}
