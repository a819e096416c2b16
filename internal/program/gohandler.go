package program

import (
	"fmt"
	"go/ast"
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A goReaction is what follows when a signal has come, as far as it is certain.
type goReaction struct {
	r      *goSignals
	sig    Signals
	inMain bool // it goes on in the function main, whose end is that of the program
	steps  []string
	ends   parser.Span // what ends the program; zero where that is not certain
	how    string      // a clause for it: "calls os.Exit"
	drains bool        // something lets requests finish
	other  bool        // something else than printing happens
	depth  int
}

// react looks at what a handler does with SIGTERM.
func (r *goSignals) react(h *goHandler) {
	react := &goReaction{r: r, sig: term}
	react.step("catches it", h.file, h.call)
	if stmts, ok := r.received(h, react); ok && !react.run(h.file, stmts) && react.inMain {
		fn := enclosing(h.file.tree, h.call)
		react.end(h.file, &ast.Ident{NamePos: fn.Body.Rbrace, Name: "}"}, returns)
	}
	if react.how == returns && defers(enclosing(h.file.tree, h.call)) {
		react.other = true
	}
	last := len(react.steps) - 1
	r.b.Does = strings.Join(react.steps[:last], ", ")
	if r.b.Does != "" {
		r.b.Does += " and "
	}
	r.b.Does += react.steps[last]
	if react.ends.IsZero() || react.drains || react.other || r.servedIn(h.file.pkg).IsZero() {
		return
	}
	// It is over, whatever else is told of the signal.
	r.b.Graceful &^= term
	r.b.Abrupt |= term
	r.b.Why = "its handler " + react.how + " (" + placeOf(react.ends) + ") while requests are in flight"
	r.b.Facts = append(r.b.Facts, Fact{Kind: ExitsUndrained, Span: react.ends, Text: react.how})
}

// returns is how a program ends that comes to the end of main.
const returns = "returns from main"

// defers reports whether a function defers something that may take its time.
func defers(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			switch callName(d.Call) {
			case "cancel", "stop":
			default:
				found = true
			}
		}
		return true
	})
	return found
}

// placeOf returns a place for people: the name of the file and the line.
func placeOf(at parser.Span) string {
	return fmt.Sprintf("%s:%d", path.Base(at.File.Path), at.Begin().Line)
}

func (g *goReaction) step(text string, file *goFile, at ast.Node) {
	if len(g.steps) < 4 {
		g.steps = append(g.steps, text+" ("+placeOf(file.span(at))+")")
	}
}

func (g *goReaction) end(file *goFile, at ast.Node, how string) {
	g.ends, g.how = file.span(at), how
	if name, ok := strings.CutPrefix(how, "calls "); ok {
		g.step("ends with "+name, file, at)
	} else {
		g.step(how, file, at)
	}
}

// run goes through statements. It returns true where they surely end the program or leave the function.
func (g *goReaction) run(file *goFile, list []ast.Stmt) bool {
	for _, stmt := range list {
		switch s := stmt.(type) {
		case *ast.SwitchStmt:
			if body, ok := g.chosen(file, s); ok {
				if g.run(file, body) {
					return true
				}
				continue
			}
			g.perhaps(file, s)
		case *ast.BlockStmt:
			if g.run(file, s.List) {
				return true
			}
		case *ast.ReturnStmt:
			if g.inMain && g.depth == 0 {
				g.end(file, s, returns)
			}
			return true
		case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt:
			if g.calls(file, s) {
				return true
			}
		case *ast.BranchStmt:
			g.other = true
			return true
		default:
			g.perhaps(file, s)
		}
	}
	return false
}

// perhaps notes what statements may do that are not run in every case.
func (g *goReaction) perhaps(file *goFile, stmt ast.Node) {
	g.other = true
	ast.Inspect(stmt, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && drainNames[callName(call)] && !g.drains {
			g.drains = true
			g.step("calls "+callName(call), file, call)
		}
		return true
	})
}

// chosen returns the statements of the case that a signal leads to.
func (g *goReaction) chosen(file *goFile, s *ast.SwitchStmt) (body []ast.Stmt, ok bool) {
	if _, ok := s.Tag.(*ast.Ident); !ok || s.Init != nil {
		return nil, false
	}
	var otherwise []ast.Stmt
	for _, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		if c.List == nil {
			otherwise = c.Body
		}
		for _, e := range c.List {
			sig, known := goSignal(file, e)
			if !known {
				return nil, false
			}
			if sig == g.sig {
				return c.Body, true
			}
		}
	}
	return otherwise, true
}

// drainNames are what functions are called that let requests finish.
var drainNames = map[string]bool{"Shutdown": true, "ShutdownWithContext": true, "ShutdownWithTimeout": true, "GracefulStop": true, "GracefulShutdown": true}

// callName returns the last part of the name of what is called.
func callName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// calls goes through the calls of a statement, arguments first. It returns true where one ends the program.
func (g *goReaction) calls(file *goFile, stmt ast.Node) bool {
	var all []*ast.CallExpr
	ast.Inspect(stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			g.other = true
			return false
		case *ast.CallExpr:
			all = append(all, n)
		}
		return true
	})
	for i := len(all) - 1; i >= 0; i-- {
		if g.call(file, all[i]) {
			return true
		}
	}
	return false
}

// maxGoDepth is how deep functions that call each other are followed.
const maxGoDepth = 4

func (g *goReaction) call(file *goFile, call *ast.CallExpr) bool {
	name := callName(call)
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if name == "panic" {
			g.end(file, call, "calls panic")
			return true
		}
		for _, other := range file.pkg.files {
			if g.depth >= maxGoDepth || !strings.Contains(other.Src, "func "+name+"(") || g.r.program.parse(other) == nil {
				continue
			}
			if fn := other.function(name); fn != nil {
				g.step("calls "+name, file, call)
				g.depth++
				ended := g.run(other, fn.Body.List) && !g.ends.IsZero()
				g.depth--
				return ended
			}
		}
		switch name {
		case "len", "cap", "append", "make", "new", "string", "print", "println", "int":
			return false
		}
	case *ast.SelectorExpr:
		from := ""
		if pkg, ok := f.X.(*ast.Ident); ok {
			from = file.imports[pkg.Name]
		}
		switch {
		case from == "os" && name == "Exit", from == "syscall" && name == "Exit":
			g.end(file, call, "calls os.Exit")
			return true
		case (from == "log" || from == "github.com/sirupsen/logrus") && strings.HasPrefix(name, "Fatal"):
			g.end(file, call, "calls log."+name)
			return true
		case drainNames[name]:
			g.drains = true
			g.step("calls "+name, file, call)
			return false
		case from == catching && name == "Stop", from == "context", from == "time" && name != "Sleep", from == "fmt", from == "log" && !strings.HasPrefix(name, "Fatal"),
			from == "log/slog", name == "String", name == "Error", prints(name):
			return false
		}
	}
	g.other = true
	return false
}

// prints reports whether a method of a logger is called so.
func prints(name string) bool {
	for _, prefix := range []string{"Print", "Info", "Debug", "Warn", "Trace", "Log", "Msg"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
