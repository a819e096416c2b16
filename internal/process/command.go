package process

import (
	"slices"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// statement runs one statement of a shell.
func (w *world) statement(p *proc, script *parser.Script, stmt *syntax.Stmt, tail, tested bool) []*world {
	s := p.sh
	if rest, ok := splitAmpersand(s, stmt); ok {
		w.note(p, RefusedConstruct, script.NodeSpan(stmt), "to "+s.id.Family+" &> is & and >, which leaves the command in the background")
		w.async(p, script, rest, tested)
		return nil
	}
	if stmt.Background || stmt.Coprocess || stmt.Disown {
		w.async(p, script, stmt, tested)
		return nil
	}
	switch {
	case stmt.Negated:
		s.push(frame{op: opNot})
		tail, tested = false, true
	case tested:
	case compound(stmt.Cmd):
		if s.id.Family == image.Zsh {
			s.push(frame{op: opExcuse})
		}
	case !delegates(stmt.Cmd):
		s.excused = false
		s.push(frame{op: opAfter})
	}
	return w.command(p, script, stmt, tail, tested)
}

// compound reports whether a command is compound and has no process of its own. set -e does not look at its status, which is
// that of a part that it has looked at or passed over.
func compound(cmd syntax.Command) bool {
	switch cmd.(type) {
	case *syntax.Block, *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause:
		return true
	}
	return false
}

// delegates reports whether a command leaves it to its parts what set -e makes of them.
func delegates(cmd syntax.Command) bool {
	switch cmd := cmd.(type) {
	case *syntax.TimeClause:
		return true
	case *syntax.BinaryCmd:
		return cmd.Op == syntax.AndStmt || cmd.Op == syntax.OrStmt
	}
	return false
}

// splitAmpersand returns what a shell that does not know &> runs in the background.
func splitAmpersand(s *shell, stmt *syntax.Stmt) (*syntax.Stmt, bool) {
	if s.traits.ampRedirect {
		return nil, false
	}
	for i, r := range stmt.Redirs {
		if r.Op == syntax.RdrAll || r.Op == syntax.AppAll {
			rest := *stmt
			rest.Redirs = stmt.Redirs[:i:i]
			return &rest, true
		}
	}
	return nil, false
}

// async runs a statement in the background.
func (w *world) async(p *proc, script *parser.Script, stmt *syntax.Stmt, tested bool) {
	body := *stmt
	body.Background, body.Coprocess, body.Disown = false, false, false
	// The parts of "a | b &" are children of the shell itself, and $! is the last one.
	if pipe, ok := stmt.Cmd.(*syntax.BinaryCmd); ok && (pipe.Op == syntax.Pipe || pipe.Op == syntax.PipeAll) {
		var pids []int
		for _, c := range w.pipeline(p, script, pipe, InBackground, tested) {
			w.detach(p, c)
			pids = append(pids, c.pid)
		}
		if p.sh.pipes == nil {
			p.sh.pipes = map[int][]int{}
		}
		p.sh.pipes[p.sh.lastJob] = pids
		return
	}
	place := script.NodeSpan(stmt)
	if stmt.Cmd != nil { // there is none in "> file &"
		place = script.NodeSpan(stmt.Cmd)
	}
	c := w.fork(p, InBackground, place)
	c.node = stmt
	w.detach(p, c)
	if _, parens := stmt.Cmd.(*syntax.Subshell); parens && p.sh.bash() {
		// Bash leaves the signals of a subshell alone.
		c.ignored = p.ignored
		c.sh.deaf = p.sh.deaf
	}
	c.sh.push(frame{op: opList, script: script, stmts: []*syntax.Stmt{&body}, tail: true, tested: tested && !p.sh.dash() && p.sh.id.Family != image.Ash})
	// It gets going before the shell is done with the rest of the script.
	w.ready = slices.Insert(w.ready, 0, c.pid)
}

// command runs the command of a statement, which is neither negated nor in the background.
func (w *world) command(p *proc, script *parser.Script, stmt *syntax.Stmt, tail, tested bool) []*world {
	s := p.sh
	t := s.traits
	redirected := len(stmt.Redirs) > 0
	switch cmd := stmt.Cmd.(type) {
	case nil:
		w.redirect(p, script, stmt.Redirs)
		s.status, s.doubtful = 0, false
	case *syntax.CallExpr:
		return w.simple(p, script, cmd, stmt.Redirs, tail, tested, false)
	case *syntax.Subshell:
		w.redirect(p, script, stmt.Redirs)
		if tail && (t.compound || s.sub) && (!redirected || t.redirGroup || s.sub) && !s.keepsForTraps() {
			s.sub, s.parens = true, true
			s.traps = sharedMap[Signal, trap]{}
			s.push(frame{op: opList, script: script, stmts: cmd.Stmts, tail: true, tested: tested})
			return nil
		}
		c := w.fork(p, AsChild, script.NodeSpan(cmd))
		c.sh.parens = true
		c.sh.push(frame{op: opList, script: script, stmts: cmd.Stmts, tail: true, tested: tested})
		c.node = stmt
		p.wait = waiting{kind: forChild, pids: []int{c.pid}}
		w.wake(c)
	case *syntax.Block:
		w.redirect(p, script, stmt.Redirs)
		tail = tail && s.mayStay(t.compound, false) && (!redirected || t.redirBrace)
		s.push(frame{op: opList, script: script, stmts: cmd.Stmts, tail: tail, tested: tested})
	case *syntax.IfClause:
		w.redirect(p, script, stmt.Redirs)
		tail = tail && s.mayStay(t.compound, false) && (!redirected || t.redirBrace)
		w.startIf(p, script, cmd, tail, tested)
	case *syntax.WhileClause:
		w.redirect(p, script, stmt.Redirs)
		s.loops++
		s.push(frame{op: opLoop, script: script, node: cmd, tested: tested})
	case *syntax.ForClause:
		w.redirect(p, script, stmt.Redirs)
		w.startFor(p, script, cmd, tail && t.loop, tested)
	case *syntax.CaseClause:
		w.redirect(p, script, stmt.Redirs)
		return w.runCase(p, script, cmd, tail && s.mayStay(t.compound, false) && (!redirected || t.redirBrace), tested)
	case *syntax.BinaryCmd:
		w.redirect(p, script, stmt.Redirs)
		if cmd.Op == syntax.AndStmt || cmd.Op == syntax.OrStmt {
			s.push(frame{op: opAndOr, script: script, node: cmd, tail: tail && s.mayStay(t.andOr, true), tested: tested})
			s.push(frame{op: opList, script: script, stmts: []*syntax.Stmt{cmd.X}, tested: true})
			return nil
		}
		if w.killListed(p, script, stmt) {
			return nil
		}
		parts := w.pipeline(p, script, cmd, AsChild, tested)
		p.wait = waiting{kind: forChild}
		for _, c := range parts {
			p.wait.pids = append(p.wait.pids, c.pid)
		}
		if t.pipeline && tail && !s.keepsForTraps() {
			// The shell itself becomes the last part.
			last := parts[len(parts)-1]
			last.alive, last.reaped = false, true
			w.drop(last)
			p.wait = waiting{}
			s.frames = append(s.frames, last.sh.frames...)
			s.sub = true
		}
	case *syntax.FuncDecl:
		if cmd.RsrvWord && !t.double && s.id.Family != "" {
			// There is no such word: a command called function is not found, and the body runs at once.
			w.commandFailed(p, &Failure{Span: script.NodeSpan(cmd), Status: 127, Kind: Refused, Reason: "function is no word of " + s.id.Family + ", which finds no command of that name"})
			return w.statement(p, script, cmd.Body, false, tested)
		}
		if cmd.Name != nil {
			s.funcs.set(cmd.Name.Value, function{body: cmd.Body, script: script})
		}
		s.status, s.doubtful = 0, false
	case *syntax.TestClause:
		if !t.double {
			w.note(p, RefusedConstruct, script.NodeSpan(cmd), "[[ ]] is not known to "+s.id.Family)
			w.commandFailed(p, &Failure{Span: script.NodeSpan(cmd), Status: 127, Kind: Refused, Reason: "[[ ]] is not known to " + s.id.Family})
			return nil
		}
		w.setAnswer(p, w.testExpr(p, script, cmd.X))
	case *syntax.ArithmCmd:
		if !t.arithmetic {
			w.commandFailed(p, &Failure{Span: script.NodeSpan(cmd), Status: 127, Kind: Refused, Reason: "(( )) is not known to " + s.id.Family})
			return nil
		}
		value, known := w.arithmetic(p, cmd.X)
		s.doubtful = !known
		s.status = 1
		if value != 0 {
			s.status = 0
		}
	case *syntax.DeclClause:
		w.declare(p, script, cmd)
	case *syntax.LetClause:
		s.status, s.doubtful = 0, true
	case *syntax.TimeClause:
		if cmd.Stmt == nil {
			return nil
		}
		if !t.timeWord {
			return w.timeProgram(p, script, cmd)
		}
		return w.statement(p, script, cmd.Stmt, false, tested)
	case *syntax.CoprocClause:
		w.async(p, script, cmd.Stmt, tested)
	default:
		s.status, s.doubtful = 0, true
	}
	return nil
}

// mayStay reports whether a construct hands its place at the end on to its own last command. What a forked child runs
// does in most shells; bash does so in parentheses only, and mksh never.
func (s *shell) mayStay(trait, list bool) bool {
	if !s.sub {
		return trait
	}
	switch s.id.Family {
	case image.Bash, image.BashSh:
		return list && s.parens
	case image.Mksh, image.Posh:
		return false
	}
	return true
}

// drop takes a process that never ran out of the queue.
func (w *world) drop(p *proc) {
	for i, pid := range w.ready {
		if pid == p.pid {
			w.ready = append(w.ready[:i], w.ready[i+1:]...)
			return
		}
	}
}

// pipeline starts the parts of a pipeline.
func (w *world) pipeline(p *proc, script *parser.Script, cmd *syntax.BinaryCmd, how How, tested bool) []*proc {
	var stmts []*syntax.Stmt
	var flatten func(*syntax.Stmt)
	flatten = func(stmt *syntax.Stmt) {
		if b, ok := stmt.Cmd.(*syntax.BinaryCmd); ok && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) && !stmt.Negated && len(stmt.Redirs) == 0 {
			flatten(b.X)
			flatten(b.Y)
			return
		}
		stmts = append(stmts, stmt)
	}
	flatten(cmd.X)
	flatten(cmd.Y)
	var parts []*proc
	for i, stmt := range stmts {
		c := w.fork(p, how, script.NodeSpan(stmt))
		c.sh.piped = true
		c.node = stmt
		c.sh.push(frame{op: opList, script: script, stmts: []*syntax.Stmt{stmt}, tail: true, tested: tested})
		w.wake(c)
		if i > 0 {
			if w.sources == nil {
				w.sources = map[*proc]*proc{}
			}
			w.sources[c] = parts[i-1]
		}
		parts = append(parts, c)
	}
	return parts
}

// startIf begins an if, or one of its elif.
func (w *world) startIf(p *proc, script *parser.Script, clause *syntax.IfClause, tail, tested bool) {
	s := p.sh
	if len(clause.Cond) == 0 { // else
		s.push(frame{op: opList, script: script, stmts: clause.Then, tail: tail, tested: tested})
		return
	}
	s.push(frame{op: opIf, script: script, node: clause, tail: tail, tested: tested})
	s.push(frame{op: opList, script: script, stmts: clause.Cond, tested: true})
}

func (w *world) stepIf(p *proc, f frame) []*world {
	s := p.sh
	clause := f.node.(*syntax.IfClause)
	span := condition(f.script, clause.Cond)
	s.pop()
	take := func(w *world, p *proc, yes bool) {
		s := p.sh
		s.status, s.doubtful = 0, false
		if yes {
			s.push(frame{op: opList, script: f.script, stmts: clause.Then, tail: f.tail, tested: f.tested})
		} else if clause.Else != nil {
			w.startIf(p, f.script, clause.Else, f.tail, f.tested)
		}
	}
	if !s.doubtful {
		take(w, p, s.status == 0)
		return nil
	}
	if names, ok := w.m.quiet(clause); ok {
		s.forget(names)
		s.status = 0
		return nil
	}
	return w.part(p, span, []string{"true", "false"}, func(w *world, p *proc, i int) { take(w, p, i == 0) })
}

func condition(script *parser.Script, stmts []*syntax.Stmt) parser.Span {
	last := stmts[len(stmts)-1]
	return script.NodeSpan(last)
}

func (w *world) stepAndOr(p *proc, f frame) []*world {
	s := p.sh
	cmd := f.node.(*syntax.BinaryCmd)
	s.pop()
	// Behind && and || bash counts the traps that only ignore a signal as well.
	tail := f.tail && !(s.bash() && !s.sub && len(s.traps.entries) > 0)
	run := func(p *proc) {
		p.sh.push(frame{op: opList, script: f.script, stmts: []*syntax.Stmt{cmd.Y}, tail: tail, tested: f.tested})
	}
	and := cmd.Op == syntax.AndStmt
	if !s.doubtful {
		if (s.status == 0) == and {
			run(p)
		}
		return nil
	}
	if names, ok := w.m.quiet(cmd.Y); ok {
		s.forget(names)
		return nil
	}
	return w.part(p, f.script.NodeSpan(cmd.X), []string{"true", "false"}, func(w *world, p *proc, i int) {
		p.sh.doubtful = false
		p.sh.status = i
		if (i == 0) == and {
			run(p)
		}
	})
}

func (w *world) stepLoop(p *proc, f *frame) []*world {
	s := p.sh
	clause := f.node.(*syntax.WhileClause)
	if !f.cond {
		if w.idles(p, clause) {
			return nil
		}
		f.cond = true
		script := f.script
		s.push(frame{op: opList, script: script, stmts: clause.Cond, tested: true})
		return nil
	}
	f.cond = false
	loop := *f
	s.pop()
	again := func(s *shell) {
		s.push(loop)
		s.push(frame{op: opList, script: loop.script, stmts: clause.Do, tested: loop.tested})
	}
	stop := func(s *shell) {
		s.loops--
		s.status, s.doubtful = 0, false
		s.steady = false
		s.forgetRounds(clause)
	}
	if !s.doubtful {
		if (s.status == 0) != clause.Until {
			again(s)
		} else {
			stop(s)
		}
		return nil
	}
	if names, ok := w.m.quiet(clause); ok && w.stopAt < 0 {
		s.forget(names)
		stop(s)
		return nil
	}
	if s.counts.entries[clause].total > 1 && w.stopAt < 0 {
		// What a loop polls for comes at last.
		stop(s)
		return nil
	}
	return w.part(p, condition(loop.script, clause.Cond), []string{"false", "true"}, func(w *world, p *proc, i int) {
		if (i == 1) != clause.Until {
			again(p.sh)
		} else {
			stop(p.sh)
		}
	})
}

// maxRounds bounds a loop that goes on changing something.
const maxRounds = 200

// idles reports whether a loop has turned out to go round for good without waiting for anything, and lets the shell spin.
func (w *world) idles(p *proc, loop any) bool {
	s := p.sh
	c := s.counts.entries[loop]
	if c.births != w.births {
		c = count{births: w.births, time: -1, total: c.total}
	}
	c.rounds++
	c.total++
	if c.time == w.now {
		c.stood++
	} else {
		c.stood = 0
	}
	c.time = w.now
	if (c.rounds > 2 || c.total > maxRounds/2) && w.stopAt < 0 {
		s.steady = true
	}
	spins := c.stood > 2 || c.total > maxRounds
	if spins {
		// Nothing is waited for, and nothing changes.
		c.rounds, c.stood = 0, 0
		p.wait = waiting{kind: spinning}
		s.steady = true
	}
	s.counts.set(loop, c)
	return spins
}

// forgetRounds lets a loop that is over begin anew.
func (s *shell) forgetRounds(loop any) {
	if c, ok := s.counts.entries[loop]; ok {
		c.rounds = 0
		s.counts.set(loop, c)
	}
}

func (w *world) startFor(p *proc, script *parser.Script, clause *syntax.ForClause, tail, tested bool) {
	s := p.sh
	s.loops++
	iter, ok := clause.Loop.(*syntax.WordIter)
	if !ok || clause.Select {
		// A C-style loop: one round stands for all.
		s.push(frame{op: opFor, script: script, node: clause, more: &unfinished{words: []parser.Word{{Text: "", Known: false}}}, tested: tested})
		return
	}
	words := s.args
	if iter.InPos.IsValid() {
		words = nil
		for _, item := range iter.Items {
			words = append(words, w.expand(p, script, item)...)
		}
	}
	s.push(frame{op: opFor, script: script, node: clause, more: &unfinished{words: words}, tail: tail, tested: tested})
}

func (w *world) stepFor(p *proc, f *frame) {
	s := p.sh
	clause := f.node.(*syntax.ForClause)
	if f.i >= len(f.more.words) || f.i > maxRounds {
		s.pop()
		s.loops--
		return
	}
	word := f.more.words[f.i]
	f.i++
	if iter, ok := clause.Loop.(*syntax.WordIter); ok {
		w.assign(p, iter.Name.Value, []parser.Word{word}, false)
	}
	tail := f.tail && f.i == len(f.more.words)
	script, tested := f.script, f.tested
	s.push(frame{op: opList, script: script, stmts: clause.Do, tail: tail, tested: tested})
}

// leaveLoops ends n loops for break, or goes on with the next round of the nth for continue.
func (s *shell) leaveLoops(n int, next bool) {
	for len(s.frames) > 0 {
		f := s.frames[len(s.frames)-1]
		if f.op == opReturn || f.op == opTrapEnd {
			return
		}
		if f.op == opLoop || f.op == opFor {
			if n--; n <= 0 && next {
				return
			}
			s.loops--
			if f.op == opLoop {
				s.steady = false
				s.forgetRounds(f.node)
			}
			if n <= 0 {
				s.pop()
				return
			}
		}
		s.pop()
	}
}

func (w *world) runCase(p *proc, script *parser.Script, clause *syntax.CaseClause, tail, tested bool) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	subject := w.single(p, script, clause.Word)
	enter := func(p *proc, item *syntax.CaseItem) {
		p.sh.push(frame{op: opList, script: script, stmts: item.Stmts, tail: tail, tested: tested})
	}
	var possible []*syntax.CaseItem
	sure := false
	for _, item := range clause.Items {
		verdict := image.No
		for _, pattern := range item.Patterns {
			switch w.matches(p, script, subject, pattern) {
			case image.Yes:
				verdict = image.Yes
			case image.Unknown:
				if verdict == image.No {
					verdict = image.Unknown
				}
			}
		}
		if verdict != image.No {
			possible = append(possible, item)
		}
		if verdict == image.Yes {
			sure = true
			break
		}
	}
	if sure && len(possible) == 1 {
		enter(p, possible[0])
		return nil
	}
	if len(possible) == 0 {
		return nil
	}
	if names, ok := w.m.quiet(clause); ok {
		s.forget(names)
		return nil
	}
	var labels []string
	for _, item := range possible {
		labels = append(labels, script.NodeSpan(item.Patterns[0]).Text())
	}
	if !sure {
		labels = append(labels, "none of its patterns")
	}
	return w.part(p, script.NodeSpan(clause.Word), labels, func(w *world, p *proc, i int) {
		if i < len(possible) {
			enter(p, possible[i])
		}
	})
}

// setAnswer sets the status to an answer.
func (w *world) setAnswer(p *proc, answer image.Answer) {
	p.sh.doubtful = answer == image.Unknown
	p.sh.status = 0
	if answer == image.No {
		p.sh.status = 1
	}
}

// forget marks variables as set to something that is not known.
func (s *shell) forget(names []string) {
	for _, name := range names {
		v := s.vars.entries[name]
		s.vars.set(name, variable{words: []parser.Word{{Text: "$" + name}}, exported: v.exported})
		s.unset.delete(name)
	}
}

// readable reports whether the shell's own parser accepts the line on which the next statement begins. Where it does not
// the shell ends, having run the lines before it.
func (w *world) readable(p *proc, f *frame) bool {
	if f.i > 0 && f.stmts[f.i-1].End().Line() >= f.stmts[f.i].Pos().Line() {
		return true // on a line that was read before
	}
	for i := f.i; i < len(f.stmts); i++ {
		if i > f.i && f.stmts[i-1].End().Line() < f.stmts[i].Pos().Line() {
			break
		}
		if node, what := refused(p.sh, f.script, f.stmts[i]); node != nil {
			span := f.script.NodeSpan(node)
			w.note(p, SyntaxRefused, span, what)
			w.m.failed(w, &Failure{Span: span, Status: p.sh.traits.refuse, Kind: BadSyntax, Reason: what + " is a syntax error to " + p.sh.id.Family + ", which ends there"})
			p.sh.frames = nil
			w.leave(p, p.sh.traits.refuse)
			return false
		}
	}
	return true
}

// refused returns the first part of a statement that a shell's parser does not know.
func refused(s *shell, script *parser.Script, stmt *syntax.Stmt) (node syntax.Node, what string) {
	if script.Dialect == syntax.LangPOSIX || s.id.Family == "" {
		return nil, ""
	}
	t := s.traits
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if node != nil {
			return false
		}
		switch n := n.(type) {
		case *syntax.ProcSubst:
			if !t.procSubst {
				node, what = n, "process substitution"
			}
		case *syntax.ArrayExpr:
			if !t.arithmetic {
				node, what = n, "an array"
			}
		case *syntax.FuncDecl:
			if n.RsrvWord && n.Parens && !t.double {
				node, what = n, "the word function in front of ()"
			}
		case *syntax.ParamExp:
			switch {
			case n.Exp != nil && n.Exp.Op >= syntax.UpperFirst && !s.bash(), s.dash() && (n.Repl != nil || n.Slice != nil || n.Excl):
				node, what = n, script.NodeSpan(n).Text()
			}
		case *syntax.Redirect:
			if n.Op == syntax.WordHdoc && !t.arithmetic {
				node, what = n, "a here-string"
			}
		case *syntax.ForClause:
			if _, ok := n.Loop.(*syntax.CStyleLoop); ok && !t.arithmetic {
				node, what = n, "for (( ))"
			}
		case *syntax.BinaryCmd:
			if n.Op == syntax.PipeAll && !t.arithmetic {
				node, what = n, "|&"
			}
		}
		return node == nil
	})
	return node, what
}
