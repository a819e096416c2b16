package process

import (
	"path"
	"slices"
	"strconv"
	"strings"

	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

const maxDepth = 60 // calls of functions and sourced files in each other

// simple runs a simple command. substituted says that its command substitutions have run already.
func (w *world) simple(p *proc, script *parser.Script, call *syntax.CallExpr, redirs []*syntax.Redirect, tail, tested, substituted bool) []*world {
	s := p.sh
	if !substituted {
		if subs := w.m.loudSubsts(call); len(subs) > 0 {
			s.push(frame{op: opSimple, script: script, node: call, more: &unfinished{redirs: redirs}, tail: tail, tested: tested})
			s.push(frame{op: opSubst, script: script, more: &unfinished{subs: subs}, tested: tested})
			return nil
		}
		s.doubtful = false
	}
	if len(call.Args) == 0 {
		keep, doubt := s.status, s.doubtful
		w.redirect(p, script, redirs)
		for _, a := range call.Assigns {
			w.assignment(p, script, a)
		}
		s.status, s.doubtful = 0, false
		if substituted {
			s.status, s.doubtful = keep, doubt
		} else if hasSubst(call) {
			s.doubtful = true
		}
		return nil
	}
	var argv []parser.Word
	for _, word := range call.Args {
		argv = append(argv, w.expand(p, script, word)...)
	}
	if w.unbound != "" {
		name := w.unbound
		w.unbound = ""
		w.m.failed(w, &Failure{Span: script.NodeSpan(call), Status: 2, Kind: GivesUp, Reason: "set -u ends the script, because " + name + " is not set"})
		w.leave(p, 2)
		return nil
	}
	argv = carried(script, call, argv)
	// A variable in front that nothing sets leaves no word behind.
	for len(argv) > 1 && !argv[0].Known && w.vanishes(p, argv[0].Text) {
		argv = argv[1:]
	}
	span := script.NodeSpan(call)
	w.redirect(p, script, redirs)
	if len(argv) == 0 {
		s.status, s.doubtful = 0, false
		return nil
	}
	switch argv[0].Text {
	case "wait", "kill":
		// Seeing off what ended is not a piece of work.
	default:
		w.since++
	}
	c := simpleCommand{script: script, call: call, argv: argv, span: span, redirected: len(redirs) > 0, tail: tail, tested: tested, redirs: redirs}
	if argv[0].Known {
		if fn, ok := s.funcs.entries[argv[0].Text]; ok {
			w.callFunction(p, c, fn)
			return nil
		}
		if run := builtinNamed(s, argv[0].Text); run != nil {
			for _, a := range call.Assigns {
				if argv[0].Text != "exec" {
					w.assignment(p, script, a)
				}
			}
			return run(w, p, c)
		}
	}
	return w.external(p, c)
}

// A simpleCommand is a simple command whose words are expanded.
type simpleCommand struct {
	script     *parser.Script
	call       *syntax.CallExpr
	argv       []parser.Word
	span       parser.Span
	redirs     []*syntax.Redirect
	redirected bool
	tail       bool
	tested     bool
}

// vanishes reports whether a word is a lone unquoted variable that nothing sets.
func (w *world) vanishes(p *proc, text string) bool {
	name := strings.TrimPrefix(text, "$")
	if name == text {
		return false
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "{"), "}")
	if !isName(name) {
		return false
	}
	_, st := w.lookup(p, name)
	return st == isUnset
}

func isName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

func hasSubst(call *syntax.CallExpr) bool {
	for _, a := range call.Assigns {
		if a.Value == nil {
			continue
		}
		for _, part := range a.Value.Parts {
			switch part := part.(type) {
			case *syntax.CmdSubst:
				return true
			case *syntax.DblQuoted:
				for _, inner := range part.Parts {
					if _, ok := inner.(*syntax.CmdSubst); ok {
						return true
					}
				}
			}
		}
	}
	return false
}

// assignment runs NAME=value.
func (w *world) assignment(p *proc, script *parser.Script, a *syntax.Assign) {
	if a.Name == nil {
		return
	}
	name := a.Name.Value
	s := p.sh
	switch {
	case a.Array != nil:
		var words []parser.Word
		for _, elem := range a.Array.Elems {
			if elem.Index != nil {
				s.forget([]string{name})
				return
			}
			if elem.Value != nil {
				words = append(words, w.expand(p, script, elem.Value)...)
			}
		}
		if a.Append {
			words = append(slices.Clone(s.vars.entries[name].words), words...)
		}
		w.assign(p, name, words, true)
	case a.Index != nil:
		s.forget([]string{name})
	case a.Naked:
	default:
		value := w.single(p, script, a.Value)
		if a.Append {
			before, st := w.lookup(p, name)
			if v := s.vars.entries[name]; v.array {
				s.forget([]string{name})
				return
			}
			value = parser.Word{Text: before + value.Text, Known: value.Known && st != isUnknown, Span: value.Span}
		}
		w.assign(p, name, []parser.Word{value}, false)
	}
}

// assign sets a variable.
func (w *world) assign(p *proc, name string, words []parser.Word, array bool) {
	s := p.sh
	old, was := s.vars.entries[name]
	if !was {
		_, old.exported = s.env.get(name)
	}
	if !was || !slices.EqualFunc(old.words, words, func(a, b parser.Word) bool { return a.Text == b.Text && a.Known == b.Known }) {
		w.births++
	}
	s.vars.set(name, variable{words: words, array: array, exported: old.exported})
	s.unset.delete(name)
}

// declare runs export, local, declare, readonly and typeset.
func (w *world) declare(p *proc, script *parser.Script, decl *syntax.DeclClause) {
	s := p.sh
	s.status, s.doubtful = 0, false
	array := false
	for _, a := range decl.Args {
		if a.Name == nil {
			if a.Value != nil && (a.Value.Lit() == "-a" || a.Value.Lit() == "-A") {
				array = true
			}
			continue
		}
		name := a.Name.Value
		if decl.Variant.Value == "local" || (decl.Variant.Value == "declare" || decl.Variant.Value == "typeset") && s.depth > 0 {
			s.saveLocal(name)
		}
		if a.Naked {
			if decl.Variant.Value != "export" && decl.Variant.Value != "readonly" {
				if _, ok := s.vars.entries[name]; !ok {
					w.assign(p, name, nil, array)
				}
			}
		} else {
			w.assignment(p, script, a)
		}
		if decl.Variant.Value == "export" {
			value, st := w.lookup(p, name)
			if v, ok := s.vars.entries[name]; ok {
				v.exported = true
				s.vars.set(name, v)
			} else if st == isKnown {
				w.assign(p, name, []parser.Word{{Text: value, Known: true}}, false)
				v := s.vars.entries[name]
				v.exported = true
				s.vars.set(name, v)
			}
		}
	}
}

// saveLocal keeps the value of a variable until the function is over.
func (s *shell) saveLocal(name string) {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if f := &s.frames[i]; f.op == opReturn {
			kept := *f.saved
			locals := map[string]*variable{}
			for k, v := range kept.locals {
				locals[k] = v
			}
			if _, ok := locals[name]; !ok {
				if v, set := s.vars.entries[name]; set {
					locals[name] = &v
				} else {
					locals[name] = nil
				}
			}
			kept.locals = locals
			f.saved = &kept
			return
		}
	}
}

// callFunction runs a function of the script.
func (w *world) callFunction(p *proc, c simpleCommand, fn function) {
	s := p.sh
	for _, a := range c.call.Assigns {
		w.assignment(p, c.script, a)
	}
	if s.depth >= maxDepth {
		w.doubt(c.span, "functions call each other too deeply to follow")
		s.status, s.doubtful = 0, true
		return
	}
	s.depth++
	s.push(frame{op: opReturn, saved: &saved{args: s.args, more: s.more}})
	s.args, s.more = c.argv[1:], slices.ContainsFunc(c.argv[1:], func(a parser.Word) bool { return !a.Known && strings.HasPrefix(a.Text, "$@") })
	body := []*syntax.Stmt{fn.body}
	if block, ok := fn.body.Cmd.(*syntax.Block); ok {
		w.redirect(p, fn.script, fn.body.Redirs)
		body = block.Stmts // zsh tells the braces of a function from a compound command
	}
	s.push(frame{op: opList, script: fn.script, stmts: body, tested: c.tested, tail: c.tail && s.traits.function})
}

// external runs a program, in the place of the shell where it does that by itself.
func (w *world) external(p *proc, c simpleCommand) []*world {
	s := p.sh
	if c.argv[0].Known && foreign(s, c.argv[0].Text) {
		what := c.argv[0].Text + " is not known to " + s.id.Family + ", which finds no program of that name"
		w.note(p, RefusedConstruct, c.argv[0].Span, what)
		w.commandFailed(p, &Failure{Span: c.argv[0].Span, Status: 127, Kind: Refused, Reason: what})
		return nil
	}
	if w.passes(p, c) {
		return nil
	}
	if w.stopAt >= 0 && (s.handling != 0 || s.leaving) {
		if _, entry := w.find(p, c.argv[0].Text); c.argv[0].Known && entry.Kind != Text && entry.Kind != ShellProgram && !pauses(c.argv[0].Text) {
			w.controls = append(slices.Clip(w.controls), Gap{c.span, "what " + path.Base(c.argv[0].Text) + " does to the application on stop cannot be known"})
		}
	}
	s.status, s.doubtful = 0, false
	env := w.childEnv(p, c)
	if c.tail && s.execsLast(c) && !s.keepsForTraps() {
		before := p.env
		p.env = env
		p.input = w.hereDocument(p, c)
		if failure := w.exec(p, c.argv, byShell); failure != nil {
			p.env = before
			w.commandFailed(p, failure)
			return nil
		}
		if !s.sub && p.how != InBackground && !p.hook {
			w.m.note(Fact{Kind: ImplicitExec, Span: c.span, PID: p.pid, Shell: s.id})
		}
		if p.alive && p.sh == nil {
			p.node = c.call
		}
		return nil
	}
	child := w.spawn(p, AsChild)
	child.span, child.env, child.node = c.span, env, c.call
	child.input = w.hereDocument(p, c)
	if failure := w.exec(child, c.argv, byShell); failure != nil {
		w.procs = w.procs[:len(w.procs)-1]
		w.commandFailed(p, failure)
		return nil
	}
	p.wait = waiting{kind: forChild, pids: []int{child.pid}}
	if !child.alive {
		p.wait = waiting{}
		s.status = child.status
		w.wake(p)
	}
	return nil
}

// execsLast reports whether the shell becomes a simple command that is its last.
func (s *shell) execsLast(c simpleCommand) bool {
	if s.sub {
		return true
	}
	if !s.traits.simple && s.traits.fileLast == restNever {
		return false
	}
	return !c.redirected || s.traits.redirected
}

// commandFailed is what a shell makes of a command that cannot be started.
func (w *world) commandFailed(p *proc, failure *Failure) {
	p.sh.status, p.sh.doubtful = failure.Status, false
	w.m.failed(w, failure)
}

// passes deals with utilities that end at once, without making a process of them.
func (w *world) passes(p *proc, c simpleCommand) bool {
	if !c.argv[0].Known || w.m.linger {
		return false
	}
	name := c.argv[0].Text
	if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
		if !strings.HasPrefix(name, "/bin/") && !strings.HasPrefix(name, "/usr/") && !strings.HasPrefix(name, "/sbin/") {
			return false
		}
		name = name[slash+1:]
	}
	if name == "sleep" && len(c.argv) == 2 && (w.stopAt < 0) && c.argv[1].Text == "0" {
		p.sh.status, p.sh.doubtful = 0, false
		return true
	}
	if !programs.Utility(name) {
		return false
	}
	switch _, entry := w.find(p, c.argv[0].Text); entry.Kind {
	case Text, ShellProgram, Opaque, Missing:
		return false
	}
	p.sh.status, p.sh.doubtful = 0, !programs.Succeeds(name)
	if !c.tested {
		p.sh.doubtful = false
	}
	if w.stopAt >= 0 && p.hook {
		if tells(name) {
			return false
		}
		if slices.Contains([]string{"kill", "pkill", "killall"}, name) && !w.hasTool(p, name) {
			w.doubt(c.span, "whether the image has "+name+" is not known")
			return true
		}
	}
	switch name {
	case "pgrep", "pidof":
		if lines, known := w.printed(p, c.argv); known && p.hook {
			p.sh.status, p.sh.doubtful = truth(len(lines) == 0), false
		}
	case "kill":
		w.killBuiltin(p, c)
	case "pkill", "killall":
		w.killByName(p, c, name)
	case "mysqladmin", "mariadb-admin":
		if mysqlShutdown(parser.Texts(c.argv)) {
			w.tellServer(p, SIGTERM, "mysqld mariadbd")
		}
	case "mkfifo":
		for _, word := range c.argv[1:] {
			w.pipes = with(w.pipes, joinDir(p.dir, word.Text))
		}
	}
	return true
}

// childEnv is the environment of a command.
func (w *world) childEnv(p *proc, c simpleCommand) environ {
	env := environ{base: w.m.start.Env, shell: p.sh}
	for _, a := range c.call.Assigns {
		if a.Name != nil && a.Array == nil && a.Index == nil {
			if env.extra == nil {
				env.extra = map[string]parser.Word{}
			}
			env.extra[a.Name.Value] = w.single(p, c.script, a.Value)
		}
	}
	return env
}

// redirect starts what the redirections of a command need.
func (w *world) redirect(p *proc, script *parser.Script, redirs []*syntax.Redirect) {
	for _, r := range redirs {
		if r.Word == nil {
			continue
		}
		if r.N != nil && (r.Op == syntax.RdrInOut || r.Op == syntax.RdrIn) && len(w.pipes) > 0 {
			if file := w.single(p, script, r.Word); w.pipes[joinDir(p.dir, file.Text)] {
				w.descriptors = with(w.descriptors, r.N.Value)
			}
		}
		for _, part := range r.Word.Parts {
			if ps, ok := part.(*syntax.ProcSubst); ok {
				w.processSubst(p, script, ps)
			}
		}
	}
}

// processSubst starts the commands of <( ) or >( ). Whoever reads what they write is at the end of it when they are done, and
// whoever reads what is written is done when its writer is: they serve the command that they are a word of.
func (w *world) processSubst(p *proc, script *parser.Script, ps *syntax.ProcSubst) {
	c := w.fork(p, InBackground, script.NodeSpan(ps))
	c.node = ps
	c.background, c.serves = true, true
	c.sh.push(frame{op: opList, script: script, stmts: ps.Stmts, tail: true})
	if ps.Op == syntax.CmdOut {
		if w.sources == nil {
			w.sources = map[*proc]*proc{}
		}
		w.sources[c] = p
	}
	w.wake(c)
}

// timeProgram runs "time command" where time is no word of the shell but a program that may be there.
func (w *world) timeProgram(p *proc, script *parser.Script, clause *syntax.TimeClause) []*world {
	call, ok := clause.Stmt.Cmd.(*syntax.CallExpr)
	if !ok {
		p.sh.status = p.sh.traits.refuse
		return nil
	}
	span := script.NodeSpan(clause)
	argv := []parser.Word{{Text: "time", Span: span, Known: true}}
	for _, word := range call.Args {
		argv = append(argv, w.expand(p, script, word)...)
	}
	return w.external(p, simpleCommand{script: script, call: call, argv: argv, span: span})
}

// substitute returns what a command substitution prints, where that can be known without running anything.
func (w *world) substitute(p *proc, script *parser.Script, sub *syntax.CmdSubst) (string, bool) {
	if len(sub.Stmts) != 1 || sub.Stmts[0].Background || sub.Stmts[0].Negated {
		return "", false
	}
	if pipe, ok := sub.Stmts[0].Cmd.(*syntax.BinaryCmd); ok && pipe.Op == syntax.AndStmt {
		return w.folderOf(p, script, pipe)
	}
	if p.hook {
		if parts := pipeParts(sub.Stmts[0]); parts != nil {
			if lines, known := w.listed(p, script, parts); known {
				texts := make([]string, len(lines))
				for i, line := range lines {
					texts[i] = line.text
				}
				return strings.Join(texts, "\n"), true
			}
		}
	}
	call, ok := sub.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	var argv []parser.Word
	for _, word := range call.Args {
		for _, part := range word.Parts {
			if _, nested := part.(*syntax.ProcSubst); nested {
				return "", false
			}
		}
		argv = append(argv, w.expand(p, script, word)...)
	}
	if len(argv) == 0 || slices.ContainsFunc(argv, func(a parser.Word) bool { return !a.Known }) {
		return "", false
	}
	texts := parser.Texts(argv)
	switch texts[0] {
	case "jobs":
		if !slices.Contains(texts, "-p") && !slices.Contains(texts, "-pr") && !slices.Contains(texts, "-rp") {
			return "", false
		}
		if p.sh.traits.jobsEmpty {
			w.note(p, RefusedConstruct, script.NodeSpan(sub), "$(jobs -p) is empty in "+p.sh.id.Family+": a subshell has no jobs there")
			return "", true
		}
		var pids []string
		for _, pid := range slices.Concat(p.sh.jobs, p.sh.front) {
			if q := w.proc(pid); q != nil && q.alive && p.sh.lists(pid) {
				pids = append(pids, strconv.Itoa(pid))
			}
		}
		return strings.Join(pids, "\n"), true
	case "echo", "printf":
		if len(texts) > 1 && (strings.HasPrefix(texts[1], "-") || strings.ContainsAny(texts[1], `%\`)) {
			return "", false
		}
		if texts[0] == "printf" && len(texts) > 2 {
			return "", false
		}
		return strings.Join(texts[1:], " "), true
	case "pwd":
		return p.dir, p.dir != ""
	case "pidof", "pgrep":
		if p.hook {
			return "", false
		}
		if len(texts) == 2 || len(texts) == 3 && (texts[1] == "-x" || texts[1] == "-s" || texts[1] == "-o") {
			var pids []string
			for _, q := range w.procs {
				if q.alive && len(q.argv) > 0 && q.sh == nil && path.Base(q.argv[0].Text) == texts[len(texts)-1] {
					pids = append(pids, strconv.Itoa(q.pid))
				}
			}
			return strings.Join(pids, " "), len(pids) > 0
		}
	case "cat":
		if len(texts) == 2 {
			text, known := w.written[joinDir(p.dir, texts[1])]
			return text, known
		}
	case "id":
		if len(texts) == 2 && (texts[1] == "-u" || texts[1] == "-g") {
			return p.uid()
		}
	case "whoami":
		if p.user == "" {
			return "root", true
		}
		return p.user, isName(p.user)
	case "dirname":
		if len(texts) == 2 {
			if slash := strings.LastIndexByte(texts[1], '/'); slash > 0 {
				return texts[1][:slash], true
			} else if slash == 0 {
				return "/", true
			}
			return ".", true
		}
	case "basename":
		if len(texts) == 2 || len(texts) == 3 {
			base := texts[1][strings.LastIndexByte(texts[1], '/')+1:]
			if len(texts) == 3 {
				base = strings.TrimSuffix(base, texts[2])
			}
			return base, true
		}
	case "which":
		if len(texts) == 2 {
			if file, entry := w.find(p, texts[1]); entry.Kind != Unseen && entry.Kind != Missing && entry.Kind != Opaque {
				return file, true
			}
		}
	case "command":
		if len(texts) == 3 && texts[1] == "-v" {
			if file, entry := w.find(p, texts[2]); entry.Kind != Unseen && entry.Kind != Missing && entry.Kind != Opaque {
				return file, true
			}
		}
	case "readlink", "realpath":
		last := texts[len(texts)-1]
		if len(texts) <= 3 && strings.HasPrefix(last, "/") {
			return last, true
		}
	}
	return "", false
}

// folderOf evaluates $(cd FOLDER && pwd).
func (w *world) folderOf(p *proc, script *parser.Script, pipe *syntax.BinaryCmd) (string, bool) {
	cd, ok := pipe.X.Cmd.(*syntax.CallExpr)
	pwd, ok2 := pipe.Y.Cmd.(*syntax.CallExpr)
	if !ok || !ok2 || len(cd.Args) < 2 || len(pwd.Args) == 0 || cd.Args[0].Lit() != "cd" || pwd.Args[0].Lit() != "pwd" {
		return "", false
	}
	dir := w.single(p, script, cd.Args[len(cd.Args)-1])
	if !dir.Known {
		return "", false
	}
	joined := joinDir(p.dir, dir.Text)
	return joined, joined != ""
}

// hereDocument returns the here-document of a command as a script, in case the command is a shell that reads it.
func (w *world) hereDocument(p *proc, c simpleCommand) *parser.Script {
	for _, r := range c.redirs {
		if r.Hdoc == nil {
			continue
		}
		text := w.single(p, c.script, r.Hdoc)
		if !text.Known {
			return nil
		}
		return w.m.inner(text.Text, parser.Word{Text: text.Text, Span: c.script.NodeSpan(r.Hdoc), Known: true})
	}
	return nil
}

// with returns a set that has one more element.
func with(set map[string]bool, element string) map[string]bool {
	more := map[string]bool{element: true}
	for e := range set {
		more[e] = true
	}
	return more
}

// killByName runs pkill or killall, for a name that is known.
func (w *world) killByName(p *proc, c simpleCommand, program string) {
	sig := SIGTERM
	exact, full := program == "killall", false
	var pattern parser.Word
	for i := 1; i < len(c.argv); i++ {
		text := c.argv[i].Text
		switch {
		case text == "-x":
			exact = true
		case text == "-f":
			full = true
		case (text == "-s" || text == "--signal") && i+1 < len(c.argv):
			i++
			sig, _ = ParseSignal(c.argv[i].Text)
		case strings.HasPrefix(text, "-"):
			if n, ok := ParseSignal(strings.TrimPrefix(strings.TrimPrefix(text, "-"), "-signal=")); ok {
				sig = n
			} else if text != "--" {
				pattern.Known = false
				w.doubtOnStop(c.span, "which processes "+program+" signals cannot be known")
				return
			}
		default:
			pattern = c.argv[i]
		}
	}
	if !pattern.Known || strings.ContainsAny(pattern.Text, `^$*+?[](){}|\`) {
		w.doubtOnStop(c.span, "which processes "+program+" signals cannot be known")
		return
	}
	defer w.sendAs(p)()
	found := false
	for _, q := range slices.Clone(w.procs) {
		if !q.alive || len(q.argv) == 0 {
			continue
		}
		text := q.argv[0].Text[strings.LastIndexByte(q.argv[0].Text, '/')+1:]
		if q.sh != nil && q.sh.script != nil && q.sh.script.Shebang != nil {
			text = name(q)[strings.LastIndexByte(name(q), '/')+1:] // the kernel names a script by its file
		}
		if full {
			text = strings.Join(parser.Texts(q.argv), " ")
		}
		if text == pattern.Text || !exact && strings.Contains(text, pattern.Text) {
			found = true
			w.kill(q, sig)
		}
	}
	p.sh.status, p.sh.doubtful = truth(!found), false
}

func (w *world) doubtOnStop(span parser.Span, reason string) {
	if w.stopAt >= 0 {
		w.doubt(span, reason)
	}
}

// uid returns the number of the user that a process runs as. That of a user who is known by name only is taken to be
// any but 0, which is what scripts ask for.
func (p *proc) uid() (string, bool) {
	user, _, _ := strings.Cut(p.user, ":")
	switch user {
	case "", "root", "0":
		return "0", true
	}
	if _, err := strconv.Atoi(user); err == nil {
		return user, true
	}
	return "1000", isName(strings.ReplaceAll(user, "-", "_"))
}

// pauses reports whether a program only lets time pass.
func pauses(name string) bool {
	switch path.Base(name) {
	case "sleep", "tail", "cat", "tee":
		return true
	}
	return false
}
