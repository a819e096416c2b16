package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// Measures of a picture in pixels. There is no measuring of text without its font, so the font is one of equal widths, and
// a column is a little wider than the widest of those that are asked for.
const (
	svgWidth  = 920
	svgColumn = 8 // of text of 13 pixels
	svgLine   = 18
	svgPad    = 16 // around everything in a card
	svgStep   = 34 // from a process to its children, to the right
	svgTrunk  = 14 // from the left of a process to the line that goes down from it
	svgGap    = 36 // from a process to the next, downwards; the words about the signal stand there
	svgInner  = 10 // around the words in a box
	svgElbow  = 28 // from the top of a box to the line that comes in from the left
)

// ExplainSVG writes launches as one picture. It brings its own ground, so that it is readable on any page, and follows the
// light or dark setting of who looks at it.
func ExplainSVG(w io.Writer, r rules.Result, o Options) error {
	o.Boxes = true
	d := &drawing{o: o}
	y := 0
	for _, l := range r.Launches {
		y = d.card(l, r.Findings, y) + svgPad
	}
	if len(r.Launches) == 0 {
		d.frame(0, 0, svgWidth, 2*svgPad+svgLine, "card")
		d.text(svgPad, svgPad+svgLine, "muted", "There is nothing to explain.", 0)
		y = 3*svgPad + svgLine
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" class="pid1lint" role="img" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" xml:space="preserve">`+"\n", svgWidth, y-svgPad)
	title := "What a stop does to the processes of a container"
	if len(r.Launches) > 1 {
		title += ": " + verdicts(r.Launches)
	}
	fmt.Fprintf(&out, "<title>%s</title>\n<desc>%s</desc>\n<style>\n%s</style>\n", escapeXML(title), escapeXML(o.describe(r)), svgStyle())
	out.Write(d.Bytes())
	out.WriteString("</svg>\n")
	_, err := w.Write(out.Bytes())
	return err
}

// describe says in words what a picture shows, for people who do not see it.
func (o Options) describe(r rules.Result) string {
	var out []string
	for _, l := range r.Launches {
		for _, s := range scenes(l, r.Findings) {
			text := s.headline() + ". " + strings.Join(o.notes(s), " ")
			if s.first {
				text = o.where(l) + ": " + text
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n")
}

// A drawing is the inside of a picture.
type drawing struct {
	bytes.Buffer
	o Options
}

// card draws a launch as it is and, beside that, as fixes leave it, and returns where the card ends.
func (d *drawing) card(l *process.Launch, findings []rules.Finding, top int) int {
	inside := &drawing{o: d.o}
	columns := (svgWidth - 2*svgPad) / svgColumn
	y := top + svgPad + svgLine - 4
	inside.text(svgPad, y, "strong", d.o.where(l), columns)
	for _, line := range setting(l) {
		y += svgLine
		inside.text(svgPad, y, "muted", line, columns)
	}
	y += svgPad
	all := scenes(l, findings)
	width := svgWidth / len(all)
	bottom := y
	for i, s := range all {
		bottom = max(bottom, inside.scene(s, i*width+svgPad, y, width-2*svgPad))
	}
	d.frame(0, top, svgWidth, bottom-top, "card")
	inside.line(0, y, svgWidth, y, "rule")
	for i := range all[1:] {
		inside.line((i+1)*width, y, (i+1)*width, bottom, "rule")
	}
	d.Write(inside.Bytes())
	return bottom
}

// scene draws a tree of processes under its verdict, and returns where it ends.
func (d *drawing) scene(s scene, x, y, width int) int {
	l, t := s.launch, verdictTone(s.launch)
	columns := width / svgColumn
	y += svgPad
	d.icon(t, x+8, y+9)
	d.text(x+24, y+14, "strong "+t.class(), s.headline(), columns-3)
	y += svgLine + svgPad
	switch {
	case l.Root == nil:
		lines := breakText(noProcesses(l), columns-3)
		d.frame(x, y, width, len(lines)*svgLine+2*svgInner, "nothing")
		for i, line := range lines {
			d.text(x+svgInner, y+svgInner+14+i*svgLine, "muted", line, 0)
		}
		y += len(lines)*svgLine + 2*svgInner
	case stops(l):
		command := stopCommand(l)
		d.pill(x, y, len(command)*svgColumn+2*svgInner, command)
		from := y + svgLine + 8
		y = from + svgGap
		p := passageTo(l, nil, l.Root)
		d.passage(p, x+svgTrunk, from, x+svgTrunk, y, columns-4)
		y = d.tree(l, l.Root, x, y, width)
	default:
		y = d.tree(l, l.Root, x, y, width)
	}
	y += svgPad
	for i, note := range d.o.notes(s) {
		class := "muted"
		if i == 0 {
			class = "plain"
		}
		for _, line := range breakText(note, columns) {
			y += svgLine
			d.text(x, y-4, class, line, 0)
		}
		y += 4
	}
	return y + svgPad
}

// tree draws a process and, below and to the right of it, its children. It returns where they end.
func (d *drawing) tree(l *process.Launch, at *process.Process, x, y, width int) int {
	step := svgStep
	if n := depth(at); n > 1 {
		step = max(min(step, (width-24*svgColumn)/(n-1)), 2)
	}
	bottom := d.process(l, at, x, y, width)
	end := bottom
	trunk := x + min(svgTrunk, step/2)
	passages := make([]passage, len(at.Children))
	last := -1 // the last child that the signal gets to
	for i, child := range at.Children {
		if passages[i] = passageTo(l, at, child); passages[i].arrives {
			last = i
		}
	}
	from := bottom
	for i, child := range at.Children {
		top := end + svgGap
		if passages[i].text == "" {
			top = end + svgGap/2
		}
		end = d.tree(l, child, x+step, top, width-step)
		d.elbow(passages[i], i < last, trunk, from, x+step, top, (width-step/2)/svgColumn-2)
		from = top + svgElbow
	}
	return end
}

// process draws the box of a process and returns where it ends.
func (d *drawing) process(l *process.Launch, at *process.Process, x, y, width int) int {
	t := processTone(l, at)
	columns := max((width-2*svgInner)/svgColumn, 8)
	full := command(at.Argv)
	words := breakText(full, columns)
	if len(words) > 2 {
		words = []string{words[0], shorten(strings.Join(words[1:], " "), columns, d.o.glyphs().dots)}
	}
	role := shorten(d.o.role(l, at), columns, d.o.glyphs().dots)
	var ends []string
	if why := fate(l, at); why != "" {
		ends = breakText(visible(why), columns-3)
	}
	wide := textWidth(role)
	for _, line := range words {
		wide = max(wide, textWidth(line))
	}
	for _, line := range ends {
		wide = max(wide, textWidth(line)+3)
	}
	height := (1+len(words)+len(ends))*svgLine + 2*svgInner
	d.WriteString("<g>")
	d.tooltip(full)
	d.frame(x, y, min(wide*svgColumn+2*svgInner, width), height, "box "+t.class())
	y += svgInner + 13
	d.text(x+svgInner, y, "muted", role, 0)
	for _, line := range words {
		y += svgLine
		d.text(x+svgInner, y, "strong", line, 0)
	}
	for i, line := range ends {
		y += svgLine
		if i == 0 {
			d.icon(t, x+svgInner+7, y-5)
		}
		d.text(x+svgInner+3*svgColumn, y, t.class(), line, 0)
	}
	d.WriteString("</g>\n")
	return y - 13 + svgLine + svgInner
}
