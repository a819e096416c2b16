package program

import "strings"

// A pyStatement is one logical line of a Python program: lines in brackets and continued ones are one.
type pyStatement struct {
	indent int // columns in front of it
	tokens []scriptToken
}

// readPython returns the statements of a Python program. It returns an error where quotes or brackets do not match.
//
// Source: docs.python.org/3/reference/lexical_analysis.html.
func readPython(src string) ([]pyStatement, error) {
	r := pyReader{src: src, tokens: make([]scriptToken, 0, len(src)/4)}
	if strings.HasPrefix(src, "\uFEFF") {
		r.at = len("\uFEFF")
	}
	for r.at < len(src) {
		if err := r.line(); err != nil {
			return nil, err
		}
	}
	return r.statements, nil
}

type pyReader struct {
	src        string
	at         int
	tokens     []scriptToken // of all statements
	statements []pyStatement
}

// line reads one logical line.
func (r *pyReader) line() error {
	indent := 0
	for r.at < len(r.src) && (r.src[r.at] == ' ' || r.src[r.at] == '\t' || r.src[r.at] == '\f') {
		if indent++; r.src[r.at] == '\t' {
			indent = (indent + 7) / 8 * 8
		}
		r.at++
	}
	first, depth := len(r.tokens), 0
	end := func() {
		if n := len(r.tokens); n > first {
			r.statements = append(r.statements, pyStatement{indent: indent, tokens: r.tokens[first:n:n]})
		}
	}
	for r.at < len(r.src) {
		switch c := r.src[r.at]; {
		case c == '\n':
			r.at++
			if depth > 0 {
				continue
			}
			end()
			return nil
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			r.at++
		case c == '#':
			r.at = lineEnd(r.src, r.at)
		case c == '\\':
			rest := strings.TrimPrefix(r.src[r.at+1:], "\r")
			if !strings.HasPrefix(rest, "\n") {
				return errSource
			}
			r.at = len(r.src) - len(rest) + 1
		case c == '"' || c == '\'':
			t, err := r.quoted(r.at, "")
			if err != nil {
				return err
			}
			r.tokens = append(r.tokens, t)
		case c >= '0' && c <= '9':
			start := r.at
			for r.at < len(r.src) && (isNameByte(r.src[r.at]) || r.src[r.at] == '.') {
				r.at++
			}
			r.tokens = append(r.tokens, scriptToken{kind: numberToken, text: r.src[start:r.at], start: start, end: r.at})
		case isNameByte(c) && c != '$':
			start := r.at
			for r.at < len(r.src) && isNameByte(r.src[r.at]) {
				r.at++
			}
			name := r.src[start:r.at]
			if r.at < len(r.src) && (r.src[r.at] == '"' || r.src[r.at] == '\'') && len(name) <= 2 && strings.Trim(strings.ToLower(name), "rbuft") == "" {
				t, err := r.quoted(start, strings.ToLower(name))
				if err != nil {
					return err
				}
				r.tokens = append(r.tokens, t)
				continue
			}
			r.tokens = append(r.tokens, scriptToken{kind: wordToken, text: name, start: start, end: r.at})
		default:
			switch c {
			case '(', '[', '{':
				depth++
			case ')', ']', '}':
				if depth--; depth < 0 {
					return errSource
				}
			}
			r.at++
			r.tokens = append(r.tokens, scriptToken{kind: markToken, text: r.src[r.at-1 : r.at], start: r.at - 1, end: r.at})
		}
	}
	if depth > 0 {
		return errSource
	}
	end()
	return nil
}

// quoted reads a string from its quote on, whose prefix begins at start.
func (r *pyReader) quoted(start int, prefix string) (scriptToken, error) {
	quote := r.src[r.at : r.at+1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(r.src[r.at:], long) {
		quote = long
	}
	r.at += len(quote)
	for begin := r.at; r.at < len(r.src); r.at++ {
		switch {
		case r.src[r.at] == '\\':
			if strings.HasPrefix(r.src[r.at+1:], "\r\n") {
				r.at++
			}
			r.at++
		case strings.HasPrefix(r.src[r.at:], quote):
			kind := textToken
			if strings.ContainsAny(prefix, "ft") {
				kind = templateToken
			}
			t := scriptToken{kind: kind, text: r.src[begin:r.at], start: start, end: r.at + len(quote)}
			r.at += len(quote)
			return t, nil
		case r.src[r.at] == '\n' && len(quote) == 1:
			return scriptToken{}, errSource
		}
	}
	return scriptToken{}, errSource
}
