package process

import programs "github.com/pid1lint/pid1lint/internal/program"

// A relay is a program that runs another one as its child and stands between it and the signal: an init, a launcher.
type relay struct {
	name        string
	role        Role
	child       int
	passes      sigset            // signals that it handles; others have their default action
	rewrite     map[Signal]Signal // what it sends instead; 0 for nothing
	group       bool              // it signals the process group of the child
	everyone    bool              // it signals every process of the container
	waitsForAll bool              // it stays until the last process has ended
	tellsRest   bool              // when the child has ended it sends SIGTERM to what is left, and does not wait
	killAfter   int               // milliseconds after which it kills the child; 0 for never
	leaves      bool              // it ends as soon as it has passed the signal on
	dies        sigset            // signals on which it ends at once
	stays       bool              // it does not end with its child
	launcher    *programs.Launcher
	source      *Source  // what the source of a script says that starts the child; nil for others
	limits      bool     // it ends the child after a while, whatever that does
	sits        bool     // it stays until killAfter is over, even if the child has ended
	status      int      // exit status that it leaves with; -1 for that of the child
	refuses     string   // an option that it does not know and ends with; "" for none
	failStatus  int      // exit status where the command cannot be started; 0 for that of a shell
	switchers   []string // for su and runuser: what the image has that could take their place
	user        string   // who the child runs as; empty for the same
	leads       bool     // it makes a process group of its own and its child
	ownGroup    bool     // the child gets a process group of its own
	ownSession  bool     // and a session

	waitsForGroup bool  // it stays until the last process of the child's group has ended
	team          *team // the programs of a supervisor; nil for others
	slack         int   // of a supervisor, see team
}

// everySignal is what an init forwards. Source: tini 0.19.0 main.c (all but SIGCHLD and the synchronous ones), dumb-init
// 1.2.5 dumb-init.c (1 to 31), catatonit 0.1.7.
const everySignal = ^sigset(0) &^ (1<<SIGCHLD | 1<<SIGSEGV)

func (r *relay) handles(sig Signal) bool { return r.passes.has(sig) }

func (w *world) relaySignal(p *proc, sig Signal) bool {
	defer w.sendAs(p)()
	r := p.relay
	if r.team != nil {
		return w.teamSignal(p, sig)
	}
	if !r.passes.has(sig) {
		return false
	}
	send, changed := r.rewrite[sig]
	if !changed {
		send = sig
	}
	if send != 0 {
		child := w.proc(r.child)
		switch {
		case r.everyone:
			w.killAll(p, send)
		case child == nil:
		case r.group:
			w.killGroup(child.group, send)
		default:
			w.kill(child, send)
		}
	}
	if !p.alive {
		return true
	}
	if r.killAfter > 0 && p.timer < 0 {
		p.timer = w.now + r.killAfter
	}
	if r.leaves || r.dies.has(sig) {
		w.exit(p, 128+int(sig))
	}
	return true
}

// change lets a relay send another signal than the one that it gets; 0 for none.
func (r *relay) change(sig, as Signal) {
	if r.rewrite == nil {
		r.rewrite = map[Signal]Signal{}
	}
	r.rewrite[sig] = as
}

func (w *world) relayTimer(p *proc) {
	if p.relay.team != nil {
		w.teamTimer(p)
		return
	}
	if p.relay.waitsForGroup {
		w.awaitGroup(p)
		return
	}
	if child := w.proc(p.relay.child); child != nil && child.alive {
		w.finish(child, 128+int(SIGKILL), SIGKILL, Killed, "killed by "+p.relay.name)
	}
	if p.alive {
		w.exit(p, 128+int(SIGTERM))
	}
}

func (w *world) relayChildEnded(p, child *proc) {
	r := p.relay
	if r.team != nil {
		w.teamMemberEnded(p, child)
		return
	}
	if r.waitsForAll {
		for _, q := range w.procs {
			if q.alive && q.parent == p.pid {
				return
			}
		}
		w.exit(p, child.status)
		return
	}
	if child.pid != r.child {
		child.reaped = true
		return
	}
	if r.sits && p.timer >= 0 || r.stays {
		return
	}
	if r.waitsForGroup && w.stopAt >= 0 {
		w.awaitGroup(p)
		return
	}
	if r.tellsRest {
		// It is gone before anybody can act on it.
		for _, q := range w.procs {
			if q.alive && q.group == child.group && w.stopAt >= 0 {
				q.reach(SIGTERM, p.pid)
				q.told = q.told || q.handles(SIGTERM)
			}
		}
	}
	status := child.status
	if r.status >= 0 {
		status = r.status
	}
	w.exit(p, status)
}
