package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/pid1lint/pid1lint/internal/fix"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// spanIn returns the span between the two carets of a text, and the file without them.
func spanIn(marked string) parser.Span {
	before, rest, _ := strings.Cut(marked, "^")
	inside, after, _ := strings.Cut(rest, "^")
	return parser.Span{File: &parser.File{Path: "f", Src: before + inside + after}, Start: len(before), End: len(before) + len(inside)}
}

func TestRegion(t *testing.T) {
	for _, test := range []struct {
		name, marked string
		want         region
		tight        region
	}{
		{"ASCII", "a\nb ^cd^ e\n", region{2, 3, 2, 5}, region{2, 3, 2, 5}},
		{"an umlaut is one", "é ^ü^x\n", region{1, 3, 1, 4}, region{1, 3, 1, 4}},
		{"an emoji is two", "🎉 ^🎉^x\n", region{1, 4, 1, 6}, region{1, 4, 1, 6}},
		{"bytes that are no text", "\xff\xfe ^x^\n", region{1, 4, 1, 5}, region{1, 4, 1, 5}},
		{"a byte-order mark takes no column", "\ufeff^ab^", region{1, 1, 1, 3}, region{1, 1, 1, 3}},
		{"the mark itself", "^\ufeff^ab", region{1, 1, 1, 1}, region{1, 1, 1, 2}},
		{"several lines", "a ^b\nc^d\n", region{1, 3, 2, 2}, region{1, 3, 1, 4}},
		{"several lines, CR LF", "a ^b\r\nc^d\r\n", region{1, 3, 2, 2}, region{1, 3, 1, 4}},
		{"nothing", "a^^b\n", region{1, 2, 1, 2}, region{1, 2, 1, 3}},
		{"nothing at the end of a line", "ab^^\nc", region{1, 3, 1, 3}, region{1, 2, 1, 3}},
		{"the line end", "ab^\n^c", region{1, 3, 2, 1}, region{1, 2, 1, 3}},
		{"nothing on an empty line", "a\n^^\nc", region{2, 1, 2, 1}, region{2, 1, 2, 1}},
		{"nothing at the end of the file", "a\n^^", region{2, 1, 2, 1}, region{2, 1, 2, 1}},
		{"an empty file", "^^", region{1, 1, 1, 1}, region{1, 1, 1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := spanIn(test.marked)
			if got := regionOf(s); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			if got := regionOf(tight(s)); got != test.tight {
				t.Errorf("tight: %v, want %v", got, test.tight)
			}
		})
	}
}

// inViewer makes edits as the SARIF Viewer of Visual Studio Code does: the start of a region is never in the indentation of its
// line, and no position is behind the end of a line (microsoft/sarif-vscode-extension, regionToSelection.ts).
func inViewer(src string, edits []sarifReplacement) string {
	lines := strings.SplitAfter(src, "\n")
	offset := func(line, column int, start bool) int {
		at := 0
		for _, text := range lines[:line-1] {
			at += len(text)
		}
		text := strings.TrimRight(lines[line-1], "\r\n")
		if start {
			column = max(column, len(utf16.Encode([]rune(text)))-len(utf16.Encode([]rune(strings.TrimLeft(text, " \t"))))+1)
		}
		for units := 1; units < column && text != ""; {
			r := []rune(text)[0]
			units += len(utf16.Encode([]rune{r}))
			at += len(string(r))
			text = text[len(string(r)):]
		}
		return at
	}
	var out strings.Builder
	at := 0
	for _, e := range edits {
		start, end := offset(e.Deleted.StartLine, e.Deleted.StartColumn, true), offset(e.Deleted.EndLine, e.Deleted.EndColumn, false)
		start, end = min(start, end), max(start, end)
		out.WriteString(src[at:start])
		if e.Inserted != nil {
			out.WriteString(e.Inserted.Text)
		}
		at = end
	}
	return out.String() + src[at:]
}

// TestSARIFFix checks that an editor makes of a fix what --fix makes of it, wherever the fix starts and ends.
func TestSARIFFix(t *testing.T) {
	for _, test := range []struct {
		name, marked, new string
		want              string // how the only replacement is written, "" for whatever gives the same
	}{
		{"insert before a command", "if a\n  ^^app\n", "exec ", "2:3-2:3 exec "},
		{"delete a whole line that is indented", "a\n^  wait\n^b\n", "", "1:2-2:7 "},
		{"delete a whole line", "a\n^wait\n^b\n", "", "2:1-3:1 "},
		{"delete the indentation", "a\n^  ^b\n", "", "1:2-2:3 \n"},
		{"insert a line above one that is indented", "a\n^^  b\n", "new\n", "1:2-1:2 \nnew"},
		{"replace within the indentation", "a\n ^ \t^b\n", "x", ""},
		{"behind characters of two units", "echo 🎉; ^^app 🎉\n", "exec ", "1:10-1:10 exec "},
		{"delete a blank line", "a\n^   \n^b\n", "", ""},
		{"delete a line with CR LF", "a\r\n^  wait\r\n^b\r\n", "", "1:2-2:7 "},
		{"take a carriage return", "a^\r^\nb", "", "1:2-2:1 \n"},
		{"put something before a line feed", "a\r^^\nb", "\r", ""},
		{"append a line", "a\n^^", "b\n", ""},
		{"append a line behind one without an end", "a^^", "\nb", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			edit := parser.Edit{Span: spanIn(test.marked), New: test.new}
			want := fix.Apply(edit.Span.File.Src, []parser.Edit{edit})
			written, ok := sarifFixOf(rules.Fix{Title: "x", Edits: []parser.Edit{edit}})
			if !ok || len(written.Changes) != 1 {
				t.Fatalf("written: %v", written)
			}
			replacements := written.Changes[0].Replacements
			if got := inViewer(edit.Span.File.Src, replacements); got != want {
				t.Errorf("the viewer makes %q, want %q, of %+v", got, want, replacements)
			}
			one := replacements[0]
			how := fmt.Sprintf("%d:%d-%d:%d ", one.Deleted.StartLine, one.Deleted.StartColumn, one.Deleted.EndLine, one.Deleted.EndColumn)
			if one.Inserted != nil {
				how += one.Inserted.Text
			}
			if test.want != "" && how != test.want {
				t.Errorf("written as %q, want %q", how, test.want)
			}
		})
	}
}
