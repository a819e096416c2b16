package process

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

func (w *world) trapBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	args := c.argv[1:]
	if len(args) > 0 && args[0].Text == "--" {
		args = args[1:]
	}
	if len(args) == 0 || strings.HasPrefix(args[0].Text, "-") && len(args[0].Text) > 1 {
		return nil
	}
	action := args[0]
	signals := args[1:]
	reset := action.Text == "-"
	if _, err := strconv.Atoi(action.Text); err == nil || len(signals) == 0 {
		reset, signals = true, args
	}
	for _, word := range signals {
		if !word.Known {
			w.doubt(word.Span, "which signal "+word.Text+" is cannot be known")
			continue
		}
		name := word.Text
		upper := strings.ToUpper(name)
		var sig Signal
		switch upper {
		case "EXIT", "0":
		case "ERR", "DEBUG", "RETURN", "ZERR":
			if !s.traits.errTrap {
				w.note(p, BadTrap, word.Span, name)
				s.status = 1
				continue
			}
			sig = -1
		default:
			var ok bool
			if sig, ok = ParseSignal(name); !ok || s.id.Family == image.Zsh && name != upper {
				w.note(p, BadTrap, word.Span, name)
				s.status = 1
				continue
			}
			if strings.HasPrefix(upper, "SIG") && !s.traits.sigPrefix {
				w.note(p, SigPrefix, word.Span, name)
				s.status = 1
				continue
			}
			if sig == SIGKILL || sig == SIGSTOP {
				w.note(p, KillTrap, word.Span, name)
				continue
			}
		}
		if s.deaf.has(sig) {
			continue
		}
		w.births++
		if sig == 0 && !reset && s.id.Family == image.Zsh && s.onReturn(trap{set: true, text: action.Text, span: c.span, word: action}) {
			continue
		}
		if reset {
			s.traps.delete(sig)
			p.ignored = p.ignored.without(sig)
			s.quits = s.quits || sig == SIGQUIT && s.id.Family == image.Zsh
			continue
		}
		s.traps.set(sig, trap{set: true, text: action.Text, span: c.span, word: action})
		if sig == -1 {
			s.trapped = s.trapped || action.Text != ""
			continue
		}
		if action.Text == "" {
			p.ignored = p.ignored.with(sig)
			continue
		}
		p.ignored = p.ignored.without(sig)
		s.trapped, s.served = true, false
		if sig == 0 {
			s.exitTrapped = true
		} else {
			w.note(p, TrapSet, c.span, sig.String())
		}
	}
	return nil
}

func (w *world) waitBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	args := c.argv[1:]
	first := false
	for len(args) > 0 && args[0].Known && strings.HasPrefix(args[0].Text, "-") {
		if args[0].Text == "-n" {
			if s.traits.waitN != 0 {
				w.note(p, RefusedConstruct, c.span, "wait -n is an error in "+s.id.Family+": it does not wait")
				s.status = int(s.traits.waitN)
				return nil
			}
			first = true
		}
		args = args[1:]
	}
	var pids []int
	if first {
		// A job that has ended already is the next one to end.
		for i, pid := range s.jobs {
			if q := w.proc(pid); !q.alive {
				s.status = q.status
				s.jobs = slices.Delete(slices.Clone(s.jobs), i, i+1)
				return nil
			}
		}
	}
	if len(args) == 0 && !first {
		// It takes notice of every job that has ended.
		s.jobs = slices.DeleteFunc(s.jobs, func(pid int) bool { return !w.proc(pid).alive })
	}
	if len(args) == 0 {
		for _, pid := range s.jobs {
			if q := w.proc(pid); q.alive {
				pids = append(pids, pid)
			}
		}
	}
	for _, word := range args {
		pid, ok := w.jobOf(p, word)
		if !ok {
			// A pid file or the like: any child may be meant.
			w.doubt(word.Span, "which process "+word.Text+" is cannot be known")
			for _, job := range s.jobs {
				if q := w.proc(job); q.alive {
					pids = append(pids, job)
				}
			}
			continue
		}
		q := w.proc(pid)
		switch {
		case q == nil || q.parent != p.pid:
			s.status = 127
		case w.runs(p, pid) != nil:
			pids = append(pids, w.runs(p, pid)...)
		default:
			s.jobs = slices.DeleteFunc(s.jobs, func(job int) bool { return job == pid })
			s.status = q.status
			s.doubtful = q.endWhy == supposed
		}
	}
	if len(pids) == 0 {
		if first {
			s.status = 127
		}
		return nil
	}
	p.wait = waiting{kind: inWait, pids: pids, any: first, span: c.span}
	// A signal that came just before ends the wait as well.
	for _, sig := range s.pending {
		if t := s.traps.entries[sig]; t.set && t.text != "" && s.handling == 0 {
			p.wait = waiting{}
			s.status = 128 + int(sig)
			break
		}
	}
	return nil
}

func (w *world) killBuiltin(p *proc, c simpleCommand) []*world {
	defer w.sendAs(p)()
	s := p.sh
	s.status, s.doubtful = 0, false
	sig, args, ok := w.killOptions(p, c)
	if !ok {
		return nil
	}
	probe := sig == 0
	if len(args) == 0 {
		s.status = 1
		return nil
	}
	for _, word := range args {
		target, ok := w.jobOf(p, word)
		if !ok {
			if word.Known {
				s.status = 1
				continue
			}
			s.doubtful = true
			if w.stopAt >= 0 && !probe {
				w.doubt(word.Span, "which process "+word.Text+" is cannot be known")
			}
			continue
		}
		switch {
		case probe:
			if q := w.proc(target); target > 0 && (q == nil || !q.alive) {
				s.status = 1
			}
		case target > 0:
			if q := w.proc(target); q != nil && q.alive {
				w.kill(q, sig)
			} else {
				s.status = 1
			}
		case target == 0:
			w.note(p, KillGroup, c.span, "kill 0")
			w.killGroup(p.group, sig)
		case target == -1:
			w.killAll(p, sig)
		default:
			found := false
			for _, q := range w.procs {
				found = found || q.alive && q.group == -target
			}
			if !found {
				s.status = 1
				continue
			}
			w.killGroup(-target, sig)
		}
		if !p.alive || w.ended {
			return nil
		}
	}
	return nil
}

// killOptions reads the options of kill. It returns the signal, 0 for none, and the targets, or false where kill does
// nothing.
func (w *world) killOptions(p *proc, c simpleCommand) (Signal, []parser.Word, bool) {
	s := p.sh
	args := c.argv[1:]
	if len(args) == 0 || !args[0].Known || !strings.HasPrefix(args[0].Text, "-") {
		return SIGTERM, args, true
	}
	option := args[0].Text
	args = args[1:]
	if option == "--" {
		return SIGTERM, args, true
	}
	name := option[1:]
	if (name == "s" || name == "n") && len(args) > 0 {
		name = args[0].Text
		if !args[0].Known {
			w.doubt(args[0].Span, "which signal "+name+" is cannot be known")
			return 0, nil, false
		}
		args = args[1:]
	}
	if len(args) > 0 && args[0].Text == "--" {
		args = args[1:]
	}
	switch sig, known := ParseSignal(name); {
	case name == "l" || name == "L":
		return 0, nil, false
	case name == "0" || name == "EXIT":
		return 0, args, true
	case !s.traits.sigPrefix && strings.HasPrefix(strings.ToUpper(name), "SIG"):
		w.note(p, RefusedConstruct, c.span, "kill -"+name+" is an error in "+s.id.Family+", which knows "+strings.ToUpper(name)[3:]+" only")
		s.status = 2
	case known:
		return sig, args, true
	default:
		s.status = 1
	}
	return 0, nil, false
}

func (w *world) fgBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	if !s.traits.fgBuiltin || !s.monitor {
		s.status, s.doubtful = s.traits.refuse, false
		if c.argv[0].Text == "fg" && s.dash() {
			s.status = 2
		}
		return nil
	}
	s.status, s.doubtful = 0, false
	if c.argv[0].Text == "fg" {
		job := s.lastJob
		if len(c.argv) > 1 {
			if n, ok := w.jobOf(p, c.argv[1]); ok {
				job = n
			}
		}
		if q := w.proc(job); q != nil && q.alive {
			p.wait = waiting{kind: forChild, pids: []int{job}}
		}
	}
	return nil
}

// disownBuiltin takes jobs out of the list that wait goes by.
func (w *world) disownBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	gone := s.lastJob
	for _, word := range c.argv[1:] {
		switch pid, ok := w.jobOf(p, word); {
		case word.Text == "-a":
			s.jobs = nil
		case word.Text == "-h":
			return nil
		case ok:
			gone = pid
		}
	}
	s.jobs = slices.DeleteFunc(s.jobs, func(pid int) bool { return pid == gone })
	return nil
}

// runs returns the processes of a job that still run: all parts of a pipeline, but in zsh.
func (w *world) runs(p *proc, pid int) []int {
	parts := p.sh.pipes[pid]
	if parts == nil || p.sh.id.Family == image.Zsh {
		parts = []int{pid}
	}
	var pids []int
	for _, part := range parts {
		if w.proc(part).alive {
			pids = append(pids, part)
		}
	}
	return pids
}

// jobOf returns the process that a word names: a number, or a job as %1.
func (w *world) jobOf(p *proc, word parser.Word) (int, bool) {
	if !word.Known {
		return 0, false
	}
	text := word.Text
	if rest, ok := strings.CutPrefix(text, "%"); ok {
		s := p.sh
		if rest == "" || rest == "%" || rest == "+" {
			return s.lastJob, true
		}
		if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= len(s.jobs) {
			return s.jobs[n-1], true
		}
		return 0, false
	}
	pid, err := strconv.Atoi(text)
	return pid, err == nil
}

// onReturn keeps a trap for the end of the function that runs. It returns false outside of functions.
func (s *shell) onReturn(t trap) bool {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if f := &s.frames[i]; f.op == opReturn {
			kept := *f.saved
			kept.exit = &t
			f.saved = &kept
			return true
		}
	}
	return false
}

// lists reports whether jobs -p prints a process in the background: of a pipeline the first one, in mksh the last one.
//
// Source: measured, bash 5.2, busybox 1.35 and mksh 59c.
func (s *shell) lists(pid int) bool {
	for last, parts := range s.pipes {
		if slices.Contains(parts, pid) {
			if s.id.Family == image.Mksh {
				return pid == last
			}
			return pid == parts[0]
		}
	}
	return true
}
