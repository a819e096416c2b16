package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// pipeAndWait runs the pipeline that a script ends with in the background, passes the signal on to the application at its head, and
// waits for all of it. It is unsafe: in the background, standard input is empty.
//
// The shorter way, exec > >(tee log) and exec app, loses the end of the output, because PID 1 takes tee with it when it ends. Measured
// with bash 5.2: of 40 applications that failed with 300 lines and a message, 2 had all of it in the log that way, and 40 this way.
func pipeAndWait(l *process.Launch, shell *process.Process) []Fix {
	if !shell.ListsPipelines() || !waitsOnChain(l, shell) {
		return nil
	}
	all := programOf(shell)
	script, way := all.findPart(shell.At)
	if way == nil || script.Whole.Start != 0 || all.setsTrap() || all.background() {
		return nil
	}
	at := slices.IndexFunc(way, isPipeline)
	if at < 1 || all.isLast(way[:at+1], 0) != surelyLast || !heads(way[at:]) {
		return nil
	}
	stmt := way[at-1].(*syntax.Stmt)
	span := script.NodeSpan(stmt)
	src := span.File.Src
	indent := src[strings.LastIndexByte(src[:span.Start], '\n')+1 : span.Start]
	end := len(src)
	if newline := strings.IndexByte(src[span.End:], '\n'); newline >= 0 {
		end = span.End + newline
	}
	newline := "\n"
	if strings.HasSuffix(src[:end], "\r") {
		end, newline = end-1, "\r\n"
	}
	rest := strings.TrimSpace(src[span.End:end])
	if strings.TrimSpace(indent) != "" || rest != "" && rest[0] != '#' || stmt.Negated || stmt.Semicolon.IsValid() || len(stmt.Redirs) > 0 || strings.Contains(span.Text(), "<<") {
		return nil // another layout than one line for the whole
	}
	signal := strings.TrimPrefix(stopSignal(l), "SIG")
	signals := signal
	if signal != "INT" {
		signals += " INT" // in the background it is ignored
	}
	edit := func(at int, text string) parser.Edit {
		return parser.Edit{Span: parser.Span{File: span.File, Start: at, End: at}, New: text}
	}
	edits := []parser.Edit{edit(span.Start, "trap 'kill -"+signal+" $(jobs -p); wait' "+signals+newline+indent)}
	wait := newline + indent + "wait $!"
	if rest == "" {
		edits = append(edits, edit(span.End, " &"+wait))
	} else {
		edits = append(edits, edit(span.End, " &"), edit(end, wait))
	}
	return []Fix{{Title: "run the pipeline in the background, pass the signal on and wait for all of it; its standard input is empty then", Edits: edits}}
}

// findPart returns the way to the simple command of a statement at a place, nil as find does.
func (all program) findPart(at parser.Span) (*parser.Script, []syntax.Node) {
	for _, read := range all {
		if script := read.Script; script != nil && script.Base >= 0 && script.Tree != nil && at.File == script.File {
			var place parser.Span
			syntax.Walk(script.Tree, func(n syntax.Node) bool {
				if stmt, ok := n.(*syntax.Stmt); ok && script.NodeSpan(stmt) == at {
					if call, ok := stmt.Cmd.(*syntax.CallExpr); ok {
						place = script.NodeSpan(call)
					}
				}
				return true
			})
			if way := wayTo(script, place); way != nil {
				return script, way
			}
		}
	}
	return nil, nil
}

func isPipeline(n syntax.Node) bool {
	pipe, ok := n.(*syntax.BinaryCmd)
	return ok && (pipe.Op == syntax.Pipe || pipe.Op == syntax.PipeAll)
}

// heads reports whether a way leads from a pipeline to the simple command that is its first part.
func heads(way []syntax.Node) bool {
	for i, n := range way {
		switch n := n.(type) {
		case *syntax.BinaryCmd:
			if !isPipeline(n) || way[i+1] != syntax.Node(n.X) {
				return false
			}
		case *syntax.Stmt:
			if n.Negated || n.Background {
				return false
			}
		case *syntax.CallExpr:
			return true
		default:
			return false
		}
	}
	return false
}

// background reports whether a shell starts something else in the background.
func (all program) background() bool {
	found := false
	for tree := range all.trees() {
		syntax.Walk(tree, func(n syntax.Node) bool {
			if stmt, ok := n.(*syntax.Stmt); ok && (stmt.Background || stmt.Coprocess) {
				found = true
			}
			return !found
		})
	}
	return found
}
