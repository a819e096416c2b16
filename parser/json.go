package parser

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// jsonStrings finds the strings of a JSON array of strings; a slot covers the quotes too.
func jsonStrings(array slot) []slot {
	var found []slot
	text := array.text
	for pos := 0; pos < len(text); pos++ {
		if text[pos] != '"' {
			continue
		}
		end := stringEnd(text, pos)
		s := slot{"", array.from + pos, array.from + end}
		if json.Unmarshal([]byte(text[pos:end]), &s.text) != nil {
			return found
		}
		found = append(found, s)
		pos = end - 1
	}
	return found
}

// stringEnd returns the index behind the quote that closes the JSON string that starts at an index, or the end of the text.
func stringEnd(text string, start int) int {
	for pos := start + 1; pos < len(text); pos++ {
		switch text[pos] {
		case '\\':
			pos++
		case '"':
			return pos + 1
		}
	}
	return len(text)
}

// brokenJSON says why BuildKit takes what starts with a bracket for a shell command, nil where it is one: [ -f x ] && y.
func brokenJSON(line *logicalLine, array slot) *BrokenJSON {
	r := &listReader{text: array.text, certain: true}
	if !r.read() {
		return nil
	}
	broken := &BrokenJSON{Span: line.span(array.from+r.fault.from, array.from+r.fault.to), Reason: r.fault.text}
	if r.certain {
		for _, item := range r.items {
			broken.Words = append(broken.Words, Word{item.text, line.span(array.from+item.from, array.from+item.to), true})
		}
	}
	return broken
}

// A listReader reads what may be meant as a JSON array of strings and notes the first thing that is wrong with it.
type listReader struct {
	text    string
	pos     int
	items   []slot
	quoted  int  // how many items have a quote of some kind at an end
	bare    bool // the first item has no quote in front
	commas  int
	fault   slot // the text is the reason
	certain bool // what was meant is certain
}

func (r *listReader) wrong(from, to int, certain bool, reason string) {
	if r.fault.text == "" {
		r.fault = slot{reason, from, to}
	}
	r.certain = r.certain && certain
}

// read reads all of the text and reports whether it is a list that went wrong.
func (r *listReader) read() bool {
	r.pos = 1
	spaced := strings.HasPrefix(r.text[1:], " ") || strings.HasPrefix(r.text[1:], "\t") // as [ the command needs it
	comma, closed := -1, false                                                          // the comma that an item must follow
	for !closed {
		r.skipSpace()
		if r.pos == len(r.text) {
			r.wrong(0, 1, len(r.items) > 0 && comma < 0, "the bracket is not closed")
			break
		}
		switch c := r.text[r.pos]; c {
		case ']':
			if comma >= 0 {
				r.wrong(comma, comma+1, true, "a comma stands before the closing bracket")
			}
			r.pos++
			closed = true
		case ',':
			if r.commas++; comma >= 0 || len(r.items) == 0 {
				r.wrong(r.pos, r.pos+1, true, "there is a comma too many")
			}
			comma = r.pos
			r.pos++
		default:
			start, first := r.pos, len(r.items) == 0
			if !first && comma < 0 {
				if isOperator(r.text[r.pos:]) && (spaced || c != '-') {
					return false
				}
				// Where the text goes on right behind a quote, it is a quote that is wrong: ["a, "b"]
				if last := r.items[len(r.items)-1]; last.to == r.pos && c != '"' && c != '\'' {
					r.wrong(last.from, last.to, false, "a quote is missing or too many")
				}
			}
			wasQuoted := r.quoted == len(r.items)
			r.item()
			if !first && comma < 0 {
				r.wrong(start, r.items[len(r.items)-1].to, wasQuoted && r.quoted == len(r.items), "a comma is missing")
			}
			comma = -1
		}
	}
	rest := trim(slot{r.text[r.pos:], r.pos, len(r.text)})
	if closed && rest.text != "" {
		stray := strings.Trim(rest.text, "],;.") == "" || rest.text[0] == '#' && rest.from > r.pos
		r.wrong(rest.from, rest.to, stray, "text follows the closing bracket")
	}
	return r.fault.text != "" && r.isList(spaced, closed, rest.text)
}

// isList tells a list of strings from the command [ and from other commands that start with a bracket.
func (r *listReader) isList(spaced, closed bool, rest string) bool {
	if len(r.items) == 0 {
		return false
	}
	first := r.items[0].text
	if r.bare && (first == "" || strings.ContainsAny(first, " \t[") || isOperator(first)) {
		return false
	}
	switch {
	case r.commas > 0 && spaced:
		return r.quoted > 0 && r.commas >= len(r.items)-1
	case r.commas > 0: // [npm, start]
		return !r.bare || r.quoted > 0 || closed
	case spaced:
		return rest == "" && r.quoted == len(r.items)
	case r.bare: // [nginx]
		return closed && rest == "" && len(r.items) == 1
	}
	return r.quoted == len(r.items)
}

// isOperator reports whether text starts with an operator of the command [.
func isOperator(text string) bool {
	return strings.IndexAny(text, "-=!<>()\\&|;~") == 0
}

func (r *listReader) skipSpace() {
	for r.pos < len(r.text) {
		c, width := utf8.DecodeRuneInString(r.text[r.pos:])
		if !unicode.IsSpace(c) {
			return
		}
		if strings.IndexByte(" \t\r\n", r.text[r.pos]) < 0 {
			r.wrong(r.pos, r.pos+width, true, "a space that JSON does not know stands between the strings")
		}
		r.pos += width
	}
}

const (
	typographicOpen  = "“”„‟″«»‘’‚‛"
	typographicClose = "“”‟″«»‘’‛"
)

// item reads one item, whatever its quotes.
func (r *listReader) item() {
	rest := r.text[r.pos:]
	c, width := utf8.DecodeRuneInString(rest)
	switch {
	case c == '"':
		r.doubleQuoted()
	case c == '\'':
		if end := strings.IndexByte(rest[1:], '\''); end >= 0 {
			r.wrong(r.pos, r.pos+end+2, !strings.Contains(rest[1:end+1], `\`), "the quotes are single quotes")
			r.add(rest[1:end+1], end+2, true)
		} else {
			r.unclosed(1)
		}
	case strings.ContainsRune(typographicOpen, c):
		end := strings.IndexAny(rest[width:], typographicClose+`"`)
		if end < 0 {
			r.unclosed(width)
			return
		}
		_, closing := utf8.DecodeRuneInString(rest[width+end:])
		text := rest[width : width+end]
		r.wrong(r.pos, r.pos+width+end+closing, !strings.ContainsAny(text, typographicOpen+`'\`), "the quotes are typographic quotes")
		r.add(text, width+end+closing, true)
	default:
		r.unquoted()
	}
}

func (r *listReader) add(text string, length int, quoted bool) {
	r.items = append(r.items, slot{text, r.pos, r.pos + length})
	if r.pos += length; quoted {
		r.quoted++
	}
}

// doubleQuoted reads a JSON string, or one that only lacks what JSON asks for inside.
func (r *listReader) doubleQuoted() {
	end := stringEnd(r.text, r.pos)
	literal := r.text[r.pos:end]
	if len(literal) < 2 || literal[len(literal)-1] != '"' {
		// Typographic quotes close it: "node”
		if at := strings.IndexAny(literal[1:], typographicClose); at >= 0 {
			_, width := utf8.DecodeRuneInString(literal[1+at:])
			r.wrong(r.pos, r.pos+1+at+width, true, "the quotes are typographic quotes")
			r.add(literal[1:1+at], 1+at+width, true)
			return
		}
		r.unclosed(1)
		return
	}
	var text string
	if json.Unmarshal([]byte(literal), &text) == nil {
		r.add(text, len(literal), true)
		return
	}
	var plain strings.Builder // with backslashes taken as they are
	found, escapes := false, false
	for pos := 1; pos < len(literal)-1; pos++ {
		switch c := literal[pos]; {
		case c == '\\' && strings.IndexByte(`"\`, literal[pos+1]) >= 0:
			pos++
			plain.WriteByte(literal[pos])
		case c == '\\':
			plain.WriteByte(c)
			if strings.IndexByte("/bfnrtu", literal[pos+1]) >= 0 {
				escapes = true
				continue
			}
			_, width := utf8.DecodeRuneInString(literal[pos+1:])
			found = true
			r.wrong(r.pos+pos, r.pos+pos+1+width, true, literal[pos:pos+1+width]+" is no escape of JSON: a backslash is written twice")
		case c < ' ':
			plain.WriteByte(c)
			found = true
			r.wrong(r.pos+pos, r.pos+pos+1, true, "a control character stands in the string, such as a tab")
		default:
			plain.WriteByte(c)
		}
	}
	r.wrong(r.pos, r.pos+len(literal), found && !escapes, "an escape in the string is not complete")
	r.add(plain.String(), len(literal), true)
}

// unclosed reads a string whose opening quote of some width is never closed: ["node", "app.js]
func (r *listReader) unclosed(width int) {
	rest := strings.TrimRightFunc(r.text[r.pos:], unicode.IsSpace)
	rest = strings.TrimRightFunc(strings.TrimSuffix(rest, "]"), unicode.IsSpace)
	text := rest[min(width, len(rest)):]
	r.wrong(r.pos, r.pos+len(rest), text != "" && !strings.ContainsAny(text, `,"'\`), "the closing quote is missing")
	r.add(text, len(rest), true)
}

// unquoted reads an item up to a comma or the bracket that closes the list.
func (r *listReader) unquoted() {
	rest := r.text[r.pos:]
	if end := strings.IndexByte(rest, ','); end >= 0 {
		rest = rest[:end]
	}
	if end := strings.IndexByte(rest, ']'); end >= 0 {
		rest = rest[:end]
	}
	rest = strings.TrimRightFunc(rest, unicode.IsSpace)
	r.bare = r.bare || len(r.items) == 0
	text := rest
	closing, width := utf8.DecodeLastRuneInString(rest)
	quoted := closing == '"' || closing == '\'' || strings.ContainsRune(typographicClose, closing)
	if quoted {
		text = rest[:len(rest)-width]
	}
	plain := text != "" && !strings.ContainsAny(text, "\"'\\ \t$") && !strings.ContainsAny(text, typographicOpen)
	switch {
	case quoted && plain:
		r.wrong(r.pos, r.pos+len(rest), true, "the opening quote is missing")
	case quoted || strings.ContainsAny(text, "\"'"):
		r.wrong(r.pos, r.pos+len(rest), false, "a quote is missing or too many")
	default:
		r.wrong(r.pos, r.pos+len(rest), plain, text+" is not in quotes")
	}
	r.add(text, len(rest), quoted)
}
