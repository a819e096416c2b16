package rules

import (
	"slices"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// A program is all that a shell reads: its script first, then the files that it sources.
type program []process.Read

func programOf(shell *process.Process) program {
	return append(program{{Script: shell.Script}}, shell.Reads...)
}

// find returns the way to the command at a place, nil where there is none or where it does not stand in a file as it is.
func (all program) find(at parser.Span) (*parser.Script, []syntax.Node) {
	for _, read := range all {
		script := read.Script
		if script == nil || script.Base < 0 || script.Tree == nil || at.File != script.File {
			continue
		}
		if way := wayTo(script, at); way != nil {
			return script, way
		}
	}
	return nil, nil
}

// findWord returns the way to the command that a word stands in, nil as find does.
func (all program) findWord(at parser.Span) (*parser.Script, []syntax.Node) {
	for _, read := range all {
		script := read.Script
		if script == nil || script.Base < 0 || script.Tree == nil || at.File != script.File {
			continue
		}
		var found parser.Span
		syntax.Walk(script.Tree, func(n syntax.Node) bool {
			if call, ok := n.(*syntax.CallExpr); ok && slices.ContainsFunc(call.Args, func(arg *syntax.Word) bool { return script.NodeSpan(arg) == at }) {
				found = script.NodeSpan(call)
			}
			return true
		})
		if way := wayTo(script, found); way != nil {
			return script, way
		}
	}
	return nil, nil
}

// wayTo returns the nodes from the root of a script down to the command at a place, nil where there is no such command.
func wayTo(script *parser.Script, at parser.Span) []syntax.Node {
	var way, found []syntax.Node
	syntax.Walk(script.Tree, func(n syntax.Node) bool {
		if n == nil {
			way = way[:len(way)-1]
			return true
		}
		way = append(way, n)
		if call, ok := n.(*syntax.CallExpr); ok && found == nil && len(call.Args) > 0 && script.NodeSpan(call) == at {
			found = slices.Clone(way)
		}
		return true
	})
	return found
}

// A lastness says whether a command is the last thing that a script does.
type lastness uint8

const (
	notLast    lastness = iota // it is run again, or what it returns decides about what comes next
	leavesWork                 // it could be, but for work behind it that would not be done any more
	leavesSome                 // it could be, but for words behind it that would not be printed, or another exit status
	surelyLast
)

// isLast says whether the command at the end of a way is the last thing that the shell does where it gets there.
func (all program) isLast(way []syntax.Node, depth int) lastness {
	if len(way) == 0 || depth > 10 {
		return notLast
	}
	last := surelyLast
	left := "" // the exit or return behind it: what stands after that is for other ways through the script
	behind := func(stmts []*syntax.Stmt, child syntax.Node) {
		if left != "" {
			return
		}
		rest := stmts[slices.IndexFunc(stmts, func(s *syntax.Stmt) bool { return syntax.Node(s) == child })+1:]
		if len(rest) == 0 {
			return
		}
		for n, stmt := range rest {
			switch left = leaves(stmt); {
			case left != "" && n == 0 && passesOn(stmt):
				return
			case left != "" || prints(stmt):
				last = min(last, leavesSome)
			default:
				last = min(last, leavesWork)
			}
			if left != "" {
				return
			}
		}
	}
	from := func(callers [][]syntax.Node) lastness {
		if len(callers) == 0 {
			return notLast
		}
		for _, caller := range callers {
			way := all.isLast(caller, depth+1)
			if (way == leavesSome || way == leavesWork) && left != "exit" && slices.ContainsFunc(callers, func(other []syntax.Node) bool { return comesBehind(other, caller) }) {
				return notLast // it is done once more, for something else
			}
			if way == notLast || left != "exit" {
				last = min(last, way)
			}
		}
		return last
	}
	for i := len(way) - 2; i >= 0; i-- {
		child := way[i+1]
		switch n := way[i].(type) {
		case *syntax.Stmt:
			if n.Negated || n.Background || n.Coprocess {
				return notLast
			}
		case *syntax.BinaryCmd:
			if n.Op != syntax.AndStmt && n.Op != syntax.OrStmt || child == syntax.Node(n.X) {
				return notLast
			}
		case *syntax.Block:
			behind(n.Stmts, child)
		case *syntax.File:
			behind(n.Stmts, child)
			if readers := all.readers(n); len(readers) > 0 {
				return from(readers)
			}
		case *syntax.IfClause:
			for _, stmt := range n.Cond {
				if syntax.Node(stmt) == child {
					return notLast
				}
			}
			if n.Else == nil || syntax.Node(n.Else) != child {
				behind(n.Then, child)
			}
		case *syntax.CaseItem:
			if n.Op != syntax.Break {
				last = min(last, leavesWork)
			}
			behind(n.Stmts, child)
		case *syntax.CaseClause:
		case *syntax.FuncDecl:
			callers := all.calls(n.Name.Value)
			if slices.ContainsFunc(callers, func(call []syntax.Node) bool { return slices.Contains(call, syntax.Node(n)) }) {
				return notLast // it calls itself
			}
			return from(callers)
		default:
			return notLast
		}
	}
	return last
}

// comesBehind reports whether a command is reached after another one has been run, and not instead of it.
func comesBehind(way, other []syntax.Node) bool {
	n := 0
	for n < len(way) && n < len(other) && way[n] == other[n] {
		n++
	}
	if n == 0 || n == len(way) || n == len(other) || way[n].Pos().Offset() < other[n].Pos().Offset() {
		return false
	}
	switch fork := way[n-1].(type) {
	case *syntax.CaseClause:
		return false
	case *syntax.IfClause:
		return fork.Else == nil || way[n] != syntax.Node(fork.Else) || slices.ContainsFunc(fork.Cond, func(stmt *syntax.Stmt) bool { return syntax.Node(stmt) == other[n] })
	}
	return true
}

// leaves returns "exit" or "return" for a statement that is one, "" for others.
func leaves(stmt *syntax.Stmt) string {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(call.Args) == 0 || len(call.Args) > 2 || stmt.Negated || stmt.Background {
		return ""
	}
	if name := call.Args[0].Lit(); name == "exit" || name == "return" {
		return name
	}
	return ""
}

// prints reports whether a statement does nothing but to tell somebody something.
func prints(stmt *syntax.Stmt) bool {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || stmt.Negated || stmt.Background {
		return false
	}
	switch call.Args[0].Lit() {
	case "echo", "printf", "true", ":":
	default:
		return false
	}
	does := false
	for _, arg := range call.Args {
		syntax.Walk(arg, func(n syntax.Node) bool {
			switch n.(type) {
			case *syntax.CmdSubst, *syntax.ProcSubst:
				does = true
			}
			return !does
		})
	}
	return !does && !slices.ContainsFunc(stmt.Redirs, func(r *syntax.Redirect) bool {
		switch r.Word.Lit() { // a file may be read by somebody: /dev/termination-log, /dev/tcp/host/80
		case "/dev/stdout", "/dev/stderr", "/dev/null", "/dev/tty", "/proc/1/fd/1", "/proc/1/fd/2":
			return false
		}
		return r.Op != syntax.DplOut
	})
}

// passesOn reports whether an exit or return has the status of the command before it.
func passesOn(stmt *syntax.Stmt) bool {
	args := stmt.Cmd.(*syntax.CallExpr).Args
	if len(args) == 1 {
		return true
	}
	parts := args[1].Parts
	if quoted, ok := parts[0].(*syntax.DblQuoted); ok && len(parts) == 1 {
		parts = quoted.Parts
	}
	pe, ok := parts[0].(*syntax.ParamExp)
	return ok && len(parts) == 1 && pe.Param != nil && pe.Param.Value == "?"
}

// callsOf returns the ways to the commands that have a name.
func callsOf(tree *syntax.File, name string) [][]syntax.Node {
	if name == "" {
		return nil
	}
	var way []syntax.Node
	var found [][]syntax.Node
	syntax.Walk(tree, func(n syntax.Node) bool {
		if n == nil {
			way = way[:len(way)-1]
			return true
		}
		way = append(way, n)
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 && call.Args[0].Lit() == name {
			found = append(found, slices.Clone(way))
		}
		return true
	})
	return found
}

func (all program) calls(name string) (ways [][]syntax.Node) {
	for tree := range all.trees() {
		ways = append(ways, callsOf(tree, name)...)
	}
	return ways
}

// readers returns the ways to the commands that read a file, one that leads nowhere for a command that does not stand in a file as it is.
func (all program) readers(tree *syntax.File) (ways [][]syntax.Node) {
	for _, read := range all {
		if read.Script.Tree == tree && !read.At.IsZero() {
			_, way := all.find(read.At)
			ways = append(ways, way)
		}
	}
	return ways
}

// trees returns the syntax of what the shell reads, each once.
func (all program) trees() map[*syntax.File]bool {
	trees := map[*syntax.File]bool{}
	for _, read := range all {
		if read.Script != nil && read.Script.Tree != nil {
			trees[read.Script.Tree] = true
		}
	}
	return trees
}

// functions returns the names of the functions that it declares.
func (all program) functions() (names []string) {
	for tree := range all.trees() {
		syntax.Walk(tree, func(n syntax.Node) bool {
			if decl, ok := n.(*syntax.FuncDecl); ok && decl.Name != nil {
				names = append(names, decl.Name.Value)
			}
			return true
		})
	}
	return names
}

func (all program) declares(name string) bool { return slices.Contains(all.functions(), name) }

// dispatches reports whether there is a function that is not called by its name: "$@" may do that.
func (all program) dispatches() bool {
	return slices.ContainsFunc(all.functions(), func(name string) bool { return len(all.calls(name)) == 0 })
}

// setsTrap reports whether it sets a trap, which exec leaves behind.
func (all program) setsTrap() bool {
	return slices.ContainsFunc(all.calls("trap"), func(way []syntax.Node) bool {
		args := way[len(way)-1].(*syntax.CallExpr).Args
		if len(args) < 3 {
			return false
		}
		text, plain := plainText(args[1])
		return !plain || text != "-" && text != ""
	})
}
