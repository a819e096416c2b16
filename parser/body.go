package parser

import (
	"bytes"
	"strings"

	buildkit "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Script parses the shell form of CMD, ENTRYPOINT or RUN, nil where it is not one. The result is the same at every call.
//
// What the shell reads is of the same length as what stands in the file, so that the places in the script are exact.
func (i *Instruction) Script() *Script {
	if i.Form != ShellForm || i.Name == "SHELL" {
		return nil
	}
	i.once.Do(func() { i.script = i.readScript() })
	return i.script
}

func (i *Instruction) readScript() *Script {
	file, whole := i.Args.File, i.Args
	text, placed := shellText(&i.line, i.from, i.to)
	if len(i.Heredocs) > 0 {
		if buildkit.MustParseHeredoc(i.line.text[i.from:i.to]) != nil {
			return heredocScript(i.Heredocs[0])
		}
		// The shell reads the here-documents itself: RUN cat <<EOF >file && ...
		whole.End = i.Heredocs[len(i.Heredocs)-1].end
		whole.End -= len(whole.Text()) - len(strings.TrimRight(whole.Text(), "\r\n"))
		blanks := i.line.next - 1 - i.Args.End // with the carriage return
		text += strings.Repeat(" ", blanks) + file.Src[i.line.next-1:whole.End]
	}
	if !placed {
		return ParseText(text, whole)
	}
	return parseShell(&Script{File: file, Base: whole.Start, Whole: whole, Text: text})
}

// heredocScript parses a here-document that is all of a RUN. The shell, or the kernel where it starts with "#!", reads its text.
func heredocScript(h Heredoc) *Script {
	shebang := Shebang(h.Text)
	s := parseShell(&Script{File: h.Span.File, Base: h.Span.Start, Whole: h.Span, Text: h.Span.Text(), Shebang: shebang})
	if s.Err != nil && h.Text != s.Text {
		// Leading tabs matter where a here-document within it ends.
		s = parseShell(&Script{File: h.Span.File, Base: -1, Whole: h.Span, Text: h.Text, Shebang: shebang})
	}
	return s
}

// shellText returns a part of a logical line for the shell, filled up to the length of what stands in the file: what BuildKit leaves
// out between the pieces of the line becomes something that means nothing to the shell. Nothing does between a backslash and the
// character that it escapes, which an escape directive of ` lets a line end divide: then the part is returned as it is, and false.
func shellText(line *logicalLine, from, to int) (text string, placed bool) {
	whole := line.text[from:to]
	if line.behind(to)-line.offset(from) == to-from {
		return whole, true
	}
	var filled strings.Builder
	var state quoting
	done := from
	for _, p := range line.pieces {
		if p.at <= from || p.at >= to {
			continue
		}
		for ; done < p.at; done++ {
			state.read(line.text[done])
		}
		if state.escaped {
			return whole, false
		}
		filled.WriteString(line.text[from:p.at])
		state.fill(&filled, p.offset-line.behind(p.at), line.text[p.at])
		from = p.at
	}
	filled.WriteString(line.text[from:to])
	return filled.String(), true
}

// A quoting says in what kind of text a shell is, as far as it matters for shellText.
type quoting struct {
	open    []byte // quotes and brackets that are open: ' " ` (
	comment bool
	escaped bool // the next character is
	last    byte // the character before, 0 where it was escaped or there is none
	started bool
}

func (q *quoting) within() byte {
	if len(q.open) == 0 {
		return 0
	}
	return q.open[len(q.open)-1]
}

func (q *quoting) read(c byte) {
	last := q.last
	if q.last = c; q.comment {
		if quote := bytes.LastIndexByte(q.open, '`'); quote >= 0 && c == '`' { // it ends what stands between backquotes: `# why`
			q.open, q.comment, q.last = q.open[:quote], false, 0
		}
		return
	}
	if q.escaped {
		q.escaped, q.last = false, 0
		q.started = true
		return
	}
	within := q.within()
	switch {
	case within == '\'':
		if c == '\'' {
			q.open = q.open[:len(q.open)-1]
		}
	case c == '\\':
		q.escaped = true
	case len(q.open) > 0 && (c == within && c != '(' || c == ')' && within == '('):
		q.open = q.open[:len(q.open)-1]
	case c == '"' || c == '`' || c == '(' && (within != '"' || last == '$') || c == '\'' && within != '"':
		q.open = append(q.open, c)
	case c == '#' && within != '"':
		q.comment = !q.started || strings.IndexByte(" \t;&|()<>`", last) >= 0
	}
	q.started = true
}

// fill writes n bytes that mean nothing to the shell in front of a character.
func (q *quoting) fill(text *strings.Builder, n int, next byte) {
	blank := q.last == ' ' || q.last == '\t' || next == ' ' || next == '\t'
	spaces := q.comment || blank
	switch q.within() {
	case '"':
		spaces = false
	case '\'': // no text does; white space means little to what reads such a string, most often a shell
	default:
		const operators = ";&|()"
		before, behind := strings.IndexByte(operators, q.last) >= 0, strings.IndexByte(operators, next) >= 0
		spaces = spaces || before != behind
	}
	if spaces {
		text.WriteString(strings.Repeat(" ", n))
		return
	}
	if n%2 == 1 {
		text.WriteString("\\\r\n") // as good as the other for mvdan/sh
		n -= 3
	}
	text.WriteString(strings.Repeat("\\\n", n/2))
}
