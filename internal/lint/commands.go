package lint

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/pid1lint/pid1lint/parser"
)

// A runReader goes through the commands of one RUN instruction and notes what they surely do to the files of the image.
// What depends on a condition is not plain and is left out, but for chmod, which then leaves the mode unclear.
type runReader struct {
	*step
	base   *baseImage
	script *parser.Script // nil for the exec form
	dir    string         // "" where it is not known
	vars   map[string]string
	maybe  int // how deep in conditions

	effects  []effect
	commands []buildCommand
	installs []install
	unclear  bool // a command may bring programs along that are not seen

	expansion *expand.Config
}

// An argument is one word of a command.
type argument struct {
	text  string
	known bool
}

// A content is what a command writes to its output. The zero content is something that cannot be known.
type content struct {
	text  string
	known bool
	at    parser.Span // where the text stands, or what makes it
	file  string      // the file that it is a copy of
	url   string      // where it is downloaded from
}

// nothing is the content of a command that writes nothing.
var nothing = content{known: true}

func (r *runReader) read() {
	if len(r.Exec) > 0 {
		var args []argument
		for _, word := range r.Exec {
			args = append(args, argument{word.Text, word.Known})
		}
		r.command(args, nothing, nothing, r.Span)
		return
	}
	r.script = r.Script()
	if r.script == nil || r.script.Tree == nil {
		r.unclear = true
		return
	}
	r.statements(r.script.Tree.Stmts)
}

func (r *runReader) statements(list []*syntax.Stmt) content {
	written := nothing
	for _, st := range list {
		written = joined(written, r.statement(st, nothing))
	}
	return written
}

// joined returns what two commands write one after the other.
func joined(a, b content) content {
	switch {
	case a == nothing:
		return b
	case b == nothing:
		return a
	}
	c := content{text: a.text + b.text, known: a.known && b.known && a.file == "" && b.file == "", at: a.at}
	c.at.End = max(a.at.End, b.at.End)
	return c
}

// statement goes through one statement, given what it can read, and returns what it writes to its standard output.
func (r *runReader) statement(st *syntax.Stmt, input content) content {
	var target *syntax.Redirect
	for _, redirect := range st.Redirs {
		switch redirect.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll:
			if redirect.N == nil || redirect.N.Value == "1" {
				target = redirect
			}
		case syntax.Hdoc, syntax.DashHdoc:
			input = r.heredoc(redirect)
		case syntax.WordHdoc:
			line := r.argument(redirect.Word)
			input = content{text: line.text + "\n", known: line.known, at: r.script.NodeSpan(redirect)}
		case syntax.RdrIn:
			if file := r.argument(redirect.Word); file.known {
				input = content{file: r.path(file)}
			}
		}
	}
	written := r.node(st.Cmd, input, r.script.NodeSpan(st))
	if target == nil {
		return written
	}
	r.write(r.argument(target.Word), written, target.Op == syntax.AppOut || target.Op == syntax.AppAll, r.script.NodeSpan(st))
	return nothing
}

func (r *runReader) node(cmd syntax.Command, input content, span parser.Span) content {
	switch cmd := cmd.(type) {
	case *syntax.CallExpr:
		return r.call(cmd, input, span)
	case *syntax.BinaryCmd:
		switch cmd.Op {
		case syntax.AndStmt:
			return joined(r.statement(cmd.X, input), r.statement(cmd.Y, input))
		case syntax.OrStmt:
			written := r.statement(cmd.X, input)
			r.conditionally(func() { r.statement(cmd.Y, input) })
			return written
		}
		return r.statement(cmd.Y, r.statement(cmd.X, input))
	case *syntax.Block:
		return r.statements(cmd.Stmts)
	case *syntax.Subshell:
		dir := r.dir
		written := r.statements(cmd.Stmts)
		r.dir = dir
		return written
	case *syntax.IfClause:
		r.conditionally(func() {
			for clause := cmd; clause != nil; clause = clause.Else {
				r.statements(clause.Then)
			}
		})
	case *syntax.CaseClause:
		r.conditionally(func() {
			for _, item := range cmd.Items {
				r.statements(item.Stmts)
			}
		})
	case *syntax.WhileClause:
		r.conditionally(func() { r.statements(cmd.Do) })
	case *syntax.ForClause:
		return r.forEach(cmd)
	case *syntax.DeclClause:
		for _, assign := range cmd.Args {
			r.assign(assign)
		}
	}
	return content{}
}

func (r *runReader) conditionally(read func()) {
	dir := r.dir
	r.maybe++
	read()
	r.maybe--
	if r.dir != dir {
		r.dir = ""
	}
}

// maxRounds is how many words of a for loop are gone through.
const maxRounds = 100

// forEach goes through the body of a for loop once for each word. A pattern stands for the files that match it, so that
// "for f in /opt/*.sh; do chmod +x $f; done" needs no list of them.
func (r *runReader) forEach(loop *syntax.ForClause) content {
	words, ok := loop.Loop.(*syntax.WordIter)
	if !ok || len(words.Items) > maxRounds {
		return content{}
	}
	written := nothing
	for _, word := range words.Items {
		item := r.argument(word)
		if item.known {
			r.vars[words.Name.Value] = item.text
		} else {
			delete(r.vars, words.Name.Value)
		}
		written = joined(written, r.statements(loop.Do))
	}
	delete(r.vars, words.Name.Value)
	return written
}

func (r *runReader) assign(assign *syntax.Assign) {
	if assign.Name == nil || assign.Value == nil {
		return
	}
	if value := r.argument(assign.Value); value.known && r.maybe == 0 {
		r.vars[assign.Name.Value] = value.text
	} else {
		delete(r.vars, assign.Name.Value)
	}
}

func (r *runReader) call(call *syntax.CallExpr, input content, span parser.Span) content {
	if len(call.Args) == 0 {
		for _, assign := range call.Assigns {
			r.assign(assign)
		}
		return nothing
	}
	args := make([]argument, 0, len(call.Args))
	for _, word := range call.Args {
		args = r.arguments(args, word)
	}
	if len(args) == 0 {
		return nothing
	}
	return r.command(args, input, r.shown(call, args), span)
}

// arguments adds what one word expands to, which braces can make several of.
func (r *runReader) arguments(args []argument, word *syntax.Word) []argument {
	if text, ok := plain(word); ok && !strings.Contains(text, "{") {
		return append(args, argument{text, true})
	}
	split := *word
	if !syntax.SplitBraces(&split) {
		return append(args, r.argument(word))
	}
	before := len(args)
	for w, err := range expand.BracesSeq(nil, &split) {
		if err != nil || len(args)-before == maxRounds {
			break
		}
		args = append(args, r.argument(w))
	}
	return args
}

// argument expands one word. A variable that neither the Dockerfile nor the instruction sets makes it unknown.
func (r *runReader) argument(word *syntax.Word) argument {
	if text, ok := plain(word); ok {
		return argument{text, true}
	}
	for _, part := range word.Parts {
		if _, process := part.(*syntax.ProcSubst); process { // the library has no answer for it
			return argument{text: r.script.NodeSpan(word).Text()}
		}
	}
	if r.expansion == nil {
		r.expansion = &expand.Config{Env: expand.FuncEnviron(r.variable), NoUnset: true}
	}
	text, err := expand.Literal(r.expansion, word)
	if err != nil {
		return argument{text: r.script.NodeSpan(word).Text()}
	}
	return argument{text, true}
}

// plain returns a word that stands for itself, as most do.
func plain(word *syntax.Word) (string, bool) {
	if len(word.Parts) != 1 {
		return "", false
	}
	switch part := word.Parts[0].(type) {
	case *syntax.Lit:
		return part.Value, !strings.HasPrefix(part.Value, "~") && !strings.Contains(part.Value, `\`)
	case *syntax.SglQuoted:
		return part.Value, !part.Dollar
	}
	return "", false
}

func (r *runReader) variable(name string) string { return r.vars[name] }

// heredoc returns the content of a here-document of the shell. Without quotes around its delimiter the shell of the build
// replaces the variables, most of which are not set there.
func (r *runReader) heredoc(redirect *syntax.Redirect) content {
	if redirect.Hdoc == nil {
		return content{known: true, at: r.script.NodeSpan(redirect)}
	}
	written := content{known: true}
	quoted := false
	for _, part := range redirect.Word.Parts {
		lit, isLit := part.(*syntax.Lit)
		quoted = quoted || !isLit || strings.Contains(lit.Value, `\`)
	}
	if quoted {
		for _, part := range redirect.Hdoc.Parts {
			if lit, ok := part.(*syntax.Lit); ok {
				written.text += lit.Value
			}
		}
	} else {
		var err error
		written.text, err = expand.Document(&expand.Config{Env: expand.FuncEnviron(r.variable)}, redirect.Hdoc)
		written.known = err == nil
	}
	written.at = r.script.NodeSpan(redirect.Hdoc)
	if strings.HasPrefix(written.at.Text(), written.text) {
		written.at.End = written.at.Start + len(written.text) // for mvdan/sh the delimiter belongs to it
	}
	return written
}

// path returns the absolute path that an argument names, "" where that is not known.
func (r *runReader) path(arg argument) string {
	switch {
	case !arg.known || arg.text == "" || strings.HasPrefix(arg.text, "~"):
		return ""
	case path.IsAbs(arg.text):
		return r.base.canonical(path.Clean(arg.text))
	case r.dir == "":
		return ""
	}
	return r.base.canonical(path.Join(r.dir, arg.text))
}

// do notes an effect.
func (r *runReader) do(e effect) {
	if r.maybe > 0 {
		if e.kind != chmods && e.kind != blurs {
			return
		}
		e.kind = blurs
	}
	if e.to == "" && e.kind != blurs {
		return
	}
	r.effects = append(r.effects, e)
}

// write notes that something is written to a file.
func (r *runReader) write(to argument, what content, appended bool, span parser.Span) {
	e := effect{kind: writes, to: r.path(to), what: what, span: span}
	switch {
	case strings.HasPrefix(e.to, "/dev/"):
		return
	case appended:
		e.kind = appends
	case what.url != "":
		e.kind, e.from, e.why = fetches, what.url, "is downloaded from "+what.url
	case what.file != "":
		e.kind, e.from = copies, what.file
	}
	r.do(e)
}
