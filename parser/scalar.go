package parser

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Scalar is the value of a YAML scalar that knows where each of its bytes is written.
type Scalar struct {
	Word

	at       []int    // offset in the file of each byte of Text, and of what stands behind the last one; nil where the bytes cannot be followed
	unset    [][2]int // where in Text a $(NAME) is that Kubernetes replaces by something that is not known
	template bool     // a template engine has to run over it first
}

// Script parses the value as a shell program whose places are those in the YAML file, as far as its bytes can be followed. It
// returns nil where a template engine writes the program.
func (s Scalar) Script() *Script {
	if s.template {
		return nil
	}
	return s.script(nil)
}

// FileScript parses the value as a shell program that is a file of its own, as a ConfigMap makes one of it: it may name its interpreter.
func (s Scalar) FileScript() *Script {
	if s.template {
		return nil
	}
	return s.script(Shebang(s.Text))
}

func (s Scalar) script(shebang []string) *Script {
	text := []byte(s.Text)
	for _, part := range s.unset {
		// To the shell it is some text, as the variable of that name is.
		text[part[0]+1], text[part[1]-1] = '{', '}'
	}
	script := &Script{File: s.Span.File, Base: -1, Whole: s.Span, Text: string(text), Shebang: shebang}
	if s.at != nil {
		script.Base, script.at = s.at[0], s.at
	}
	return parseShell(script)
}

// Scalar returns a scalar; what an alias stands for has the place of that. Known is true.
func (y *YAML) Scalar(node *yaml.Node) Scalar {
	s := Scalar{Word: y.Word(node)}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	s.at = align(node.Value, y.units(node, s.Span))
	return s
}

// A unit is one byte of a scalar before lines are folded.
type unit struct {
	byte
	at    int
	solid bool // lines are folded already, or it comes from an escape
}

// units returns what a scalar is written as, and one more at its end.
func (y *YAML) units(node *yaml.Node, span Span) []unit {
	if node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		return quotedUnits(y.File.Src, span)
	}
	if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && span.Text() != "|" && span.Text() != ">" {
		// White space around the text may be a part of the value.
		src := y.File.Src
		header := strings.TrimRight(src[:span.Start], " \t\r\n")
		span.Start = len(header) + strings.IndexByte(src[len(header):span.Start], '\n') + 1
		for span.End < len(src) && isWhite(src[span.End]) {
			span.End++
		}
	}
	units := make([]unit, 0, span.End-span.Start+1)
	for i := span.Start; i < span.End; i++ {
		units = append(units, unit{byte: y.File.Src[i], at: i})
	}
	return append(units, unit{at: span.End, solid: true})
}

// quotedUnits reads what stands between quotes.
func quotedUnits(src string, span Span) []unit {
	var units []unit
	quote, end := src[span.Start], span.End-1
	for i := span.Start + 1; i < end; {
		c := src[i]
		switch {
		case c == '\'' && quote == '\'': // it stands there twice
			units = append(units, unit{c, i, true})
			i += 2
		case c == '\\' && quote == '"':
			text, length := escape(src[i:end])
			for j := range len(text) {
				units = append(units, unit{text[j], i, true})
			}
			i += length
		case isWhite(c):
			first := i
			for i < end && isWhite(src[i]) {
				i++
			}
			units = append(units, folded(src[first:i], first)...)
		default:
			units = append(units, unit{c, i, true})
			i++
		}
	}
	return append(units, unit{at: end, solid: true})
}

// folded returns what white space between quotes stands for: one line break for a blank, more of them for one less.
func folded(white string, at int) []unit {
	var units []unit
	breaks := strings.Count(white, "\n")
	first := strings.IndexAny(white, "\r\n")
	for i := range len(white) {
		switch {
		case breaks == 0:
			units = append(units, unit{white[i], at + i, true})
		case breaks == 1:
			return []unit{{' ', at + first, true}}
		case white[i] == '\n' && len(units) < breaks-1:
			units = append(units, unit{'\n', at + i, true})
		}
	}
	return units
}

// escape resolves the escape of a double-quoted scalar at the start of a text and returns its length. Source: YAML 1.2.2, 5.7.
func escape(text string) (value string, length int) {
	if len(text) < 2 {
		return text, len(text)
	}
	digits := 0
	switch c := text[1]; c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '\r', '\n': // the line goes on
		rest := strings.TrimPrefix(strings.TrimPrefix(text[1:], "\r"), "\n")
		return "", len(text) - len(strings.TrimLeft(rest, " \t"))
	default:
		if known := escapes[c]; known != "" {
			return known, 2
		}
		return text[1:2], 2
	}
	var r rune
	for i := 2; i < 2+digits && i < len(text); i++ {
		r = r<<4 | rune(strings.IndexByte("0123456789abcdef", text[i]|0x20)&15)
	}
	return string(r), min(2+digits, len(text))
}

var escapes = map[byte]string{'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029"}

// align finds each byte of a value among the units that it is written as, the last of which is its end: folding lines, and
// taking indentation away, changes nothing but white space. It returns nil where the two do not fit together.
func align(value string, units []unit) []int {
	end := len(units) - 1
	at := make([]int, 0, len(value)+1)
	u := 0
	for i := 0; i < len(value); {
		if !isWhite(value[i]) {
			for i == 0 && u < end && isWhite(units[u].byte) && !units[u].solid {
				u++ // the indentation of the first line
			}
			if u >= end || units[u].byte != value[i] {
				return nil
			}
			at = append(at, units[u].at)
			i, u = i+1, u+1
			continue
		}
		first, written := i, u
		for i < len(value) && isWhite(value[i]) {
			i++
		}
		for u < end && isWhite(units[u].byte) {
			u++
		}
		if at = alignWhite(at, value[first:i], units[written:u]); at == nil {
			return nil
		}
	}
	if n := len(value); n > 0 && isWhite(value[n-1]) {
		return append(at, at[n-1]+1) // what follows is the indentation of the next key
	}
	return append(at, units[u].at)
}

// alignWhite does it for a run of white space: what stands behind the last break of the value stands at the end of what is
// written, and all else at its beginning.
func alignWhite(at []int, value string, units []unit) []int {
	if len(units) == 0 {
		return nil
	}
	for i, unit := range units {
		if unit.solid && (len(value) != len(units) || unit.byte != value[i]) {
			return nil
		}
	}
	if len(value) == len(units) {
		for _, unit := range units {
			at = append(at, unit.at)
		}
		return at
	}
	head, u, last := strings.LastIndexByte(value, '\n')+1, 0, len(units)-1
	if head == 0 {
		head = len(value) // folded: a blank for a break
	}
	for i := range head {
		for value[i] == '\n' && u < last && units[u].byte != '\n' && units[u].byte != '\r' {
			u++
		}
		at = append(at, units[min(u, last)].at)
		if u < last && units[u].byte == '\r' && units[u+1].byte == '\n' {
			u++
		}
		u++
	}
	for i := head; i < len(value); i++ {
		at = append(at, units[max(0, len(units)-len(value)+i)].at)
	}
	return at
}

func isWhite(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
