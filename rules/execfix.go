package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// execFor puts exec in front of the command that a shell waits for. It is unsafe where the command may be a function of a file that the
// shell reads and that is not known.
func execFor(l *process.Launch, w waiter) []Fix {
	fixes := execBefore(programOf(w.shell), w.shell.At)
	if len(fixes) == 0 {
		return pipeAndWait(l, w.shell)
	}
	if twins := programOf(w.shell).twins(w.shell.At); len(twins) > 0 {
		fixes[0].Title += ", in each branch"
		fixes[0].Edits = append(fixes[0].Edits, twins...)
	}
	name := first(w.shell.At).Text()
	if w.next.Role != process.RoleApp || w.next.Known || strings.Contains(name, "/") {
		return fixes
	}
	if slices.ContainsFunc(facts(l, process.Unread), func(f process.Fact) bool { return f.PID == w.shell.PID }) {
		return unsafely(fixes)
	}
	return fixes
}

// execRemedy returns a remedy that is to write exec for the command that a shell waits for, or what to do where that would leave out work
// behind the command.
func execRemedy(shell *process.Process, remedy string) string {
	all := programOf(shell)
	if _, way := all.find(shell.At); way != nil && all.isLast(way, 0) == leavesWork {
		return "start it with &, let a trap pass the signal on, and wait for it twice: exec would leave out what is done behind it"
	}
	return remedy
}

// twins puts exec in front of the same program in the other branches of the if or case that a command stands in, where it is the last
// thing that the shell does as well: half of a fix would surprise who reads it.
func (all program) twins(at parser.Span) (edits []parser.Edit) {
	script, way := all.find(at)
	if way == nil {
		return nil
	}
	name := way[len(way)-1].(*syntax.CallExpr).Args[0].Lit()
	if name == "" {
		return nil
	}
	for _, other := range callsOf(script.Tree, name) {
		n := 0
		for n < len(way) && n < len(other) && way[n] == other[n] {
			n++
		}
		if n == 0 || n == len(way) {
			continue
		}
		switch way[n-1].(type) {
		case *syntax.IfClause, *syntax.CaseClause:
		default:
			continue
		}
		if fixes := execBefore(all, script.NodeSpan(other[len(other)-1])); len(fixes) > 0 && fixes[0].Safe {
			edits = append(edits, fixes[0].Edits...)
		}
	}
	return edits
}

// execBefore puts exec in front of the command at a place, nil where that would not make the command the process that the shell is.
//
// Nor is it offered where the script has work to do behind it. It is unsafe where something less is left out: words that are printed
// behind it, another exit status, a trap.
func execBefore(all program, at parser.Span) []Fix {
	script, way := all.find(at)
	if way == nil {
		return execInQuotes(all[0].Script, at)
	}
	call := way[len(way)-1].(*syntax.CallExpr)
	name := call.Args[0].Lit()
	if slices.Contains([]string{"exec", "eval", "command", "builtin", "source", ".", "time"}, name) || all.declares(name) {
		return nil
	}
	last := all.isLast(way, 0)
	if last <= leavesWork {
		return nil
	}
	place := script.NodeSpan(call.Args[0])
	place.End = place.Start
	return []Fix{{
		Title: "put exec before " + oneLine(script.NodeSpan(call.Args[0]).Text()),
		Safe:  last == surelyLast && !all.setsTrap() && (name != "" || !all.dispatches()),
		Edits: []parser.Edit{{Span: place, New: "exec "}},
	}}
}

// execInQuotes puts exec in front of the only command of a text that does not stand in its file as it is, in which something is replaced
// or escaped: behind the quote that it begins with.
func execInQuotes(script *parser.Script, at parser.Span) []Fix {
	if script == nil || script.Base >= 0 || script.Tree == nil || len(script.Tree.Stmts) != 1 || at != script.Whole || at.File == nil {
		return nil
	}
	stmt := script.Tree.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || stmt.Negated || stmt.Background || stmt.Coprocess || len(call.Assigns) > 0 || len(call.Args) == 0 {
		return nil
	}
	name, written := call.Args[0].Lit(), at.Text()
	if name == "" || name == "exec" || shellWords[name] || len(written) < 2 || written[0] != '"' && written[0] != '\'' || !strings.HasPrefix(script.Text, name) ||
		!strings.HasPrefix(written[1:], name) {
		return nil
	}
	place := parser.Span{File: at.File, Start: at.Start + 1, End: at.Start + 1}
	return []Fix{{Title: "put exec before " + name, Safe: true, Edits: []parser.Edit{{Span: place, New: "exec "}}}}
}
