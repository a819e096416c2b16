package process

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// foreign reports whether a name is a builtin or a word of other shells only, so that this one looks for a program and
// finds none.
func foreign(s *shell, name string) bool {
	if s.id.Family == "" || s.traits.arithmetic {
		return false
	}
	switch name {
	case "source", "[[", "function":
		return !s.traits.double
	case "declare", "typeset", "let", "shopt", "mapfile", "readarray", "pushd", "popd", "select", "coproc", "disown", "enable", "complete":
		return true
	}
	return false
}

type builtin func(*world, *proc, simpleCommand) []*world

// onlyExits reports whether a trap does nothing that is missed when exec takes it away: the application ends by the signal itself.
func onlyExits(action string) bool {
	fields := strings.Fields(strings.TrimRight(action, "; \t\n"))
	return len(fields) == 0 || fields[0] == "exit" && len(fields) <= 2 && !strings.ContainsAny(action, "(`|&") || len(fields) == 1 && (fields[0] == ":" || fields[0] == "true")
}

// builtinNamed returns the builtin that a shell runs for a name, nil where it runs a program.
func builtinNamed(s *shell, name string) builtin {
	switch name {
	case "exec":
		return (*world).execBuiltin
	case ":", "true", "umask", "ulimit", "alias", "unalias", "hash", "times", "shopt", "setopt", "unsetopt", "emulate", "enable", "complete", "bind", "history", "fc":
		if name == "ulimit" && s.id.Family == image.Posh || (name == "shopt" || name == "enable" || name == "complete") && !s.traits.arithmetic {
			return nil
		}
		return (*world).succeed
	case "echo", "printf":
		return (*world).echoBuiltin
	case "false":
		return (*world).falseBuiltin
	case "trap":
		return (*world).trapBuiltin
	case "wait":
		return (*world).waitBuiltin
	case "kill":
		return (*world).killBuiltin
	case "exit":
		return (*world).exitBuiltin
	case "return":
		return (*world).returnBuiltin
	case "break", "continue":
		return (*world).breakBuiltin
	case "cd", "chdir", "pushd":
		return (*world).cdBuiltin
	case "set":
		return (*world).setBuiltin
	case "shift":
		return (*world).shiftBuiltin
	case "eval":
		return (*world).evalBuiltin
	case ".", "source":
		if name == "source" && !s.traits.double && s.id.Family != "" {
			return nil
		}
		return (*world).sourceBuiltin
	case "test", "[":
		return (*world).testBuiltin
	case "command", "builtin":
		return (*world).commandBuiltin
	case "declare", "typeset":
		if !s.traits.arithmetic && s.id.Family != "" {
			return nil
		}
		return (*world).exportBuiltin
	case "export", "readonly", "local":
		return (*world).exportBuiltin
	case "unset":
		return (*world).unsetBuiltin
	case "read":
		return (*world).readBuiltin
	case "jobs", "type", "getopts", "let", "mapfile", "readarray", "popd", "dirs", "suspend":
		if (name == "let" || name == "mapfile" || name == "readarray") && !s.traits.arithmetic && s.id.Family != image.Ash {
			return nil
		}
		return (*world).unknownBuiltin
	case "disown":
		if !s.traits.fgBuiltin && s.id.Family != image.Zsh {
			return nil
		}
		return (*world).disownBuiltin
	case "fg", "bg":
		return (*world).fgBuiltin
	case "pwd":
		return (*world).succeed
	}
	return nil
}

func (w *world) succeed(p *proc, c simpleCommand) []*world {
	p.sh.status, p.sh.doubtful = 0, false
	return nil
}

func (w *world) falseBuiltin(p *proc, c simpleCommand) []*world {
	p.sh.status, p.sh.doubtful = 1, false
	return nil
}

func (w *world) unknownBuiltin(p *proc, c simpleCommand) []*world {
	p.sh.status, p.sh.doubtful = 0, true
	return nil
}

func (w *world) execBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	argv := c.argv[1:]
	s.status, s.doubtful = 0, false
	if s.traits.execOption {
		for len(argv) > 0 && argv[0].Known && len(argv[0].Text) > 1 && argv[0].Text[0] == '-' {
			option := argv[0].Text
			argv = argv[1:]
			if option == "--" {
				break
			}
			if option == "-a" && len(argv) > 0 {
				argv = argv[1:]
			}
		}
	} else if len(argv) > 0 && argv[0].Known && strings.HasPrefix(argv[0].Text, "-") {
		w.note(p, RefusedConstruct, c.span, "exec takes no options in "+s.id.Family)
		w.m.failed(w, &Failure{Span: argv[0].Span, Status: 127, Kind: Refused, Reason: "exec takes no options in " + s.id.Family + ", which looks for a program called " + argv[0].Text})
		w.leave(p, 127)
		return nil
	}
	for len(argv) > 1 && !argv[0].Known && w.vanishes(p, argv[0].Text) {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		if len(c.argv) > 1 || !c.redirected {
			w.note(p, ExecNothing, c.span, "")
			w.nothing = true
		}
		return nil
	}
	if argv[0].Known && argv[0].Text == "command" {
		if !s.traits.execCommand {
			w.m.failed(w, &Failure{Span: argv[0].Span, Status: 127, Kind: Refused, Reason: "command is a part of the shell, and exec looks for a program"})
			w.leave(p, 127)
			return nil
		}
		argv = argv[1:]
	}
	before, ignored := p.env, p.ignored
	p.env = w.childEnv(p, c)
	p.input = w.hereDocument(p, c)
	node, started := c.call, p.span
	inner := s.sub && (p.background || s.piped)
	hadTraps := false
	for sig, t := range s.traps.entries {
		hadTraps = hadTraps || t.set && sig > 0 && !s.served && !onlyExits(t.text)
	}
	if failure := w.exec(p, argv, byShell); failure != nil {
		p.env, p.ignored = before, ignored
		w.m.failed(w, failure)
		w.leave(p, failure.Status)
		return nil
	}
	p.node = node
	switch {
	case inner && s.piped:
		w.note(p, ExecInPipeline, c.span, "")
	case inner:
		w.note(p, ExecInBackground, c.span, "")
	default:
		if p.how != AsChild || started.IsZero() {
			p.span = c.span
		}
		p.span = c.span
	}
	if hadTraps {
		w.note(p, TrapReset, c.span, "")
	}
	return nil
}

func (w *world) exitBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	status := s.status
	if len(c.argv) > 1 {
		n, err := strconv.Atoi(c.argv[1].Text)
		if err == nil {
			status = n
			s.exitWith = n // counts in a trap on EXIT too
		}
	}
	s.frames = nil
	w.leave(p, status)
	return nil
}

func (w *world) returnBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	if len(c.argv) > 1 && c.argv[1].Known {
		if n, err := strconv.Atoi(c.argv[1].Text); err == nil {
			s.status, s.doubtful = n, false
		}
	} else if len(c.argv) > 1 {
		s.doubtful = true
	}
	for len(s.frames) > 0 {
		top := s.frames[len(s.frames)-1]
		if top.op == opReturn || top.op == opTrapEnd {
			return nil
		}
		if top.op == opLoop || top.op == opFor {
			s.loops--
		}
		s.pop()
	}
	// Outside of a function return ends the script.
	w.leave(p, s.status)
	return nil
}

func (w *world) breakBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	n := 1
	if len(c.argv) > 1 {
		if v, err := strconv.Atoi(c.argv[1].Text); err == nil {
			n = v
		}
	}
	s.status, s.doubtful = 0, false
	if s.loops > 0 {
		s.leaveLoops(n, c.argv[0].Text == "continue")
	}
	return nil
}

func (w *world) cdBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	args := c.argv[1:]
	for len(args) > 0 && len(args[0].Text) > 1 && args[0].Text[0] == '-' {
		args = args[1:]
	}
	switch {
	case len(args) == 0 || !args[0].Known || args[0].Text == "-":
		p.dir = ""
	default:
		p.dir = joinDir(p.dir, args[0].Text)
	}
	return nil
}

func (w *world) setBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	args := c.argv[1:]
	for i := 0; i < len(args); i++ {
		text := args[i].Text
		switch {
		case text == "--" || text == "-":
			w.setArgs(p, args[i+1:])
			return nil
		case len(text) > 1 && (text[0] == '-' || text[0] == '+') && args[i].Known:
			if !w.setOptions(p, c.span, text, args, &i) {
				return nil
			}
		default:
			w.setArgs(p, args[i:])
			return nil
		}
	}
	return nil
}

func (w *world) setArgs(p *proc, words []parser.Word) {
	s := p.sh
	s.args, s.more = slices.Clone(words), false
	for _, word := range words {
		// An unquoted expansion may have been any number of words.
		if !word.Known && (strings.HasPrefix(word.Text, "$@") || strings.HasPrefix(word.Text, "$*")) {
			s.more = true
		}
	}
	w.births++
}

// setOptions runs one word of options of set. It reports whether the shell goes on.
func (w *world) setOptions(p *proc, span parser.Span, text string, args []parser.Word, i *int) bool {
	s := p.sh
	on := text[0] == '-'
	for j := 1; j < len(text); j++ {
		switch text[j] {
		case 'e':
			s.errexit = on
		case 'u':
			s.nounset = on
		case 'm':
			if s.traits.noMonitor == monitorFails && on {
				w.m.failed(w, &Failure{Span: span, Status: 1, Kind: Refused, Reason: s.id.Family + " refuses set -m without a terminal, and ends"})
				w.leave(p, 1)
				return false
			}
			s.monitor = on
		case 'o':
			if *i+1 >= len(args) {
				return true
			}
			*i++
			switch args[*i].Text {
			case "errexit":
				s.errexit = on
			case "nounset":
				s.nounset = on
			case "monitor":
				s.monitor = on
			case "pipefail":
				if !s.traits.pipefail {
					w.note(p, RefusedConstruct, span, "set -o pipefail is an error in "+s.id.Family+", which ends the script")
					w.m.failed(w, &Failure{Span: span, Status: s.traits.refuse, Kind: Refused, Reason: "set -o pipefail is not known to " + shellName(s.id) + ", and ends the script"})
					w.leave(p, s.traits.refuse)
					return false
				}
			}
		}
	}
	return true
}

func shellName(id image.Shell) string {
	if id.System != "" {
		return id.String()
	}
	return id.Family
}

func (w *world) shiftBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	n := 1
	if len(c.argv) > 1 {
		v, err := strconv.Atoi(c.argv[1].Text)
		if err != nil {
			s.more = true
			s.args = nil
			return nil
		}
		n = v
	}
	if n < 0 || n > len(s.args) {
		if !s.more {
			s.status = 1
			if s.dash() {
				// A special builtin that fails ends the script.
				s.status = 2
				w.leave(p, 2)
			}
		}
		return nil
	}
	s.args = s.args[n:]
	return nil
}

func (w *world) evalBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	known := true
	var texts []string
	for _, word := range c.argv[1:] {
		known = known && word.Known
		texts = append(texts, word.Text)
	}
	if len(texts) == 0 {
		return nil
	}
	text := strings.Join(texts, " ")
	if !known {
		// eval "exec $CMD": what is written may still be enough.
		if !strings.HasPrefix(text, "exec ") && len(texts) > 1 {
			s.doubtful = true
			return nil
		}
	}
	word := parser.Word{Text: text, Span: c.span, Known: known}
	if len(c.argv) == 2 {
		word.Span = c.argv[1].Span
	}
	script := w.m.inner(text, word)
	if script.Tree == nil {
		if known {
			s.status = s.traits.refuse
			w.leave(p, s.status)
			return nil
		}
		s.doubtful = true
		return nil
	}
	script = w.m.inDialect(script, s.traits)
	if c.tested && s.id.Family == image.Mksh {
		s.push(frame{op: opEval})
		c.tested = false
	}
	s.push(frame{op: opList, script: script, stmts: script.Tree.Stmts, tested: c.tested})
	return nil
}

func (w *world) sourceBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	if len(c.argv) < 2 {
		return nil
	}
	name := c.argv[1]
	file, entry := "", Entry{}
	switch {
	case !name.Known:
		entry.Kind = Opaque
	default:
		file, entry = w.find(p, name.Text)
		if entry.Kind == Unseen && !strings.Contains(name.Text, "/") {
			file = joinDir(p.dir, name.Text)
			if file != "" {
				entry = w.m.files.Lookup(file)
			}
		}
	}
	switch entry.Kind {
	case Text:
		if entry.Script.Tree == nil {
			s.doubtful = true
			w.doubt(name.Span, file+" cannot be parsed as a shell script")
			return nil
		}
		if s.depth >= maxDepth {
			w.doubt(c.span, "files are read into each other too deeply to follow")
			return nil
		}
		s.depth++
		ret := &saved{args: s.args, more: s.more}
		if len(c.argv) > 2 {
			s.args = c.argv[2:]
		}
		s.push(frame{op: opReturn, saved: ret})
		w.m.named(entry.Script, name.Text)
		script := w.m.inDialect(entry.Script, s.traits)
		if read := (Read{script, c.span}); !slices.Contains(s.reads, read) {
			s.reads = append(slices.Clip(s.reads), read)
		}
		s.push(frame{op: opList, script: script, stmts: script.Tree.Stmts, top: true, tested: c.tested})
	case Missing:
		s.status = 1
		if s.id.Family != image.Bash && s.id.Family != image.Zsh && s.id.Family != "" {
			w.m.failed(w, &Failure{Span: name.Span, Status: s.traits.refuse, Kind: NoSuchFile, Reason: name.Text + " does not exist in the image, which ends the script"})
			w.leave(p, s.traits.refuse)
		}
	default:
		// A profile or a file of settings: it sets variables, and starts nothing.
		s.doubtful = c.tested
		w.note(p, Unread, name.Span, name.Text)
	}
	return nil
}

func (w *world) testBuiltin(p *proc, c simpleCommand) []*world {
	words := c.argv[1:]
	if c.argv[0].Text == "[" && len(words) > 0 && words[len(words)-1].Text == "]" {
		words = words[:len(words)-1]
	}
	w.setAnswer(p, w.testWords(p, words))
	return nil
}

func (w *world) commandBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	args := c.argv[1:]
	for len(args) > 0 && args[0].Known && strings.HasPrefix(args[0].Text, "-") {
		if strings.ContainsAny(args[0].Text, "vV") {
			s.status, s.doubtful = 0, true
			if len(args) == 2 && args[1].Known {
				if builtinNamed(s, args[1].Text) != nil || s.funcs.entries[args[1].Text].body != nil {
					s.doubtful = false
					return nil
				}
				switch _, entry := w.find(p, args[1].Text); entry.Kind {
				case Text, ShellProgram, Program:
					s.doubtful = false
				case Missing:
					s.status, s.doubtful = 1, false
				}
			}
			return nil
		}
		args = args[1:]
	}
	if len(args) == 0 {
		s.status, s.doubtful = 0, false
		return nil
	}
	if args[0].Known && args[0].Text == "exec" && !s.traits.commandExec {
		w.m.failed(w, &Failure{Span: args[0].Span, Status: 127, Kind: Refused, Reason: "command exec is not known to " + s.id.Family})
		s.status, s.doubtful = 127, false
		return nil
	}
	c.argv = args
	if args[0].Known {
		if run := builtinNamed(s, args[0].Text); run != nil {
			return run(w, p, c)
		}
	}
	c.tail = c.tail && s.traits.builtin
	return w.external(p, c)
}

func (w *world) exportBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	for _, word := range c.argv[1:] {
		name, value, assigned := strings.Cut(word.Text, "=")
		if strings.HasPrefix(name, "-") || !isName(name) {
			continue
		}
		if c.argv[0].Text == "local" {
			s.saveLocal(name)
		}
		if assigned {
			w.assign(p, name, []parser.Word{{Text: value, Span: word.Span, Known: word.Known}}, false)
		}
		if v, ok := s.vars.entries[name]; ok && c.argv[0].Text == "export" {
			v.exported = true
			s.vars.set(name, v)
		}
	}
	return nil
}

func (w *world) unsetBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, false
	function := len(c.argv) > 1 && c.argv[1].Text == "-f"
	for _, word := range c.argv[1:] {
		if function {
			s.funcs.delete(word.Text)
			continue
		}
		s.vars.delete(word.Text)
		s.unset.set(word.Text, true)
	}
	return nil
}

func (w *world) readBuiltin(p *proc, c simpleCommand) []*world {
	s := p.sh
	s.status, s.doubtful = 0, true
	var names []string
	for _, word := range c.argv[1:] {
		if word.Known && isName(word.Text) {
			names = append(names, word.Text)
		}
	}
	s.forget(names)
	for _, r := range c.redirs {
		if r.Op == syntax.WordHdoc && len(names) == 1 {
			if text := w.single(p, c.script, r.Word); text.Known {
				w.assign(p, names[0], []parser.Word{text}, false)
				s.doubtful = false
				return nil
			}
		}
		if r.Word != nil && r.Op.String() == "<&" && w.descriptors[w.single(p, c.script, r.Word).Text] {
			p.wait = waiting{kind: inRead, span: c.span, open: true}
			s.doubtful = false
			return nil
		}
		if r.Word == nil || r.Op.String() != "<" {
			continue
		}
		file := w.single(p, c.script, r.Word)
		if file.Known && (w.pipes[joinDir(p.dir, file.Text)] || w.m.files.Lookup(joinDir(p.dir, file.Text)).Kind == Pipe) {
			p.wait = waiting{kind: inRead, span: c.span}
			s.doubtful = false
			return nil
		}
	}
	if !c.redirected && !s.piped {
		// Standard input is /dev/null where nobody asks for another.
		s.status, s.doubtful = 1, false
		if s.loops > 0 || s.depth > 0 {
			s.doubtful = true
		}
	}
	return nil
}

// echoBuiltin keeps what is written into a file in mind: a trap may read a PID from it.
func (w *world) echoBuiltin(p *proc, c simpleCommand) []*world {
	p.sh.status, p.sh.doubtful = 0, false
	for _, r := range c.redirs {
		if r.Op != syntax.RdrOut && r.Op != syntax.RdrClob || r.N != nil && r.N.Value != "1" {
			continue
		}
		file := w.single(p, c.script, r.Word)
		name := joinDir(p.dir, file.Text)
		if !file.Known || name == "" || strings.HasPrefix(name, "/dev/") {
			continue
		}
		text, known := "", true
		for i, word := range c.argv[1:] {
			if i > 0 {
				text += " "
			}
			text += word.Text
			known = known && word.Known && !strings.HasPrefix(word.Text, "-") && !strings.ContainsAny(word.Text, `\\%`)
		}
		written := map[string]string{}
		for k, v := range w.written {
			written[k] = v
		}
		if delete(written, name); known {
			written[name] = text
		}
		w.written = written
	}
	return nil
}
