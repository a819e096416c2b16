package program

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
	"time"
)

// drained notes how long the program gives its requests at most: the time of the context that is given to Shutdown.
func (r *goSignals) drained() {
	for _, pkg := range r.program.order {
		for _, file := range pkg.files {
			if !strings.Contains(file.Src, ".Shutdown") || !strings.Contains(file.Src, "WithTimeout") || r.program.parse(file) == nil {
				continue
			}
			for _, d := range file.tree.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
					r.drainedIn(file, fn)
				}
			}
		}
	}
}

func (r *goSignals) drainedIn(file *goFile, fn *ast.FuncDecl) {
	limits := map[string]ast.Expr{} // context -> its time
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			call, ok := n.Rhs[0].(*ast.CallExpr)
			ident, named := n.Lhs[0].(*ast.Ident)
			if ok && named && callName(call) == "WithTimeout" && len(call.Args) == 2 {
				limits[ident.Name] = call.Args[1]
			}
		case *ast.CallExpr:
			if !drainNames[callName(n)] || len(n.Args) != 1 {
				return true
			}
			limit := n.Args[0]
			if ident, ok := limit.(*ast.Ident); ok && limits[ident.Name] != nil {
				limit = limits[ident.Name]
			}
			if d, ok := file.duration(limit, 0); ok && d > r.b.Drain {
				r.b.Drain, r.b.Drains = d, file.span(limit)
			}
		}
		return true
	})
}

var goUnits = map[string]time.Duration{"Nanosecond": 1, "Microsecond": time.Microsecond, "Millisecond": time.Millisecond, "Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}

// duration returns the value of an expression that is a duration, and whether it is known.
func (f *goFile) duration(e ast.Expr, depth int) (time.Duration, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 0, 64)
		return time.Duration(n), err == nil && e.Kind == token.INT
	case *ast.ParenExpr:
		return f.duration(e.X, depth)
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok && f.imports[pkg.Name] == "time" {
			unit, ok := goUnits[e.Sel.Name]
			return unit, ok
		}
	case *ast.BinaryExpr:
		x, known := f.duration(e.X, depth)
		y, other := f.duration(e.Y, depth)
		return x * y, known && other && e.Op == token.MUL
	case *ast.CallExpr:
		if callName(e) == "Duration" && len(e.Args) == 1 {
			return f.duration(e.Args[0], depth)
		}
	case *ast.Ident:
		for _, d := range f.tree.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST || depth > 3 {
				continue
			}
			for _, spec := range g.Specs {
				s := spec.(*ast.ValueSpec)
				for i, name := range s.Names {
					if name.Name == e.Name && i < len(s.Values) {
						return f.duration(s.Values[i], depth+1)
					}
				}
			}
		}
	}
	return 0, false
}
