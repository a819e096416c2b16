package process

import (
	"path"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

func joinDir(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	if dir == "" {
		return ""
	}
	return path.Join(dir, name)
}

// testWords evaluates the words of test or [.
func (w *world) testWords(p *proc, words []parser.Word) image.Answer {
	for i, word := range words {
		if word.Known && (word.Text == "-o" || word.Text == "-a") && i > 0 && i < len(words)-1 {
			left, right := w.testWords(p, words[:i]), w.testWords(p, words[i+1:])
			return combine(left, right, word.Text == "-a")
		}
	}
	switch len(words) {
	case 0:
		return image.No
	case 1:
		return lengthAnswer(words[0], false)
	case 2:
		if words[0].Known && words[0].Text == "!" {
			return negate(w.testWords(p, words[1:]))
		}
		return w.testUnary(p, words[0], words[1])
	case 3:
		if words[0].Known && words[0].Text == "!" {
			return negate(w.testWords(p, words[1:]))
		}
		if words[1].Known {
			return w.m.testBinary(words[0], words[1].Text, words[2], true)
		}
	case 4:
		if words[0].Known && words[0].Text == "!" {
			return negate(w.testWords(p, words[1:]))
		}
	}
	return image.Unknown
}

func negate(a image.Answer) image.Answer {
	switch a {
	case image.Yes:
		return image.No
	case image.No:
		return image.Yes
	}
	return a
}

func combine(left, right image.Answer, and bool) image.Answer {
	if !and {
		return negate(combine(negate(left), negate(right), true))
	}
	switch {
	case left == image.No || right == image.No:
		return image.No
	case left == image.Yes && right == image.Yes:
		return image.Yes
	}
	return image.Unknown
}

// lengthAnswer answers -n, or -z where empty is asked for. Of a text that is known in part the parts count.
func lengthAnswer(word parser.Word, empty bool) image.Answer {
	if word.Known {
		return answer((word.Text == "") == empty)
	}
	if !strings.HasPrefix(word.Text, "$") && !strings.HasPrefix(word.Text, "`") && word.Text != "" {
		return answer(!empty) // it has letters of its own
	}
	return image.Unknown
}

func (w *world) testUnary(p *proc, operator, word parser.Word) image.Answer {
	if !operator.Known {
		return image.Unknown
	}
	switch operator.Text {
	case "-z":
		return lengthAnswer(word, true)
	case "-n":
		return lengthAnswer(word, false)
	case "-t":
		return image.No // a container has no terminal unless it is asked for
	case "-f", "-e", "-x", "-r", "-s", "-d", "-a":
		if !word.Known || word.Text == "" {
			if word.Known {
				return image.No
			}
			return image.Unknown
		}
		file := joinDir(p.dir, word.Text)
		if file == "" {
			return image.Unknown
		}
		switch entry := w.m.files.Lookup(file); entry.Kind {
		case Text:
			switch {
			case operator.Text == "-d":
				return image.No
			case operator.Text == "-x" && !entry.ModeKnown:
				return image.Unknown
			case operator.Text == "-x":
				return answer(entry.Mode&0o111 != 0)
			}
			return image.Yes
		case ShellProgram:
			return answer(operator.Text != "-d")
		case Missing:
			return image.No
		}
	case "-p", "-S", "-L", "-h", "-b", "-c", "-v":
	}
	return image.Unknown
}

func (m *machine) testBinary(left parser.Word, operator string, right parser.Word, plain bool) image.Answer {
	switch operator {
	case "=", "==", "!=":
		var result image.Answer
		switch {
		case left.Known && right.Known && plain:
			result = answer(left.Text == right.Text)
		case left.Known && right.Known:
			result = m.match(left, right, false)
		default:
			return image.Unknown
		}
		if operator == "!=" {
			return negate(result)
		}
		return result
	case "-eq", "-ne", "-lt", "-le", "-gt", "-ge":
		if !left.Known || !right.Known {
			return image.Unknown
		}
		a, err := strconv.Atoi(left.Text)
		b, err2 := strconv.Atoi(right.Text)
		if err != nil || err2 != nil {
			return image.No
		}
		switch operator {
		case "-eq":
			return answer(a == b)
		case "-ne":
			return answer(a != b)
		case "-lt":
			return answer(a < b)
		case "-le":
			return answer(a <= b)
		case "-gt":
			return answer(a > b)
		}
		return answer(a >= b)
	}
	return image.Unknown
}

// testExpr evaluates [[ ]].
func (w *world) testExpr(p *proc, script *parser.Script, x syntax.TestExpr) image.Answer {
	switch x := x.(type) {
	case *syntax.Word:
		return lengthAnswer(w.single(p, script, x), false)
	case *syntax.ParenTest:
		return w.testExpr(p, script, x.X)
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			return negate(w.testExpr(p, script, x.X))
		}
		if word, ok := x.X.(*syntax.Word); ok {
			return w.testUnary(p, parser.Word{Text: x.Op.String(), Known: true}, w.single(p, script, word))
		}
	case *syntax.BinaryTest:
		switch x.Op {
		case syntax.AndTest, syntax.OrTest:
			return combine(w.testExpr(p, script, x.X), w.testExpr(p, script, x.Y), x.Op == syntax.AndTest)
		}
		left, ok := x.X.(*syntax.Word)
		right, ok2 := x.Y.(*syntax.Word)
		if !ok || !ok2 {
			return image.Unknown
		}
		quoted := false
		for _, part := range right.Parts {
			switch part.(type) {
			case *syntax.DblQuoted, *syntax.SglQuoted:
				quoted = true
			}
		}
		switch x.Op {
		case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch, syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr:
			return w.m.testBinary(w.single(p, script, left), x.Op.String(), w.single(p, script, right), quoted)
		}
	}
	return image.Unknown
}
