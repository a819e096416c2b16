package process

import (
	"path"
	"strings"

	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

// A SourceReader is a Files that knows the source of programs of the image.
type SourceReader interface {
	// Behaviour returns what the source of a program says that it does with signals; nil where it is not known. The same program is
	// asked for again and again.
	Behaviour(c programs.Command) *programs.Behaviour
}

// A Source is what the source of a program says that it does with signals.
type Source = programs.Behaviour

// A SourceFact is something in the source of a program that a rule may find.
type SourceFact = programs.Fact

// SourceFactKind tells them apart.
type SourceFactKind = programs.FactKind

// The kinds of facts in the source of a program.
const (
	Uncatchable       = programs.Uncatchable
	UnbufferedChannel = programs.UnbufferedChannel
	SignalLeftOut     = programs.SignalLeftOut
	ExitsUndrained    = programs.ExitsUndrained
)

// startedWith returns what a process is started with.
func startedWith(p *proc, file string, argv []parser.Word) programs.Command {
	return programs.Command{File: file, Args: parser.Texts(argv), Dir: p.dir, Getenv: func(name string) string {
		value, set := p.env.get(name)
		switch {
		case !set:
			return ""
		case !value.Known:
			return programs.Unresolved
		}
		return value.Text
	}}
}

// builtFromSource reports whether a program is the project's own, whatever else is called so: traefik/whoami is no utility.
func (w *world) builtFromSource(p *proc, argv []parser.Word, entry Entry) bool {
	reader, ok := w.m.files.(SourceReader)
	return ok && entry.Kind == Program && strings.HasPrefix(argv[0].Text, "/") && reader.Behaviour(startedWith(p, argv[0].Text, argv)) != nil
}

// readSource adds to what is known of an application what its source says. What is known of a server by its name goes first.
func (w *world) readSource(p *proc, argv []parser.Word, file string, prog program) program {
	reader, ok := w.m.files.(SourceReader)
	if !ok || prog.kind != application || prog.server != nil || p.hook {
		return prog
	}
	source := reader.Behaviour(startedWith(p, file, argv))
	if source == nil {
		return prog
	}
	abrupt, deaf, none := sigset(source.Abrupt), sigset(source.Deaf), sigset(source.None)
	prog.source = source
	prog.caught = (prog.caught | sigset(source.Graceful)) &^ (abrupt | deaf | none)
	prog.abrupt, prog.deaf = abrupt, deaf
	switch sig := w.m.stopSignal(); {
	case (abrupt | deaf | none).has(sig):
		prog.none, prog.ends, prog.why = 0, 0, source.Why
	case sigset(source.Graceful).has(sig):
		prog.none, prog.ends, prog.why = 0, 0, ""
	}
	return prog
}

// startFromSource lets a process run the command that its source starts as its last act: as its child, to which it passes no signal
// on, or in its own place.
//
// Source: measured, CPython 3.11 and 3.13: SIGINT raises KeyboardInterrupt while it waits, which ends it at once; system(3) ignores it.
// Node 20.20 has no handler for any signal.
func (w *world) startFromSource(p *proc, argv []parser.Word, source *Source) *Failure {
	started := source.Starts
	command := started.Args
	if started.Shell {
		shell := parser.Word{Text: "/bin/sh", Span: command[0].Span, Known: true}
		command = []parser.Word{shell, {Text: "-c", Span: command[0].Span, Known: true}, command[0]}
	}
	if p.nested++; p.nested > maxDepth {
		w.become(p, argv, program{kind: opaque, caught: handled, doubt: &Gap{started.Span, "it starts itself again and again"}})
		return nil
	}
	if started.Exec {
		return w.exec(p, command, byLibc)
	}
	launcher := &programs.Launcher{Why: source.Why}
	r := relay{name: path.Base(argv[0].Text), role: RoleLauncher, launcher: launcher, source: source, status: -1}
	if started.Stops {
		r.passes = r.passes.with(SIGINT)
		if !started.Shell {
			r.dies = r.passes
		}
		r.change(SIGINT, 0)
	}
	return w.startRelay(p, argv, r, command)
}

// Sources returns the processes of a launch whose source was read, PID 1 first.
func (l *Launch) Sources() []*Process {
	var found []*Process
	var look func(p *Process)
	look = func(p *Process) {
		if p.Source != nil {
			found = append(found, p)
		}
		for _, child := range p.Children {
			look(child)
		}
	}
	if l.Root != nil {
		look(l.Root)
	}
	return found
}
