package process

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// The limits of a prediction. What goes beyond them is unknown.
const (
	maxSteps  = 200_000 // of all courses together
	maxWorlds = 2000    // courses of events
	maxApart  = 4       // courses behind one condition that differ in variables only
	maxProcs  = 1000
)

// A machine follows every course that events can take from one start.
type machine struct {
	start    Start
	files    Files
	declared func(name string) (prog program, known bool)
	assume   image.Shell // what a shell that is not known is taken to be
	assumed  bool        // such a shell was met
	linger   bool        // programs that end at once are taken to stay, to see what a one-shot command does

	scripts         map[innerKey]*parser.Script
	names           map[*parser.Script]string // by which name a script was started
	kinds           map[image.Shell]*traits
	silent          map[syntax.Node]quietness
	mattering       map[*parser.Script]map[string]bool // variables that matter
	mattersTogether []mattering                        // to shells that have read several scripts
	globs           map[string]*regexp.Regexp
	found           map[searchKey]foundProgram
	writing         map[*parser.Script][]string        // the lines that may write a file
	identities      map[syntax.Node]int                // nodes by the order in which they were asked for
	assigned        map[*parser.Script]map[string]bool // variables that are given a value
	shell           image.Shell
	facts           []Fact
	daemons         []int
	over            *Gap

	steps  int
	execs  int // programs that are just starting the next one in their place
	worlds int
	joins  int
	rests  []*world // where courses come to rest
	ends   []*world // courses that end by themselves before
	stops  []*world // what became of one rest after the stop signal
}

type innerKey struct {
	text string
	span parser.Span
}

// A join is where courses that parted meet again.
type join struct{ id int }

// isInit reports whether a process is PID 1 of its namespace, which gets no signal that it has no handler for.
//
// Source: pid_namespaces(7). Where the container shares the namespace of another one, its first process is one like any other.
func (m *machine) isInit(p *proc) bool { return p.pid == 1 && m.start.SharedPID.IsZero() }

func (m *machine) stopSignal() Signal { return m.start.StopSignal() }

func (m *machine) traits(id image.Shell) *traits {
	if t, ok := m.kinds[id]; ok {
		return t
	}
	t := traitsOf(id)
	if m.kinds == nil {
		m.kinds = map[image.Shell]*traits{}
	}
	m.kinds[id] = &t
	return &t
}

func (m *machine) shellSeen(id image.Shell) {
	if m.shell.Family == "" {
		m.shell = id
	}
}

func (m *machine) named(script *parser.Script, name string) {
	if m.names == nil {
		m.names = map[*parser.Script]string{}
	}
	m.names[script] = name
}

// nest returns how often scripts have started each other on the way to a process.
func (m *machine) nest(p *proc) int {
	m.steps += 50
	p.nested++
	return p.nested
}

// failed notes why a command could not be started.
func (m *machine) failed(w *world, f *Failure) { w.failure = f }

// note keeps a fact that a shell met, for the rules.
func (w *world) note(p *proc, kind FactKind, span parser.Span, text string) {
	if p.hook {
		return // a fact is about the start
	}
	fact := Fact{Kind: kind, Span: span, Text: text, PID: p.pid}
	if p.sh != nil {
		fact.Shell = p.sh.id
	}
	w.m.note(fact)
}

// note keeps a fact, once.
func (m *machine) note(fact Fact) {
	m.steps += len(m.facts) / 64 // to look through many takes its time, too
	if !slices.Contains(m.facts, fact) {
		m.facts = append(m.facts, fact)
	}
}

// doubt notes what a course of events rests on without knowing it.
func (w *world) doubt(span parser.Span, reason string) {
	gap := Gap{span, reason}
	w.m.steps += len(w.doubts) / 64
	if !slices.Contains(w.doubts, gap) {
		w.doubts = append(w.doubts, gap)
	}
}

// body returns the program behind -c.
func (m *machine) body(argv []parser.Word, i int) *parser.Script {
	if m.isStartScript(argv, i) {
		return m.start.Script
	}
	return m.inner(argv[i].Text, argv[i])
}

// isStartScript reports whether a word of argv is the body of the shell form that the container starts with.
func (m *machine) isStartScript(argv []parser.Word, i int) bool {
	if m.start.Script == nil || m.start.ScriptArg >= len(m.start.Argv) {
		return false
	}
	body := m.start.Argv[m.start.ScriptArg]
	return argv[i].Text == body.Text && argv[i].Span == body.Span
}

// inner parses the text of a word as a shell program. Where the word stands in its file as it is, the places are exact.
func (m *machine) inner(text string, word parser.Word) *parser.Script {
	key := innerKey{text, word.Span}
	if s, ok := m.scripts[key]; ok {
		return s
	}
	if s := m.start.Scripts[word]; s != nil && word.Text == text {
		return s
	}
	m.steps += len(text) / 16 // to parse it is work, too
	var script *parser.Script
	written := word.Span.Text()
	switch {
	case written == text && word.Span.File != nil:
		script = parser.ParseBody(word.Span.File, word.Span.Start, text)
	case len(written) == len(text)+2 && written[1:len(written)-1] == text:
		script = parser.ParseBody(word.Span.File, word.Span.Start+1, text)
	default:
		script = parser.ParseText(text, word.Span)
	}
	if m.scripts == nil {
		m.scripts = map[innerKey]*parser.Script{}
	}
	m.scripts[key] = script
	return script
}

// inDialect returns a script as a shell reads it that knows more words than POSIX does: [[, ((, time, function.
func (m *machine) inDialect(script *parser.Script, t *traits) *parser.Script {
	if script.Dialect != syntax.LangPOSIX || !t.double && !t.arithmetic {
		return script
	}
	if !strings.Contains(script.Text, "[[") && !strings.Contains(script.Text, "((") && !strings.Contains(script.Text, "time ") && !strings.Contains(script.Text, "&>") {
		return script
	}
	key := innerKey{"\x00dialect", script.Whole}
	if again, ok := m.scripts[key]; ok {
		return again
	}
	again := script.As(syntax.LangBash)
	if again.Tree == nil {
		again = script
	}
	if m.scripts == nil {
		m.scripts = map[innerKey]*parser.Script{}
	}
	m.scripts[key] = again
	if name, ok := m.names[script]; ok {
		m.named(again, name)
	}
	return again
}

// beforeError returns the statements on the lines before the one that cannot be parsed.
func (m *machine) beforeError(script *parser.Script) []*syntax.Stmt {
	var stmts []*syntax.Stmt
	var last error
	for _, dialect := range []syntax.LangVariant{syntax.LangPOSIX, syntax.LangBash} {
		var some []*syntax.Stmt
		var err error
		for stmt, e := range parser.Statements(script.Text, dialect) {
			if err = e; err != nil {
				break
			}
			some = append(some, stmt)
		}
		if len(some) >= len(stmts) {
			stmts, last = some, err
		}
	}
	var at syntax.Pos
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(last, &parse):
		at = parse.Pos
	case errors.As(last, &lang):
		at = lang.Pos
	}
	for len(stmts) > 0 && stmts[len(stmts)-1].End().Line() >= at.Line() {
		stmts = stmts[:len(stmts)-1]
	}
	return stmts
}

// part lets events take several courses from here. Where the courses meet again behind the statement, those that differ
// in nothing that matters go on as one.
func (w *world) part(p *proc, span parser.Span, taken []string, take func(w *world, p *proc, i int)) []*world {
	m := w.m
	m.joins++
	j := &join{m.joins}
	var parts []*world
	for i := range taken {
		c := w
		if i < len(taken)-1 {
			c = w.clone()
		}
		parts = append(parts, c)
	}
	for i, c := range parts {
		q := c.procs[p.pid-1]
		q.sh.push(frame{op: opJoin, join: j})
		c.parting = j
		c.choices = append(slices.Clip(c.choices), Choice{Span: span, Taken: taken[i]})
		q.sh.doubtful = false
		take(c, q, i)
	}
	m.worlds += len(parts) - 1
	return parts
}

// run follows a course of events to its end, and returns the worlds that reached a join whose other courses the caller
// knows.
func (m *machine) run(w *world) []*world {
	for {
		if w.ended {
			if w.stopAt < 0 {
				m.endedBefore(w)
			} else {
				m.stops = append(m.stops, w)
			}
			return nil
		}
		if m.spent(w) {
			return nil
		}
		if len(w.ready) == 0 {
			if !m.idle(w) {
				return nil
			}
			continue
		}
		p := w.proc(w.ready[0])
		if p == nil || !p.alive || p.sh == nil || p.wait.kind != notWaiting {
			w.ready = w.ready[1:]
			continue
		}
		m.steps++
		w.steps++
		w.trim()
		parts := w.step(p)
		if w.joined != nil {
			return []*world{w}
		}
		if parts == nil {
			continue
		}
		arrived := m.meet(parts)
		if len(arrived) == 1 && arrived[0].joined == nil {
			w = arrived[0]
			continue
		}
		var joined []*world
		for _, a := range arrived {
			if a.joined != nil {
				joined = append(joined, a)
			} else {
				joined = append(joined, m.run(a)...)
			}
		}
		return joined
	}
}

// meet runs courses that parted up to where they meet, and lets those go on as one that differ in nothing that matters.
func (m *machine) meet(parts []*world) []*world {
	own := parts[0].parting
	var arrived, passing []*world
	for _, c := range parts {
		for _, a := range m.run(c) {
			if a.joined == own {
				a.joined = nil
				arrived = append(arrived, a)
			} else {
				passing = append(passing, a)
			}
		}
	}
	if len(arrived) > 1 {
		arrived = m.merge(arrived)
	}
	return append(arrived, passing...)
}

// spent reports whether the prediction has become too large, and ends the course.
func (m *machine) spent(w *world) bool {
	if m.over == nil {
		switch {
		case m.steps > maxSteps:
			m.over = &Gap{m.start.Origin, "the start is too long to follow to its end"}
		case m.worlds > maxWorlds:
			m.over = &Gap{m.start.Origin, "the start has too many branches to follow all of them"}
		case len(w.procs) > maxProcs:
			m.over = &Gap{m.start.Origin, "the start runs too many processes to follow all of them"}
		}
	}
	return m.over != nil
}

// idle deals with a world in which nobody can go on: time passes, or it has come to rest. It reports whether the course
// goes on.
func (m *machine) idle(w *world) bool {
	if pid := w.back; pid != 0 {
		if w.back = 0; w.settle(pid) {
			return true
		}
	}
	t := w.nextTimer()
	if w.stopAt >= 0 {
		if over := t == nil || t.timer > w.killAt; over && w.hook != 0 {
			w.now, w.hookLate = w.killAt, true
			w.deliver()
			return true
		} else if over {
			m.stops = append(m.stops, w)
			return false
		}
		w.expireAll(t.timer)
		return true
	}
	if t != nil && !w.goesRound() {
		m.nap(w, t)
		w.expire(t)
		return true
	}
	return m.rest(w)
}

// grace is the grace period in milliseconds.
func (m *machine) grace() int { return int(m.start.GracePeriod().Milliseconds()) }

// goesRound reports whether all that time would bring is another round of a loop.
func (w *world) goesRound() bool {
	for _, p := range w.procs {
		if !p.alive || p.timer < 0 {
			continue
		}
		parent := w.proc(p.parent)
		if parent == nil || parent.sh == nil || !parent.sh.steady {
			if p.prog.kind == idle && p.background && !w.awaited(p) {
				continue // a sleep in the background keeps nobody waiting
			}
			return false
		}
	}
	return true
}

// awaited reports whether a process waits for another one.
func (w *world) awaited(p *proc) bool {
	for _, q := range w.procs {
		if q.alive && slices.Contains(q.wait.pids, p.pid) {
			return true
		}
	}
	return false
}

// longSleep is how long a sleep takes, in milliseconds, that a stop signal is likely to meet.
const longSleep = 3000

// nap keeps a world in which everything waits for a long sleep: if nothing works later on, that is where it rests.
func (m *machine) nap(w *world, sleeper *proc) {
	if sleeper.prog.kind != idle || sleeper.timer-w.now < longSleep {
		return
	}
	key := restKey{sleeper.node, "sleep", 0}
	if w.seen.entries[key] > 0 {
		return
	}
	w.seen.set(key, w.seen.entries[key]+1)
	snapshot := w.clone()
	for _, earlier := range w.last {
		earlier.passed = true
	}
	w.last = []*world{snapshot}
}

// maxAgain is how often a command may be run again, by a function or a script that starts itself.
const maxAgain = 20

// loops reports whether a shell goes round in a while or until loop.
func (w *world) loops() bool {
	for _, p := range w.procs {
		if p.alive && p.sh != nil {
			for _, f := range p.sh.frames {
				if f.op == opLoop {
					return true
				}
			}
		}
	}
	return false
}

type restKey struct {
	node   any
	argv   string
	nested int // a script that has started itself anew is at its beginning
}

// rest deals with a world that has come to rest. If that is because a shell waits for a program that may be set-up, the
// course goes on as if the program had ended, and reports true.
func (m *machine) rest(w *world) bool {
	w.fronted = 0
	waited := w.frontmostOf(w.procs[0])
	if len(waited) == 0 {
		for _, earlier := range w.last {
			earlier.passed = true
		}
		w.final = true
		m.rests = append(m.rests, w)
		return false
	}
	key := restKey{waited[0].node, strings.Join(parser.Texts(waited[0].argv), " "), waited[0].nested}
	if w.fronted != 0 {
		key.argv += " of " + strconv.Itoa(w.fronted)
	}
	if n := w.seen.entries[key]; n > 0 && w.loops() || n > maxAgain {
		if w.fronted != 0 && !w.probes(waited[0]) && w.settle(w.fronted) {
			return true
		}
		for _, earlier := range w.last {
			earlier.final = true
		}
		m.rests = append(m.rests, w.last...)
		return false
	}
	snapshot := w.clone()
	for _, earlier := range w.last {
		earlier.passed = true
	}
	w.last = []*world{snapshot}
	w.seen.set(key, w.seen.entries[key]+1)
	w.since = 0
	for _, p := range waited {
		w.finish(p, 0, 0, Finished, supposed)
	}
	return true
}

// probes reports whether a program is the condition of a loop: what waits for something, and goes on when it is there.
func (w *world) probes(p *proc) bool {
	for parent := w.proc(p.parent); parent != nil; parent = w.proc(parent.parent) {
		if parent.sh != nil && slices.ContainsFunc(parent.sh.frames, func(f frame) bool { return f.op == opLoop && f.cond }) {
			return true
		}
	}
	return false
}

// frontmostOf returns the programs for whose end the shell nearest to a process, PID 1, waits and that may be set-up; nil
// where there are none.
func (w *world) frontmostOf(p *proc) []*proc {
	for range w.procs {
		switch {
		case !p.alive:
			return nil
		case p.relay != nil && p.relay.team != nil:
			return w.frontmostOfTeam(p.relay.team)
		case p.relay != nil:
			child := w.proc(p.relay.child)
			if child == nil {
				return nil
			}
			p = child
			continue
		case p.sh == nil:
			return nil
		}
		if p.wait.kind != forChild && p.wait.kind != inWait {
			return nil
		}
		var found []*proc
		for _, pid := range p.wait.pids {
			q := w.proc(pid)
			if q == nil || !q.alive {
				continue
			}
			found = append(found, w.leaves(q)...)
		}
		for _, q := range found {
			if (q.prog.kind == idle && q.timer < 0 || q.prog.stays) && !q.limited {
				return nil
			}
		}
		found = slices.DeleteFunc(found, func(q *proc) bool { return q.prog.kind != application && q.prog.kind != opaque && !q.limited })
		return found
	}
	return nil
}

// leaves returns the programs that keep a process waiting, itself where it is one.
func (w *world) leaves(p *proc) []*proc {
	switch {
	case !p.alive:
		return nil
	case p.relay != nil:
		if child := w.proc(p.relay.child); child != nil && child.alive {
			return w.leaves(child)
		}
		return nil
	case p.sh == nil:
		return []*proc{p}
	}
	var found []*proc
	for _, pid := range p.wait.pids {
		if q := w.proc(pid); q != nil && q.alive && q != p {
			found = append(found, w.leaves(q)...)
		}
	}
	return found
}

// endedBefore deals with a course in which PID 1 ends before any signal.
func (m *machine) endedBefore(w *world) {
	if len(w.last) > 0 && !w.nothing {
		for _, earlier := range w.last {
			earlier.final = earlier.final || w.procs[0].status == 0
			earlier.trail = max(earlier.trail, w.since)
		}
		m.rests = append(m.rests, w.last...)
		return
	}
	m.ends = append(m.ends, w)
}

// stop sends the stop signal to a world at rest and returns what can become of it.
func (m *machine) stop(rest *world) []*world {
	m.stops = nil
	w := rest.clone()
	w.stopAt, w.killAt, w.last = w.now, w.now+m.grace(), nil
	if !w.startHook() {
		w.sendStop()
	}
	m.run(w)
	return m.stops
}

// quietness says whether a part of a script starts nothing that matters.
type quietness struct {
	quiet bool
	names []string // variables that it sets
}

// quiet reports whether a compound command does nothing but set-up, so that it makes no difference which way it goes,
// and returns the variables that it sets.
func (m *machine) quiet(node syntax.Node) ([]string, bool) {
	if q, ok := m.silent[node]; ok {
		return q.names, q.quiet
	}
	q := quietness{quiet: true}
	syntax.Walk(node, func(n syntax.Node) bool {
		if !q.quiet {
			return false
		}
		switch n := n.(type) {
		case *syntax.Stmt:
			if n.Background || n.Coprocess {
				q.quiet = false
			}
		case *syntax.FuncDecl, *syntax.ProcSubst, *syntax.CoprocClause:
			q.quiet = false
		case *syntax.Assign:
			if n.Name != nil {
				q.names = append(q.names, n.Name.Value)
				q.quiet = false // the value may decide what is started
			}
		case *syntax.CallExpr:
			if len(n.Args) == 0 {
				return true
			}
			switch name := n.Args[0].Lit(); name {
			case ":", "true", "false", "echo", "printf", "test", "[", "umask", "ulimit", "type", "hash", "shopt", "let", "getopts", "read":
			case "command":
				if len(n.Args) < 2 || !strings.HasPrefix(n.Args[1].Lit(), "-") {
					q.quiet = false
				}
			default:
				name = name[strings.LastIndexByte(name, '/')+1:]
				if name == "" || !programs.Utility(name) || name == "kill" || name == "pkill" || name == "killall" || n.Args[len(n.Args)-1].Lit() == "shutdown" {
					q.quiet = false
				}
			}
			if n.Args[0].Lit() == "read" {
				for _, a := range n.Args[1:] {
					q.names = append(q.names, a.Lit())
				}
			}
		}
		return true
	})
	if m.silent == nil {
		m.silent = map[syntax.Node]quietness{}
	}
	m.silent[node] = q
	return q.names, q.quiet
}

// loudSubsts returns the command substitutions of a simple command that run more than utilities.
func (m *machine) loudSubsts(call *syntax.CallExpr) []*syntax.CmdSubst {
	var subs []*syntax.CmdSubst
	look := func(part syntax.WordPart) {
		if sub, ok := part.(*syntax.CmdSubst); ok {
			for _, stmt := range sub.Stmts {
				if _, ok := m.quiet(stmt); fails(stmt) || !ok && !jobsOnly(sub) && !m.prints(sub) {
					subs = append(subs, sub)
					return
				}
			}
		}
	}
	word := func(w *syntax.Word) {
		if w == nil {
			return
		}
		for _, part := range w.Parts {
			if quoted, ok := part.(*syntax.DblQuoted); ok {
				for _, inner := range quoted.Parts {
					look(inner)
				}
				continue
			}
			look(part)
		}
	}
	for _, a := range call.Assigns {
		word(a.Value)
	}
	for _, a := range call.Args {
		word(a)
	}
	return subs
}

// fails reports whether a statement is there for its status.
func fails(stmt *syntax.Stmt) bool {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && slices.Contains([]string{"false", "exit"}, call.Args[0].Lit())
}

func jobsOnly(sub *syntax.CmdSubst) bool {
	call, ok := sub.Stmts[0].Cmd.(*syntax.CallExpr)
	return ok && len(sub.Stmts) == 1 && len(call.Args) > 0 && call.Args[0].Lit() == "jobs"
}

// prints reports whether a substitution is of the kind whose output the model works out itself.
func (m *machine) prints(sub *syntax.CmdSubst) bool {
	for _, stmt := range sub.Stmts {
		quiet := true
		syntax.Walk(stmt, func(n syntax.Node) bool {
			if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
				switch call.Args[0].Lit() {
				case "cd", "pwd", "jobs", "which", "command", "set":
				default:
					if name := call.Args[0].Lit(); name == "" || !programs.Utility(name) {
						quiet = false
					}
				}
			}
			return quiet
		})
		if !quiet {
			return false
		}
	}
	return true
}
