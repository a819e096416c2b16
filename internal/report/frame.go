package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A place is a span that is drawn, with what is said of it.
type place struct {
	span        parser.Span
	label       string
	primary     bool
	first, last int // lines
}

func newPlace(span parser.Span, label string, primary bool) place {
	p := place{span: span, label: label, primary: primary, first: span.Begin().Line}
	end := span.End
	if end > span.Start && end <= len(span.File.Src) && span.File.Src[end-1] == '\n' {
		end-- // a span that ends with its line does not touch the next
	}
	p.last = span.File.Position(end).Line
	return p
}

// A frame is the code of one file with the places in it.
type frame struct {
	file   *parser.File
	places []place
	lines  []int // those that are shown, in order
}

// The lines that are shown of a span over many, before and behind the gap.
const headLines, tailLines = 4, 2

// frames sorts places into one frame for each file, the one of the primary place first.
func frames(places []place) []frame {
	var out []frame
	for _, p := range places {
		i := slices.IndexFunc(out, func(f frame) bool { return f.file.Path == p.span.File.Path })
		if i < 0 {
			i = len(out)
			out = append(out, frame{file: p.span.File})
		}
		if !slices.ContainsFunc(out[i].places, func(q place) bool {
			return q.span.Start == p.span.Start && q.span.End == p.span.End && q.label == p.label
		}) {
			out[i].places = append(out[i].places, p)
		}
	}
	for i := range out {
		out[i].choose()
	}
	return out
}

// choose decides which lines are shown: those of the places, and the last line with something on it above the primary place.
func (f *frame) choose() {
	sort.SliceStable(f.places, func(i, j int) bool { return f.places[i].last < f.places[j].last })
	for _, p := range f.places {
		for n := p.first; n <= p.last; n++ {
			if n < p.first+headLines || n > p.last-tailLines {
				f.lines = append(f.lines, n)
			}
		}
		if above := p.first - 1; p.primary {
			for ; above > 0 && above > p.first-4 && strings.TrimSpace(f.file.Line(above)) == ""; above-- {
			}
			if above > 0 && above > p.first-4 {
				f.lines = append(f.lines, above)
			}
		}
	}
	slices.Sort(f.lines)
	f.lines = slices.Compact(f.lines)
}

// head returns the place that the line above the frame names: the primary one, or the first.
func (f *frame) head() place {
	for _, p := range f.places {
		if p.primary {
			return p
		}
	}
	return f.places[0]
}

// gap reports whether lines with something on them are left out between two that are shown.
func (f *frame) gap(from, to int) bool {
	for n := from + 1; n < to; n++ {
		if strings.TrimSpace(f.file.Line(n)) != "" {
			return true
		}
	}
	return false
}

// tall returns the place over several lines that is drawn at the left edge of the frame. There is room for one; of others only the
// first line is marked.
func (f *frame) tall() *place {
	var found *place
	for i := range f.places {
		if p := &f.places[i]; p.last > p.first && (found == nil || p.primary) {
			found = p
		}
	}
	return found
}

// drawFrames draws places under a header for each file. numbers is the width of the column of line numbers.
func (p *printer) drawFrames(fs []frame, numbers int, accent style) {
	pad := strings.Repeat(" ", numbers+1)
	bar := pad + " " + p.o.paint(gutter, p.g.bar)
	for i, f := range fs {
		arrow := p.g.arrow
		if i > 0 {
			arrow = ":::"
			p.line(bar)
		}
		begin := f.head().span.Begin()
		p.line(pad, p.o.paint(gutter, arrow), fmt.Sprintf(" %s:%d:%d", visible(p.o.path(f.file)), begin.Line, begin.Column))
		p.line(bar)
		p.drawFrame(f, numbers, accent)
	}
}

func (p *printer) drawFrame(f frame, numbers int, accent style) {
	tall := f.tall()
	bar := p.o.paint(gutter, p.g.bar)
	before := strings.Repeat(" ", numbers+2) + bar + " "
	for i, n := range f.lines {
		if i > 0 && f.gap(f.lines[i-1], n) {
			edge := ""
			if tall != nil && n > tall.first {
				edge = strings.Repeat(" ", numbers+1) + p.edge(tall, n, accent)
			}
			p.line(p.o.paint(gutter, "..."), edge)
		}
		edge := p.edge(tall, n, accent)
		room := max(p.frameWidth()-numbers-4, 20)
		if edge != "" {
			room -= 2
		}
		code, shown := f.lineAt(n, room, p.g.dots)
		p.line(" ", p.o.paint(gutter, fmt.Sprintf("%*d", numbers, n)), " ", bar, " ", edge, shown.text)
		for _, at := range f.places {
			end := min(shown.place(code.column(f.offset(at.span.End, n))), room)
			switch {
			case tall != nil && at == *tall:
				if n == at.last {
					row := p.g.bottom + strings.Repeat(p.g.under, end) + at.mark()
					p.label(before, 0, row, at, accent, room+2)
				}
			case n == at.first:
				if at.last > at.first {
					end = shown.end
				}
				start := min(shown.place(code.column(f.offset(at.span.Start, n))), room-1)
				marks := strings.Repeat(at.mark(), max(end-start, 1))
				p.label(before+p.edge(tall, n+1, accent), start, marks, at, accent, room)
			}
		}
	}
}

// edge returns what stands at the left edge of line n of a frame in which one place covers several lines.
func (p *printer) edge(tall *place, n int, accent style) string {
	switch {
	case tall == nil:
		return ""
	case n == tall.first:
		return p.o.paint(tall.accent(accent), p.g.top) + " "
	case n > tall.first && n <= tall.last:
		return p.o.paint(tall.accent(accent), p.g.side) + " "
	}
	return "  "
}

// label prints a row of marks and what is said of them: behind it, or below it where the line has no room. Only a
// terminal has too little room.
func (p *printer) label(before string, start int, marks string, at place, accent style, room int) {
	text := visible(at.label)
	row := before + strings.Repeat(" ", start) + p.o.paint(at.accent(accent), marks)
	if p.o.Width == 0 || start+textWidth(marks)+1+textWidth(text) <= room {
		p.line(row, " ", p.o.paint(at.accent(accent), text))
		return
	}
	p.line(row)
	start = max(min(start, room-40), 0)
	for _, part := range wrap(text, room-start) {
		p.line(before, strings.Repeat(" ", start), p.o.paint(at.accent(accent), part))
	}
}

func (at place) accent(primary style) style {
	if at.primary {
		return primary
	}
	return gutter
}

func (at place) mark() string {
	if at.primary {
		return "^"
	}
	return "-"
}

// offset returns where in line n a byte offset of the file stands; what is on another line is clipped to this one.
func (f *frame) offset(offset, n int) int {
	at := f.file.Position(offset)
	switch {
	case at.Line < n:
		return 0
	case at.Line > n:
		return len(f.file.Line(n))
	}
	return at.Column - 1
}

// lineAt lays out a line and returns it with the part of it that is shown. The carriage return at its end is shown where a
// place touches it, for then it matters.
func (f *frame) lineAt(n, room int, dots string) (line, window) {
	text := f.file.Line(n)
	focus := -1
	for i, at := range f.places {
		if n < at.first || n > at.last {
			continue
		}
		if focus < 0 || at.primary {
			focus = i
		}
		if end := f.offset(at.span.End, n); at.last == n && end > len(text) {
			text += "\r"
		}
	}
	l := layOut(text)
	if focus < 0 {
		return l, l.cut(room, 0, 0, dots)
	}
	at := f.places[focus]
	start, end := l.column(f.offset(at.span.Start, n)), l.column(f.offset(at.span.End, n))
	if at.first < n {
		start = 0
	}
	if at.last > n {
		end = start
	}
	return l, l.cut(room, start, end, dots)
}
