// Package fix applies edits to texts, shows the difference, and writes files.
package fix

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/pid1lint/pid1lint/parser"
)

// Apply returns a text with the edits of its file made. Their order does not matter; none may conflict with another one.
// Nothing outside of them changes.
func Apply(text string, edits []parser.Edit) string {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b parser.Edit) int { return a.Span.Start - b.Span.Start })
	var out strings.Builder
	at := 0
	for _, e := range sorted {
		out.WriteString(text[at:e.Span.Start])
		out.WriteString(e.New)
		at = e.Span.End
	}
	out.WriteString(text[at:])
	return out.String()
}

// Same reports whether two edits do the same to the same file.
func Same(a, b parser.Edit) bool {
	return a.Span.File.Path == b.Span.File.Path && a.Span.Start == b.Span.Start && a.Span.End == b.Span.End && a.New == b.New
}

// Conflict reports whether two edits are about the same bytes, so that one of them has to wait. Two insertions at one place
// are: which of them comes first would be chance.
func Conflict(a, b parser.Edit) bool {
	if a.Span.File.Path != b.Span.File.Path {
		return false
	}
	if a.Span.Start == b.Span.Start {
		return true
	}
	if b.Span.Start < a.Span.Start {
		a, b = b, a
	}
	return b.Span.Start < a.Span.End
}

// Diff returns what has changed in a file as a unified diff that git apply and patch -p1 take, "" where nothing has. name is
// the path as it is to be seen in it, with forward slashes.
func Diff(name, before, after string) string {
	old, now := quote("a/"+name), quote("b/"+name)
	text := string(diff.Diff("old", []byte(before), "new", []byte(after)))
	_, text, found := strings.Cut(text, "\n+++ new\n") // what is before it is about the names
	if !found {
		return ""
	}
	return "--- " + old + "\n+++ " + now + "\n" + text
}

// quote writes a name as git does in a diff: one with characters that mean something there stands in quotes, and behind one with blanks
// stands a tab, up to which patch takes it.
func quote(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' || r == utf8.RuneError }) {
		var out strings.Builder
		for i := range len(name) {
			switch c := name[i]; {
			case c == '"' || c == '\\':
				out.WriteByte('\\')
				out.WriteByte(c)
			case c < ' ' || c >= 0x7f:
				fmt.Fprintf(&out, "\\%03o", c)
			default:
				out.WriteByte(c)
			}
		}
		return `"` + out.String() + `"`
	}
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}
