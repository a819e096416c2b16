package parser

import (
	"errors"
	"io"
	"iter"
	"runtime"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// maxNesting is how many nodes of a shell program may stand in each other. Whatever looks at a tree calls itself for each of them, and
// nothing can catch a stack that overflows.
const maxNesting = 10_000

var errNesting = errors.New("its parts are nested more than 10,000 deep")

// parseTree parses a shell program.
func parseTree(p *syntax.Parser, text string) (*syntax.File, error) {
	tree, err := p.Parse(shellReader(text), "")
	if err == nil && deep(tree, text) {
		err = errNesting
	}
	if err != nil {
		return nil, err
	}
	return tree, nil
}

// Statements parses a shell program of which only the beginning may be one: it yields statement by statement, and what is wrong with
// the one behind the last.
func Statements(text string, dialect syntax.LangVariant) iter.Seq2[*syntax.Stmt, error] {
	if !utf8.ValidString(text) {
		text = asUTF8(text)
	}
	return func(yield func(*syntax.Stmt, error) bool) {
		ended := false
		// This is no range: mvdan/sh sometimes goes on after it was told to stop, which a range does not survive.
		syntax.NewParser(syntax.Variant(dialect)).StmtsSeq(shellReader(text))(func(stmt *syntax.Stmt, err error) bool {
			if ended {
				return false
			}
			if err == nil && deep(stmt, text) {
				stmt, err = nil, errNesting
			}
			ended = !yield(stmt, err) || err != nil
			return !ended
		})
	}
}

// deep reports whether a tree is nested too deep. Chains such as a | b | c are: mvdan/sh makes no call for each of their parts, but
// one is in the other.
func deep(tree syntax.Node, text string) bool {
	if 2*len(text) < maxNesting { // no node needs less than half a byte, as "(" does, a subshell in a statement
		return false
	}
	level, deepest := 0, 0
	syntax.Walk(tree, func(n syntax.Node) bool {
		if n == nil {
			level--
			return true
		}
		level++
		deepest = max(deepest, level)
		if level > maxNesting {
			level-- // the walk does not come back for what it does not go into
			return false
		}
		return true
	})
	return deepest > maxNesting
}

// shellReader returns a reader of a shell program that ends with an error where the parser that reads from it has called itself too often:
// mvdan/sh knows no limit.
func shellReader(text string) io.Reader {
	if len(text) < maxNesting {
		return strings.NewReader(text)
	}
	return &nestingReader{Reader: strings.NewReader(text)}
}

type nestingReader struct {
	*strings.Reader
	unchecked int // bytes that were read since the last look at the stack
}

// Read implements io.Reader.
func (r *nestingReader) Read(p []byte) (int, error) {
	if r.unchecked > maxNesting { // a look at a deep stack takes its time
		r.unchecked = 0
		if runtime.Callers(5*maxNesting, make([]uintptr, 1)) > 0 {
			return 0, errNesting
		}
	}
	n, err := r.Reader.Read(p)
	r.unchecked += n
	return n, err
}
