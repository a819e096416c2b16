// Package fix applies edits to texts, shows the difference, and writes files.
package fix

import (
	"slices"
	"strings"

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
	if strings.ContainsAny(name, " \t") {
		name += "\t" // as git does: patch takes the name up to it
	}
	text := string(diff.Diff("a/"+name, []byte(before), "b/"+name, []byte(after)))
	_, text, _ = strings.Cut(text, "\n") // "diff a/x b/x" says nothing that the next lines do not
	return text
}
