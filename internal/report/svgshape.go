package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// A svgColor is one colour of a picture, on a light and on a dark ground.
type svgColor struct{ name, light, dark string }

var svgColors = []svgColor{
	{"ground", "#ffffff", "#0d1117"},
	{"surface", "#f6f8fa", "#161b22"},
	{"rule", "#d0d7de", "#30363d"},
	{"plain", "#1f2328", "#e6edf3"},
	{"muted", "#59636e", "#9198a1"},
	{"aside", "#59636e", "#9198a1"},
	{"good", "#1a7f37", "#3fb950"},
	{"unsure", "#9a6700", "#d29922"},
	{"bad", "#cf222e", "#f85149"},
}

// svgStyle returns the style sheet of a picture. It writes every colour out: not all that draws SVG knows variables.
func svgStyle() string {
	var out strings.Builder
	out.WriteString(`.pid1lint text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}` + "\n" +
		".pid1lint .strong{font-weight:bold}\n.pid1lint .stroke{fill:none;stroke-width:2}\n.pid1lint .dashed{stroke-dasharray:3 4}\n" +
		".pid1lint .box{stroke-width:1.5}\n.pid1lint .nothing{fill:none;stroke-dasharray:3 4}\n")
	sheet := func(color func(svgColor) string) {
		of := map[string]string{}
		for _, c := range svgColors {
			of[c.name] = color(c)
		}
		fmt.Fprintf(&out, ".pid1lint .card{fill:%s;stroke:%s}\n.pid1lint .gap{fill:%s}\n.pid1lint .rule{stroke:%s}\n.pid1lint .box{fill:%s}\n.pid1lint .nothing{stroke:%s}\n.pid1lint .strong{fill:%s}\n",
			of["ground"], of["rule"], of["ground"], of["rule"], of["surface"], of["muted"], of["plain"])
		for _, name := range []string{"plain", "muted", "aside", "good", "unsure", "bad"} {
			fmt.Fprintf(&out, ".pid1lint text.%s,.pid1lint .solid.%[1]s{fill:%[2]s}\n", name, of[name])
			fmt.Fprintf(&out, ".pid1lint .stroke.%s,.pid1lint .box.%[1]s{stroke:%[2]s}\n", name, of[name])
		}
	}
	sheet(func(c svgColor) string { return c.light })
	out.WriteString("@media (prefers-color-scheme:dark){\n")
	sheet(func(c svgColor) string { return c.dark })
	out.WriteString("}\n")
	return out.String()
}

func (d *drawing) printf(format string, args ...any) { _, _ = fmt.Fprintf(&d.Buffer, format, args...) }

// text draws a line of text whose base line is at y. What is wider than columns is cut, 0 for no limit, and whole in the tooltip.
func (d *drawing) text(x, y int, class, text string, columns int) {
	short := shorten(text, columns, d.o.glyphs().dots)
	d.printf(`<text x="%d" y="%d" class="%s">`, x, y, class)
	if short != text {
		d.tooltip(text)
	}
	d.WriteString(escapeXML(short) + "</text>\n")
}

func (d *drawing) tooltip(text string) { d.WriteString("<title>" + escapeXML(text) + "</title>\n") }

func (d *drawing) frame(x, y, width, height int, class string) {
	d.printf(`<rect x="%d.5" y="%d.5" width="%d" height="%d" rx="6" class="%s"/>`+"\n", x, y, width-1, height-1, class)
}

func (d *drawing) pill(x, y, width int, text string) {
	height := svgLine + 8
	d.printf(`<rect x="%d.5" y="%d.5" width="%d" height="%d" rx="%d" class="box muted"/>`+"\n", x, y, width-1, height-1, height/2)
	d.text(x+svgInner, y+17, "plain", text, 0)
}

func (d *drawing) line(x1, y1, x2, y2 int, class string) {
	d.printf(`<path d="M%d %dL%d %d" class="%s"/>`+"\n", x1, y1, x2, y2, class)
}

// passage draws the step of the signal from a place straight down to another one, with its words beside it.
func (d *drawing) passage(p passage, x1, y1, x2, y2, columns int) {
	class := "stroke " + p.tone.class()
	if p.arrives {
		d.line(x1, y1, x2, y2-6, class)
		d.printf(`<path d="M%d %dl-5 -9h10z" class="solid %s"/>`+"\n", x2, y2-1, p.tone.class())
	} else {
		d.line(x1, y1, x2, y2, class+" dashed")
		d.barrier(p.tone, x1, (y1+y2)/2)
	}
	d.text(x1+14, (y1+y2)/2+4, p.tone.class(), p.text, columns)
}

// elbow draws the step of the signal from a place down and then right to a child, whose box begins at top; its words stand
// above that. Where the signal goes on to another child, the way down is drawn as its way, and what keeps it from this one
// stands to the right.
func (d *drawing) elbow(p passage, goesOn bool, x1, y1, x2, top, columns int) {
	y2 := top + svgElbow
	class := "stroke " + p.tone.class()
	words := top - svgGap/2
	switch {
	case p.arrives:
		d.printf(`<path d="M%d %dV%dH%d" class="%s"/>`+"\n", x1, y1, y2, x2-6, class)
		d.printf(`<path d="M%d %dl-9 -5v10z" class="solid %s"/>`+"\n", x2-1, y2, p.tone.class())
	case goesOn:
		d.line(x1, y1, x1, y2, "stroke "+isGood.class())
		d.line(x1, y2, x2, y2, class+" dashed")
		d.barrier(p.tone, (x1+x2)/2+1, y2)
	default:
		d.printf(`<path d="M%d %dV%dH%d" class="%s dashed"/>`+"\n", x1, y1, y2, x2, class)
		if p.text != "" {
			d.barrier(p.tone, x1, words)
		}
	}
	if p.text != "" {
		d.text(x1+14, words+4, p.tone.class(), p.text, columns)
	}
}

// barrier draws what the signal does not get past: a cross, or a question mark where that is not known.
func (d *drawing) barrier(t tone, x, y int) {
	d.printf(`<rect x="%d" y="%d" width="12" height="12" class="gap"/>`+"\n", x-6, y-6)
	if t == isUnsure {
		d.icon(t, x, y)
		return
	}
	d.printf(`<path d="M%d %dl10 10m0 -10l-10 10" class="stroke %s"/>`+"\n", x-5, y-5, t.class())
}

// icon draws the mark of a tone, 14 pixels wide.
func (d *drawing) icon(t tone, x, y int) {
	stroke := `" class="stroke ` + t.class() + `"/>` + "\n"
	switch t {
	case isGood:
		d.printf(`<path d="M%d %dl4 4l8 -9`+stroke, x-6, y)
	case isBad:
		d.printf(`<path d="M%d %dl10 10m0 -10l-10 10`+stroke, x-5, y-5)
	case isUnsure:
		d.printf(`<path d="M%d %da4 4 0 1 1 6 3.5q-2 1.2 -2 3.2m0 3.2v1.2`+stroke, x-4, y-3)
	case isSlow:
		d.printf(`<path d="M%d %da6 6 0 1 0 0.1 0zm0 2v4h3`+stroke, x, y-6)
	default:
		d.printf(`<path d="M%d %dh8`+stroke, x-4, y)
	}
}

// breakText breaks text into lines of at most columns, words that are longer too.
func breakText(text string, columns int) []string {
	var out []string
	for _, line := range wrap(text, columns) {
		start, used := 0, 0
		for i, r := range line {
			width := textWidth(string(r))
			if used+width > columns && i > start {
				out = append(out, line[start:i])
				start, used = i, 0
			}
			used += width
		}
		out = append(out, line[start:])
	}
	return out
}

// escapeXML returns text that comes from outside as character data of XML. A newline stays: only descriptions have one.
func escapeXML(text string) string {
	var out bytes.Buffer
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		_ = xml.EscapeText(&out, []byte(visible(line))) // a buffer takes everything
	}
	return out.String()
}
