package program

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

const (
	goEnds   = hup | intr | quit | term
	catching = "os/signal"
)

// behaviour looks for signal handlers in all packages that were read.
func (p *goProgram) behaviour() *Behaviour {
	r := &goSignals{program: p, b: &Behaviour{Files: p.files}}
	for _, pkg := range p.order {
		for _, file := range pkg.files {
			for name, imported := range file.imports {
				if imported == catching && !strings.HasPrefix(name, "_") {
					r.read(file, strings.TrimSuffix(name, catching))
				}
			}
		}
	}
	r.main()
	b := r.b
	b.Graceful = r.caught
	if p.broken || p.generated || p.foreign != "" || r.vague {
		return b
	}
	b.Abrupt = goEnds &^ (r.caught | r.ignored)
	b.Deaf = ^goEnds&^r.caught | r.ignored&^r.caught
	b.Why = "nothing in " + r.subject() + " handles it"
	return b
}

// goSignals collects what a program does with signals.
type goSignals struct {
	program *goProgram
	b       *Behaviour
	caught  Signals
	ignored Signals
	vague   bool // which signals it handles cannot be known
}

// subject is what people call the source of a program.
func (r *goSignals) subject() string {
	if file := r.b.Main.File; file != nil && len(r.program.files) == 1 {
		return file.Path
	}
	if file := r.b.Main.File; file != nil {
		return file.Path + " and what it imports"
	}
	return "its source"
}

// main notes where the program begins.
func (r *goSignals) main() {
	for _, file := range r.program.order[0].files {
		if !strings.Contains(file.Src, "func main(") {
			continue
		}
		if tree := r.program.parse(file); tree != nil {
			for _, d := range tree.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "main" {
					r.b.Main = file.span(f.Name)
				}
			}
		}
	}
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
	if name == "Notify" {
		r.channel(file, call)
	}
}

// signals returns the signals that arguments name, all where there are none.
func (r *goSignals) signals(file *goFile, args []ast.Expr, ellipsis token.Pos) (set Signals, known bool) {
	if len(args) == 0 {
		return ^Signals(0), true
	}
	if ellipsis.IsValid() {
		return 0, false
	}
	known = true
	for _, arg := range args {
		sig, ok := goSignal(file, arg)
		set |= sig
		known = known && ok
	}
	return set, known
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

// channel looks at how the channel of a call of signal.Notify was made.
func (r *goSignals) channel(file *goFile, call *ast.CallExpr) {
	ident, ok := call.Args[0].(*ast.Ident)
	if !ok {
		if made, ok := call.Args[0].(*ast.CallExpr); ok {
			r.unbuffered(file, "", made)
		}
		return
	}
	var made []*ast.CallExpr
	others := 0
	scope := enclosing(file.tree, call)
	note := func(value ast.Expr) {
		if c, ok := value.(*ast.CallExpr); ok {
			made = append(made, c)
		} else {
			others++
		}
	}
	find := func(within ast.Node) {
		ast.Inspect(within, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if id, ok := left.(*ast.Ident); ok && id.Name == ident.Name && len(n.Lhs) == len(n.Rhs) {
						note(n.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				for i, left := range n.Names {
					if left.Name == ident.Name && i < len(n.Values) {
						note(n.Values[i])
					}
				}
			}
			return true
		})
	}
	if scope != nil {
		find(scope)
	}
	if len(made) == 0 && others == 0 {
		for _, d := range file.tree.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				find(g)
			}
		}
	}
	if len(made) == 1 && others == 0 {
		r.unbuffered(file, ident.Name, made[0])
	}
}

// enclosing returns the function of a file that a node stands in, nil for none.
func enclosing(tree *ast.File, n ast.Node) *ast.FuncDecl {
	for _, d := range tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Pos() <= n.Pos() && n.End() <= f.End() {
			return f
		}
	}
	return nil
}

// unbuffered notes make(chan os.Signal) and make(chan os.Signal, 0).
func (r *goSignals) unbuffered(file *goFile, name string, made *ast.CallExpr) {
	fun, ok := made.Fun.(*ast.Ident)
	if !ok || fun.Name != "make" || len(made.Args) == 0 {
		return
	}
	if _, ok := made.Args[0].(*ast.ChanType); !ok {
		return
	}
	span := file.span(made)
	at := parser.Span{File: file.File, Start: file.span(made.Args[0]).End, End: span.End - 1}
	edit := parser.Edit{Span: parser.Span{File: file.File, Start: at.Start, End: at.Start}, New: ", 1"}
	if len(made.Args) > 1 {
		size, ok := made.Args[1].(*ast.BasicLit)
		if !ok {
			return
		}
		if n, err := strconv.Atoi(size.Value); err != nil || n != 0 {
			return
		}
		edit = parser.Edit{Span: file.span(size), New: "1"}
	}
	for _, f := range r.b.Facts {
		if f.Span == span {
			return
		}
	}
	r.b.Facts = append(r.b.Facts, Fact{Kind: UnbufferedChannel, Span: span, Text: name, Edits: []parser.Edit{edit}})
}
