package process

import (
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

// readSource adds to what is known of an application what its source says. What is known of a server by its name goes first.
func (w *world) readSource(p *proc, argv []parser.Word, file string, prog program) program {
	reader, ok := w.m.files.(SourceReader)
	if !ok || prog.kind != application || prog.server != nil || p.hook {
		return prog
	}
	source := reader.Behaviour(programs.Command{File: file, Args: parser.Texts(argv), Dir: p.dir})
	if source == nil {
		return prog
	}
	abrupt, deaf, none := sigset(source.Abrupt), sigset(source.Deaf), sigset(source.None)
	prog.source = source
	prog.caught = (prog.caught | sigset(source.Graceful)) &^ (abrupt | deaf | none)
	prog.abrupt, prog.deaf = abrupt, deaf
	switch sig := w.m.stopSignal(); {
	case (abrupt | deaf | none).has(sig):
		prog.handler, prog.why = "", source.Why
	case sigset(source.Graceful).has(sig):
		prog.handler, prog.why = "", ""
	}
	return prog
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
