package process

import (
	"maps"
	"slices"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// A shell is the state of a process that reads a shell program.
type shell struct {
	id     image.Shell
	traits *traits
	script *parser.Script // what it was started with
	reads  []Read         // what it has read beside that
	env    environ
	frames []frame

	vars  sharedMap[string, variable]
	unset sharedMap[string, bool] // variables that are surely not set
	args  []parser.Word           // $1 and on
	more  bool                    // args may go on with words that are not known
	zero  parser.Word             // $0
	funcs sharedMap[string, function]

	traps       sharedMap[Signal, trap] // 0 is EXIT
	trapped     bool                    // a trap with an action was ever set
	exitTrapped bool                    // a trap on EXIT was ever set
	served      bool                    // it has waited since the last trap was set, for what may take its time: the trap could have run
	deaf        sigset                  // ignored when it started: traps on these have no effect
	pending     []Signal
	handling    Signal // the signal whose trap runs, 0 for none
	dying       Signal // a signal that it ends by as soon as it gets to it
	interrupted bool   // SIGINT came while a command ran in the foreground

	errexit, monitor bool
	quits            bool // zsh: trap - QUIT has undone that it ignores the signal
	excused          bool // zsh: what ran last was negated or a compound command: set -e does not look at a function that ends so
	nounset          bool
	status           int
	doubtful         bool // the status of the last command cannot be known
	lastJob          int
	jobs             []int
	front            []int         // what ran in the foreground when the EXIT trap began, which jobs lists as well
	main             int           // $$
	sub              bool          // a subshell
	forked           bool          // a subshell that is a process of its own
	parens           bool          // a subshell in parentheses
	pipes            map[int][]int // the parts of pipelines in the background, by their last one
	piped            bool          // a part of a pipeline
	jobless          bool          // jobs -p prints nothing here
	leaving          bool          // the EXIT trap runs, or has run
	exitWith         int
	depth            int                   // calls of functions and sourced files
	counts           sharedMap[any, count] // of loops
	steady           bool                  // it goes round in a loop for good
	loops            int
}

// A count is how often a loop went round.
type count struct {
	rounds int // in which nothing happened
	births int // progress at the last one
	time   int // when the last one began
	total  int
	stood  int // in a row that took no time
}

type variable struct {
	words    []parser.Word // one for a scalar
	array    bool
	exported bool
}

type function struct {
	body   *syntax.Stmt
	script *parser.Script
}

type trap struct {
	set  bool
	text string // "" is to ignore the signal
	span parser.Span
	word parser.Word
}

func (s *shell) clone() *shell {
	c := *s
	c.frames = append(make([]frame, 0, len(s.frames)+4), s.frames...) // it goes on
	c.vars = s.vars.share()
	c.unset = s.unset.share()
	c.funcs = s.funcs.share()
	c.traps = s.traps.share()
	c.pending = slices.Clone(s.pending)
	c.pipes = maps.Clone(s.pipes)
	c.jobs = slices.Clone(s.jobs)
	c.counts = s.counts.share()
	return &c
}

// An op is what a frame is there to do next.
type op uint8

const (
	opList       op = iota // run the statements
	opIf                   // the condition of if has run
	opAndOr                // the left side of && or || has run
	opLoop                 // a round of while is over, or its condition has run
	opFor                  // a round of for is over
	opNot                  // invert the status
	opAfter                // look at the status for set -e
	opExcuse               // zsh: a compound command is over
	opEval                 // mksh: an eval is over whose status set -e does not look at
	opReturn               // a function or sourced file is over
	opTrapEnd              // a trap is over
	opSubst                // run command substitutions
	opSimple               // run a simple command whose substitutions have run
	opUnreadable           // the script goes on with what cannot be parsed
	opJoin                 // two courses of events meet again
)

// A frame is one level of what a shell has still to do.
type frame struct {
	op     op
	script *parser.Script
	stmts  []*syntax.Stmt
	node   syntax.Node
	i      int
	tail   bool // the last command may take the place of the shell
	tested bool // set -e does not apply
	top    bool // the statements of a whole program: read line by line
	cond   bool // opLoop: the condition has run
	more   *unfinished
	join   *join
	saved  *saved
}

// unfinished is what a frame has still to go through.
type unfinished struct {
	words  []parser.Word      // opFor
	subs   []*syntax.CmdSubst // opSubst
	redirs []*syntax.Redirect // opSimple
}

// saved is what a frame puts back when it is over.
type saved struct {
	args     []parser.Word
	more     bool
	locals   map[string]*variable
	status   int
	doubtful bool
	handling Signal
	wait     waiting
	exit     *trap // zsh: the EXIT trap of a function, which runs when the function is over
}

// bash reports whether the shell is bash, under its own name or as sh.
func (s *shell) bash() bool { return s.id.Family == image.Bash || s.id.Family == image.BashSh }

// dash reports whether the shell is dash, as Debian and Ubuntu ship it or as others do.
func (s *shell) dash() bool { return s.id.Family == image.DashDebian || s.id.Family == image.Dash }

func (s *shell) push(f frame) {
	if s.frames == nil {
		s.frames = make([]frame, 0, 8) // few shells get deeper
	}
	s.frames = append(s.frames, f)
}

func (s *shell) pop() { s.frames = s.frames[:len(s.frames)-1] }

// keepsForTraps reports whether a trap is set that keeps the shell from becoming its last command.
func (s *shell) keepsForTraps() bool {
	switch s.traits.traps {
	case trapsSticky:
		return s.trapped
	case trapsExit:
		return s.traps.entries[0].set && s.traps.entries[0].text != ""
	}
	for _, t := range s.traps.entries {
		if t.set && (t.text != "" || s.traits.traps == trapsAny) {
			return true
		}
	}
	return false
}

// fork makes a child that goes on as a copy of the shell, with nothing to do yet.
func (w *world) fork(p *proc, how How, span parser.Span) *proc {
	c := w.spawn(p, how)
	c.span, c.argv = span, p.argv
	s := p.sh.clone()
	s.frames, s.pending, s.handling, s.leaving = nil, nil, 0, false
	s.sub, s.forked, s.parens, s.trapped, s.exitTrapped = true, true, false, false, false
	s.jobs = nil
	s.jobless = true
	s.steady = false
	for sig, t := range s.traps.entries {
		if t.text != "" {
			s.traps.delete(sig)
		}
	}
	c.sh = s
	return c
}

// detach turns a forked child into an asynchronous command.
func (w *world) detach(p, c *proc) {
	c.background = true
	if p.sh.monitor && p.sh.traits.noMonitor == monitorWorks {
		c.group = c.pid
	} else if !p.sh.monitor {
		for _, sig := range []Signal{SIGINT, SIGQUIT} {
			if t := p.sh.traps.entries[sig]; p.sh.traits.asyncHears && t.set {
				continue
			}
			c.ignored = c.ignored.with(sig)
			c.sh.deaf = c.sh.deaf.with(sig)
		}
	}
	p.sh.jobs = append(p.sh.jobs, c.pid)
	p.sh.lastJob = c.pid
	p.sh.status, p.sh.doubtful = 0, false
}

// step lets a shell do one thing. It returns the courses that events can take where they part, nil where they do not.
func (w *world) step(p *proc) []*world {
	s := p.sh
	if s.dying != 0 && !s.leaving {
		sig := s.dying
		s.frames = nil
		if t := s.traps.entries[0]; !t.set || t.text == "" || s.id.Family == image.Ash {
			if s.traits.fatal && sig == SIGTERM {
				// It passes the signal to its group on its way out, and waits for nobody.
				for _, q := range slices.Clone(w.procs) {
					if q != p && q.alive && q.group == p.group {
						q.reach(sig, p.pid)
						if q.handles(sig) {
							q.told = true
						} else if !q.ignored.has(sig) && q.sh == nil {
							w.finish(q, 128+int(sig), sig, ByDefault, "")
						}
					}
				}
			}
			w.finish(p, 128+int(sig), sig, ByDefault, "")
			return nil
		}
		w.leave(p, 128+int(sig))
		return nil
	}
	if len(s.frames) == 0 {
		if !w.runTrap(p) {
			w.leave(p, s.status)
		}
		return nil
	}
	f := &s.frames[len(s.frames)-1]
	switch f.op {
	case opList:
		if w.runTrap(p) {
			return nil
		}
		if f.i >= len(f.stmts) {
			s.pop()
			return nil
		}
		if f.top && !w.readable(p, f) {
			return nil
		}
		stmt, script := f.stmts[f.i], f.script
		tail := f.tail && f.i == len(f.stmts)-1 && s.mayEnd(f)
		f.i++
		return w.statement(p, script, stmt, tail, f.tested)
	case opIf:
		return w.stepIf(p, *f)
	case opAndOr:
		return w.stepAndOr(p, *f)
	case opLoop:
		return w.stepLoop(p, f)
	case opFor:
		w.stepFor(p, f)
	case opNot:
		s.pop()
		if s.status == 0 {
			s.status = 1
		} else {
			s.status = 0
		}
		s.excused = s.id.Family == image.Zsh
	case opExcuse:
		s.pop()
		s.excused = true
	case opAfter:
		if !s.errexit {
			s.pop()
			return nil
		}
		if s.id.Family != image.Mksh && w.runTrap(p) {
			return nil
		}
		s.pop()
		if s.doubtful {
			s.status, s.doubtful = 0, false
		}
		if s.status != 0 && !s.excused {
			w.giveUp(p)
		}
	case opEval:
		s.pop()
	case opReturn:
		saved := f.saved
		s.args, s.more = saved.args, saved.more
		onReturn := saved.exit
		for name, v := range saved.locals {
			if v == nil {
				s.vars.delete(name)
			} else {
				s.vars.set(name, *v)
			}
		}
		s.depth--
		s.pop()
		if onReturn != nil {
			w.startTrap(p, 0, *onReturn, waiting{})
		}
	case opTrapEnd:
		saved := f.saved
		s.status, s.doubtful, s.handling = saved.status, saved.doubtful, saved.handling
		s.pop()
		if saved.wait.kind != notWaiting {
			w.resumeWait(p, saved.wait)
		}
	case opSubst:
		if f.i >= len(f.more.subs) {
			s.pop()
			return nil
		}
		sub := f.more.subs[f.i]
		f.i++
		script := f.script
		c := w.fork(p, AsChild, script.NodeSpan(sub))
		// bash leaves set -e out of a substitution unless it runs as sh, and busybox ash always does.
		c.sh.errexit = s.errexit && s.id.Family != image.Bash && s.id.Family != image.Ash
		c.sh.push(frame{op: opList, script: script, stmts: sub.Stmts, tail: true, tested: f.tested && (s.id.Family == image.Zsh || s.id.Family == image.BashSh)})
		p.wait = waiting{kind: forChild, pids: []int{c.pid}}
		w.wake(c)
	case opSimple:
		call := f.node.(*syntax.CallExpr)
		g := *f
		s.pop()
		return w.simple(p, g.script, call, g.more.redirs, g.tail, g.tested, true)
	case opUnreadable:
		s.pop()
		w.become(p, p.argv, program{kind: opaque, name: name(p), caught: handled,
			doubt: &Gap{f.script.Whole, "the script cannot be parsed: " + f.script.Err.Error()}})
	case opJoin:
		w.joined = f.join
		s.pop()
	}
	return nil
}

// mayEnd reports whether the statement that a list frame is about to run may take the place of the shell, going by what
// stands before it in the list.
func (s *shell) mayEnd(f *frame) bool {
	if f.i == 0 {
		return true
	}
	previous := f.stmts[f.i-1]
	if f.top && previous.End().Line() < f.stmts[f.i].Pos().Line() {
		return true // a line of its own is read on its own
	}
	if previous.Background {
		return s.mayStay(s.traits.after, false)
	}
	if _, andOr := f.stmts[f.i].Cmd.(*syntax.BinaryCmd); andOr && s.bash() && !s.sub {
		return false // bash does not look into a && b behind another command of the same line
	}
	return s.mayStay(s.traits.list, true)
}

// giveUp is what set -e does with a command that failed.
func (w *world) giveUp(p *proc) {
	s := p.sh
	for i := len(s.frames) - 1; i >= 0; i-- {
		if s.frames[i].op == opEval { // mksh sees what fails in an eval, but only gives up the eval
			s.frames = s.frames[:i]
			return
		}
	}
	if s.id.Family != image.Zsh {
		s.exitWith = s.status // in a trap on EXIT too
	}
	w.leave(p, s.status)
}

// leave lets a shell exit: its EXIT trap runs first.
func (w *world) leave(p *proc, status int) {
	s := p.sh
	if t := s.traps.entries[0]; t.set && t.text != "" && !s.leaving {
		s.leaving, s.exitWith = true, status
		s.frames, s.status, s.doubtful = nil, status, false
		p.wait = waiting{}
		s.dying = 0
		if script := w.m.inner(t.text, t.word); script.Tree != nil {
			s.push(frame{op: opList, script: script, stmts: script.Tree.Stmts})
			w.wake(p)
			return
		}
	}
	if s.leaving {
		status = s.exitWith
	}
	w.exit(p, status&0xff)
}

// runTrap starts the trap of a signal that has come. It reports whether it did.
func (w *world) runTrap(p *proc) bool {
	s := p.sh
	for len(s.pending) > 0 && s.handling == 0 {
		sig := s.pending[0]
		s.pending = s.pending[1:]
		t := s.traps.entries[sig]
		if !t.set || t.text == "" {
			continue
		}
		w.startTrap(p, sig, t, waiting{})
		return true
	}
	return false
}

func (w *world) startTrap(p *proc, sig Signal, t trap, resume waiting) {
	s := p.sh
	s.push(frame{op: opTrapEnd, saved: &saved{status: s.status, doubtful: s.doubtful, handling: s.handling, wait: resume}})
	s.handling = sig
	script := w.m.inner(t.text, t.word)
	if script.Tree == nil {
		s.status = s.traits.refuse
		return
	}
	s.push(frame{op: opList, script: script, stmts: script.Tree.Stmts})
	w.births++
}

// resumeWait lets a shell go on waiting for what it waited for before a trap ran.
func (w *world) resumeWait(p *proc, wait waiting) {
	if wait.kind == spinning || wait.kind == inRead {
		p.wait = wait
		return
	}
	for _, pid := range wait.pids {
		if q := w.proc(pid); q != nil && q.alive {
			p.wait = wait
			return
		}
	}
}

// shellSignal is what a shell does with a signal. It returns false where it leaves it to the default action.
func (w *world) shellSignal(p *proc, sig Signal) bool {
	s := p.sh
	if t := s.traps.entries[sig]; t.set && t.text != "" {
		if s.handling == sig {
			// The signal that the trap sends starts the trap again, until the stack overflows.
			w.finish(p, 128+int(SIGSEGV), SIGSEGV, Finished, "the trap on "+sig.String()+" sends the signal to the shell itself, which starts the trap again until the shell crashes")
			return true
		}
		if !slices.Contains(s.pending, sig) {
			s.pending = append(s.pending, sig)
		}
		switch p.wait.kind {
		case inWait, spinning:
			s.status, s.doubtful = 128+int(sig), false
			p.wait = waiting{}
			w.wake(p)
		case inRead:
			wait := p.wait
			p.wait = waiting{}
			if s.traits.readBreaks && !(wait.open && s.id.Family == image.Zsh) {
				s.status, s.doubtful = 128+int(sig), false
			} else {
				// The trap runs, and read goes on.
				s.pending = slices.DeleteFunc(s.pending, func(n Signal) bool { return n == sig })
				w.startTrap(p, sig, t, wait)
			}
			w.wake(p)
		}
		return true
	}
	if s.traits.quitDeaf && sig == SIGQUIT && !s.forked && !s.quits {
		return true
	}
	if s.traits.catchesInt && sig == SIGINT && p.wait.kind == inWait {
		s.frames = nil
		p.wait = waiting{}
		w.leave(p, 128+int(SIGINT))
		return true
	}
	if s.traits.hupEnds && sig == SIGHUP {
		s.frames = nil
		p.wait = waiting{}
		w.leave(p, 1)
		return true
	}
	if s.leaving && s.exitTrapped && s.traits.exitTrap == exitTrapEnds && (sig == SIGTERM || sig == SIGHUP || sig == SIGINT) {
		w.finish(p, 128+int(sig), 0, Finished, "")
		return true
	}
	if s.traits.fatal && (sig == SIGTERM || sig == SIGHUP || sig == SIGINT || sig == SIGQUIT) {
		if s.leaving && !w.m.isInit(p) {
			w.finish(p, 128+int(sig), sig, ByDefault, "")
			return true
		}
		if n := len(s.frames); s.errexit && p.wait.kind == inWait && n > 0 && s.frames[n-1].op == opAfter {
			// set -e ends it on the status of the wait, before it gets to the signal or to a trap on EXIT.
			w.finish(p, 128+int(sig), 0, Finished, "")
			return true
		}
		s.dying = sig
		if sig == SIGHUP && p.wait.kind == forChild {
			defer w.sendAs(p)()
			for _, pid := range p.wait.pids {
				w.kill(w.proc(pid), sig)
			}
		}
		if p.wait.kind == inWait || p.wait.kind == spinning || p.wait.kind == inRead {
			p.wait = waiting{}
			w.wake(p)
		}
		return true
	}
	if sig == SIGINT && p.wait.kind == forChild && (!w.m.isInit(p) || s.traits.catchesInt || s.exitTrapped && s.bash()) {
		// A shell leaves an interrupt to the command in the foreground first.
		s.interrupted = true
		for _, pid := range p.wait.pids {
			if q := w.proc(pid); s.id.Family == image.Zsh && q != nil && !q.alive && q.signal == SIGINT {
				s.dying = SIGINT
				p.wait = waiting{}
				w.wake(p)
				break
			}
		}
		return true
	}
	if s.exitTrapped && !s.leaving && !s.sub && (sig == SIGTERM || sig == SIGHUP || sig == SIGINT) && s.traits.exitTrap != exitTrapNothing {
		return w.exitTrapOn(p, sig)
	}
	return false
}

// exitTrapOn is what bash and ksh do with a signal that would end them while an EXIT trap is, or in bash was, set.
func (w *world) exitTrapOn(p *proc, sig Signal) bool {
	s := p.sh
	t := s.traps.entries[0]
	switch {
	case !w.m.isInit(p) || s.traits.exitTrap == exitTrapEnds:
		if !t.set || t.text == "" {
			w.finish(p, 128+int(sig), 0, Finished, "")
			return true
		}
		s.frames = nil
		if p.wait.kind == forChild {
			s.front = p.wait.pids
		}
		w.leave(p, 128+int(sig))
	case t.set && t.text != "":
		wait := p.wait
		if s.id.Family == image.Ksh93 {
			wait = waiting{kind: spinning}
		}
		p.wait = waiting{}
		s.traps.delete(0)
		w.startTrap(p, 0, t, wait)
		s.handling = sig
		w.wake(p)
	}
	return true
}

// shellChildEnded tells a shell that a child of it has ended.
func (w *world) shellChildEnded(p, child *proc) {
	s := p.sh
	child.reaped = true
	if s.id.Family == image.Zsh && s.interrupted {
		s.dying = SIGINT
		p.wait = waiting{}
		w.wake(p)
		return
	}
	if p.wait.kind != forChild && p.wait.kind != inWait || !slices.Contains(p.wait.pids, child.pid) {
		return
	}
	if !p.wait.any {
		for _, pid := range p.wait.pids {
			if q := w.proc(pid); q != nil && q.alive {
				return
			}
		}
	}
	last := child
	if !p.wait.any {
		last = w.proc(p.wait.pids[len(p.wait.pids)-1])
	}
	s.status, s.doubtful = last.status, last.endWhy == supposed
	waited := p.wait.pids
	s.served = s.served || len(s.traps.entries) > 0 && (p.wait.kind == inWait || last.prog.kind != passing)
	if p.wait.kind == inWait {
		s.jobs = slices.DeleteFunc(s.jobs, func(pid int) bool { return slices.Contains(waited, pid) && !w.proc(pid).alive })
	}
	p.wait = waiting{}
	w.wake(p)
	if s.interrupted {
		s.interrupted = false
		if !s.bash() || last.end == ByDefault && len(waited) == 1 {
			s.dying = SIGINT
		}
	}
}

// supposed marks the end of a process that the model only tries out.
const supposed = "supposed"
