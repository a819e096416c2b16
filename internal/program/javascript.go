package program

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// A scriptToken is one word of a program's source. Comments and blanks are none.
type scriptToken struct {
	kind       tokenKind
	text       string // as it is written; of a string what stands between the quotes
	start, end int    // byte offsets, half-open
	head       bool   // the ")" of "if (...)" and the like, in JavaScript: a statement or a regular expression may follow
}

type tokenKind uint8

const (
	wordToken     tokenKind = iota // a name or a keyword
	markToken                      // punctuation
	textToken                      // a string that is a constant
	numberToken                    // of any kind
	patternToken                   // a regular expression
	templateToken                  // a string in which something is put: its parts are not tokens, what is put in is
	newlineToken                   // the end of a logical line, in Python only
)

// is reports whether a token is a certain word or mark.
func (t scriptToken) is(text string) bool { return t.text == text && t.kind <= markToken }

// errSource says that the text is not the language that it was taken for, or cannot be told from another meaning without parsing it all.
var errSource = errors.New("it cannot be taken apart")

// A jsReader takes JavaScript and TypeScript apart.
type jsReader struct {
	src    string
	at     int
	tokens []scriptToken
	open   []bracket
}

// A bracket is one that is open.
type bracket struct {
	mark      byte
	condition bool // of "if (" and the like: behind the closing one a statement begins
	template  bool // "${" of a template
}

// readJavaScript returns the tokens of a program in JavaScript or TypeScript, without JSX. It returns an error where quotes or brackets
// do not match, and where a "/" may begin a regular expression or divide.
func readJavaScript(src string) ([]scriptToken, error) {
	r := jsReader{src: strings.TrimPrefix(src, "\uFEFF"), tokens: make([]scriptToken, 0, len(src)/4)}
	offset := len(src) - len(r.src)
	if strings.HasPrefix(r.src, "#!") {
		r.at = lineEnd(r.src, 0)
	}
	for {
		r.skip()
		if r.at >= len(r.src) {
			break
		}
		if err := r.next(); err != nil {
			return nil, err
		}
	}
	if len(r.open) > 0 {
		return nil, errSource
	}
	for i := range r.tokens {
		r.tokens[i].start += offset
		r.tokens[i].end += offset
	}
	return r.tokens, nil
}

// lineEnd returns the offset of the end of the line that an offset is in.
func lineEnd(src string, at int) int {
	if end := strings.IndexByte(src[at:], '\n'); end >= 0 {
		return at + end
	}
	return len(src)
}

// skip goes over blanks and comments.
func (r *jsReader) skip() {
	for r.at < len(r.src) {
		rest := r.src[r.at:]
		switch {
		case strings.IndexByte(" \t\r\n\v\f", rest[0]) >= 0:
			r.at++
		case strings.HasPrefix(rest, "\u00a0"), strings.HasPrefix(rest, "\ufeff"), strings.HasPrefix(rest, "\u2028"), strings.HasPrefix(rest, "\u2029"):
			_, width := utf8.DecodeRuneInString(rest)
			r.at += width
		case strings.HasPrefix(rest, "//"):
			r.at = lineEnd(r.src, r.at)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return
			}
			r.at += 2 + end + 2
		default:
			return
		}
	}
}

func isNameByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// next reads one token.
func (r *jsReader) next() error {
	c := r.src[r.at]
	switch {
	case c == '"' || c == '\'':
		return r.quoted(c)
	case c == '`':
		r.at++
		return r.template(r.at - 1)
	case c >= '0' && c <= '9' || c == '.' && r.at+1 < len(r.src) && r.src[r.at+1] >= '0' && r.src[r.at+1] <= '9':
		start := r.at
		for r.at < len(r.src) && (isNameByte(r.src[r.at]) || r.src[r.at] == '.') {
			r.at++
		}
		r.add(numberToken, start, r.src[start:r.at])
	case isNameByte(c) || c == '#':
		start := r.at
		for r.at++; r.at < len(r.src) && isNameByte(r.src[r.at]); r.at++ {
		}
		r.add(wordToken, start, r.src[start:r.at])
	case c == '/':
		divides, err := r.divides()
		if err != nil {
			return err
		}
		if !divides {
			return r.pattern()
		}
		return r.punctuation()
	case c == '\\':
		return errSource
	default:
		return r.punctuation()
	}
	return nil
}

func (r *jsReader) add(kind tokenKind, start int, text string) {
	r.tokens = append(r.tokens, scriptToken{kind: kind, text: text, start: start, end: r.at})
}

// quoted reads a string. It ends on its line.
func (r *jsReader) quoted(quote byte) error {
	start := r.at
	for r.at++; r.at < len(r.src); r.at++ {
		switch r.src[r.at] {
		case '\\':
			if r.at++; r.at < len(r.src) && r.src[r.at] == '\r' && strings.HasPrefix(r.src[r.at:], "\r\n") {
				r.at++
			}
		case '\n':
			return errSource
		case quote:
			r.at++
			r.add(textToken, start, r.src[start+1:r.at-1])
			return nil
		}
	}
	return errSource
}

// template reads a template from behind its quote, or behind the "}" that ends what is put into it, which began at start.
func (r *jsReader) template(start int) error {
	begin := r.at
	for ; r.at < len(r.src); r.at++ {
		switch {
		case r.src[r.at] == '\\':
			r.at++
		case r.src[r.at] == '`':
			kind := templateToken
			if begin == start+1 && r.src[start] == '`' {
				kind = textToken
			}
			r.at++
			r.add(kind, start, r.src[begin:r.at-1])
			return nil
		case strings.HasPrefix(r.src[r.at:], "${"):
			r.at += 2
			r.add(templateToken, start, r.src[begin:r.at-2])
			r.open = append(r.open, bracket{mark: '{', template: true})
			return nil
		}
	}
	return errSource
}

// divides reports whether a "/" stands for a division, by what stands in front of it.
func (r *jsReader) divides() (bool, error) {
	if len(r.tokens) == 0 {
		return false, nil
	}
	switch last := r.tokens[len(r.tokens)-1]; last.kind {
	case numberToken, textToken, patternToken:
		return true, nil
	case templateToken:
		return r.src[last.end-1] == '`', nil
	case wordToken:
		if n := len(r.tokens); n > 1 && (r.tokens[n-2].is(".") || r.tokens[n-2].is("?.")) {
			return true, nil
		}
		switch last.text {
		case "default", "return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "instanceof", "new", "throw", "yield", "await":
			return false, nil
		}
		return true, nil
	default:
		switch last.text {
		case ")", "]":
			return !last.head, nil
		case "!":
			return r.asserts(), nil
		case "}", "++", "--":
			return false, errSource // it depends on what they belong to
		}
		return false, nil
	}
}

// asserts reports whether the "!" that was read last stands behind a value, as in TypeScript.
func (r *jsReader) asserts() bool {
	n := len(r.tokens)
	if n < 2 || r.tokens[n-2].end != r.tokens[n-1].start {
		return false
	}
	last := r.tokens[n-2]
	return last.kind == wordToken || last.is(")") || last.is("]")
}

// pattern reads a regular expression.
func (r *jsReader) pattern() error {
	start, class := r.at, false
	for r.at++; r.at < len(r.src); r.at++ {
		switch c := r.src[r.at]; {
		case c == '\\':
			r.at++
		case c == '\n':
			return errSource
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for r.at++; r.at < len(r.src) && isNameByte(r.src[r.at]); r.at++ {
			}
			r.add(patternToken, start, r.src[start:r.at])
			return nil
		}
	}
	return errSource
}

// punctuation reads one mark and keeps count of the brackets.
func (r *jsReader) punctuation() error {
	start, c, head := r.at, r.src[r.at], false
	for _, long := range []string{"...", "=>", "?.", "++", "--", "&&", "||", "??"} {
		if strings.HasPrefix(r.src[r.at:], long) {
			r.at += len(long)
			r.add(markToken, start, long)
			return nil
		}
	}
	r.at++
	switch c {
	case '(', '[', '{':
		b := bracket{mark: c}
		if n := len(r.tokens); c == '(' && n > 0 && r.tokens[n-1].kind == wordToken && (n < 2 || !r.tokens[n-2].is(".")) {
			switch r.tokens[n-1].text {
			case "if", "while", "for", "with":
				b.condition = true
			}
		}
		r.open = append(r.open, b)
	case ')', ']', '}':
		n := len(r.open) - 1
		if n < 0 || r.open[n].mark != map[byte]byte{')': '(', ']': '[', '}': '{'}[c] {
			return errSource
		}
		b := r.open[n]
		r.open = r.open[:n]
		if b.template {
			return r.template(start)
		}
		head = b.condition
	}
	r.add(markToken, start, r.src[start:r.at])
	r.tokens[len(r.tokens)-1].head = head
	return nil
}
