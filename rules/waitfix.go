package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// A backgrounded is the statement of a script that starts the application in the background.
type backgrounded struct {
	script *parser.Script
	stmt   *syntax.Stmt
	rest   []*syntax.Stmt // what follows in the same list
	way    []syntax.Node  // to the command, from the root
}

// inBackground finds where the shell of a launch starts the application in the background, nil where it does not do that itself.
func inBackground(l *process.Launch) *backgrounded {
	if l.At == nil || l.App == nil || l.At.Script == nil || l.At.Script.Base < 0 || l.At.Script.Tree == nil {
		return nil
	}
	script := l.At.Script
	way := wayTo(script, l.App.Span)
	if len(way) < 3 || script.Whole.Start != 0 && script != l.Script && !slices.ContainsFunc(l.Argv, func(word parser.Word) bool {
		return word.Span.File == script.File && word.Span.Start <= script.Whole.Start && script.Whole.End <= word.Span.End
	}) {
		return nil // a script between the quotes of another one: what is put into it may be expanded there
	}
	stmt, ok := way[len(way)-2].(*syntax.Stmt)
	if !ok || !stmt.Background {
		return nil
	}
	var list []*syntax.Stmt
	switch n := way[len(way)-3].(type) {
	case *syntax.File:
		list = n.Stmts
	case *syntax.Block:
		list = n.Stmts
	case *syntax.IfClause:
		list = n.Then
	case *syntax.CaseItem:
		list = n.Stmts
	}
	at := slices.Index(list, stmt)
	if at < 0 {
		return nil
	}
	return &backgrounded{script, stmt, list[at+1:], way}
}

// execForWait puts exec in the place of & and of the wait that follows, where nothing else does.
func execForWait(l *process.Launch) []Fix {
	b := inBackground(l)
	if b == nil || len(b.rest) == 0 || programOf(l.At).isLast(append(slices.Clip(b.way[:len(b.way)-2]), b.rest[len(b.rest)-1], b.rest[len(b.rest)-1].Cmd), 0) != surelyLast {
		return nil
	}
	waits := false
	for _, stmt := range b.rest {
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		switch {
		case !ok || stmt.Negated || stmt.Background || len(stmt.Redirs) > 0:
			return nil
		case len(call.Args) > 0 && call.Args[0].Lit() == "wait":
			waits = true
		case len(call.Args) == 0 && len(call.Assigns) == 1 && isLastJob(call.Assigns[0]) || leaves(stmt) != "" && passesOn(stmt):
		default:
			return nil
		}
	}
	call := b.stmt.Cmd.(*syntax.CallExpr)
	if !waits || programOf(l.At).setsTrap() || len(call.Args) == 0 {
		return nil
	}
	first, last := b.script.NodeSpan(call.Args[0]), b.script.NodeSpan(b.rest[len(b.rest)-1])
	end := b.script.NodeSpan(call)
	for _, redirect := range b.stmt.Redirs {
		end.End = max(end.End, b.script.NodeSpan(redirect).End)
	}
	last.Start = end.End
	first.End = first.Start
	if strings.Contains(last.Text(), "#") {
		return nil // a comment would be lost
	}
	return []Fix{{Title: "run it with exec in place of & and wait", Safe: true, Edits: []parser.Edit{{Span: first, New: "exec "}, {Span: last}}}}
}

// isLastJob reports whether an assignment keeps $!.
func isLastJob(a *syntax.Assign) bool {
	if a.Value == nil || len(a.Value.Parts) != 1 {
		return false
	}
	part := a.Value.Parts[0]
	if quoted, ok := part.(*syntax.DblQuoted); ok && len(quoted.Parts) == 1 {
		part = quoted.Parts[0]
	}
	pe, ok := part.(*syntax.ParamExp)
	return ok && pe.Param != nil && pe.Param.Value == "!"
}

// variable returns how the script names the process, and the statement that gives it the name: $! and the start itself where it
// does not keep it.
func (b *backgrounded) variable() (name string, after *syntax.Stmt) {
	if len(b.rest) > 0 {
		if call, ok := b.rest[0].Cmd.(*syntax.CallExpr); ok && len(call.Args) == 0 && len(call.Assigns) == 1 && isLastJob(call.Assigns[0]) {
			name = "$" + call.Assigns[0].Name.Value
			if b.script.Whole.Start == 0 {
				name = `"` + name + `"` // elsewhere the script stands between quotes itself
			}
			return name, b.rest[0]
		}
	}
	return "$!", b.stmt
}

// trapFor sets a trap behind the start of the application that passes the signal on and waits.
func trapFor(l *process.Launch) []Fix {
	b := inBackground(l)
	if b == nil {
		return nil
	}
	name, after := b.variable()
	span := b.script.NodeSpan(after)
	line := span.File.Src[strings.LastIndexByte(span.File.Src[:span.Start], '\n')+1 : span.Start]
	if b.script.Whole.Start != 0 || strings.TrimSpace(line) != "" {
		return nil
	}
	newline := "\n"
	if strings.HasPrefix(span.File.Src[span.End:], "\r\n") {
		newline = "\r\n"
	}
	signal := strings.TrimPrefix(stopSignal(l), "SIG")
	place := parser.Span{File: span.File, Start: span.End, End: span.End}
	return []Fix{{Title: "pass the signal on, and wait", Safe: true, Edits: []parser.Edit{{Span: place,
		New: newline + line + "trap 'kill -" + signal + " " + name + "; wait " + name + "' " + signal}}}}
}

// tellInTrap lets a trap pass the signal on and wait, before whatever else it does.
func tellInTrap(l *process.Launch) []Fix {
	b := inBackground(l)
	if b == nil || l.At.Trap.File != b.script.File {
		return nil
	}
	for _, way := range callsOf(b.script.Tree, "trap") {
		args := way[len(way)-1].(*syntax.CallExpr).Args
		if b.script.NodeSpan(way[len(way)-1]) != l.At.Trap || len(args) < 3 || len(args[1].Parts) != 1 {
			continue
		}
		action, ok := args[1].Parts[0].(*syntax.SglQuoted)
		if !ok || action.Dollar {
			return nil
		}
		name, _ := b.variable()
		place := b.script.NodeSpan(action)
		place.Start++
		place.End = place.Start
		text := "kill -" + strings.TrimPrefix(stopSignal(l), "SIG") + " " + name + "; wait " + name
		if strings.TrimSpace(action.Value) != "" {
			text += "; "
		}
		return []Fix{{Title: "pass the signal on in the trap, and wait", Safe: true, Edits: []parser.Edit{{Span: place, New: text}}}}
	}
	return nil
}
