package parser

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestIgnores compares the comments that are found, and the lines that they are about.
func TestIgnores(t *testing.T) {
	for _, test := range []struct{ name, path, text, want string }{
		{"instruction", "Dockerfile", "FROM a\n# pid1lint ignore=no-exec\nCMD ./a \\\n  b\nUSER x\n", "3-4 pid1lint no-exec"},
		{"above others", "Dockerfile", "FROM a\n# pid1lint ignore=no-exec,no-trap; reason=a job\n# text\n\nCMD ./a\n", "5-5 pid1lint no-exec no-trap (a job)"},
		{"between lines", "Dockerfile", "FROM a\nCMD ./a && \\\n# pid1lint ignore=no-exec\n  b\n", "3-4 pid1lint no-exec"},
		{"with here-document", "Dockerfile", "FROM a\n# pid1lint ignore=no-exec\nCOPY <<E /a.sh\n#!/bin/sh\nb\nE\nCMD /a.sh\n", "3-5 pid1lint no-exec"},
		{"in here-document", "Dockerfile", "FROM a\nCOPY <<E /a.sh\n#!/bin/sh\n# pid1lint ignore=no-exec\n\nb\nE\nCMD /a.sh\n", "6-6 pid1lint no-exec"},
		{"end of line in here-document", "Dockerfile", "FROM a\nCOPY <<E /a.sh\nb # pid1lint ignore=no-exec\nE\n", "3-3 pid1lint no-exec"},
		{"end of line in Dockerfile", "Dockerfile", "FROM a\nCMD ./a # pid1lint ignore=no-exec\n", ""},
		{"nothing below", "Dockerfile", "FROM a\n# pid1lint ignore=no-exec\n", "0-0 pid1lint no-exec"},
		{"global", "Dockerfile", "# pid1lint global ignore=no-exec\nFROM a\n", "all pid1lint no-exec"},
		{"hadolint", "Dockerfile", "FROM a\n# hadolint ignore=DL3025,SC2086\nCMD a\n", "3-3 hadolint DL3025 SC2086"},
		{"hadolint global", "Dockerfile", "# hadolint global ignore=DL3025\nFROM a\n", "all hadolint DL3025"},
		{"check directive", "Dockerfile", "# syntax=docker/dockerfile:1\n# check=error=true;skip=A, JSONArgsRecommended\nFROM a\nCMD a\n", "all check A JSONArgsRecommended"},
		{"check above", "Dockerfile", "FROM a\n# check=skip=A\nCMD a\n", "3-3 check A"},
		{"check without skip", "Dockerfile", "# check=error=true\nFROM a\n", ""},
		{"byte-order mark", "Dockerfile", "\ufeff# pid1lint global ignore=no-exec\nFROM a\n", "all pid1lint no-exec"},
		{"carriage returns", "Dockerfile", "FROM a\r\n# pid1lint ignore=no-exec\r\nCMD a\r\n", "3-3 pid1lint no-exec"},
		{"hadolint in a script", "a.sh", "# hadolint ignore=DL3025\na\n", ""},
		{"script", "a.sh", "#!/bin/sh\n# pid1lint ignore=no-exec\n# why\n\na \\\n b\nc\n", "5-6 pid1lint no-exec"},
		{"pipeline", "a.sh", "# pid1lint ignore=no-exec\na |\n b\nc\n", "2-3 pid1lint no-exec"},
		{"end of line", "a.sh", "a\nb # pid1lint ignore=no-exec; reason=x\nc\n", "2-2 pid1lint no-exec (x)"},
		{"above a line of Go", "a.go", "// pid1lint ignore=no-exec; reason=x\n\n// text\na() // pid1lint ignore=no-trap\n# pid1lint ignore=no-exec\n", "4-4 pid1lint no-exec (x)\n4-4 pid1lint no-trap"},
		{"no blank", "a.sh", "a#pid1lint ignore=no-exec\n#pid1lint ignore=no-trap\nb\n", "3-3 pid1lint no-trap"},
		{"yaml value", "a.yaml", "a:\n  # pid1lint ignore=no-exec\n  command:\n  - a\n  - b\n  args: c\n", "3-5 pid1lint no-exec"},
		{"yaml block", "a.yml", "a:\n  command: | # pid1lint ignore=no-exec\n    a\n\n    b\n  args: c\n", "2-5 pid1lint no-exec"},
		{"yaml item", "a.yml", "- a # pid1lint ignore=no-exec\n- b\n", "1-1 pid1lint no-exec"},
		{"colon", "a.sh", "# pid1lint: ignore=no-exec\na\n", "2-2 pid1lint: there is a colon behind pid1lint"},
		{"other word", "a.sh", "# pid1lint disable=no-exec\na\n", "2-2 pid1lint: ignore= with the names of rules is missing"},
		{"no names", "a.sh", "# pid1lint ignore=\na\n", "2-2 pid1lint : the name of a rule is missing"},
		{"no equals sign", "a.sh", "# pid1lint ignore no-exec\na\n", "2-2 pid1lint: ignore= with the names of rules is missing"},
		{"blanks", "a.sh", "# pid1lint ignore=no-exec a job\na\n", "2-2 pid1lint no-exec a job: rules are separated by commas, and a reason stands behind \"; reason=\""},
		{"no reason", "a.sh", "# pid1lint ignore=no-exec; a job\na\n", "2-2 pid1lint no-exec: only reason= can stand behind the semicolon"},
		{"prose", "a.sh", "# pid1lint ignores this, and pid1lint ignore= is how\n# pid1lint global\n# pid1lint\na\n", ""},
		{"in a string", "a.sh", "echo 'a #pid1lint ignore=no-exec'\n", "1-1 pid1lint no-exec'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := &File{Path: test.path, Src: test.text}
			var d *Dockerfile
			if test.path == "Dockerfile" {
				var err error
				if d, err = ParseDockerfile(file); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, i := range Ignores(file, d) {
				if !strings.HasPrefix(i.Span.Text(), commentMark(file.Path)) || strings.TrimSpace(i.Span.Text()) != i.Span.Text() {
					t.Errorf("the comment is %q", i.Span.Text())
				}
				line := fmt.Sprintf("%d-%d %s", i.From, i.To, i.Tool)
				if i.Global && i.From == 1 && i.To == math.MaxInt {
					line = "all " + i.Tool
				}
				for _, name := range i.Names {
					line += " " + name.Text
					if name.Span.Text() != name.Text {
						t.Errorf("%q stands at %q", name.Text, name.Span.Text())
					}
				}
				if i.Reason != "" && i.Wrong == "" {
					line += " (" + i.Reason + ")"
				}
				if i.Wrong != "" {
					line += ": " + i.Wrong
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzIgnores lets any text be a file with comments that ask for silence: the lines they are about are in the file, and names and
// comments stand where they say.
func FuzzIgnores(f *testing.F) {
	for n, text := range []string{
		"FROM a\n# pid1lint ignore=no-exec,no-trap; reason=a job\nCMD ./a && \\\n# pid1lint ignore=x\n  b\n", "# check=error=true;skip=A, B\n# hadolint global ignore=DL3025\nFROM a\nCOPY <<E /a\n# pid1lint ignore=no-exec\nE\n",
		"a # pid1lint ignore=no-exec; reason=x\n", "a:\n  # pid1lint ignore=no-exec\n  command: |\n   - a # pid1lint: ignore=b\n\n  c: d\n", "// pid1lint ignore=no-exec; a\n\na() //pid1lint ignore =b,,c\r\n",
	} {
		f.Add(uint8(n), text)
	}
	f.Add(uint8('W'), "// pid1lint ignore=no-exec; a\n\na(\n //pid1lint ignore =b,,c\r)")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		names := []string{"Dockerfile", "a.sh", "a.yaml", "a.go", "a.py", "a.js"}
		file := &File{Path: names[int(which)%len(names)], Src: text}
		var d *Dockerfile
		if file.Path == "Dockerfile" {
			var err error
			if d, err = ParseDockerfile(file); err != nil {
				return
			}
		}
		lines := strings.Count(text, "\n") + 1
		for _, i := range Ignores(file, d) {
			checkInside(t, "comment", i.Span, Span{file, 0, len(text)})
			if i.From < 0 || i.From > i.To || i.To > lines+1 && !i.Global { // behind the last line there is nothing, which is all right
				t.Errorf("%q is about lines %d to %d of %d", i.Span.Text(), i.From, i.To, lines)
			}
			for _, name := range i.Names {
				checkInside(t, "name", name.Span, i.Span)
				if name.Span.Text() != name.Text {
					t.Errorf("%q stands at %q", name.Text, name.Span.Text())
				}
			}
		}
	})
}
