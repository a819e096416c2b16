package program

import (
	"go/ast"
	"go/token"
)

// received returns the statements that follow when a handler's channel or context has told of the signal. It returns false where
// that happens nowhere that is seen, or in more than one place.
func (r *goSignals) received(h *goHandler, react *goReaction) (after []ast.Stmt, ok bool) {
	fn := enclosing(h.file.tree, h.call)
	if fn == nil || h.name == "" {
		return nil, false
	}
	count := 0
	is := func(n ast.Node) bool {
		found := false
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit, *ast.BlockStmt:
				return false
			case *ast.UnaryExpr:
				x := n.X
				if call, ok := x.(*ast.CallExpr); ok && h.context {
					if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Done" {
						x = sel.X
					}
				}
				if ident, ok := x.(*ast.Ident); ok && n.Op == token.ARROW && ident.Name == h.name {
					found = true
				}
			}
			return true
		})
		return found
	}
	var look func(list []ast.Stmt, main bool)
	nested := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				look(n.List, false)
				return false
			case *ast.CaseClause:
				look(n.Body, false)
				return false
			case *ast.CommClause:
				look(n.Body, false)
				return false
			}
			return true
		})
	}
	take := func(list []ast.Stmt, main bool) {
		count++
		after, react.inMain = list, main
	}
	look = func(list []ast.Stmt, main bool) {
		for i, stmt := range list {
			switch s := stmt.(type) {
			case *ast.RangeStmt:
				if ident, ok := s.X.(*ast.Ident); ok && ident.Name == h.name && !h.context {
					take(s.Body.List, false)
					continue
				}
			case *ast.SelectStmt:
				for _, c := range s.Body.List {
					if c := c.(*ast.CommClause); c.Comm != nil && is(c.Comm) {
						take(append(append([]ast.Stmt(nil), c.Body...), list[i+1:]...), main)
					} else {
						look(c.Body, false)
					}
				}
				continue
			case *ast.ExprStmt, *ast.AssignStmt:
				if is(s) {
					take(list[i+1:], main)
					continue
				}
			}
			nested(stmt)
		}
	}
	look(fn.Body.List, fn.Name.Name == "main" && fn.Recv == nil && h.file.tree.Name.Name == "main")
	return after, count == 1
}
