package process

import programs "github.com/pid1lint/pid1lint/internal/program"

// cleanup is how long an application of the model needs to finish after the signal. Measured runs used 300 ms; only its
// order beside sleeps and grace periods matters.
const cleanup = 300

// A program is what the model knows of a process that is neither a shell nor an init.
type program struct {
	kind    programKind
	name    string
	caught  sigset // signals that make it finish its work and end
	abrupt  sigset // signals that it handles by ending at once, work undone
	deaf    sigset // signals that it handles without ending
	status  int    // exit status when it ends by itself
	doubt   *Gap   // why it is not known what it is
	vague   bool   // opaque: not even its name is known
	brief   bool   // there is no work in it that a signal could meet
	oneShot bool
	stays   bool   // it is known to live until it is stopped, and is never set-up
	why     string // a clause on what the signal does to it, with its source
	needs   int    // milliseconds it needs to finish; 0 for the default
	server  *programs.Server
	quits   sigset              // signals that its configuration makes graceful
	handler string              // the script or module that has to handle the signal, for a runtime that does not
	none    sigset              // signals that the runtime ignores as PID 1 where its script does not handle them
	ends    sigset              // signals that end the runtime at once where its script does not handle them
	helper  bool                // it serves others: it is an application only where there is no other
	source  *programs.Behaviour // what its source says; nil where that is not known
}

type programKind uint8

const (
	nothing     programKind = iota // has not become a program yet
	application                    // lives until it is stopped, for all that is known
	idle                           // sleep, tail -f: lives, but does no work
	filter                         // tee, cat: lives as long as its input
	passing                        // ends at once: mkdir, chown
	opaque                         // what it is cannot be known
	daemon                         // an application that goes into the background by itself
)

func (p program) handles(sig Signal) bool {
	return p.caught.has(sig) || p.abrupt.has(sig) || p.deaf.has(sig)
}

// programSignal lets a program handle a signal. It returns false where the program has no handler for it.
func (w *world) programSignal(p *proc, sig Signal) bool {
	switch {
	case p.prog.caught.has(sig):
		if !p.told {
			p.told = true
			p.timer = w.now + w.finishing(p)
		}
		return true
	case p.prog.abrupt.has(sig):
		w.finish(p, 0, sig, ByDefault, p.prog.why)
		return true
	case p.prog.deaf.has(sig):
		return true
	}
	return false
}

// handled is the set of signals for which an application of which nothing is known is taken to finish its work.
const handled sigset = 1<<SIGINT | 1<<SIGQUIT | 1<<SIGTERM
