package program

import (
	"go/ast"
	"strconv"

	"github.com/pid1lint/pid1lint/parser"
)

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
