package rules

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// command is what people call the program of a process: its file name, or the script that a shell runs.
func command(p *process.Process) string {
	if p == nil || len(p.Argv) == 0 {
		return "the application"
	}
	if p.Role == process.RoleShell && p.Script != nil {
		if name := scriptName(p); name != "" {
			return name
		}
	}
	return base(p.Argv[0].Text)
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// scriptName returns the name of the script file that a shell runs, "" where it runs the text behind -c.
func scriptName(p *process.Process) string {
	for _, arg := range p.Argv[1:] {
		if strings.HasPrefix(arg.Text, "-") {
			if strings.Contains(arg.Text, "c") && !strings.HasPrefix(arg.Text, "--") {
				return ""
			}
			continue
		}
		return base(arg.Text)
	}
	return ""
}

// failing reports whether the application of a launch does not get to finish.
func failing(l *process.Launch) bool {
	return (l.Verdict == process.Ignored || l.Verdict == process.Lost) && !l.Idle
}

// A waiter is a shell on the way to the application that waits for what comes next and has no trap.
type waiter struct {
	shell, next *process.Process
	init        *process.Process // the init or launcher that the signal comes from, nil where it comes from outside
}

// waiters returns the shells that keep the stop signal from the application by waiting for it in the foreground.
func waiters(l *process.Launch) []waiter {
	if !failing(l) || l.Cause != process.ShellWaits && l.Cause != process.ShellDies {
		return nil
	}
	var found []waiter
	var front *process.Process
	for i, p := range l.Chain {
		switch {
		case p.Role == process.RoleInit || p.Role == process.RoleLauncher || p.Role == process.RoleSupervisor:
			front = p
		case p.Role == process.RoleShell && i+1 < len(l.Chain) && p.Waits == process.WaitsForChild && p.Trap.IsZero() && l.Chain[i+1].How != process.InBackground:
			found = append(found, waiter{p, l.Chain[i+1], front})
		}
	}
	return found
}

// inShellForm reports whether a shell runs the shell form of an instruction.
func inShellForm(l *process.Launch, p *process.Process) bool {
	return l.Script != nil && p.Script == l.Script && !l.ShellForm.IsZero()
}

// start returns the place where the container starts, as something related to a finding elsewhere.
func start(l *process.Launch, at parser.Span) []Related {
	if l.Origin.IsZero() || at.File == l.Origin.File && at.Start >= l.Origin.Start && at.End <= l.Origin.End {
		return inImage(l)
	}
	place := l.Origin
	if len(l.Argv) == 0 {
		return []Related{{Span: place, Message: "the container starts here"}}
	}
	if word := l.Argv[0].Span; word.File == place.File && word.Start > place.Start && word.End <= place.End {
		place = word
	}
	return append([]Related{{Span: place, Message: "the container starts here"}}, inImage(l)...)
}

// inImage points at the image that a manifest or a Compose file names: which shell it has decides.
func inImage(l *process.Launch) []Related {
	if l.ImageAt.IsZero() || l.Shell.String() == "" {
		return nil
	}
	return []Related{{Span: l.ImageAt, Message: "the image, whose shell is " + l.Shell.String()}}
}

// first returns the first word of a command: a place on one line, which is what a reader looks for.
func first(span parser.Span) parser.Span {
	if end := strings.IndexAny(span.Text(), " \t\r\n"); end > 0 {
		span.End = span.Start + end
	}
	return span
}

// effect says what becomes of the application.
func effect(l *process.Launch) string {
	signal := stopSignal(l)
	if l.App != nil && l.App.Told {
		return "is told by " + signal + " but killed before it has finished"
	}
	return "never receives " + signal
}

func stopSignal(l *process.Launch) string { return l.StopSignal().String() }

// branch says under which conditions a launch takes the way that a finding speaks of, as the end of a message.
func branch(l *process.Launch) string {
	if len(l.Branch) == 0 {
		return ""
	}
	last := l.Branch[len(l.Branch)-1]
	text := strings.TrimRight(strings.Join(strings.Fields(last.Span.Text()), " "), ";& ")
	if len(text) > 50 {
		text = text[:47] + "..."
	}
	if text == "" {
		return ""
	}
	return " where " + text + " is " + last.Taken
}

// facts returns the facts of a kind.
func facts(l *process.Launch, kind process.FactKind) []process.Fact {
	var found []process.Fact
	for _, f := range l.Facts {
		if f.Kind == kind {
			found = append(found, f)
		}
	}
	return found
}

// refusedSomething reports whether a launch fails because its shell does not know a construct, which shell-cannot speaks
// of: what follows from it needs no finding of its own.
func refusedSomething(l *process.Launch) bool {
	for _, f := range l.Facts {
		switch f.Kind {
		case process.SigPrefix, process.BadTrap, process.RefusedConstruct, process.SyntaxRefused:
			return true
		}
	}
	return false
}

// place is where a program is named: the first word of its command as it is written, the command that started it otherwise.
func place(p *process.Process) parser.Span {
	if len(p.Argv) > 0 && !p.Argv[0].Span.IsZero() {
		return p.Argv[0].Span
	}
	return first(p.Span)
}
