package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// reportScriptLauncher finds npm, yarn or pnpm in front of an application that it loses. It reports whether it did.
//
// Measured: npm passes SIGTERM to the shell that runs the script. Debian's dash stays in front of the command and dies, npm
// ends, and the application is killed untold; the ash of Alpine and bash become the command, which hears of it. yarn 1 ends at
// once whatever the script says, npm 9.6.7 to 10.2 does nothing, npm 11.5 tells the application and ends.
func reportScriptLauncher(p *Pass) bool {
	l := p.Launch
	if !failing(l) || l.At == nil || l.App == nil {
		return false
	}
	switch l.Cause {
	case process.ShellDies:
		for _, w := range waiters(l) {
			if w.shell != l.At || w.init == nil || scriptLauncher(w.init) == "" {
				continue
			}
			launcher, script := scriptLauncher(w.init), oneLine(w.shell.At.Text())
			hears := command(l.App) + " is killed on stop without being told"
			if l.App.Told {
				hears = command(l.App) + " is told to stop, but killed before it has finished"
			}
			finding := Finding{
				Span:    w.shell.At,
				Label:   "a child of " + base(w.shell.Argv[0].Text) + ", which " + stopSignal(l) + " from " + launcher + " ends at once",
				Message: hears + ", because " + launcher + " runs it through " + shellOf(w.shell) + ", which stays in front of it and dies of " + stopSignal(l) + branch(l),
				Remedy:  "start " + command(l.App) + " itself: CMD " + jsonForm(w.next),
				Related: start(l, w.shell.At),
				Fixes:   append(execFor(l, w), withoutLauncher(l)...),
			}
			if simple := w.next == l.App && !strings.ContainsAny(script, "&|;"); simple && strings.HasSuffix(w.shell.At.File.Path, "package.json") {
				finding.Remedy = `write "` + withExec(script) + `" in package.json, or CMD ` + jsonForm(w.next)
			}
			p.Report(finding)
			return true
		}
	case process.NotPassed, process.EndsTooEarly:
		launcher := scriptLauncher(l.At)
		if launcher == "" {
			return false
		}
		message := command(l.App) + " never receives " + stopSignal(l) + ", because the npm of " + l.Base + ", one of 9.6.7 to 10.2, does nothing with it"
		remedy := "start the application without " + launcher + ": CMD " + jsonForm(l.App) + "; npm from 10.3.0 on passes the signal on"
		if l.Cause == process.EndsTooEarly {
			message = command(l.App) + " is killed on stop before it has finished, because " + launcher + " ends as soon as it gets " + stopSignal(l)
			remedy = "start the application without " + launcher + ": CMD " + jsonForm(l.App)
		} else if l.Base == "" || stopSignal(l) != "SIGTERM" && stopSignal(l) != "SIGINT" {
			message = command(l.App) + " never receives " + stopSignal(l) + ", because " + launcher + " does not pass it on"
			remedy = "start the application without " + launcher + ": CMD " + jsonForm(l.App)
		}
		span := place(l.At)
		p.Report(Finding{Span: span, Label: "in front of the application", Message: message + branch(l), Remedy: remedy, Related: start(l, span), Fixes: withoutLauncher(l)})
		return true
	}
	return false
}

// scriptLauncher returns the name of a launcher of scripts of package.json, "" for other processes.
func scriptLauncher(p *process.Process) string {
	if p.Role != process.RoleLauncher {
		return ""
	}
	switch name := command(p); name {
	case "npm", "npx", "yarn", "pnpm", "pnpx":
		return name
	}
	return ""
}

// shellOf names the shell that a process is, for people.
func shellOf(p *process.Process) string {
	if text := p.Shell.String(); text != "" {
		return p.Argv[0].Text + ", " + text
	}
	return p.Argv[0].Text
}

// jsonForm shows a command as the JSON form of CMD, "[...]" where not all of it is known.
func jsonForm(p *process.Process) string {
	var words []string
	for _, word := range p.Argv {
		if !word.Known || strings.ContainsAny(word.Text, `"\`) {
			return "[...]"
		}
		words = append(words, `"`+word.Text+`"`)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// withExec puts exec in front of a command, behind the variables that are set for it: exec NAME=value is an error.
func withExec(command string) string {
	words := strings.Fields(command)
	n := 0
	for n < len(words) && strings.IndexByte(words[n], '=') > 0 {
		n++
	}
	return strings.Join(slices.Insert(words, n, "exec"), " ")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// withoutLauncher starts in the place of npm and its like what they start. It is unsafe: they set variables for the program, and run
// other scripts before and after it.
func withoutLauncher(l *process.Launch) []Fix {
	if l.App == nil || l.Root == nil || scriptLauncher(l.Root) == "" || l.Inherited || !l.ShellForm.IsZero() {
		return nil
	}
	first, last := l.Root.Argv[0].Span, l.Root.Argv[len(l.Root.Argv)-1].Span
	if first.File != l.Origin.File || first.Start < l.Origin.Start || last.End > l.Origin.End || last.File != first.File || last.Start < first.Start {
		return nil
	}
	var words []string
	for _, word := range l.App.Argv {
		if !word.Known {
			return nil
		}
		words = append(words, word.Text)
	}
	if len(words) == 0 || words[0] != "node" {
		return nil // it may stand in node_modules/.bin, where only they look
	}
	for _, p := range l.Chain {
		if p.Role == process.RoleShell && oneLine(p.At.Text()) != strings.Join(words, " ") {
			return nil // with variables, or one command of several
		}
	}
	text := strings.TrimSuffix(strings.TrimPrefix(jsonArray(words), "["), "]")
	return []Fix{{Title: "start node without " + scriptLauncher(l.Root), Edits: []parser.Edit{{Span: parser.Span{File: first.File, Start: first.Start, End: last.End}, New: text}}}}
}
