package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/template"
)

// interpolate puts the variables of Compose into a text. One that is not known stays as it is written, but a default that the text gives
// counts as known, as that of an ARG does. from has for each byte of the value, and for its end, where it comes from in the text.
func interpolate(text string, lookup Lookup) (value string, known bool, from []int) {
	var out strings.Builder
	known = true
	for at := 0; at < len(text); {
		piece := text[at : at+1]
		result, ok := piece, true
		if piece == "$" {
			piece = variableIn(text[at:])
			if result, ok = put(piece, lookup); !ok {
				known = false
			}
		}
		for k := range len(result) {
			if ok {
				k = 0
			}
			from = append(from, at+k)
		}
		out.WriteString(result)
		at += len(piece)
	}
	return out.String(), known, append(from, len(text))
}

// variableIn returns the use of a variable that a text starts with: "$$", "$NAME", "${NAME:-default}" with what is nested in it, or "$"
// alone, which Compose refuses.
func variableIn(text string) string {
	switch {
	case strings.HasPrefix(text, "$$"):
		return "$$"
	case strings.HasPrefix(text, "${"):
		depth := 0
		for at := 0; at < len(text); at++ {
			switch text[at] {
			case '{':
				depth++
				at++ // compose-go never looks at what follows an opening brace
			case '}':
				if depth--; depth == 0 {
					return text[:at+1]
				}
			}
		}
		return text
	}
	end := 1
	for end < len(text) && isNameByte(text[end]) && text[end] < utf8.RuneSelf && (end > 1 || text[end] < '0' || text[end] > '9') {
		end++
	}
	return text[:end]
}

// maxDefaults is how many variables may be nested as defaults of each other: compose-go takes longer than for ever with many.
const maxDefaults = 50

// put returns what Compose puts in the place of one use of a variable.
func put(piece string, lookup Lookup) (value string, known bool) {
	if piece == "$$" {
		return "$", true
	}
	if strings.Count(piece, "${") > maxDefaults {
		return piece, false
	}
	known = true
	value, err := template.SubstituteWithOptions(piece, func(name string) (string, bool) {
		value, ok := lookup(name)
		if !ok && !strings.Contains(piece, "{"+name+":-") && !strings.Contains(piece, "{"+name+"-") {
			known = false
			return "", true // without a complaint on standard error
		}
		return value, ok
	}, template.WithoutLogging)
	if err != nil || !known {
		return piece, false
	}
	return value, true
}

// split splits a string into words as Compose does. It knows the quotes of a shell, and stops at the first operator of one.
// Source: Parse of github.com/mattn/go-shellwords, by which compose-go decodes a ShellCommand.
func (r *composeReader) split(c *ServiceCommand, written Scalar) {
	text, known, from := interpolate(written.Text, r.lookup)
	place := func(start, end int) Span {
		if written.at == nil || start >= end {
			return written.Span
		}
		for end < len(text) && from[end] == from[end-1] { // within what a variable stands for
			end++
		}
		return Span{written.Span.File, written.at[from[start]], written.at[from[end]]}
	}
	var word []byte
	var at []int
	start, single, double, backquote, dollar, escaped, got := -1, false, false, false, false, false, false
	write := func(pos int, char rune) {
		word = utf8.AppendRune(word, char)
		for len(at) < len(word) {
			if written.at != nil {
				at = append(at, written.at[from[pos]])
			} else {
				at = append(at, -1)
			}
		}
	}
	end := func(pos int) {
		if got {
			s := Scalar{Word: Word{string(word), place(start, pos), known || !strings.Contains(string(word), "$")}}
			if written.at != nil && len(word) > 0 {
				at = append(at, at[len(at)-1]+1)
				s.at = at
			}
			c.Words = append(c.Words, s)
		}
		word, at, start, got = nil, nil, -1, false
	}
	for pos, char := range text {
		if start < 0 && !strings.ContainsRune(" \t\r\n", char) {
			start = pos
		}
		switch {
		case escaped:
			write(pos, char)
			escaped, got = false, true
			continue
		case char == '\\' && !single:
			escaped = true
			continue
		case char == '\\':
			write(pos, char)
			continue
		case strings.ContainsRune(" \t\r\n", char):
			if single || double || backquote || dollar {
				write(pos, char)
			} else {
				end(pos)
			}
			continue
		}
		switch char {
		case '`':
			if !single && !double && !dollar {
				backquote = !backquote
			}
		case ')':
			if !single && !double && !backquote {
				dollar = !dollar
			}
		case '(':
			if !single && !double && !backquote {
				if dollar || !strings.HasSuffix(string(word), "$") {
					c.Broken = true
					return
				}
				dollar = true
				write(pos, char)
				continue
			}
		case '"':
			if !single && !dollar {
				got = got || double
				double = !double
				continue
			}
		case '\'':
			if !double && !dollar {
				got = got || single
				single = !single
				continue
			}
		case ';', '&', '|', '<', '>':
			if single || double || backquote || dollar {
				break
			}
			if char == '>' && len(word) > 0 && word[0] >= '0' && word[0] <= '9' {
				got = false // the number of a file descriptor
				pos = start
			}
			end(pos)
			c.Dropped = place(pos, len(strings.TrimRight(text, " \t\r\n")))
			return
		}
		got = true
		write(pos, char)
	}
	end(len(text))
	c.Broken = single || double || backquote || dollar || escaped
}
