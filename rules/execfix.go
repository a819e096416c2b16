package rules

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// execBefore puts exec in front of the command at a place in a script, nil where that would not make the command the process
// that the shell is.
//
// It is unsafe where something that the script does would be left out: commands behind it, a trap.
func execBefore(script *parser.Script, at parser.Span) []Fix {
	if script == nil || script.Base < 0 || script.Tree == nil || at.File != script.File {
		return nil
	}
	way := wayTo(script, at)
	if way == nil {
		return nil
	}
	call := way[len(way)-1].(*syntax.CallExpr)
	name := call.Args[0].Lit()
	if slices.Contains([]string{"exec", "eval", "command", "builtin", "source", ".", "time"}, name) || len(callsOf(script.Tree, name)) > 0 && declares(script.Tree, name) {
		return nil
	}
	last := isLast(script.Tree, way, 0)
	if last == notLast {
		return nil
	}
	place := script.NodeSpan(call.Args[0])
	place.End = place.Start
	return []Fix{{
		Title: "put exec before " + oneLine(script.NodeSpan(call.Args[0]).Text()),
		Safe:  last == surelyLast && !setsTrap(script.Tree),
		Edits: []parser.Edit{{Span: place, New: "exec "}},
	}}
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
	leavesSome                 // it could be, but for commands behind it that would not run any more
	surelyLast
)

// isLast says whether the command at the end of a way is the last thing that the script does where it gets there.
func isLast(tree *syntax.File, way []syntax.Node, depth int) lastness {
	last := surelyLast
	behind := func(stmts []*syntax.Stmt, child syntax.Node) {
		for i, stmt := range stmts {
			if syntax.Node(stmt) == child && !slices.ContainsFunc(stmts[i+1:], func(s *syntax.Stmt) bool { return !leaves(s) }) {
				return
			}
		}
		last = min(last, leavesSome)
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
				last = min(last, leavesSome)
			}
			behind(n.Stmts, child)
		case *syntax.CaseClause:
		case *syntax.FuncDecl:
			if depth > 10 {
				return notLast
			}
			calls := callsOf(tree, n.Name.Value)
			if len(calls) == 0 {
				return notLast
			}
			for _, call := range calls {
				if slices.Contains(call, syntax.Node(n)) {
					return notLast // it calls itself
				}
				last = min(last, isLast(tree, call, depth+1))
			}
			return last
		default:
			return notLast
		}
	}
	return last
}

// leaves reports whether a statement only passes on what the command before it returned.
func leaves(stmt *syntax.Stmt) bool {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(call.Args) == 0 || len(call.Args) > 2 || stmt.Negated || stmt.Background {
		return false
	}
	if name := call.Args[0].Lit(); name != "exit" && name != "return" {
		return false
	}
	if len(call.Args) == 1 {
		return true
	}
	parts := call.Args[1].Parts
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

func declares(tree *syntax.File, name string) bool {
	found := false
	syntax.Walk(tree, func(n syntax.Node) bool {
		if decl, ok := n.(*syntax.FuncDecl); ok && decl.Name != nil && decl.Name.Value == name {
			found = true
		}
		return !found
	})
	return found
}

// setsTrap reports whether a script sets a trap, which exec leaves behind.
func setsTrap(tree *syntax.File) bool {
	return slices.ContainsFunc(callsOf(tree, "trap"), func(way []syntax.Node) bool {
		args := way[len(way)-1].(*syntax.CallExpr).Args
		if len(args) < 3 {
			return false
		}
		text, plain := plainText(args[1])
		return !plain || text != "-" && text != ""
	})
}

// jsonForShell writes the shell form of an instruction as a JSON array, where that starts the very same: one command of plain
// words that is no builtin of the shell.
func jsonForShell(l *process.Launch) []Fix {
	script := l.Script
	if script == nil || script.Base < 0 || script.Tree == nil || len(script.Tree.Stmts) != 1 || !l.IgnoredCmd.IsZero() {
		return nil
	}
	if l.ScriptArg != 2 || l.Argv[0].Text != "/bin/sh" || l.Argv[1].Text != "-c" || strings.ContainsAny(script.Whole.Text(), "#\n") {
		return nil // another SHELL may set something up, and comments and the layout of lines that go on would be lost
	}
	stmt := script.Tree.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(call.Args) == 0 || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background || stmt.Coprocess {
		return nil
	}
	var words []string
	for _, arg := range call.Args {
		text, plain := plainText(arg)
		if !plain {
			return nil
		}
		words = append(words, text)
	}
	if words[0] == "" || shellWords[words[0]] {
		return nil
	}
	place := script.NodeSpan(stmt)
	return []Fix{{Title: "write it as a JSON array", Safe: true, Edits: []parser.Edit{{Span: place, New: jsonArray(words)}}}}
}

// shellWords are what a shell does itself, or does otherwise than the program of that name.
var shellWords = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(". : [ alias bg break cd command continue echo eval exec exit export false fg getopts hash jobs kill let local printf pwd read readonly return set shift source test time times trap true type ulimit umask unalias unset wait") {
		names[name] = true
	}
	return names
}()

// plainText returns what a word is to a shell where nothing in it is expanded.
func plainText(word *syntax.Word) (string, bool) {
	var text strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if !unescape(&text, part.Value, "") {
				return "", false
			}
		case *syntax.SglQuoted:
			if part.Dollar {
				return "", false
			}
			text.WriteString(part.Value)
		case *syntax.DblQuoted:
			if part.Dollar {
				return "", false
			}
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok || !unescape(&text, lit.Value, "\"\\$`") {
					return "", false
				}
			}
		default:
			return "", false
		}
	}
	return text.String(), true
}

// unescape resolves the backslashes of a text: before any character where special is "", else before those of special only.
// It returns false where a backslash is followed by what this program will not judge.
func unescape(out *strings.Builder, text, special string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case special == "" && strings.IndexByte("*?[~{}`", c) >= 0:
			return false // it is expanded
		case c != '\\':
			out.WriteByte(c)
		case i+1 == len(text):
			return false
		case text[i+1] == '\n' || text[i+1] == '\r':
			return false // a line that goes on: its layout is worth keeping
		case special != "" && strings.IndexByte(special, text[i+1]) < 0:
			out.WriteByte(c)
		default:
			i++
			out.WriteByte(text[i])
		}
	}
	return true
}

// jsonArray writes words as the JSON form of an instruction.
func jsonArray(words []string) string {
	var quoted []string
	for _, word := range words {
		var out strings.Builder
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(word) != nil {
			return ""
		}
		quoted = append(quoted, strings.TrimSuffix(out.String(), "\n"))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
