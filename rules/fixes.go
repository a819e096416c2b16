package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// waitAgain lets a shell wait a second time after the signal has interrupted the first wait.
func waitAgain(shell *process.Process) []Fix {
	script, at := shell.Script, shell.WaitAt
	if script == nil || script.Base < 0 || script.Tree == nil || at.IsZero() || at.File != script.File {
		return nil
	}
	way := wayTo(script, at)
	if len(way) < 3 {
		return nil
	}
	call, stmt := way[len(way)-1].(*syntax.CallExpr), way[len(way)-2].(*syntax.Stmt)
	if call.Args[0].Lit() != "wait" || slices.ContainsFunc(call.Args[1:], func(arg *syntax.Word) bool { return strings.HasPrefix(arg.Lit(), "-") }) {
		return nil // wait -n waits for another one each time
	}
	switch way[len(way)-3].(type) {
	case *syntax.File, *syntax.Block, *syntax.CaseItem, *syntax.IfClause:
	default:
		return nil
	}
	span := script.NodeSpan(stmt)
	text := strings.TrimRight(span.Text(), "; \t")
	end := parser.Span{File: span.File, Start: span.Start + len(text), End: span.Start + len(text)}
	either := Fix{Title: "wait once more", Safe: true, Edits: []parser.Edit{{Span: end, New: " || " + text}}}
	if len(call.Args) > 1 && !shell.WaitsTwice() {
		return []Fix{either}
	}
	between := "; "
	line := span.File.Src[strings.LastIndexByte(span.File.Src[:span.Start], '\n')+1 : span.Start]
	if script.Whole.Start == 0 && strings.TrimSpace(line) == "" {
		between = "\n" + line
		if strings.HasPrefix(span.File.Src[span.End:], "\r\n") {
			between = "\r" + between
		}
	}
	return []Fix{{Title: "wait once more", Safe: true, Edits: []parser.Edit{{Span: end, New: between + text}}}, either}
}

// setStopSignal sets STOPSIGNAL in the Dockerfile of a launch: in the place of the one that is there, or in front of the
// instruction that starts the container.
func setStopSignal(l *process.Launch, sig process.Signal) []Fix {
	name := sig.String()
	switch {
	case l.Kind == process.KindCompose:
		return setServiceSignal(l, sig)
	case l.Kind == process.KindKubernetes && l.SignalAt.File == l.Origin.File && l.SignalAt != l.ImageAt:
		return []Fix{{Title: "set stopSignal to " + name, Safe: true, Edits: []parser.Edit{{Span: l.SignalAt, New: name}}}}
	}
	if l.Kind != process.KindDockerfile || l.Origin.IsZero() {
		return nil
	}
	title := "set STOPSIGNAL " + name
	if !l.SignalAt.IsZero() && !l.SignalInherited {
		if !strings.HasPrefix(strings.ToUpper(l.SignalAt.Text()), "SIG") {
			name = strings.TrimPrefix(name, "SIG")
		}
		return []Fix{{Title: title, Safe: true, Edits: []parser.Edit{{Span: l.SignalAt, New: name}}}}
	}
	file, newline := l.Origin.File, "\n"
	if strings.Contains(file.Src, "\r\n") {
		newline = "\r\n"
	}
	at := aboveComments(file.Src, l.Origin.Start)
	text := "STOPSIGNAL " + name + newline
	if l.Inherited {
		if l.Target != "" {
			return nil // where its stage ends is not known here
		}
		at = len(file.Src)
		if !strings.HasSuffix(file.Src, "\n") {
			text = newline + strings.TrimSuffix(text, newline)
		}
	}
	return []Fix{{Title: title, Safe: true, Edits: []parser.Edit{{Span: parser.Span{File: file, Start: at, End: at}, New: text}}}}
}

// aboveComments returns the place above the comments that stand on the lines right above an instruction: they are about it, and may
// silence a finding there.
func aboveComments(src string, at int) int {
	for at > 0 && src[at-1] == '\n' {
		above := strings.LastIndexByte(src[:at-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimLeft(src[above:at], " \t"), "#") {
			break
		}
		at = above
	}
	return at
}

// setServiceSignal sets stop_signal of a Compose service, where what is started is written there as well: otherwise that is done in the
// Dockerfile.
func setServiceSignal(l *process.Launch, sig process.Signal) []Fix {
	title, name := "set stop_signal to "+sig.String(), sig.String()
	switch text := l.SignalAt.Text(); {
	case !l.SignalInherited && l.SignalAt.File == l.Origin.File && text != "":
		if quote := text[:1]; quote == `"` || quote == "'" {
			name = quote + name + quote
		}
		return []Fix{{Title: title, Safe: true, Edits: []parser.Edit{{Span: l.SignalAt, New: name}}}}
	case l.Inherited || l.App == nil || l.Fields.IsZero() || place(l.App).File != l.Origin.File:
		return nil
	}
	return []Fix{{Title: title, Safe: true, Edits: []parser.Edit{field(l, "stop_signal: "+name)}}}
}

// unixLineEnds takes the carriage returns from the ends of the lines of a file.
func unixLineEnds(l *process.Launch) []Fix {
	file := l.Failure.Span.File
	if file == nil || file == l.Origin.File {
		return nil
	}
	var edits []parser.Edit
	for at := range len(file.Src) {
		if strings.HasPrefix(file.Src[at:], "\r\n") {
			edits = append(edits, parser.Edit{Span: parser.Span{File: file, Start: at, End: at + 1}})
		}
	}
	return []Fix{{Title: "write Unix line ends", Safe: true, Edits: edits}}
}

// shebang makes the first two bytes of a script #!.
func shebang(l *process.Launch) []Fix {
	script := l.Failure.Script
	if script == nil || script.Base != 0 || script.Whole.Start != 0 || script.File == l.Origin.File {
		return nil // written in a Dockerfile, or changed on its way into the image
	}
	file := script.File
	rest := strings.TrimLeft(strings.TrimPrefix(file.Src, "\ufeff"), " \t\r\n")
	if strings.HasPrefix(rest, "#!") {
		blank := parser.Span{File: file, End: len(file.Src) - len(rest)}
		return []Fix{{Title: "let the file begin with #!", Safe: true, Edits: []parser.Edit{{Span: blank}}}}
	}
	if script.Tree == nil {
		return nil
	}
	line := "#!/bin/sh\n"
	if script.Dialect != syntax.LangPOSIX {
		line = "#!/bin/bash\n"
	}
	bom := parser.Span{File: file, End: len(file.Src) - len(strings.TrimPrefix(file.Src, "\ufeff"))}
	return []Fix{{Title: "make " + strings.TrimSpace(line) + " the first line", Safe: true, Edits: []parser.Edit{{Span: bom, New: line}}}}
}

// copyExecutable makes what COPY copies executable. It is unsafe where that is more than the one file.
func copyExecutable(l *process.Launch) []Fix {
	f := l.Failure
	text := f.Put.Text()
	if len(text) < 5 || !strings.EqualFold(text[:4], "copy") || strings.Contains(text, "<<") {
		return nil
	}
	place, option := parser.Span{File: f.Put.File, Start: f.Put.Start + len("copy"), End: f.Put.Start + len("copy")}, " --chmod=755"
	if _, rest, found := strings.Cut(text, " --chmod="); found {
		mode := rest
		if end := strings.IndexAny(rest, " \t\\"); end >= 0 {
			mode = rest[:end]
		}
		place.Start = f.Put.Start + len(text) - len(rest)
		place.End, option = place.Start+len(mode), "755"
	}
	words := strings.Fields(strings.ReplaceAll(text, "\\\n", " "))
	words = slices.DeleteFunc(words[1:], func(word string) bool { return strings.HasPrefix(word, "--") })
	one := len(words) == 2 && !strings.ContainsAny(words[0], "*?[$") && strings.Contains(words[0][strings.LastIndexByte(words[0], '/')+1:], ".") && !strings.HasSuffix(words[0], ".")
	return []Fix{{Title: "copy it with --chmod=755", Safe: one, Edits: []parser.Edit{{Span: place, New: option}}}}
}

// withoutSignal takes the name of a signal out of a trap that is for others as well.
func withoutSignal(l *process.Launch, span parser.Span) []Fix {
	script := scriptAt(l.Root, span)
	if script == nil {
		return nil
	}
	for _, way := range callsOf(script.Tree, "trap") {
		args := way[len(way)-1].(*syntax.CallExpr).Args
		for i, arg := range args {
			if i > 1 && len(args) > 3 && script.NodeSpan(arg) == span {
				before := script.NodeSpan(args[i-1])
				return []Fix{{Title: "take " + span.Text() + " out", Safe: true, Edits: []parser.Edit{{Span: parser.Span{File: span.File, Start: before.End, End: span.End}}}}}
			}
		}
	}
	return nil
}

// scriptAt returns the script that a place is in, nil where none of the processes reads it or it does not stand there as it is.
func scriptAt(p *process.Process, span parser.Span) *parser.Script {
	if p == nil {
		return nil
	}
	if s := p.Script; s != nil && s.Tree != nil && s.Base >= 0 && s.File == span.File && s.Whole.Start <= span.Start && span.End <= s.Whole.End {
		return s
	}
	for _, child := range p.Children {
		if s := scriptAt(child, span); s != nil {
			return s
		}
	}
	return nil
}

// inForeground adds the options that keep a server in the foreground, where it is started by an exec form.
func inForeground(l *process.Launch) []Fix {
	if !strings.HasPrefix(l.App.Instead, "-") || len(l.App.Argv) == 0 {
		return nil
	}
	tree, err := syntax.NewParser().Parse(strings.NewReader("x "+l.App.Instead), "")
	if err != nil || len(tree.Stmts) != 1 {
		return nil
	}
	var words []string
	for _, arg := range tree.Stmts[0].Cmd.(*syntax.CallExpr).Args[1:] {
		text, plain := plainText(arg)
		if !plain {
			return nil
		}
		words = append(words, text)
	}
	last := l.App.Argv[len(l.App.Argv)-1].Span
	if first := l.App.Argv[0].Span; first.File != l.Origin.File || first.Start < l.Origin.Start || last.End > l.Origin.End || !l.ShellForm.IsZero() || l.Inherited {
		return nil
	}
	rest := last.File.Src[last.End:]
	quote := strings.HasPrefix(rest, `"`)
	at := last.End
	if quote {
		at++
	} else if !strings.HasSuffix(last.Text(), `"`) {
		return nil
	}
	options := strings.TrimSuffix(strings.TrimPrefix(jsonArray(words), "["), "]")
	return []Fix{{Title: "add " + l.App.Instead, Safe: true, Edits: []parser.Edit{{Span: parser.Span{File: last.File, Start: at, End: at}, New: ", " + options}}}}
}

// untrapped lets a trap that signals the whole process group be reset first, and wait for the group at its end.
func untrapped(l *process.Launch) []Fix {
	for _, f := range facts(l, process.KillGroup) {
		end := parser.Span{File: f.Span.File, Start: f.Span.End, End: f.Span.End}
		begin := parser.Span{File: f.Span.File, Start: f.Span.Start, End: f.Span.Start}
		if !strings.HasPrefix(f.Span.Text(), "kill") || scriptAt(l.Root, f.Span) == nil {
			continue // it does not stand there as it is
		}
		name := strings.TrimPrefix(stopSignal(l), "SIG")
		return []Fix{{Title: "reset the trap first, and wait at its end", Safe: true, Edits: []parser.Edit{{Span: begin, New: "trap - " + name + "; "}, {Span: end, New: "; wait"}}}}
	}
	return nil
}
