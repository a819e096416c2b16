package program

import (
	"go/ast"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// served notes where the program begins to take requests: in its main package, or else in another one.
func (r *goSignals) served() {
	for _, pkg := range r.program.order {
		if at := r.servedIn(pkg); !at.IsZero() {
			r.b.Serves = at
			return
		}
	}
}

// servedIn returns where a package begins to take requests, zero where that is not seen.
func (r *goSignals) servedIn(pkg *goPackage) parser.Span {
	for _, file := range pkg.files {
		methods := file.servingMethods(r.program)
		if len(methods) == 0 || r.program.parse(file) == nil {
			continue
		}
		if at := file.serves(methods); !at.IsZero() {
			return at
		}
	}
	return parser.Span{}
}

// servingMethods returns the methods that serve, by the package whose functions return what has them, for the imports of a file
// whose text has such names.
func (f *goFile) servingMethods(p *goProgram) map[string]string {
	var methods map[string]string
	add := func(imported, names string) {
		for name := range strings.SplitSeq(strings.Trim(names, ","), ",") {
			if strings.Contains(f.Src, "."+name+"(") {
				if methods == nil {
					methods = map[string]string{}
				}
				methods[imported] = names
				return
			}
		}
	}
	for _, imported := range f.imports {
		if imported == "net/http" {
			if f.sideline() {
				continue
			}
			add(imported, ",ListenAndServe,ListenAndServeTLS,Serve,ServeTLS,")
		} else if m := p.moduleOf(imported); m.serves != "" {
			add(imported, m.serves)
		}
	}
	return methods
}

// sideline reports whether a file may serve nothing but what others look at a program by.
func (f *goFile) sideline() bool {
	for _, imported := range f.imports {
		if imported == "net/http/pprof" || imported == "expvar" || strings.HasPrefix(imported, "github.com/prometheus/") {
			return true
		}
	}
	return false
}

// serves returns the first call of a method that serves: of http itself, or of a variable that a function of its package made.
func (f *goFile) serves(methods map[string]string) (at parser.Span) {
	made := map[string]string{} // variable -> package
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, value := range n.Rhs {
				if ident, ok := n.Lhs[min(i, len(n.Lhs)-1)].(*ast.Ident); ok {
					made[ident.Name] = f.makerOf(value)
				}
			}
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || !at.IsZero() {
				return true
			}
			name := sel.Sel.Name
			listens := strings.HasPrefix(name, "ListenAndServe") && methods["net/http"] != ""
			if ident, ok := sel.X.(*ast.Ident); ok {
				from := made[ident.Name]
				if f.imports[ident.Name] == "net/http" {
					from = "net/http"
				}
				listens = listens || from != "" && strings.Contains(methods[from], ","+name+",")
			}
			if listens {
				at = f.span(n)
			}
		}
		return true
	})
	return at
}

// makerOf returns the package that a value comes from: of gin.New(), &http.Server{} or echo.New().
func (f *goFile) makerOf(value ast.Expr) string {
	if u, ok := value.(*ast.UnaryExpr); ok {
		value = u.X
	}
	var named ast.Expr
	switch v := value.(type) {
	case *ast.CallExpr:
		named = v.Fun
	case *ast.CompositeLit:
		named = v.Type
	}
	if sel, ok := named.(*ast.SelectorExpr); ok {
		if pkg, ok := sel.X.(*ast.Ident); ok {
			return f.imports[pkg.Name]
		}
	}
	return ""
}
