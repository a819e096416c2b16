package process

import (
	"slices"

	"github.com/pid1lint/pid1lint/parser"
)

// A world is one course of events: every process of the container at one moment of model time.
type world struct {
	m           *machine
	now         int     // milliseconds since the container started
	procs       []*proc // procs[pid-1]
	ready       []int   // pids that can go on, in the order in which they became ready
	choices     []Choice
	last        []*world            // where this course came to rest last, if what runs there should turn out to be set-up
	seen        sharedMap[any, int] // the commands at which it came to rest
	sources     map[*proc]*proc     // for a filter: the process that writes to it
	stopAt      int                 // when the stop signal was sent, or the hook before it was begun; -1 before
	killAt      int                 // when the grace period is over
	outside     bool                // the signal that is being sent comes from outside of the container
	hook        int                 // the pid of the hook while it runs; 0 otherwise
	hookTook    int                 // how long it ran
	hookLate    bool                // it still ran when the grace period was over
	hookFailure *Failure
	sender      int   // who sends signals now; 0 for the container runtime
	ended       bool  // PID 1 has ended
	joined      *join // the join that was reached
	parting     *join // the join at which courses that part here meet again
	births      int   // counts what makes progress: processes started, traps set, variables changed
	steps       int
	nothing     bool              // an exec had nothing to run: a command was to be given
	since       int               // simple commands that were run since it came to rest last
	trail       int               // for a rest: how many followed until the end
	controls    []Gap             // programs that a trap runs, which may tell the application by ways that are not followed
	written     map[string]string // files that echo wrote, by path: PID files
	pipes       map[string]bool   // named pipes that were made, by path
	descriptors map[string]bool   // descriptors that are open on a named pipe
	unbound     string            // a variable that is not set and was used under set -u
	doubts      []Gap             // what this course rests on without knowing it
	final       bool              // it has come to rest for good: nothing follows, or nothing but a good end
	passed      bool              // a later rest follows from this one
	failure     *Failure          // the last command that could not be started
	fronted     int               // the program of a supervisor that was looked at last for set-up
	back        int               // the program of a supervisor that has ended and was taken for set-up wrongly
}

// sigset is a set of signals, bit n for signal n.
type sigset uint64

func (s sigset) has(n Signal) bool       { return n > 0 && n < 64 && s>>uint(n)&1 == 1 }
func (s sigset) with(n Signal) sigset    { return s | 1<<uint(n&63) }
func (s sigset) without(n Signal) sigset { return s &^ (1 << uint(n&63)) }

// A proc is one process of a world.
type proc struct {
	pid, parent int
	group       int
	session     int
	argv        []parser.Word
	span        parser.Span // the command that started it
	how         How
	ignored     sigset
	dir         string // working directory, "" where not known
	sh          *shell // for a shell
	prog        program
	relay       *relay // for an init or a launcher
	timer       int    // when it ends or acts by itself; -1 for never
	alive       bool
	reaped      bool
	status      int // exit status, 128 + signal where a signal ended it
	signal      Signal
	end         End
	endWhy      string
	reached     sigset // signals that were delivered to it since the stop signal was sent, whatever became of them
	teller      int    // who sent the first of them; 0 for the container runtime
	told        bool   // it handles the stop signal now
	hook        bool   // the hook before the stop signal started it
	hooked      sigset // signals that were delivered to it while the hook ran
	wait        waiting
	birth       int    // its place in the order of starts
	node        any    // the syntax node that started it
	from        []Read // what the shell has read that it was before
	env         environ
	background  bool
	daemon      bool           // it went into the background by itself
	serves      bool           // it writes or reads one end of <( ) or >( ): it ends when the command at the other end has
	limited     bool           // timeout ends it after a while, or the one that started it
	user        string         // who it runs as: "" and "root" for root, "?" where that is not known
	input       *parser.Script // what a shell without arguments reads: a here-document
	nested      int            // how many scripts have started each other to get here
}

// waiting says what a process waits for.
type waiting struct {
	kind waitKind
	pids []int
	open bool        // what is read from is open already
	any  bool        // one of pids is enough
	span parser.Span // the command that waits: wait, read
}

type waitKind uint8

const (
	notWaiting waitKind = iota
	forChild            // a foreground command
	inWait              // the builtin wait, which a trapped signal interrupts
	inRead              // a read that never returns
	spinning            // a loop that neither waits nor ends
)

func (w *world) proc(pid int) *proc {
	if pid < 1 || pid > len(w.procs) {
		return nil
	}
	return w.procs[pid-1]
}

// clone returns a world that goes its own way from here.
func (w *world) clone() *world {
	c := *w
	w.m.steps += (len(w.procs) + len(w.seen.entries)) / 16 // to copy takes time and memory, too
	c.procs = make([]*proc, len(w.procs))
	for i, p := range w.procs {
		if !p.alive && p.reaped { // nothing happens to it any more
			c.procs[i] = p
			continue
		}
		q := *p
		if p.sh != nil {
			q.sh = p.sh.clone()
			w.m.steps += (len(p.sh.frames) + len(p.sh.vars.entries)) / 4
		}
		if p.relay != nil {
			r := *p.relay
			r.team = r.team.clone()
			q.relay = &r
		}
		c.procs[i] = &q
	}
	c.sources = nil
	for filter, source := range w.sources {
		if c.sources == nil {
			c.sources = map[*proc]*proc{}
		}
		c.sources[c.procs[filter.pid-1]] = c.procs[source.pid-1]
	}
	c.ready = slices.Clone(w.ready)
	c.choices = slices.Clip(w.choices)
	c.last = slices.Clip(w.last)
	c.doubts = slices.Clip(w.doubts)
	c.controls = slices.Clip(w.controls)
	c.seen = w.seen.share()
	return &c
}

// spawn makes a child of parent that has not started anything yet.
func (w *world) spawn(parent *proc, how How) *proc {
	p := &proc{pid: len(w.procs) + 1, timer: -1, alive: true, how: how, birth: len(w.procs)}
	if parent == nil {
		p.group, p.session = p.pid, p.pid
		p.how = ByExec
	} else {
		p.parent, p.group, p.session = parent.pid, parent.group, parent.session
		p.ignored, p.dir, p.span, p.env, p.nested, p.user = parent.ignored, parent.dir, parent.span, parent.env, parent.nested, parent.user
		p.hook, p.serves, p.limited = parent.hook, parent.serves, parent.limited
	}
	w.procs = append(w.procs, p)
	return p
}

// wake puts a process into the queue of those that can go on.
func (w *world) wake(p *proc) {
	if p.alive && !slices.Contains(w.ready, p.pid) {
		w.ready = append(w.ready, p.pid)
	}
}

// exit ends a process by itself with a status.
func (w *world) exit(p *proc, status int) { w.finish(p, status, 0, Finished, "") }

// finish ends a process, hands its children to PID 1, and tells its parent.
func (w *world) finish(p *proc, status int, sig Signal, end End, why string) {
	if !p.alive {
		return
	}
	p.alive, p.status, p.signal, p.end, p.endWhy, p.timer = false, status, sig, end, why, -1
	p.wait = waiting{}
	if i := slices.Index(w.ready, p.pid); i >= 0 {
		w.ready = slices.Delete(w.ready, i, i+1)
	}
	if p.pid == 1 {
		w.ended = true
		w.ready = nil
		for _, q := range w.procs {
			if q.alive {
				q.alive, q.status, q.signal, q.end, q.timer = false, 128+int(SIGKILL), SIGKILL, Killed, -1
				q.endWhy = "killed by the kernel, because PID 1 has ended"
			}
		}
		return
	}
	for _, q := range w.procs {
		if q.parent == p.pid && q != p && !q.reaped {
			q.parent = 1
			if !q.alive {
				q.reaped = true
			} else if w.procs[0].relay != nil && w.procs[0].relay.waitsForAll {
				continue
			}
		}
		if w.sources[q] == p && q.alive && q.sh == nil && q.prog.kind == filter {
			// The end of its input ends a filter.
			w.exit(q, 0)
		}
	}
	if w.ended {
		return
	}
	if p.pid == w.hook {
		w.deliver()
		return
	}
	parent := w.proc(p.parent)
	if parent == nil || !parent.alive {
		return
	}
	switch {
	case parent.relay != nil:
		w.relayChildEnded(parent, p)
	case parent.sh != nil:
		w.shellChildEnded(parent, p)
	}
}

// kill sends a signal to one process, from inside the container or, for the stop signal, from outside: PID 1 does not
// get what it has no handler for in either case (signal(7), pid_namespaces(7)).
func (w *world) kill(p *proc, sig Signal) {
	if !p.alive || sig == 0 {
		return
	}
	if w.stopAt >= 0 {
		p.reach(sig, w.sender)
		if w.hook != 0 {
			p.hooked = p.hooked.with(sig)
		}
	}
	if sig == SIGKILL || sig == SIGSTOP {
		switch {
		case sig == SIGSTOP:
		case p.pid != 1:
			w.finish(p, 128+int(SIGKILL), SIGKILL, Killed, "killed by SIGKILL")
		case w.outside:
			w.finish(p, 128+int(SIGKILL), SIGKILL, ByDefault, "killed by SIGKILL")
		}
		return
	}
	if p.ignored.has(sig) && !p.handles(sig) {
		return
	}
	switch {
	case p.sh != nil && w.shellSignal(p, sig):
	case p.relay != nil && w.relaySignal(p, sig):
	case p.sh == nil && p.relay == nil && w.programSignal(p, sig):
	case w.m.isInit(p) || !sig.terminates():
	default:
		w.finish(p, 128+int(sig), sig, ByDefault, "the default action of "+sig.String()+" ends it")
	}
}

// reach notes that a signal was delivered to a process, and by whom.
func (p *proc) reach(sig Signal, sender int) {
	if p.reached == 0 {
		p.teller = sender
	}
	p.reached = p.reached.with(sig)
}

// sendAs lets signals come from a process until the function that it returns is called.
func (w *world) sendAs(p *proc) (restore func()) {
	before := w.sender
	w.sender = p.pid
	return func() { w.sender = before }
}

// handles reports whether a program installs its own handler, which takes the place of an inherited "ignore".
func (p *proc) handles(sig Signal) bool {
	switch {
	case p.sh != nil:
		return p.sh.traps.entries[sig].set && p.sh.traps.entries[sig].text != ""
	case p.relay != nil:
		return p.relay.handles(sig)
	}
	return p.prog.handles(sig)
}

// killGroup sends a signal to every process of a group.
func (w *world) killGroup(group int, sig Signal) {
	// The signal reaches all of them at once: children get it before the end of a parent can end the container.
	for _, p := range slices.Backward(slices.Clone(w.procs)) {
		if p.group == group {
			w.kill(p, sig)
		}
	}
}

// killAll is kill(-1): every process but the caller and PID 1.
func (w *world) killAll(caller *proc, sig Signal) {
	for _, p := range slices.Backward(slices.Clone(w.procs)) {
		if p != caller && p.pid != 1 {
			w.kill(p, sig)
		}
	}
}

// nextTimer returns the process whose time comes next, nil where there is none.
func (w *world) nextTimer() *proc {
	var next *proc
	for _, p := range w.procs {
		// Of those that end at the same time the youngest comes first: its elders may be who waits for it.
		if p.alive && p.timer >= 0 && (next == nil || p.timer <= next.timer) {
			next = p
		}
	}
	return next
}

// expireAll lets the time of all come that end at the same moment, before anybody reacts to it.
func (w *world) expireAll(at int) {
	for t := w.nextTimer(); t != nil && t.timer == at; t = w.nextTimer() {
		w.expire(t)
		if w.ended {
			return
		}
	}
}

// expire lets the time of a process come.
func (w *world) expire(p *proc) {
	w.now = max(w.now, p.timer)
	p.timer = -1
	if p.relay != nil {
		w.relayTimer(p)
		return
	}
	w.exit(p, p.prog.status)
}

// trim forgets the youngest processes that have ended and that nobody asks for any more: courses that ran a command on
// their way and courses that did not are alike then.
func (w *world) trim() {
	for n := len(w.procs); w.stopAt < 0 && n > 1; n-- {
		p := w.procs[n-1]
		if p.alive || !p.reaped {
			return
		}
		for _, q := range w.procs[:n-1] {
			if slices.Contains(q.wait.pids, p.pid) || q.sh != nil && (q.sh.lastJob == p.pid || slices.Contains(q.sh.jobs, p.pid)) {
				return
			}
			if q.relay != nil && q.relay.team != nil && q.relay.team.member(p.pid) >= 0 {
				return
			}
		}
		delete(w.sources, p)
		w.procs = w.procs[:n-1]
	}
}
