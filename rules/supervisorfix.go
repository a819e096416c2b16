package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// inTurn puts fixes behind those that are safe and before those that are not.
func inTurn(fixes, others []Fix) []Fix {
	if len(fixes) > 0 && fixes[0].Safe {
		return append(fixes, others...)
	}
	return append(others, fixes...)
}

// stopAsGroup lets supervisord stop the whole group of a program, and not only the shell in front. It is unsafe: all that the shell has
// started is told, and what takes more than a second is killed when supervisord has seen the shell end.
func stopAsGroup(l *process.Launch, shell *process.Process) []Fix {
	command := shell.Span
	if command.File == nil || command.File == l.Origin.File {
		return nil // written in the Dockerfile
	}
	all := programOf(shell)
	if _, way := all.find(shell.At); len(all.calls("exec")) > 0 || asks(way) {
		return nil // it is on its way to something else
	}
	file := command.File
	config := &parser.Supervisord{}
	config.Read(&parser.Script{File: file, Whole: parser.Span{File: file, End: len(file.Src)}, Text: file.Src})
	for _, program := range config.Programs() {
		if program.Command.Span != command {
			continue
		}
		var edits []parser.Edit
		var missing []string
		for _, option := range []parser.Setting{program.GroupStop, program.GroupKill} {
			if option.Name != "" && option.Text != "true" {
				edits = append(edits, parser.Edit{Span: option.Span, New: "true"})
			}
		}
		if program.GroupStop.Name == "" {
			missing = append(missing, "stopasgroup")
		}
		if program.GroupKill.Name == "" {
			missing = append(missing, "killasgroup")
		}
		if len(missing) > 0 {
			edit, ok := setTrue(program.Command, missing)
			if !ok {
				return nil
			}
			edits = append(edits, edit)
		}
		return []Fix{{Title: "let supervisord tell all that the shell has started, which has less than a second to finish", Edits: edits}}
	}
	return nil
}

// asks reports whether what a command returns decides about what comes next: it waits for something, or tries it.
func asks(way []syntax.Node) bool {
	for i, n := range way[:max(len(way)-1, 0)] {
		in := func(stmts []*syntax.Stmt) bool {
			return slices.ContainsFunc(stmts, func(stmt *syntax.Stmt) bool { return syntax.Node(stmt) == way[i+1] })
		}
		switch n := n.(type) {
		case *syntax.WhileClause:
			if in(n.Cond) {
				return true
			}
		case *syntax.IfClause:
			if in(n.Cond) {
				return true
			}
		}
	}
	return false
}

// setTrue sets options in lines below that of another one, written like it.
func setTrue(like parser.Setting, options []string) (parser.Edit, bool) {
	src := like.Span.File.Src
	line := strings.LastIndexByte(src[:like.Span.Start], '\n') + 1
	before := src[line:like.Span.Start]
	name := strings.TrimLeft(before, " \t")
	separator := strings.IndexAny(name, "=:")
	if separator < 0 {
		return parser.Edit{}, false
	}
	indent := before[:len(before)-len(name)]
	between := name[len(strings.TrimRight(name[:separator], " \t")):]
	end, newline := len(src), "\n"
	if at := strings.IndexByte(src[like.Span.End:], '\n'); at >= 0 {
		end = like.Span.End + at
	}
	if strings.HasSuffix(src[:end], "\r") {
		end, newline = end-1, "\r\n"
	}
	text := ""
	for _, option := range options {
		text += newline + indent + option + between + "true"
	}
	return parser.Edit{Span: parser.Span{File: like.Span.File, Start: end, End: end}, New: text}, true
}
