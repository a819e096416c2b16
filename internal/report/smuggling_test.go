package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// smuggling is text that terminals, GitHub Actions, Azure Pipelines, JSON, XML and readers of SARIF must not obey.
const smuggling = "::error ::x\n::error file=a::y\r\n##[error]z ##[add-mask]y ##[set-env name=x]y ##[Internal-Set-Repo-Path a=b]c ##vso[task.complete]z ##teamcity[x] \x1b[2J\u009b2J\u202e\x00\xff]]><!-- &amp; \" [a](http://example.com) [b](1) {0} %0A%3A,:::\ufffe"

// smuggled is a result that has such text in every place that a project can fill.
func smuggled() rules.Result {
	script := file(smuggling+"/start.sh", "#!/bin/sh\n"+smuggling+"\napp\n")
	docker := file("::error ::"+smuggling, "FROM x\nCMD "+smuggling+"\n")
	root := &process.Process{PID: 1, Argv: words(smuggling, "::error ::x"), Role: process.RoleApp, How: process.ByExec, Span: at(script, "app"), Why: smuggling, End: process.Stuck}
	l := &process.Launch{
		Start: process.Start{Kind: process.KindDockerfile, Target: smuggling, Base: smuggling, BaseFile: smuggling, FromBase: []string{smuggling}, Origin: at(docker, "CMD "), Argv: words(smuggling)},
		Root:  root, App: root, Verdict: process.Undecided, Reason: smuggling,
		Unknown: []process.Gap{{Span: at(script, "app"), Reason: smuggling}},
		Branch:  []process.Choice{{Span: at(script, "::error ::x"), Taken: smuggling}},
	}
	other := *l
	finding := rules.Finding{
		Rule: rules.NoExec, Launch: l, Severity: rules.Warning, Span: at(script, "##[error]z"), Label: smuggling, Message: smuggling, Remedy: smuggling,
		Related: []rules.Related{{Span: at(docker, "::error ::x"), Message: smuggling}},
		Fixes: []rules.Fix{{Title: smuggling, After: l, Edits: []parser.Edit{
			{Span: at(docker, "::error ::x"), New: smuggling},
			{Span: at(script, "app"), New: smuggling},
		}}},
	}
	again := finding
	again.Launch, again.Fixes = &other, nil
	third := finding
	third.Message, third.Fixes = "::error ::third", nil
	return rules.Result{
		Files: 2, Launches: []*process.Launch{l, &other}, Findings: []rules.Finding{finding, again, third},
		Suppressed: []rules.Suppressed{{Finding: finding, Kind: "inSource", Reason: smuggling}},
		Problems:   []rules.Problem{{Path: "::error ::" + smuggling, Message: smuggling}, {Span: at(script, "app"), Path: script.Path, Message: "::error ::x"}, {Message: smuggling}},
	}
}

// What a terminal or the log of a CI system obeys. A workflow command of our own has our own properties.
var (
	obeyed  = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202e]|##(\\[(error|add-mask|set-env|Internal)|vso\\[|teamcity\\[)")
	command = regexp.MustCompile(`^\s*::`)
	ours    = regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^:,]*,)*title=pid1lint[^:,]*::[^\r\n]*$`)
	frame   = regexp.MustCompile(`^ *::: `) // GitHub Actions looks for a command of the name ":"
)

// TestSmuggling checks that nothing of a project can make a terminal or a CI system do something, in any format, and that what
// is written stays valid.
func TestSmuggling(t *testing.T) {
	type format struct {
		name  string
		write func(io.Writer, rules.Result, report.Options) error
	}
	all := []format{
		{"text", report.Text}, {"explain", report.Explain}, {"explain json", report.ExplainJSON},
		{"problems", func(w io.Writer, r rules.Result, o report.Options) error { return report.Problems(w, r.Problems, o) }},
	}
	for _, f := range formats {
		all = append(all, format(f))
	}
	for _, f := range all {
		t.Run(f.name, func(t *testing.T) {
			out := written(t, f.write, smuggled(), report.Options{ShowSuppressed: true})
			if !utf8.Valid(out) {
				t.Error("not UTF-8")
			}
			lines := 0
			for line := range strings.Lines(string(out)) {
				line = strings.TrimSuffix(line, "\n")
				lines++
				switch {
				case obeyed.MatchString(line):
					t.Errorf("%q is obeyed: %q", obeyed.FindString(line), line)
				case f.name == "github" && !ours.MatchString(line):
					t.Errorf("not a workflow command of ours: %q", line)
				case f.name != "github" && command.MatchString(line) && !frame.MatchString(line):
					t.Errorf("a workflow command: %q", line)
				}
			}
			if want := 3 + 2 + 1; f.name == "github" && lines != want {
				t.Errorf("%d commands, want %d", lines, want)
			}
			switch f.name {
			case "json", "explain json", "sarif", "gitlab":
				if !json.Valid(out) {
					t.Error("not JSON")
				}
			case "junit", "checkstyle":
				for d := xml.NewDecoder(bytes.NewReader(out)); ; {
					if _, err := d.Token(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
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
