package parser

import (
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// A Script is a shell program together with the place where it is written.
type Script struct {
	File    *File
	Base    int      // offset in File of the first byte of Text; -1 where its parts have no places of their own
	Whole   Span     // all of the script; stands for each of its parts where Base is -1
	Text    string   // what the shell reads
	Shebang []string // interpreter and its single optional argument ("/bin/sh", "-e"); nil where there is none

	Tree    *syntax.File // nil where Err is not
	Dialect syntax.LangVariant
	Err     error // of the dialect that came furthest: a syntax.ParseError, a syntax.LangError, or that it is nested too deep

	at []int // offset in File of each byte of Text and of its end, where Text is written otherwise than it is read; else nil
}

// ParseScript parses a whole file as a shell script: as POSIX shell first, then as Bash, since most scripts that start
// with #!/bin/sh are the former and nearly all others the latter.
//
// A carriage return before a line feed is in Text, but neither in the words of Tree nor in their spans: for mvdan/sh it belongs to the
// line end, while for the shells of Linux it is a character like any other. A byte-order mark is part of the first word, as it is
// for a shell. A byte that is no UTF-8 is "_" in Tree.
func ParseScript(file *File) *Script {
	return parseShell(&Script{File: file, Whole: Span{file, 0, len(file.Src)}, Text: file.Src, Shebang: Shebang(file.Src)})
}

// ParseBody parses text that stands in file at base as a shell program, such as the shell form of CMD.
func ParseBody(file *File, base int, text string) *Script {
	return parseShell(&Script{File: file, Base: base, Whole: Span{file, base, base + len(text)}, Text: text})
}

// ParseText parses a program that no file holds as it is, such as a word whose escapes were resolved; each of its parts
// has the span that is given.
func ParseText(text string, whole Span) *Script {
	return parseShell(&Script{File: whole.File, Base: -1, Whole: whole, Text: text})
}

// Span returns the place of the part of the script between two of its positions.
func (s *Script) Span(from, to syntax.Pos) Span {
	if s.Base < 0 || !from.IsValid() || !to.IsValid() {
		return s.Whole
	}
	start, end := int(from.Offset()), min(int(to.Offset()), len(s.Text))
	// Where an escaped newline begins or ends a part, mvdan/sh puts the place between its characters, or counts it to the part.
	if start > end {
		return s.Whole
	}
	if part := strings.TrimPrefix(s.Text[start:end], "\r"); strings.HasPrefix(part, "\n") &&
		strings.HasSuffix(strings.TrimSuffix(s.Text[:start], "\r"), `\`) {
		start = end - len(part) + 1
	}
	return s.part(start, s.tightEnd(start, end))
}

// tightEnd takes escaped newlines, and half ones, off the end of a part.
func (s *Script) tightEnd(start, end int) int {
	for start < end {
		part, rest := s.Text[start:end], s.Text[end:]
		text := strings.TrimSuffix(strings.TrimSuffix(part, "\n"), "\r")
		newline := part[len(text):] + rest[:min(2, len(rest))]
		if !strings.HasPrefix(newline, "\n") && !strings.HasPrefix(newline, "\r\n") {
			break
		}
		switch escaped := (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1; {
		case escaped:
			end = start + len(text) - 1
		case strings.HasSuffix(part, "\r"):
			end = start + len(text)
		default:
			return end
		}
	}
	return end
}

// part returns the place of a part of the script's text.
func (s *Script) part(start, end int) Span {
	if s.at != nil {
		span := Span{s.File, s.at[start], s.at[end]}
		if end > start && isWhite(s.Text[end-1]) {
			span.End = s.at[end-1] + 1
		}
		return span
	}
	if s.File == nil || s.Base < 0 || len(s.Text) != s.Whole.End-s.Whole.Start {
		return s.Whole
	}
	return Span{s.File, s.Base + start, s.Base + end}
}

// NodeSpan returns the place of a node of the script.
func (s *Script) NodeSpan(n syntax.Node) Span { return s.Span(n.Pos(), n.End()) }

// Shebang returns the interpreter that the first line of a file names and, as the kernel splits it, its single optional
// argument. It returns nil where the file does not start with "#!" at its first byte.
//
// Documented: execve(2) of Linux, "Interpreter scripts"; a carriage return belongs to the last word.
func Shebang(src string) []string {
	line, found := strings.CutPrefix(src, "#!")
	if !found {
		return nil
	}
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	line = strings.Trim(line, " \t")
	interpreter, argument := line, ""
	if blank := strings.IndexAny(line, " \t"); blank >= 0 {
		interpreter, argument = line[:blank], strings.TrimLeft(line[blank:], " \t")
	}
	switch {
	case interpreter == "":
		return nil
	case argument == "":
		return []string{interpreter}
	}
	return []string{interpreter, argument}
}

// dialects are those that a script is taken for, in this order.
var dialects = [...]syntax.LangVariant{syntax.LangPOSIX, syntax.LangBash}

// shellParsers has parsers for each of them: making one costs as much as parsing a short script.
var shellParsers = [len(dialects)]sync.Pool{{New: newShellParser(dialects[0])}, {New: newShellParser(dialects[1])}}

func newShellParser(d syntax.LangVariant) func() any {
	return func() any { return syntax.NewParser(syntax.Variant(d), syntax.KeepComments(true)) }
}

func parseShell(s *Script) *Script {
	text := s.Text
	if !utf8.ValidString(text) {
		text = asUTF8(text)
	}
	furthest := -1
	for i, d := range dialects {
		p := shellParsers[i].Get().(*syntax.Parser)
		tree, err := parseTree(p, text)
		shellParsers[i].Put(p)
		if err == nil {
			s.Tree, s.Dialect, s.Err = tree, d, nil
			return s
		}
		if offset := errorOffset(err); offset > furthest {
			s.Dialect, s.Err, furthest = d, err, offset
		}
	}
	return s
}

func errorOffset(err error) int {
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &parse):
		return int(parse.Pos.Offset())
	case errors.As(err, &lang):
		return int(lang.Pos.Offset())
	}
	return 0
}

// asUTF8 replaces each byte that is no UTF-8, which mvdan/sh refuses and shells do not mind.
func asUTF8(text string) string {
	out := []byte(text)
	for pos, c := range text {
		if c == utf8.RuneError {
			if _, width := utf8.DecodeRuneInString(text[pos:]); width == 1 {
				out[pos] = '_'
			}
		}
	}
	return string(out)
}
