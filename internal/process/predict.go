package process

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// A Cause names what keeps the stop signal from the application, or what makes it do harm, for rules.
type Cause string

// The causes.
const (
	NoCause       Cause = ""
	ShellWaits    Cause = "shell-waits"    // a shell waits for a foreground command and has no trap
	ShellInWait   Cause = "shell-in-wait"  // a shell sits in wait and has no trap
	ShellIdles    Cause = "shell-idles"    // a shell, or what it became, does nothing while the application runs beside it
	TrapBlocked   Cause = "trap-blocked"   // a trap waits for a foreground command to end
	TrapSilent    Cause = "trap-silent"    // a trap runs and does not tell the application
	EndsTooEarly  Cause = "ends-too-early" // PID 1, or what holds the application, ends before it has finished
	ShellDies     Cause = "shell-dies"     // behind an init, the default action of the signal ends a shell
	NoHandler     Cause = "no-handler"     // the program has no handler and is PID 1
	BySignal      Cause = "by-signal"      // the signal itself ends the program
	NotPassed     Cause = "not-passed"     // an init or launcher does not pass the signal on
	LauncherKills Cause = "launcher-kills" // a launcher kills the program
	LauncherDies  Cause = "launcher-dies"  // a launcher ends on the signal without passing it on
	TooSlow       Cause = "too-slow"       // the program needs longer than the grace period
	Deaf          Cause = "deaf"           // the program handles the signal, but does not end
	Daemonizes    Cause = "daemonizes"     // the program goes into the background by itself, and PID 1 ends
	Crashes       Cause = "crashes"        // a shell crashes in its trap
	HookKills     Cause = "hook-kills"     // the preStop hook kills the program
)

// Predict runs a start in the model and returns the launch that it leads to. It never fails: what it cannot know is a Gap.
func Predict(start Start, files Files) *Launch {
	l := predictAll(start, files)
	if l.Hooked != nil && len(l.Hooked.Sent) > 0 {
		start.PreStop = nil
		l.Hooked.Without = predictAll(start, files).Verdict
	}
	return l
}

// predictAll predicts a start with every shell that the image may have.
func predictAll(start Start, files Files) *Launch {
	m := &machine{start: start, files: files, assume: likelyShells[0]}
	l := predict(m)
	if !m.assumed {
		return l
	}
	// Which shell it is is not known: what all of them do is.
	for _, shell := range likelyShells[1:] {
		other := predict(&machine{start: start, files: files, assume: shell})
		if other.Verdict != l.Verdict || other.Slow != l.Slow {
			gap := Gap{start.Origin, "which shell the image has is not known, and the launch is " + string(l.Verdict) + " with " + likelyShells[0].Family +
				" and " + string(other.Verdict) + " with " + shell.Family}
			l.Verdict, l.Slow, l.Cause, l.At, l.Unknown, l.Reason = Undecided, false, NoCause, nil, []Gap{gap}, gap.Reason
			l.ranks = nil
			break
		}
	}
	l.Shell = image.Shell{}
	l.Facts = slices.DeleteFunc(l.Facts, func(f Fact) bool {
		switch f.Kind {
		case SigPrefix, BadTrap, RefusedConstruct, SyntaxRefused, ImplicitExec:
			return true
		}
		return false
	})
	return l
}

// likelyShells are what an image of which nothing is known may have as its shell.
var likelyShells = [...]image.Shell{{Family: image.DashDebian}, {Family: image.Ash}, {Family: image.BashSh}}

func predict(m *machine) *Launch {
	l := &Launch{Start: m.start, OneShot: m.start.OneShot}
	if len(m.start.Gaps) > 0 {
		l.Verdict, l.Unknown = Undecided, m.start.Gaps
		l.Reason = "what starts cannot be known"
		return l
	}
	if len(m.start.Argv) == 0 {
		l.Verdict, l.Reason = EndsAtOnce, "there is neither an ENTRYPOINT nor a CMD, so there is nothing to start"
		return l
	}
	if name := m.start.SignalUnknown; name != "" {
		// Source: buildkit dispatchStopSignal and moby containerStart call signal.ParseSignal.
		l.Failure = &Failure{Span: m.start.SignalAt, Status: -1, Kind: NoSuchSignal, Reason: "there is no signal " + name}
		l.Verdict, l.Reason = FailsToStart, l.Failure.Reason
		return l
	}
	m.explore()
	rests := m.atRest()
	if len(rests) == 0 && m.over == nil && len(m.ends) > 0 && !m.linger && m.ranUtility() {
		again := *m
		again.linger, again.rests, again.ends, again.facts, again.steps = true, nil, nil, nil, 0
		again.explore()
		if rests = again.atRest(); len(rests) > 0 {
			m = &again
			l.OneShot = true
		}
	}
	l.Facts, l.Shell = m.facts, m.shell
	if m.over != nil {
		l.Verdict, l.Unknown, l.Reason = Undecided, []Gap{*m.over}, m.over.Reason
		return l
	}
	if len(rests) == 0 {
		m.endedAtOnce(l)
		return l
	}
	var worst *outcome
	decisive := false // the way that is taken makes a difference
	for _, rest := range rests {
		for _, o := range m.judge(rest) {
			decisive = decisive || worst != nil && o.verdict != worst.verdict
			l.ranks = append(l.ranks, o.rank())
			for _, other := range o.others {
				l.ranks = append(l.ranks, other.rank())
			}
			if worst == nil || o.rank() > worst.rank() {
				worst = o
			}
		}
	}
	slices.SortFunc(l.ranks, func(a, b int) int { return b - a })
	l.Facts = m.facts
	worst.fill(l, m)
	if !decisive {
		l.Branch = nil
	}
	return l
}

// explore follows every course up to where it rests or ends.
func (m *machine) explore() {
	w := &world{m: m, stopAt: -1}
	p := w.spawn(nil, ByExec)
	p.dir, p.env, p.span, p.user = m.start.Dir, environ{base: m.start.Env}, m.start.Origin, m.start.User
	if p.dir == "" {
		p.dir = "/"
	}
	argv := m.start.Argv
	if m.start.Init {
		argv = append([]parser.Word{{Text: "docker-init", Span: m.start.Origin, Known: true}, {Text: "--", Known: true}}, argv...)
	}
	var failure *Failure
	if m.start.Init {
		relay, command, _ := relayNamed(p, argv, "docker-init", parser.Texts(argv), true)
		failure = w.startRelay(p, argv, relay, command)
	} else {
		failure = w.exec(p, argv, byKernel)
	}
	if failure != nil {
		failure.Status = -1
		w.failure = failure
		w.ended = true
		p.alive = false
		m.ends = append(m.ends, w)
		return
	}
	m.run(w)
}

// atRest returns the worlds in which the launch comes to rest for good, each once. Worlds in which an application runs
// take the place of those in which nothing does.
func (m *machine) atRest() []*world {
	var rests []*world
	working := false
	for _, w := range m.rests {
		if !w.passed && !slices.Contains(rests, w) {
			rests = append(rests, w)
			working = working || w.works()
		}
	}
	if working {
		rests = slices.DeleteFunc(rests, func(w *world) bool { return !w.works() })
	}
	// A command behind which the script gives up was set-up that failed.
	if slices.ContainsFunc(rests, func(w *world) bool { return w.final }) {
		rests = slices.DeleteFunc(rests, func(w *world) bool { return !w.final })
	}
	return rests
}

// works reports whether an application runs.
func (w *world) works() bool {
	for _, p := range w.procs {
		if p.alive && p.sh == nil && p.relay == nil && (p.prog.kind == application || p.prog.kind == opaque) {
			return true
		}
	}
	return false
}

// ranUtility reports whether a course that ended by itself ended well.
func (m *machine) ranUtility() bool {
	for _, w := range m.ends {
		if w.failure == nil {
			return true
		}
	}
	return false
}

// endedAtOnce fills in a launch whose every course ends before any signal.
func (m *machine) endedAtOnce(l *Launch) {
	if len(m.ends) == 0 {
		l.Verdict, l.Unknown = Undecided, []Gap{{m.start.Origin, "no way through the start script comes to an end"}}
		return
	}
	worst := m.ends[0]
	for _, w := range m.ends {
		if len(w.doubts) > 0 && l.Verdict == "" {
			worst = w
		}
		if w.failure == nil && worst.failure != nil {
			worst = w
		}
	}
	l.Branch = worst.choices
	root := worst.procs[0]
	started := false
	for _, p := range worst.procs {
		started = started || p.sh == nil && p.relay == nil && (p.prog.kind == application || p.prog.kind == opaque)
	}
	if !started && worst.failure == nil && root.status != 0 && !root.alive && !m.start.OneShot {
		worst.failure = &Failure{Span: m.start.Origin, Status: root.status, Kind: GivesUp, Reason: fmt.Sprintf("%s ends with status %d before it has started anything", name(root), root.status)}
		for _, c := range worst.choices {
			worst.failure.Span = c.Span
		}
	}
	if worst.failure != nil && !started {
		l.Verdict, l.Failure, l.Reason = FailsToStart, worst.failure, worst.failure.Reason
		return
	}
	l.Verdict, l.Failure = EndsAtOnce, worst.failure
	l.Root = m.tree(worst, worst, root)
	switch {
	case worst.failure != nil:
		l.Reason = worst.failure.Reason
	case started && root.sh == nil && root.relay == nil && root.prog.kind == passing && root.prog.name != "":
		l.Reason = root.prog.name + " leaves the application in the background and ends, and the container ends with PID 1"
	case started:
		l.Reason = "PID 1 ends while the application is in the background, and the container ends with PID 1"
	default:
		l.Reason = name(root) + " ends by itself"
	}
	for _, p := range worst.procs {
		if p.sh == nil && p.relay == nil && p.prog.kind == application && p.pid != 1 {
			l.App = &Process{PID: p.pid, Argv: p.argv, Role: RoleApp, How: p.how, Span: p.span}
			m.describe(l.App, p)
			if p.daemon && worst.failure == nil {
				l.Cause, l.At = Daemonizes, l.App
			}
		}
	}
}

// name is what people call a process.
func name(p *proc) string {
	if len(p.argv) == 0 {
		return "the program"
	}
	text := p.argv[0].Text
	if p.sh != nil && len(p.argv) > 1 && p.sh.script != nil && p.sh.script.Shebang != nil {
		for _, a := range p.argv[1:] {
			if !strings.HasPrefix(a.Text, "-") {
				return a.Text
			}
		}
	}
	return text
}

// An outcome is what the stop signal does in one course of events.
type outcome struct {
	verdict   Verdict
	rest, end *world
	app       *proc // as it was at rest
	slow      bool
	idle      bool       // nothing works in it
	others    []*outcome // of the other applications
	unknown   []Gap
	cause     Cause
	at        *proc
	reason    string
}

// rank orders outcomes from the best to the worst.
func (o *outcome) rank() int { return rankOf(o.verdict, o.slow) }

func rankOf(verdict Verdict, slow bool) int {
	switch verdict {
	case Graceful:
		if slow {
			return 1
		}
		return 0
	case Undecided:
		return 2
	case Abrupt:
		return 3
	case EndsAtOnce:
		return 4
	case Ignored:
		return 5
	}
	return 6
}

// judge sends the stop signal to a world at rest and says what comes of it.
func (m *machine) judge(rest *world) []*outcome {
	var outcomes []*outcome
	for _, end := range m.stop(rest) {
		outcomes = append(outcomes, m.outcomeOf(rest, end))
	}
	if len(outcomes) > 1 {
		// How a handler branches cannot be known: its courses must agree.
		for _, o := range outcomes[1:] {
			if o.verdict != outcomes[0].verdict {
				var gaps []Gap
				for _, c := range o.end.choices[min(len(rest.choices), len(o.end.choices)):] {
					gaps = append(gaps, Gap{c.Span, "what happens on stop depends on " + oneLine(c.Span.Text())})
				}
				if len(gaps) == 0 {
					gaps = []Gap{{m.start.Origin, "what happens on stop depends on a condition in the trap"}}
				}
				first := *outcomes[0]
				first.verdict, first.unknown = Undecided, gaps[:1]
				return []*outcome{&first}
			}
		}
	}
	if m.over != nil {
		return []*outcome{{verdict: Undecided, rest: rest, end: rest, unknown: []Gap{*m.over}, reason: m.over.Reason}}
	}
	return outcomes
}

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 60 {
		text = text[:57] + "..."
	}
	return text
}

// applications returns the processes at rest for whose sake the container runs.
func applications(rest *world) []*proc {
	var apps, idles, helpers []*proc
	for _, p := range rest.procs {
		if !p.alive || p.sh != nil || p.relay != nil {
			continue
		}
		switch p.prog.kind {
		case application, opaque:
			if (p.prog.helper || p.serves) && p.pid != 1 {
				helpers = append(helpers, p)
				continue
			}
			apps = append(apps, p)
		case idle, filter:
			idles = append(idles, p)
		}
	}
	switch {
	case len(apps) > 0:
		return apps
	case len(helpers) > 0:
		return helpers
	}
	return idles[:min(len(idles), 1)]
}

func (m *machine) outcomeOf(rest, end *world) *outcome {
	apps := applications(rest)
	pid1 := end.procs[0]
	if len(apps) == 0 || apps[0].prog.kind == idle {
		return m.idleOutcome(rest, end, apps)
	}
	// Of two that fare alike, the one in the foreground is the one to speak of.
	slices.SortStableFunc(apps, func(a, b *proc) int { return truth(a.background) - truth(b.background) })
	var worst *outcome
	var others []*outcome
	for _, app := range apps {
		o := m.appOutcome(rest, end, app)
		if worst == nil || o.rank() > worst.rank() {
			worst, o = o, worst
		}
		if o != nil {
			others = append(others, o)
		}
	}
	worst.others = others
	for i, p := range end.procs {
		again := i >= len(rest.procs) || rest.procs[i].sh != nil && p.sh == nil
		if again && !p.hook && p.alive && p.prog.kind == application && worst.rank() < (&outcome{verdict: Ignored}).rank() {
			worst.verdict, worst.cause, worst.at, worst.app = Ignored, TrapSilent, worst.rest.procs[0], apps[0]
			worst.reason = name(p) + " finishes on the signal and is started again"
		}
	}
	if worst.verdict == Graceful && pid1.alive && !end.ended {
		worst.slow = true
	}
	return worst
}

// idleOutcome is about a container in which nothing works: a shell that loops, sleep, tail.
func (m *machine) idleOutcome(rest, end *world, apps []*proc) *outcome {
	if len(apps) > 0 {
		o := m.appOutcome(rest, end, apps[0])
		o.idle = true
		if o.verdict != Undecided && !end.ended {
			// What waited may have ended, but something else waits now.
			o.verdict = Ignored
			m.explainStuck(o, rest.procs[0])
		}
		return o
	}
	o := &outcome{rest: rest, end: end, verdict: Graceful, app: rest.procs[0], idle: true}
	switch pid1 := end.procs[0]; {
	case len(end.doubts) > len(rest.doubts):
		o.verdict, o.unknown = Undecided, end.doubts
	case !end.ended:
		o.verdict = Ignored
		m.explainStuck(o, o.app)
	default:
		o.reason = name(pid1) + " ends when it gets the signal"
	}
	return o
}

func (m *machine) appOutcome(rest, end *world, app *proc) *outcome {
	o := &outcome{rest: rest, end: end, app: app}
	q := end.procs[app.pid-1]
	doubtful := app.prog.kind == opaque
	switch {
	case q.alive:
		o.verdict = Ignored
		if q.told || doubtful && q.reached != 0 {
			o.verdict, o.reason = Graceful, m.finishes(app, q) // it is finishing
		}
		if s := app.prog.server; q.told && s != nil && s.Seconds*1000 > end.left(q) {
			o.verdict, o.cause, o.at = Ignored, TooSlow, app
			o.reason = fmt.Sprintf("%s needs %d seconds to stop, and is killed after %s: %s", name(app), s.Seconds, m.graceText(), s.Why)
			break
		}
		if doubtful && q.reached != 0 {
			o.verdict = Undecided
		}
		if o.verdict == Ignored {
			m.explainStuck(o, app)
		}
	case q.end == ByDefault && q.reached.has(q.signal):
		o.verdict, o.cause, o.at = Abrupt, BySignal, app
		o.reason = q.signal.String() + " ends " + name(app) + " at once"
		if app.prog.why != "" {
			o.reason += ": " + app.prog.why
		}
	case q.end == Killed:
		o.verdict = Lost
		m.explainLost(o, app, q)
	default:
		o.verdict = Graceful
		o.reason = m.finishes(app, q)
	}
	if doubtful && (app.prog.vague || o.verdict == Graceful || o.verdict == Abrupt || o.verdict == Lost && q.told) {
		o.verdict = Undecided
	}
	if o.verdict == Undecided {
		if app.prog.doubt != nil {
			o.unknown = append(o.unknown, *app.prog.doubt)
		}
		o.cause, o.reason = NoCause, ""
	}
	if len(end.controls) > 0 && o.verdict != Graceful && o.verdict != Undecided && app.prog.kind != idle {
		o.verdict, o.unknown, o.cause, o.reason = Undecided, end.controls, NoCause, ""
	}
	if len(end.doubts) > 0 && o.verdict != Undecided && app.prog.kind != idle {
		// What was not known may have changed where the signal went.
		o.verdict, o.unknown, o.cause = Undecided, end.doubts, NoCause
	}
	return o
}

// maxTrail is how many commands may follow behind the application of a script. Behind which more follow was one piece of
// work of many.
const maxTrail = 3

// chain returns the processes from PID 1 down to a process, at rest.
func chain(rest *world, app *proc) []*proc {
	var up []*proc
	for p := app; p != nil; p = rest.proc(p.parent) {
		up = append(up, p)
		if len(up) > len(rest.procs) {
			break
		}
	}
	slices.Reverse(up)
	return up
}

// explainStuck says why an application still runs when the grace period is over.
func (m *machine) explainStuck(o *outcome, app *proc) {
	sig := m.stopSignal()
	for _, p := range chain(o.rest, app) {
		e := o.end.procs[p.pid-1]
		if p.pid == app.pid && p.sh == nil && p.relay == nil {
			o.at, o.cause = p, NoHandler
			switch {
			case e.reached == 0:
				o.reason = name(p) + " never hears of " + sig.String()
				o.cause = NotPassed
			case m.isInit(p):
				o.reason = name(p) + " is PID 1 and has no handler for " + sig.String() + ", so the kernel drops it"
			case p.ignored.has(sig):
				o.reason = name(p) + " was started with " + sig.String() + " ignored"
			default:
				o.reason = name(p) + " does not end on " + sig.String()
			}
			if p.prog.deaf.has(sig) {
				o.cause = Deaf
				o.reason = name(p) + " does not end on " + sig.String()
			}
			if p.prog.why != "" && e.reached != 0 {
				o.reason += ": " + p.prog.why
			}
			return
		}
		if !e.alive {
			continue
		}
		o.at = p
		if p.relay != nil && p.relay.team != nil {
			continue
		}
		if p.relay != nil {
			next := o.end.procs[p.relay.child-1]
			if next.reached == 0 {
				o.cause, o.reason = NotPassed, p.relay.name+" does not pass "+sig.String()+" on"
				return
			}
			continue
		}
		if p.sh == nil {
			o.cause, o.reason = ShellIdles, name(p)+" is PID 1, does nothing with "+sig.String()+", and the application beside it never hears of it"
			return
		}
		o.cause, o.reason = m.whyShellKeeps(o, p, e, app)
		if o.cause != NoCause {
			return
		}
	}
}

// whyShellKeeps says why a shell that still lives did not tell the application.
func (m *machine) whyShellKeeps(o *outcome, p, e *proc, app *proc) (Cause, string) {
	sig := m.stopSignal()
	for got := Signal(1); got < 64; got++ {
		if e.reached.has(got) {
			sig = got
			break
		}
	}
	t := p.sh.traps.entries[sig]
	trapped := t.set && t.text != ""
	waits := ""
	if len(p.wait.pids) > 0 {
		if q := o.rest.proc(p.wait.pids[0]); q != nil {
			waits = name(q)
		}
	}
	switch {
	case trapped && e.sh != nil && slices.Contains(e.sh.pending, sig):
		return TrapBlocked, fmt.Sprintf("%s has a trap on %s, but the shell runs it only when %s has ended", name(p), sig, waits)
	case trapped:
		return TrapSilent, fmt.Sprintf("the trap on %s in %s runs, but does not end %s", sig, name(p), name(app))
	case p.wait.kind == inWait:
		return ShellInWait, fmt.Sprintf("%s sits in wait without a trap on %s and passes no signal on", name(p), sig)
	case p.wait.kind == forChild && len(p.wait.pids) > 0 && !slices.Contains(pidsOf(chain(o.rest, app)), p.wait.pids[0]) || p.wait.kind == spinning || p.wait.kind == notWaiting:
		return ShellIdles, fmt.Sprintf("%s is busy with %s and passes no signal on to %s in the background", name(p), orLoop(waits), name(app))
	}
	return ShellWaits, fmt.Sprintf("%s waits for %s and passes no signal on", name(p), waits)
}

func orLoop(text string) string {
	if text == "" {
		return "a loop"
	}
	return text
}

func pidsOf(procs []*proc) []int {
	var pids []int
	for _, p := range procs {
		pids = append(pids, p.pid)
	}
	return pids
}

// explainLost says why an application is killed before it has finished.
func (m *machine) explainLost(o *outcome, app, q *proc) {
	way := chain(o.rest, app)
	if q.signal == SIGKILL && q.hooked.has(SIGKILL) {
		o.cause, o.at = HookKills, app
		o.reason = "the preStop hook kills " + name(app) + " with SIGKILL"
		return
	}
	told := "never hears of the signal"
	if q.told {
		told = "is told, but cut off"
	}
	for i, p := range way[:len(way)-1] {
		if p.relay == nil {
			continue
		}
		if q.endWhy == "killed by "+p.relay.name {
			o.at, o.cause = p, LauncherKills
			o.reason = p.relay.name + " kills " + name(app) + " before it has finished"
			return
		}
		if t := p.relay.team; t != nil {
			if at := t.member(way[i+1].pid); at >= 0 && t.members[at].signal == SIGKILL && q.signal == SIGKILL {
				o.at, o.cause = p, LauncherKills
				o.reason = p.relay.name + " is set to stop " + name(app) + " with SIGKILL"
				return
			}
		}
	}
	for _, p := range way {
		e := o.end.procs[p.pid-1]
		if p.pid == app.pid {
			break
		}
		if p.sh == nil {
			if p.relay != nil && p.relay.leaves && e.end == Finished {
				o.at, o.cause = p, EndsTooEarly
				o.reason = fmt.Sprintf("%s ends before %s has finished, which %s and is killed with the container", p.relay.name, name(app), told)
				return
			}
			if p.relay != nil && p.relay.launcher != nil && !e.alive && (e.end == ByDefault || e.end == Finished) {
				o.at, o.cause = p, EndsTooEarly
				if q.reached == 0 || e.end == ByDefault {
					o.cause = LauncherDies
				}
				o.reason = fmt.Sprintf("%s ends on the signal, and %s %s and is killed with the container", p.relay.name, name(app), told)
				return
			}
			if p.relay == nil && e.end == ByDefault {
				o.at, o.cause = p, EndsTooEarly
				o.reason = fmt.Sprintf("%s ends %s, and %s %s and is killed with the container", e.signal, name(p), name(app), told)
				return
			}
			continue
		}
		o.at = p
		switch {
		case e.signal == SIGSEGV:
			o.cause = Crashes
			o.reason = e.endWhy
		case e.end == ByDefault:
			o.cause = ShellDies
			o.reason = fmt.Sprintf("%s has no trap, so %s ends it at once; %s %s and is killed with the container", name(p), e.signal, name(app), told)
		case e.end == Killed:
			continue
		default:
			o.cause = EndsTooEarly
			if q.told {
				o.reason = fmt.Sprintf("%s passes the signal on but ends before %s has finished, which is killed with the container", name(p), name(app))
			} else {
				o.reason = fmt.Sprintf("%s ends on the signal, and %s %s and is killed with the container", name(p), name(app), told)
			}
		}
		return
	}
	o.cause, o.at = EndsTooEarly, way[0]
	o.reason = fmt.Sprintf("%s ends before %s has finished, which %s and is killed with the container", name(way[0]), name(app), told)
}

// fill writes an outcome into a launch.
func (o *outcome) fill(l *Launch, m *machine) {
	l.Hooked = o.end.hooked(o.app)
	l.Verdict, l.Slow, l.Cause, l.Reason, l.Idle = o.verdict, o.slow, o.cause, o.reason, o.idle
	l.Branch = o.rest.choices
	l.OneShot = l.OneShot || o.rest.trail > maxTrail || o.onceMore()
	for _, gap := range o.unknown {
		if !slices.Contains(l.Unknown, gap) {
			l.Unknown = append(l.Unknown, gap)
		}
	}
	if l.Verdict == Undecided && l.Reason == "" {
		l.Reason = "the model cannot tell"
		if len(l.Unknown) > 0 {
			l.Reason = l.Unknown[0].Reason
		}
	}
	made := map[int]*Process{}
	l.Root = m.treeWith(o.rest, o.end, o.rest.procs[0], made)
	for pid, q := range made {
		q.Sender = o.sender(pid, made)
	}
	if o.app != nil {
		l.App = made[o.app.pid]
		for _, p := range chain(o.rest, o.app) {
			if q := made[p.pid]; q != nil {
				l.Chain = append(l.Chain, q)
			}
		}
	}
	if o.at != nil {
		l.At = made[o.at.pid]
	}
	if l.Slow {
		l.Reason += "; " + name(o.rest.procs[0]) + " stays on until it is killed"
	}
}

// onceMore reports whether the application is a program that was run to its end before, for the same with other values: what makes the
// certificates of one server after the other is done when the last one is made.
func (o *outcome) onceMore() bool {
	if o.app == nil {
		return false
	}
	words := parser.Texts(o.app.argv)
	for waited := range o.rest.seen.entries {
		if key, ok := waited.(restKey); ok && sameWork(strings.Split(key.argv, " "), words) {
			return true
		}
	}
	return false
}

// sameWork reports whether two commands differ in values of options only. In front of these are the same words, a program and its
// subcommand at least.
func sameWork(a, b []string) bool {
	if len(a) != len(b) || len(a) < 2 || strings.HasPrefix(a[1], "-") {
		return false
	}
	differ := false
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if i < 2 || !strings.HasPrefix(a[i-1], "-") || strings.HasPrefix(a[i], "-") || strings.HasPrefix(b[i], "-") {
			return false
		}
		differ = true
	}
	return differ
}

// gotten returns the signal that a process hears of the stop by: the stop signal itself, or what somebody sends it instead.
func (m *machine) gotten(p *proc) Signal {
	if got := signalsOf(p.reached); len(got) > 0 && !p.reached.has(m.stopSignal()) {
		return got[0]
	}
	return m.stopSignal()
}

// sender returns who of the processes at rest sent a process the first signal of the stop. What only lived for a moment to
// send it counts as its parent.
func (o *outcome) sender(pid int, made map[int]*Process) *Process {
	if o.end.proc(pid) == nil {
		return nil
	}
	at := o.end.proc(o.end.procs[pid-1].teller)
	for at != nil && made[at.pid] == nil {
		at = o.end.proc(at.parent)
	}
	if at == nil {
		return nil
	}
	return made[at.pid]
}

func (m *machine) tree(rest, end *world, p *proc) *Process {
	return m.treeWith(rest, end, p, map[int]*Process{})
}

func (m *machine) treeWith(rest, end *world, p *proc, made map[int]*Process) *Process {
	e := p
	if p.pid <= len(end.procs) {
		e = end.procs[p.pid-1]
	}
	q := &Process{PID: p.pid, Argv: p.argv, How: p.how, Span: p.span, Role: RoleApp, From: p.from}
	made[p.pid] = q
	q.Utility = p.sh == nil && p.relay == nil && p.prog.oneShot
	sig := m.stopSignal()
	q.Receives, q.Told, q.Got = answer(e.reached != 0), e.told, signalsOf(e.reached)
	if m.isInit(p) && p.sh == nil && p.relay == nil && !e.told && e.alive && e.reached != 0 && !p.prog.handles(sig) && p.prog.kind != opaque {
		q.Receives = image.No
	}
	switch {
	case p.relay != nil:
		q.Role = p.relay.role
	case p.sh != nil:
		q.Role, q.Script, q.Reads, q.Shell = RoleShell, p.sh.script, p.sh.reads, p.sh.id
		q.Waits, q.WaitAt = waitNames[p.wait.kind], p.wait.span
		if t := p.sh.traps.entries[sig]; t.set && t.text != "" {
			q.Trap = t.span
		}
		if t := p.sh.traps.entries[0]; t.set && t.text != "" {
			q.ExitTrap = t.span
		}
		if len(p.wait.pids) > 0 {
			if c := rest.proc(p.wait.pids[0]); c != nil {
				q.At = c.span
			}
		}
	case p.prog.kind == opaque:
		if e.reached != 0 || len(end.doubts) > 0 {
			q.Receives = image.Unknown
		}
	}
	switch {
	case e.alive:
		q.End = Stuck
	default:
		q.End = e.end
	}
	q.Why = m.whyProcess(q, p, e)
	m.describe(q, p)
	if q.End == Finished && e.told {
		q.Why += howItStops(q.Shutdown)
	}
	for _, c := range rest.procs {
		if c.parent == p.pid && c.pid != p.pid && (c.alive || rest == end && !rest.ended) {
			q.Children = append(q.Children, m.treeWith(rest, end, c, made))
		}
	}
	return q
}

var waitNames = [...]WaitKind{notWaiting: "", forChild: WaitsForChild, inWait: WaitsInWait, inRead: WaitsInRead, spinning: WaitsInLoop}

// whyProcess is a clause on what a process does with the signal.
func (m *machine) whyProcess(q *Process, p, e *proc) string {
	sig := m.stopSignal()
	switch {
	case q.End == ByDefault && p.prog.source != nil && e.endWhy != "":
		return e.signal.String() + " ends it at once: " + e.endWhy
	case e.endWhy != "" && e.endWhy != supposed:
		return e.endWhy
	case q.End == ByDefault:
		return e.signal.String() + " ends it at once"
	case q.Receives == image.Unknown:
		return "cannot be known"
	case p.sh != nil && e.sh != nil && q.End == Stuck && slices.Contains(e.sh.pending, sig):
		return "its trap waits for the command in the foreground to end"
	case p.sh != nil && q.End == Stuck && !q.Trap.IsZero() && e.reached != 0:
		return "runs its trap, but does not end"
	case p.sh != nil && q.End == Stuck && q.Waits == WaitsInWait:
		return "sits in wait, has no trap"
	case p.sh != nil && q.End == Stuck && e.reached == 0:
		return "never hears of it, waits for its child"
	case p.sh != nil && q.End == Stuck:
		return "waits for its child, passes no signal on"
	case p.sh != nil && q.End == Finished:
		return "ends"
	case p.relay != nil && q.End == Stuck:
		return "waits for its child"
	case p.relay != nil && q.Receives == image.Yes:
		return "passes the signal on"
	case q.End == Stuck && e.reached == 0:
		return fmt.Sprintf("never hears of it, killed after %s", m.graceText())
	case q.End == Stuck:
		return fmt.Sprintf("does not end, killed after %s", m.graceText())
	case q.End == Finished && e.told && e.hooked != 0:
		return "receives " + signalsOf(e.hooked)[0].String() + " from the preStop hook and shuts down"
	case q.End == Finished && e.told && p.prog.source != nil && p.prog.source.Does != "" && m.gotten(e) == SIGTERM:
		return "receives SIGTERM, " + p.prog.source.Does
	case q.End == Finished && e.told:
		return "receives " + m.gotten(e).String() + " and shuts down"
	case q.End == Finished:
		return "ends"
	}
	return ""
}

func (m *machine) graceText() string { return fmt.Sprintf("%gs", float64(m.grace())/1000) }

// Path returns the way of the stop signal, PID 1 first, down to the application.
func (l *Launch) Path() []Hop {
	var hops []Hop
	for _, p := range l.Chain {
		hops = append(hops, Hop{Process: p, Why: p.Why})
	}
	return hops
}
