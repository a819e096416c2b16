package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/fix"
	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// FuzzProject lets any texts be a project with a Dockerfile, a script of any name and a Compose file. What it checks holds for every
// project: a run ends soon, says the same each time and names places that there are; every format is well-formed, and holds
// nothing that a terminal obeys; each fix that is offered applies, changes nothing but what it says, and leaves files that can be parsed;
// what is fixed twice is as it was after the first time.
func FuzzProject(f *testing.F) {
	for _, seed := range [][4]string{
		{"FROM debian:12\nCOPY --chmod=755 start.sh /start.sh\n# pid1lint ignore=no-trap\nENTRYPOINT [\"/start.sh\"]\n", "start.sh", "#!/bin/sh\nif [ $A = b ]; then\n\tserver --port $B\nelse\n\tother &\n\twait\nfi\n", ""},
		{"FROM alpine\r\nADD a\u00e4\x1b[31m.sh /a\r\nCMD ['/a']\r\n", "a\u00e4\x1b[31m.sh", "#!/bin/bash\r\napp | tee log\r\n", "services: {a: {build: ., command: sh -c 'a; b', stop_grace_period: 1s}}\n"},
		{"FROM ubuntu AS x\nCMD exec npm start\nFROM x\nSTOPSIGNAL SIGKILL\nCMD trap 'kill $P' TERM; a & P=$!; wait $P\n", "::error::x.sh", "a", "services:\n  a:\n    image: node:20\n    command: |\n      npm start\n    init: true\n"},
		{"FROM nginx\nCMD nginx\nENTRYPOINT tini -g -- \"$@\"\n", "a%0A::b.sh", "exec \"$@\" &\nwait", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: debian\n    command: [sh, -c]\n    args: [\"server\"]\n"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, dockerfile, name, script, compose string) {
		begin := time.Now()
		texts := map[string]string{}
		folder := ""
		if fs.ValidPath(name) && !strings.ContainsRune(name, '/') && name != "." && name != "Dockerfile" {
			if len(script)%4 == 1 {
				folder = "x" + name + "/" // the folder of all files has a name that anybody may have chosen, too
			}
			texts[folder+name] = script
		}
		texts[folder+"Dockerfile"] = dockerfile
		if compose != "" {
			texts[folder+"compose.yaml"] = compose
		}
		first, second := lintTexts(t, texts, nil), lintTexts(t, texts, nil)
		look := report.Options{ShowSuppressed: true}
		if a, b := written(t, report.JSON, first, look), written(t, report.JSON, second, look); !bytes.Equal(a, b) {
			t.Errorf("two runs say different things:\n%s\n%s", a, b)
		}
		var said bytes.Buffer
		if err := report.Problems(&said, first.Problems, look); err != nil {
			t.Error(err)
		}
		checkFormat(t, "problems", said.Bytes())
		for _, finding := range first.Findings {
			for _, offered := range finding.Fixes {
				checkFix(t, texts, offered, first.Problems)
			}
			if s := finding.Span; s.IsZero() || s.Start < 0 || s.End < s.Start || s.End > len(s.File.Src) {
				t.Errorf("%s is at %d-%d of %d bytes", finding.Rule.ID, s.Start, s.End, len(s.File.Src))
			}
		}
		for format, write := range lintFormats {
			if format == "sarif" && len(dockerfile)%32 > 0 {
				continue // nearly all of it are the pages of all rules, which take more time than the rest; FuzzFormats writes it of every text
			}
			checkFormat(t, format, written(t, write, first, look))
		}
		for format, write := range explainFormats {
			checkFormat(t, format, written(t, write, first, look))
		}
		var repair lint.Repair
		lintTexts(t, texts, func(p *lint.Project) { repair = p.Fix(rules.All(), true) })
		fixed := maps.Clone(texts)
		for _, file := range repair.Files {
			fixed[file.Path] = file.After
			var diff bytes.Buffer
			if err := report.Diff(&diff, fix.Diff(file.Path, file.Before, file.After), report.Options{Width: 80}); err != nil {
				t.Error(err)
			}
			checkFormat(t, "diff", bytes.ReplaceAll(diff.Bytes(), []byte("\r\n"), []byte("\n")))
		}
		lintTexts(t, fixed, func(p *lint.Project) {
			if again := p.Fix(rules.All(), true); len(again.Files) > 0 {
				t.Errorf("fixing it once more makes of %q %q", again.Files[0].Before, again.Files[0].After)
			}
		})
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// checkFix makes one fix, and checks that it is about the files that there are, changes only what it says, and leaves files of which
// nothing is told that was not told before.
func checkFix(t *testing.T, texts map[string]string, offered rules.Fix, before []rules.Problem) {
	if len(offered.Edits) == 0 {
		t.Errorf("the fix %q does nothing", offered.Title)
	}
	byPath := map[string][]parser.Edit{}
	for _, e := range offered.Edits {
		if s := e.Span; s.File == nil || s.File.Src != texts[s.File.Path] || s.Start < 0 || s.End < s.Start || s.End > len(s.File.Src) {
			t.Fatalf("the fix %q edits %d-%d of another file", offered.Title, s.Start, s.End)
		}
		byPath[e.Span.File.Path] = append(byPath[e.Span.File.Path], e)
	}
	fixed := maps.Clone(texts)
	for name, edits := range byPath {
		fixed[name] = fix.Apply(texts[name], edits)
		// What is left of both sides once the edits are taken out is the same.
		rest, at := fixed[name], 0
		slices.SortStableFunc(edits, func(a, b parser.Edit) int { return a.Span.Start - b.Span.Start })
		for _, e := range edits {
			kept := texts[name][at:e.Span.Start] + e.New
			if !strings.HasPrefix(rest, kept) {
				t.Fatalf("the fix %q makes of %q %q", offered.Title, texts[name], fixed[name])
			}
			rest, at = rest[len(kept):], e.Span.End
		}
		if rest != texts[name][at:] {
			t.Fatalf("the fix %q makes of %q %q", offered.Title, texts[name], fixed[name])
		}
	}
	after := lintTexts(t, fixed, nil)
	for _, p := range after.Problems {
		if !slices.ContainsFunc(before, func(old rules.Problem) bool { return old.Path == p.Path && old.Message == p.Message }) && !strings.Contains(p.Message, "reading the comment") {
			t.Errorf("the fix %q makes of %q %q, of which is told: %s", offered.Title, texts, fixed, p.Message)
		}
	}
	if len(after.Launches) == 0 {
		t.Errorf("the fix %q makes of %q %q, and nothing starts", offered.Title, texts, fixed)
	}
}

// lintTexts runs over files, or does something else with their project.
func lintTexts(t *testing.T, texts map[string]string, do func(*lint.Project)) rules.Result {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o755}
	}
	project, err := lint.Load(fsys, &config.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if do != nil {
		do(project)
		return rules.Result{}
	}
	result := project.Run(rules.All())
	for _, p := range result.Problems {
		if strings.Contains(p.Message, "mistake in pid1lint") {
			t.Error(p.Message)
		}
	}
	return result
}

func written(t *testing.T, write writer, result rules.Result, look report.Options) []byte {
	var out bytes.Buffer
	if err := write(&out, result, look); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// checkFormat checks what holds for a format whatever it is written of.
func checkFormat(t *testing.T, format string, out []byte) {
	for _, r := range string(out) {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			t.Fatalf("%s holds the control character %q", format, r)
		}
	}
	switch format {
	case "json", "sarif", "gitlab":
		if !json.Valid(out) {
			t.Errorf("%s is no JSON: %s", format, out)
		}
	case "junit", "checkstyle", "svg":
		decoder := xml.NewDecoder(bytes.NewReader(out))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is no XML: %v\n%s", format, err, out)
			}
		}
	case "github":
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") && !strings.HasPrefix(line, "::notice ") {
				t.Errorf("github has the line %q", line)
			}
		}
	}
}
