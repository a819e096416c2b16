package main

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// TestCrashInReport lets each format fail at one of three launches: it is told with its file, and the others are in the report.
func TestCrashInReport(t *testing.T) {
	result := lintTexts(t, map[string]string{"alpha.Dockerfile": "FROM debian:12\nCMD alpha\n", "bravo.Dockerfile": "FROM debian:12\nCMD bravo\n", "charlie.Dockerfile": "FROM debian:12\nCMD charlie\n"}, nil)
	if len(result.Launches) != 3 {
		t.Fatalf("%d launches", len(result.Launches))
	}
	fails := func(inner writer) writer {
		return func(w io.Writer, r rules.Result, o report.Options) error {
			for _, l := range r.Launches {
				if strings.HasPrefix(l.Origin.File.Path, "bravo") {
					_, _ = io.WriteString(w, "half a report")
					panic("mad")
				}
			}
			return inner(w, r, o)
		}
	}
	for _, formats := range []map[string]writer{lintFormats, explainFormats} {
		for name, format := range formats {
			var out, said bytes.Buffer
			s := &session{stdout: &out, stderr: &said, getenv: func(string) string { return "" }}
			if err := s.write(fails(format), result, report.Options{}, ""); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			want := "error: bravo.Dockerfile: reporting: pid1lint failed (mad): this is a mistake in pid1lint, please report it"
			if !strings.HasPrefix(said.String(), want) || strings.Count(said.String(), "\n") != 1 || s.status != statusTrouble {
				t.Errorf("%s: exit status %d and %q", name, s.status, said.String())
			}
			if text := out.String(); !strings.Contains(text, "alpha") || !strings.Contains(text, "charlie") || strings.Contains(text, "bravo") || strings.Contains(text, "half") {
				t.Errorf("%s writes %s", name, text)
			}
			checkFormat(t, name, out.Bytes())
			short := result
			short.Launches = append(slices.Clone(result.Launches), &process.Launch{Verdict: process.Graceful}) // as Brief leaves one
			always := func(w io.Writer, _ rules.Result, _ report.Options) error { panic("mad") }
			if err := s.write(always, short, report.Options{}, t.TempDir()+"/report"); err == nil || !strings.Contains(err.Error(), "please report it") {
				t.Errorf("%s, failing always: %v", name, err)
			}
		}
	}
}

// TestBrief lints all cases of rules with and without what a run keeps for the formats that tell all of it: the others say the same.
func TestBrief(t *testing.T) {
	cases, err := filepath.Glob("../../testdata/rules/*/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, name := range cases {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, f := range archive.Files {
			texts[f.Name] = string(f.Data)
		}
		full := lintTexts(t, texts, nil)
		var brief rules.Result
		lintTexts(t, texts, func(p *lint.Project) {
			p.Brief = true
			brief = p.Run(rules.All())
		})
		for _, format := range []string{"text", "sarif", "github", "gitlab", "checkstyle"} {
			look := report.Options{ShowSuppressed: true}
			if want, got := written(t, lintFormats[format], full, look), written(t, lintFormats[format], brief, look); !bytes.Equal(want, got) {
				t.Errorf("%s as %s:\n%s\nand not\n%s", name, format, got, want)
			}
		}
	}
}

// TestDiffOnTerminal lets a file hold what a terminal obeys: a diff that goes to one shows it, and one that goes to a program is exact.
func TestDiffOnTerminal(t *testing.T) {
	diff := "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\ta \x1b[2J\u202e\r\n+b\x00\n"
	var exact, shown bytes.Buffer
	if err := report.Diff(&exact, diff, report.Options{}); err != nil || exact.String() != diff {
		t.Errorf("%v, %q", err, exact.String())
	}
	want := "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\ta \\x1b[2J\\u202e\r\n+b\\x00\n"
	if err := report.Diff(&shown, diff, report.Options{Width: 80}); err != nil || shown.String() != want {
		t.Errorf("%v, %q, want %q", err, shown.String(), want)
	}
}
