package report

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

type sarifFix struct {
	Description sarifMessage  `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  region        `json:"deletedRegion"`
	Inserted *sarifContent `json:"insertedContent,omitempty"`
}

type sarifContent struct {
	Text string `json:"text"`
}

// sarifFixOf writes a fix. It reports false for one that cannot be written: it takes away a byte-order mark, which no region
// can name, or puts in bytes that are no text.
func sarifFixOf(fix rules.Fix) (sarifFix, bool) {
	title := plainMessage(fix.Title)
	if !fix.Safe {
		title += " (unsafe, read it first)"
	}
	out := sarifFix{Description: sarifMessage{Text: title}}
	for _, e := range editable(fix.Edits) {
		if !utf8.ValidString(e.New) {
			return sarifFix{}, false
		}
		if e.Span.Start < len(byteOrderMark) && e.Span.End > 0 && strings.HasPrefix(e.Span.File.Src, byteOrderMark) {
			return sarifFix{}, false
		}
		artifact := artifactOf(e.Span.File.Path)
		if n := len(out.Changes); n == 0 || out.Changes[n-1].Artifact != artifact {
			out.Changes = append(out.Changes, sarifChange{Artifact: artifact})
		}
		change := &out.Changes[len(out.Changes)-1]
		r := sarifReplacement{Deleted: regionOf(e.Span)}
		if e.New != "" {
			r.Inserted = &sarifContent{e.New}
		}
		change.Replacements = append(change.Replacements, r)
	}
	return out, len(out.Changes) > 0
}

// editable sorts edits by file and place, and lets each start and end where an editor can put its cursor: not between the
// two halves of a line end, and not in the indentation of a line, out of which the viewer of Visual Studio Code moves the
// start of every region (regionToSelection.ts). Such an edit starts at the end of the line above.
func editable(edits []parser.Edit) []parser.Edit {
	edits = append([]parser.Edit(nil), edits...)
	sort.SliceStable(edits, func(i, j int) bool {
		a, b := edits[i].Span, edits[j].Span
		if a.File.Path != b.File.Path {
			return a.File.Path < b.File.Path
		}
		return a.Start < b.Start
	})
	for i := range edits {
		free := 0 // where the edit above ends
		if i > 0 && edits[i-1].Span.File.Path == edits[i].Span.File.Path {
			free = edits[i-1].Span.End
		}
		edits[i] = outOfIndentation(wholeLineEnds(edits[i]), free)
	}
	return edits
}

// wholeLineEnds lets an edit that takes a part of CR LF write the rest itself.
func wholeLineEnds(e parser.Edit) parser.Edit {
	src := e.Span.File.Src
	between := func(at int) bool { return at > 0 && strings.HasPrefix(src[at-1:], "\r\n") }
	if between(e.Span.Start) {
		e.Span.Start--
		e.New = "\r" + e.New
	}
	if between(e.Span.End) {
		e.Span.End++
		e.New += "\n"
	}
	return e
}

// outOfIndentation moves the start of an edit to the end of the line above, unless that is above free.
func outOfIndentation(e parser.Edit, free int) parser.Edit {
	src := e.Span.File.Src
	line := strings.LastIndexByte(src[:e.Span.Start], '\n') + 1
	text, _, _ := strings.Cut(src[line:], "\n")
	text = strings.TrimSuffix(text, "\r")
	indentation := len(text) - len(strings.TrimLeft(text, " \t"))
	if line == 0 || e.Span.Start >= line+indentation {
		return e
	}
	end := len(strings.TrimSuffix(src[:line-1], "\r"))
	if end < free {
		return e
	}
	e.New = src[end:e.Span.Start] + e.New
	e.Span.Start = end
	for e.Span.End > e.Span.Start && e.New != "" && e.New[len(e.New)-1] == src[e.Span.End-1] {
		e.New = e.New[:len(e.New)-1]
		e.Span.End--
	}
	return wholeLineEnds(e)
}
