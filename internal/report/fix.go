package report

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// The lines that are shown of one side of one change.
const changeLines = 10

// fix writes what a fix changes and what comes of it.
func (p *printer) fix(f rules.Finding, fix rules.Fix, indent, column int) {
	how := "safe"
	if !fix.Safe {
		how = "unsafe, read it first"
	}
	p.line()
	p.paragraph(strings.Repeat(" ", indent), fmt.Sprintf("Fix (%s): %s", how, visible(fix.Title)))
	changes := changesOf(fix.Edits)
	sort.SliceStable(changes, func(i, j int) bool { return inFile(changes[i], f.Span) && !inFile(changes[j], f.Span) })
	digits := 1
	for _, c := range changes {
		digits = max(digits, len(strconv.Itoa(c.line+len(c.before)+len(c.after))))
	}
	shown := f.Span.File
	for i, c := range changes {
		if i == 0 || c.file.Path != changes[i-1].file.Path {
			p.line()
		}
		if shown == nil || c.file.Path != shown.Path {
			p.line(strings.Repeat(" ", indent+2), visible(p.o.path(c.file)))
			shown = c.file
		}
		p.changed(indent+2, digits, c.line, "-", c.before, c.after, bad)
		p.changed(indent+2, digits, c.line+c.moved, "+", c.after, c.before, good)
	}
	if fix.After != nil && fix.After.Root != nil && !f.Rule.OfFile {
		p.line()
		p.drawTree(fix.After, indent+2, column)
	}
}

func inFile(c change, s parser.Span) bool { return s.File != nil && c.file.Path == s.File.Path }

// changed writes one side of a change, long lines cut around what is different.
func (p *printer) changed(indent, digits, first int, sign string, lines, others []string, s style) {
	for i, text := range lines {
		if i == changeLines && len(lines) > changeLines+1 {
			p.line(strings.Repeat(" ", indent+digits+1), p.o.paint(s, fmt.Sprintf("%s ... %d more lines", sign, len(lines)-i)))
			return
		}
		l := layOut(text)
		start := 0
		if i < len(others) {
			for start < len(text) && start < len(others[i]) && text[start] == others[i][start] {
				start++
			}
		}
		at := l.column(start)
		shown := l.cut(max(p.frameWidth()-indent-digits-3, 20), at, at+1, p.g.dots)
		p.line(strings.Repeat(" ", indent), fmt.Sprintf("%*d ", digits, first+i), p.o.paint(s, sign+" "+shown.text))
	}
}

// A change is a run of lines that edits touch: what stands there and what will.
type change struct {
	file          *parser.File
	line          int // of the first line, in the file as it is
	moved         int // lines that the changes above it add
	before, after []string
}

// changesOf applies edits line by line. Lines that stay the same at the ends of a change are no part of it.
func changesOf(edits []parser.Edit) []change {
	edits = append([]parser.Edit(nil), edits...)
	sort.SliceStable(edits, func(i, j int) bool {
		a, b := edits[i].Span, edits[j].Span
		if a.File.Path != b.File.Path {
			return a.File.Path < b.File.Path
		}
		return a.Start < b.Start
	})
	var out []change
	moved := 0
	for i := 0; i < len(edits); {
		file := edits[i].Span.File
		if i > 0 && edits[i-1].Span.File.Path != file.Path {
			moved = 0
		}
		first, last := edits[i].Span.Begin().Line, edits[i].Span.Finish().Line
		j := i + 1
		for ; j < len(edits) && edits[j].Span.File.Path == file.Path && edits[j].Span.Begin().Line <= last; j++ {
			last = max(last, edits[j].Span.Finish().Line)
		}
		c := changeOf(file, first, last, edits[i:j])
		added := len(c.after) - len(c.before)
		c.trim()
		c.moved = moved
		moved += added
		out = append(out, c)
		i = j
	}
	return out
}

func changeOf(file *parser.File, first, last int, edits []parser.Edit) change {
	from, to := lineStart(file, first), lineStart(file, last+1)
	var after strings.Builder
	at := from
	for _, e := range edits {
		if e.Span.Start < at {
			continue // edits of one fix do not overlap
		}
		after.WriteString(file.Src[at:e.Span.Start])
		after.WriteString(e.New)
		at = e.Span.End
	}
	after.WriteString(file.Src[at:max(at, to)])
	return change{file: file, line: first, before: splitLines(file.Src[from:to]), after: splitLines(after.String())}
}

func (c *change) trim() {
	for len(c.before) > 0 && len(c.after) > 0 && c.before[0] == c.after[0] {
		c.before, c.after, c.line = c.before[1:], c.after[1:], c.line+1
	}
	for len(c.before) > 0 && len(c.after) > 0 && c.before[len(c.before)-1] == c.after[len(c.after)-1] {
		c.before, c.after = c.before[:len(c.before)-1], c.after[:len(c.after)-1]
	}
	c.dropReturns()
}

// dropReturns leaves carriage returns out, unless they are what changes.
func (c *change) dropReturns() {
	for i := range max(len(c.before), len(c.after)) {
		inBefore := i < len(c.before) && strings.HasSuffix(c.before[i], "\r")
		inAfter := i < len(c.after) && strings.HasSuffix(c.after[i], "\r")
		if inBefore != inAfter && i < len(c.before) && i < len(c.after) {
			continue
		}
		if inBefore {
			c.before[i] = strings.TrimSuffix(c.before[i], "\r")
		}
		if inAfter {
			c.after[i] = strings.TrimSuffix(c.after[i], "\r")
		}
	}
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// lineStart returns the offset of the first byte of a line, or the end of the file where it has no such line.
func lineStart(file *parser.File, line int) int {
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(file.Src[at:], '\n')
		if next < 0 {
			return len(file.Src)
		}
		at += next + 1
	}
	return at
}
