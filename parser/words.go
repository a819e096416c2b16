package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A slot is a part of a logical line: what BuildKit makes of it, and where it stands in the line.
type slot struct {
	text     string
	from, to int
}

// splitInstruction finds the keyword, the flags and the arguments. Source: splitCommand of BuildKit's parser package.
func splitInstruction(line slot, escape byte) (keyword slot, flags []slot, args slot) {
	line = trim(line)
	keyword, args = line, slot{"", line.to, line.to}
	if at := strings.IndexFunc(line.text, isBlank); at >= 0 {
		keyword = slot{line.text[:at], line.from, line.from + at}
		rest := strings.TrimLeftFunc(line.text[at:], isBlank)
		flags, args = splitFlags(slot{rest, line.to - len(rest), line.to}, escape)
		args = trim(args)
	}
	return keyword, flags, args
}

// splitFlags cuts the flags off. Source: extractBuilderFlags of BuildKit's parser package, which takes bytes for characters.
func splitFlags(line slot, escape byte) (flags []slot, args slot) {
	text := line.text
	for pos := 0; ; {
		for pos < len(text) && unicode.IsSpace(rune(text[pos])) {
			pos++
		}
		if !strings.HasPrefix(text[pos:], "--") {
			return flags, slot{text[pos:], line.from + pos, line.to}
		}
		var word strings.Builder
		start, quote, quoted := pos, byte(0), false
		for ; pos < len(text); pos++ {
			c := text[pos]
			switch {
			case quote == 0 && unicode.IsSpace(rune(c)):
			case quote == 0 && (c == '\'' || c == '"'):
				quote, quoted = c, true
				continue
			case quote != 0 && c == quote:
				quote = 0
				continue
			case c == escape:
				if pos++; pos < len(text) {
					word.WriteRune(rune(text[pos]))
				}
				continue
			default:
				word.WriteRune(rune(c))
				continue
			}
			break
		}
		pos = min(pos, len(text))
		if word.String() == "--" {
			return flags, slot{text[pos:], line.from + pos, line.to}
		}
		if quoted || word.Len() > 0 {
			flags = append(flags, slot{word.String(), line.from + start, line.from + pos})
		}
	}
}

// quotedWords splits at white space outside of quotes, which stay. Source: parseWords of BuildKit's parser package.
func quotedWords(line slot, escape byte) []slot {
	var words []slot
	text := line.text
	for pos := 0; ; {
		rest := strings.TrimLeftFunc(text[pos:], unicode.IsSpace)
		if rest == "" {
			return words
		}
		pos = len(text) - len(rest)
		start, quote := pos, rune(0)
		var word strings.Builder
		for skip := false; pos < len(text); {
			c, width := utf8.DecodeRuneInString(text[pos:])
			if !skip && quote == 0 && unicode.IsSpace(c) {
				break
			}
			switch {
			case skip:
				skip = false
			case c == rune(escape) && quote != '\'':
				if pos+width == len(text) { // BuildKit drops an escape character at the end
					pos += width
					continue
				}
				skip = true
			case quote == 0 && (c == '\'' || c == '"'):
				quote = c
			case c == quote:
				quote = 0
			}
			word.WriteRune(c)
			pos += width
		}
		if word.Len() > 0 {
			words = append(words, slot{word.String(), line.from + start, line.from + pos})
		}
	}
}

// blankSeparated splits at runs of white space. Source: reWhitespace of BuildKit's parser package.
func blankSeparated(line slot) []slot {
	if line.text == "" {
		return nil
	}
	var words []slot
	start, blank := 0, false
	for pos, c := range line.text {
		switch {
		case isBlank(c) && !blank:
			words = append(words, slot{line.text[start:pos], line.from + start, line.from + pos})
			blank = true
		case !isBlank(c) && blank:
			start, blank = pos, false
		}
	}
	if blank {
		start = len(line.text)
	}
	return append(words, slot{line.text[start:], line.from + start, line.to})
}

func isBlank(c rune) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'
}

// trim takes white space off both ends.
func trim(s slot) slot {
	left := strings.TrimLeftFunc(s.text, unicode.IsSpace)
	s.from += len(s.text) - len(left)
	s.text = strings.TrimRightFunc(left, unicode.IsSpace)
	s.to = s.from + len(s.text)
	return s
}
