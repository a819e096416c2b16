package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
)

// A printer writes a report for people. Its first error stays and is returned by Flush.
type printer struct {
	*bufio.Writer
	o Options
	g glyphs
}

func newPrinter(w io.Writer, o Options) *printer {
	return &printer{bufio.NewWriter(w), o, o.glyphs()}
}

// line writes one line. Blanks at its end are left out, so that what stands behind them may be empty.
func (p *printer) line(parts ...string) {
	_, _ = p.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n") // Flush returns the error
}

// paragraph writes text behind before, wrapped where the report goes to a terminal; its other lines stand below its first.
func (p *printer) paragraph(before, text string) {
	indent, room := textWidth(before), 0
	if p.o.Width > 0 {
		room = max(p.o.Width-indent, 20)
	}
	for i, part := range wrap(text, room) {
		if i > 0 {
			before = strings.Repeat(" ", indent)
		}
		p.line(before, part)
	}
}

func (p *printer) frameWidth() int {
	if p.o.Width == 0 {
		return 120
	}
	return p.o.Width
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// sentence puts a full stop behind text that has none.
func sentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}
