package program

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

const (
	goEnds   = hup | intr | quit | term
	catching = "os/signal"
)

// behaviour looks for signal handlers in all packages that were read.
func (p *goProgram) behaviour() *Behaviour {
	main, ok := p.main()
	if !ok {
		return nil
	}
	r := &goSignals{program: p, b: &Behaviour{Main: main, Files: p.files}}
	for _, pkg := range p.order {
		for _, file := range pkg.files {
			if name, ok := file.named(catching); ok {
				r.read(file, name)
			}
		}
	}
	r.served()
	r.drained()
	b := r.b
	b.Graceful = r.caught &^ (kill | stop)
	if h := r.only(term); h != nil && !r.vague {
		r.react(h)
	}
	if p.broken || p.generated || p.escapes || p.foreign != "" || r.vague {
		return b
	}
	b.Abrupt |= goEnds &^ (r.caught | r.ignored)
	b.Deaf = ^goEnds&^r.caught | r.ignored&^r.caught
	if b.Why == "" {
		b.Why = "nothing in " + r.subject() + " handles it"
	}
	if b.Abrupt&term != 0 && r.caught&term == 0 {
		r.leftOut()
	}
	return b
}

// goSignals collects what a program does with signals.
type goSignals struct {
	program  *goProgram
	b        *Behaviour
	caught   Signals
	ignored  Signals
	vague    bool // which signals it handles cannot be known
	handlers []*goHandler
}

// A goHandler is a call of signal.Notify or signal.NotifyContext.
type goHandler struct {
	file    *goFile
	call    *ast.CallExpr
	set     Signals
	context bool   // it is NotifyContext
	name    string // of the channel or context, "" where it has none
}

// only returns the one handler for a signal, nil where there is none or more than one.
func (r *goSignals) only(sig Signals) *goHandler {
	var found *goHandler
	for _, h := range r.handlers {
		if h.set&sig == 0 {
			continue
		}
		if found != nil {
			return nil
		}
		found = h
	}
	return found
}

// subject is what people call the source of a program.
func (r *goSignals) subject() string {
	if len(r.program.files) == 1 {
		return r.b.Main.File.Path
	}
	return r.b.Main.File.Path + " and what it imports"
}

// main returns where the program begins. It returns false where the package that it is made of is none.
func (p *goProgram) main() (at parser.Span, ok bool) {
	for _, file := range p.order[0].files {
		if !strings.Contains(file.Src, "func main(") {
			continue
		}
		if tree := p.parse(file); tree != nil && tree.Name.Name == "main" {
			if f := file.function("main"); f != nil {
				return file.span(f.Name), true
			}
		}
	}
	return parser.Span{}, false
}

// read looks at a file that imports os/signal under a name.
func (r *goSignals) read(file *goFile, name string) {
	tree := r.program.parse(file)
	if tree == nil {
		return
	}
	if name == "." {
		r.vague = true
		return
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := fun.X.(*ast.Ident); !ok || pkg.Name != name {
			return true
		}
		switch fun.Sel.Name {
		case "Notify", "NotifyContext":
			r.notify(file, call, fun.Sel.Name)
		case "Ignore":
			set, known := r.signals(file, call.Args, call.Ellipsis)
			if r.ignored |= set; !known {
				r.vague = true
			}
		case "Reset":
			r.vague = true
		}
		return true
	})
}

// notify notes a call of signal.Notify or signal.NotifyContext.
func (r *goSignals) notify(file *goFile, call *ast.CallExpr, name string) {
	if len(call.Args) == 0 {
		return
	}
	set, known := r.signals(file, call.Args[1:], call.Ellipsis)
	if !known {
		r.vague = true
	}
	r.caught |= set
	h := &goHandler{file: file, call: call, set: set, context: name == "NotifyContext"}
	if h.context {
		h.name = assignedTo(file.tree, call)
	} else {
		if ident, ok := call.Args[0].(*ast.Ident); ok {
			h.name = ident.Name
		}
		r.channel(file, call)
	}
	r.handlers = append(r.handlers, h)
	if call.Ellipsis.IsValid() {
		return
	}
	for i, arg := range call.Args[1:] {
		sig, _ := goSignal(file, arg)
		if sig&(kill|stop) == 0 {
			continue
		}
		fact := Fact{Kind: Uncatchable, Span: file.span(arg), Text: "SIGKILL"}
		if sig == stop {
			fact.Text = "SIGSTOP"
		}
		if set&^(kill|stop) != 0 {
			fact.Edits = []parser.Edit{{Span: parser.Span{File: file.File, Start: file.span(call.Args[i]).End, End: fact.Span.End}}}
		}
		r.b.Facts = append(r.b.Facts, fact)
	}
}

// assignedTo returns the name of the variable that the first result of a call is given to, "" where there is none.
func assignedTo(tree *ast.File, call *ast.CallExpr) (name string) {
	ast.Inspect(tree, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Rhs) == 1 && a.Rhs[0] == call {
			if ident, ok := a.Lhs[0].(*ast.Ident); ok {
				name = ident.Name
			}
		}
		return true
	})
	return name
}

// signals returns the signals that arguments name, all where there are none.
func (r *goSignals) signals(file *goFile, args []ast.Expr, ellipsis token.Pos) (set Signals, known bool) {
	if len(args) == 0 {
		return ^Signals(0), true
	}
	if ellipsis.IsValid() {
		if args, file = r.list(file, args[len(args)-1]); args == nil {
			return 0, false
		}
	}
	known = true
	for _, arg := range args {
		sig, ok := goSignal(file, arg)
		set |= sig
		known = known && ok
	}
	return set, known
}

// list returns the elements of a list that is written out, or that a variable of the package is given once and in one place, and the
// file that they stand in.
func (r *goSignals) list(file *goFile, e ast.Expr) (elements []ast.Expr, in *goFile) {
	if lit, ok := e.(*ast.CompositeLit); ok {
		return lit.Elts, file
	}
	ident, ok := e.(*ast.Ident)
	if !ok {
		return nil, file
	}
	values := 0
	note := func(f *goFile, names []ast.Expr, given []ast.Expr) {
		for i, left := range names {
			if name, ok := left.(*ast.Ident); !ok || name.Name != ident.Name {
				continue
			}
			if values++; i < len(given) {
				if lit, ok := given[i].(*ast.CompositeLit); ok {
					elements, in = lit.Elts, f
				}
			}
		}
	}
	for _, f := range file.pkg.files {
		if !strings.Contains(f.Src, ident.Name) || r.program.parse(f) == nil {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				names := make([]ast.Expr, len(n.Names))
				for i, name := range n.Names {
					names[i] = name
				}
				note(f, names, n.Values)
			case *ast.AssignStmt:
				note(f, n.Lhs, n.Rhs)
			}
			return true
		})
	}
	if values != 1 || in == nil {
		return nil, file
	}
	return elements, in
}

// goSignal returns the signal that an expression names.
func goSignal(file *goFile, e ast.Expr) (Signals, bool) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return 0, false
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return 0, false
	}
	switch file.imports[pkg.Name] {
	case "os":
		switch sel.Sel.Name {
		case "Interrupt":
			return intr, true
		case "Kill":
			return kill, true
		}
	case "syscall", "golang.org/x/sys/unix":
		if sig, ok := signalNames[sel.Sel.Name]; ok {
			return sig, true
		}
	}
	return 0, false
}
