package report

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Ambiguous characters count as narrow, as terminals draw them by default; the package's own default depends on the locale.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

func textWidth(s string) int {
	width := 0
	for _, r := range s {
		width += columns.RuneWidth(r)
	}
	return width
}

// unsafeRune reports whether a character must not reach a terminal as it is: controls, which a terminal obeys, and
// invisible formatting such as the bidirectional overrides, which make text look like what it is not, and what is no
// character at all, which XML does not allow. The joiners of emoji and of scripts that need them are harmless.
func unsafeRune(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' '
	case r == '\u200c', r == '\u200d':
		return false
	case r == '\u2028', r == '\u2029':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Noncharacter_Code_Point)
}

// visible returns text that comes from outside as one line that is safe to print: what a terminal would obey is escaped.
func visible(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if !clean {
		var out strings.Builder
		for len(s) > 0 {
			r, size := utf8.DecodeRuneInString(s)
			out.WriteString(visibleRune(r, s[:size]))
			s = s[size:]
		}
		s = out.String()
	}
	return ciCommand.ReplaceAllString(s, `#\x23$1`)
}

// What CI systems obey wherever it stands in the output of a program: ##[error], ##[add-mask], ##vso[task.setvariable],
// ##teamcity[message]. A pattern of a shell, such as ${name##[a-z]}, is none. ##[error at the end of a text is one together with a blank
// that is written behind it, and a bracket that follows anywhere on the line.
//
// Source: actions/runner, src/Runner.Common/ActionCommand.cs; learn.microsoft.com, "Logging commands"; jetbrains.com,
// "Service messages".
var ciCommand = regexp.MustCompile(`(?i)##(\[(?:[a-z]{4,}|[a-z]{3,}(?:-[a-z]{3,})+)(?:[] ]|$)|(?:vso|teamcity)\[)`)

func visibleRune(r rune, raw string) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r == utf8.RuneError && len(raw) == 1, r < ' ', r == 0x7f:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case unsafeRune(r) && r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	case unsafeRune(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return raw
}

// A line is one line of a file as it is drawn.
type line struct {
	cells []cell
	bytes int
	width int
}

// A cell is one character of the file and what stands for it.
type cell struct {
	text   string
	offset int // of its first byte in the line
	column int // zero-based, of its first column
	width  int
}

const tabWidth = 4

// layOut places the characters of a line in columns. Tabs become spaces up to the next stop.
func layOut(text string) line {
	l := line{bytes: len(text), cells: make([]cell, 0, len(text))}
	obeyed := map[int]bool{}
	for _, at := range ciCommand.FindAllStringIndex(text, -1) {
		obeyed[at[0]+1] = true
	}
	for offset := 0; offset < len(text); {
		r, size := utf8.DecodeRuneInString(text[offset:])
		c := cell{text: visibleRune(r, text[offset:offset+size]), offset: offset, column: l.width}
		switch {
		case r == '\t':
			c.text = strings.Repeat(" ", tabWidth-l.width%tabWidth)
		case obeyed[offset]:
			c.text = `\x23`
		}
		c.width = textWidth(c.text)
		l.cells = append(l.cells, c)
		l.width += c.width
		offset += size
	}
	return l
}

// column returns the column of a byte offset into the line. What lies behind the end of the line is one column further.
func (l line) column(offset int) int {
	if offset >= l.bytes {
		return l.width + offset - l.bytes
	}
	next := sort.Search(len(l.cells), func(i int) bool { return l.cells[i].offset > offset })
	return l.cells[max(next-1, 0)].column
}

// A window is the part of a line that is shown.
type window struct {
	text  string
	from  int // the first column of the line that is shown
	shift int // columns that stand before it
	end   int // columns of text
}

// cut returns the part of the line around the columns from start to end that fits into width columns; a width of 0 is
// no limit. Where it leaves something out stands dots.
func (l line) cut(width, start, end int, dots string) window {
	if width <= 0 || l.width <= width {
		return l.window(0, l.width, "", "")
	}
	mark := textWidth(dots)
	if end+mark <= width {
		return l.window(0, width-mark, "", dots)
	}
	room := width - 2*mark
	from := max(0, start-room/4)
	if end-start < room {
		from = max(from, end-room) // so that all of it is seen
	}
	if l.width-from <= room+mark {
		return l.window(l.width-(room+mark), l.width, dots, "")
	}
	if from == 0 {
		return l.window(0, width-mark, "", dots)
	}
	return l.window(from, from+room, dots, dots)
}

func (l line) window(from, to int, before, after string) window {
	var text strings.Builder
	first, last := -1, from
	for _, c := range l.cells {
		if c.column < from || c.column+c.width > to {
			continue
		}
		if first < 0 {
			first = c.column
		}
		text.WriteString(c.text)
		last = c.column + c.width
	}
	w := window{from: max(first, 0), shift: textWidth(before)}
	w.text = before + text.String() + after
	w.end = w.shift + last - w.from
	return w
}

// place returns where a column of the line stands in the window.
func (w window) place(column int) int {
	return min(max(column-w.from+w.shift, w.shift), w.end)
}

// shorten cuts text to width columns, 0 for no limit.
func shorten(text string, width int, dots string) string {
	if width <= 0 || textWidth(text) <= width {
		return text
	}
	var out strings.Builder
	room := width - textWidth(dots)
	for _, r := range text {
		if room -= columns.RuneWidth(r); room < 0 {
			break
		}
		out.WriteRune(r)
	}
	return strings.TrimRight(out.String(), " ") + dots
}

// wrap breaks text at blanks into lines of at most width columns, 0 for no limit. A word that is longer has a line of its own.
func wrap(text string, width int) []string {
	if width <= 0 || textWidth(text) <= width {
		return []string{text}
	}
	var lines []string
	current, used := "", 0
	for _, word := range strings.Fields(text) {
		w := textWidth(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, current)
			current, used = "", 0
		}
		if used > 0 {
			current += " "
			used++
		}
		current += word
		used += w
	}
	return append(lines, current)
}
