package process

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// startShell lets a process become a shell that argv starts.
func (w *world) startShell(p *proc, argv []parser.Word, id image.Shell) *Failure {
	w.m.steps += 20 // one that does nothing but start the next one takes as much time
	if id.Family == "" {
		id, w.m.assumed = w.m.assume, true
	}
	w.m.shellSeen(id)
	t := w.m.traits(id)
	s := &shell{id: id, traits: t, env: p.env, main: p.pid, deaf: p.ignored, zero: argv[0]}
	fail := func(status int, kind FailureKind, span parser.Span, reason string) *Failure {
		w.m.failed(w, &Failure{Span: span, Status: status, Kind: kind, Reason: reason})
		w.become(p, argv, program1(status))
		return nil
	}
	var command, stdin, interactive bool
	i := 1
	for ; i < len(argv); i++ {
		text := argv[i].Text
		if text == "--" {
			i++
			break
		}
		if len(text) < 2 || text[0] != '-' && text[0] != '+' || !argv[i].Known {
			if text == "-" {
				i++
			}
			break
		}
		if strings.HasPrefix(text, "--") {
			if text == "--rcfile" || text == "--init-file" {
				i++
			}
			continue
		}
		option := argv[i].Span
		for j := 1; j < len(text); j++ {
			switch text[j] {
			case 'c':
				command = true
			case 's':
				stdin = true
			case 'i':
				interactive = true
			case 'e':
				s.errexit = text[0] == '-'
			case 'u':
				s.nounset = text[0] == '-'
			case 'm':
				if id.Family == image.Posh {
					return fail(1, BadOption, argv[i].Span, "posh refuses -m without a terminal")
				}
				s.monitor = true
			case 'o', 'O':
				i++
				if i < len(argv) && argv[i].Text == "pipefail" && !t.pipefail {
					return fail(t.refuse, BadOption, argv[i].Span, shellName(id)+" does not know the option pipefail")
				}
				if i < len(argv) && argv[i].Text == "errexit" {
					s.errexit = true
				}
			case '-', ' ':
				return fail(2, BadOption, option, shellName(id)+" refuses the option "+strconv.Quote(text)+": a #! line passes all its words as one argument")
			}
		}
	}
	if command {
		if stdin && (id.Family == image.Yash || id.Family == image.Posh) {
			return fail(t.refuse, BadOption, argv[0].Span, id.Family+" refuses -s together with -c")
		}
		if i >= len(argv) {
			return fail(2, BadOption, argv[0].Span, "-c needs a command")
		}
		body := argv[i]
		if i+1 < len(argv) {
			s.zero = argv[i+1]
			s.args = argv[i+2:]
			s.more = endsOpen(s.args)
		}
		if !body.Known {
			if i+1 >= len(argv) && !w.m.isStartScript(argv, i) && w.m.start.Scripts[body] == nil {
				w.become(p, argv, program{kind: opaque, name: body.Text, caught: handled, doubt: &Gap{body.Span, "the command in " + body.Text + " cannot be known"}})
				return nil
			}
		}
		script := w.m.body(argv, i)
		tail := t.simple && !(stdin && !t.withS) && !(interactive && !t.withI) && (!t.plain || isPlain(script.Text))
		return w.read(p, argv, s, script, tail, t.rest)
	}
	if stdin || i >= len(argv) {
		if p.input != nil {
			script := p.input
			p.input = nil
			return w.read(p, argv, s, script, false, restNever)
		}
		if w.m.start.Input {
			w.become(p, argv, program{kind: opaque, name: argv[0].Text, caught: handled, doubt: &Gap{argv[0].Span, "the commands of " + argv[0].Text + " come from a terminal"}})
			return nil
		}
		// It reads commands from standard input, which is empty.
		w.become(p, argv, program1(0))
		p.prog.name = "shell"
		return nil
	}
	file := argv[i]
	s.zero, s.args = file, argv[i+1:]
	s.more = endsOpen(s.args)
	if !file.Known {
		w.become(p, argv, program{kind: opaque, name: file.Text, caught: handled, doubt: &Gap{file.Span, "which script " + file.Text + " is cannot be known"}})
		return nil
	}
	full, entry := w.findScript(p, file.Text)
	switch entry.Kind {
	case Text:
		return w.startText(p, argv, s, full, entry.Script)
	case Missing:
		reason := file.Text + " does not exist in the image"
		if entry.Reason != "" {
			reason += ": " + entry.Reason
		}
		return fail(127, NoSuchFile, file.Span, reason)
	case Opaque:
		w.become(p, argv, program{kind: opaque, name: file.Text, caught: handled, doubt: &Gap{file.Span, entry.Reason}})
		return nil
	}
	w.become(p, argv, program{kind: opaque, name: file.Text, caught: handled,
		doubt: &Gap{file.Span, "nothing is seen to create the script " + file.Text}})
	return nil
}

func endsOpen(args []parser.Word) bool {
	for _, a := range args {
		if !a.Known && (strings.HasPrefix(a.Text, "$@") || strings.HasPrefix(a.Text, "$*")) {
			return true
		}
	}
	return false
}

// findScript finds the script that a shell is given by name: in the working directory, then in PATH.
func (w *world) findScript(p *proc, name string) (string, Entry) {
	if !strings.Contains(name, "/") {
		if here := joinDir(p.dir, name); here != "" {
			if entry := w.m.files.Lookup(here); entry.Kind == Text || entry.Kind == Opaque {
				return here, entry
			}
		}
	}
	return w.find(p, name)
}

// startScript lets a process become the shell that runs a file.
func (w *world) startScript(p *proc, argv []parser.Word, file string, script *parser.Script, id image.Shell) *Failure {
	if id.Family == "" {
		id, w.m.assumed = w.m.assume, true
	}
	w.m.shellSeen(id)
	s := &shell{id: id, traits: w.m.traits(id), env: p.env, main: p.pid, deaf: p.ignored,
		zero: parser.Word{Text: file, Span: argv[0].Span, Known: true}, args: argv[1:], more: endsOpen(argv[1:])}
	shown := append([]parser.Word{{Text: "/bin/sh", Span: argv[0].Span, Known: true}, s.zero}, argv[1:]...)
	return w.startText(p, shown, s, file, script)
}

func (w *world) startText(p *proc, argv []parser.Word, s *shell, file string, script *parser.Script) *Failure {
	w.m.named(script, s.zero.Text)
	if s.depth = w.m.nest(p); s.depth > maxDepth {
		w.become(p, argv, program{kind: opaque, name: file, caught: handled, doubt: &Gap{argv[0].Span, file + " starts itself again and again"}})
		return nil
	}
	s.depth = 0
	return w.read(p, argv, s, script, s.traits.fileLast != restNever, s.traits.fileLast)
}

// read lets a process become a shell that reads a program.
func (w *world) read(p *proc, argv []parser.Word, s *shell, script *parser.Script, tail bool, rest restRule) *Failure {
	script = w.m.inDialect(script, s.traits)
	s.script = script
	if script.Tree == nil {
		place := script.Whole
		if syntax.IsIncomplete(script.Err) && !strings.Contains(strings.TrimSpace(script.Text), "\n") {
			w.m.failed(w, &Failure{Span: place, Status: s.traits.refuse, Kind: BadSyntax, Reason: "the shell finds an unterminated string or block in the command, and ends with a syntax error"})
			w.become(p, argv, program1(s.traits.refuse))
			return nil
		}
		before := w.m.beforeError(script)
		if len(before) == 0 {
			w.become(p, argv, program{kind: opaque, name: argv[0].Text, caught: handled,
				doubt: &Gap{place, "the script cannot be parsed: " + script.Err.Error()}})
			return nil
		}
		// A shell runs the lines before a syntax error.
		w.become(p, argv, program{})
		p.sh, s.script = s, script
		s.push(frame{op: opUnreadable, script: script})
		s.push(frame{op: opList, script: script, stmts: before, top: true})
		w.wake(p)
		return nil
	}
	w.become(p, argv, program{})
	p.sh = s
	stmts := script.Tree.Stmts
	if len(stmts) > 0 {
		last := stmts[len(stmts)-1]
		end := min(int(last.End().Offset()), len(script.Text))
		tail = tail && !last.Background && follows(script.Text[end:], rest)
	}
	s.push(frame{op: opList, script: script, stmts: stmts, tail: tail, top: true})
	w.wake(p)
	return nil
}

// follows reports whether what stands behind the last command lets the shell take it for the last.
func follows(text string, rule restRule) bool {
	_, after, newline := strings.Cut(text, "\n")
	switch rule {
	case restNever:
		return false
	case restAll:
		return true
	case restEnd:
		return text == ""
	case restBlank:
		return !newline
	case restLine:
		return after == ""
	}
	return strings.TrimSpace(after) == ""
}

// isPlain reports whether a text holds nothing that a shell would have to look at. Measured with mksh.
func isPlain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte(" ./_-,:+@%", c) < 0 {
			return false
		}
	}
	return true
}

// program1 is a program that ends at once with a status.
func program1(status int) program { return program{kind: passing, status: status, brief: true} }

// execProgram lets a process become a program that is not a script.
func (w *world) execProgram(p *proc, argv []parser.Word, file string, entry Entry) *Failure {
	name := argv[0].Text[strings.LastIndexByte(argv[0].Text, '/')+1:]
	texts := parser.Texts(argv)
	ofBusybox := entry.Name == "busybox"
	if name == "busybox" && len(argv) > 1 {
		switch applet := texts[1]; applet {
		case "sh", "ash":
			if entry.Shell.Family == "" {
				entry.Shell = image.Shell{Family: image.Ash}
			}
			return w.startShell(p, argv[1:], entry.Shell)
		default:
			name, argv, texts, ofBusybox = applet, argv[1:], texts[1:], true
		}
	}
	if id, ok := shellCalled(name); ok {
		return w.startShell(p, argv, id)
	}
	if wrapper, at, shell := programs.WrapperNamed(texts, name); wrapper != nil {
		return w.execWrapped(p, argv, texts, wrapper, at, shell)
	}
	if w.stopProgram(p, argv, name, texts) {
		return nil
	}
	switch name {
	case "setsid":
		return w.setsid(p, argv, texts)
	case "capsh":
		if i := slices.Index(texts, "--"); i > 0 && i+1 < len(texts) { // measured, libcap 2.75: the rest are arguments of bash
			return w.exec(p, append([]parser.Word{{Text: "/bin/bash", Span: argv[0].Span, Known: true}}, argv[i+1:]...), byLibc)
		}
	case "start-stop-daemon":
		if command, background, ok := startStopDaemon(argv, texts); ok {
			if background {
				return w.daemonizeAs(p, argv, command, program{kind: application, name: command[0].Text, caught: handled.with(w.m.stopSignal())})
			}
			return w.exec(p, command, byLibc)
		}
	case "execlineb":
		return w.execline(p, argv)
	case "sleep":
		return w.sleep(p, argv, texts)
	case "tail":
		for _, text := range texts[1:] {
			if strings.HasPrefix(text, "-") && strings.ContainsAny(text, "fF") || text == "--follow" || text == "--retry" {
				w.become(p, argv, program{kind: idle, name: name})
				return nil
			}
		}
		w.become(p, argv, program{kind: passing})
		return nil
	case "tee", "cat", "logger", "ts", "rotatelogs", "multilog", "svlogd":
		if w.fed(p) {
			w.become(p, argv, program{kind: filter, name: name})
			return nil
		}
		if name == "cat" || name == "tee" {
			w.become(p, argv, program{kind: passing})
			return nil
		}
	}
	if entry.Name == "s6-overlay" {
		w.overlay(p, argv)
		return nil
	}
	if failure, ok := w.supervise(p, argv, name, texts); ok {
		return failure
	}
	if failure, ok := w.runScript(p, argv, name, texts); ok {
		return failure
	}
	if ofBusybox && name == "httpd" {
		name = "busybox-httpd"
	}
	if relay, command, ok := relayNamed(p, argv, name, texts, w.m.start.Musl); ok {
		sh := w.m.files.Lookup("/bin/sh").Shell
		if len(command) > 0 && (name == "su" && sh.Family == image.Ash || name == "doas" && w.m.start.Musl || name == "timeout" && (ofBusybox || sh.Family == image.Ash && w.m.start.Musl)) {
			p.limited = p.limited || relay.limits
			return w.exec(p, command, byLibc) // those of busybox, and doas without PAM, become the command
		}
		if name == "su" || name == "runuser" {
			relay.switchers = w.switchers(p, sh)
		}
		return w.startRelay(p, argv, relay, command)
	}
	prog := program{kind: application, name: name, caught: handled.with(w.m.stopSignal())}
	if w.m.declared != nil {
		if declared, ok := w.m.declared(name); ok {
			prog = declared
		}
	}
	if prog.kind == daemon {
		prog.kind = application
		return w.daemonize(p, argv, prog)
	}
	if !prog.stays {
		var failure *Failure
		var done bool
		if prog, failure, done = w.execKnown(p, argv, texts, name, entry, prog); done {
			return failure
		}
		prog = w.readSource(p, argv, file, prog)
		if prog.source != nil && prog.source.Starts != nil {
			return w.startFromSource(p, argv, prog.source)
		}
	}
	w.become(p, argv, prog)
	return nil
}

// shellCalled returns the shell that a program of that name is, where nothing more is known of the image.
func shellCalled(name string) (image.Shell, bool) {
	switch name {
	case "sh":
		return image.Shell{}, true
	case "bash":
		return image.Shell{Family: image.Bash}, true
	case "ash":
		return image.Shell{Family: image.Ash}, true
	case "dash":
		return image.Shell{Family: image.DashDebian}, true
	case "zsh":
		return image.Shell{Family: image.Zsh}, true
	case "mksh":
		return image.Shell{Family: image.Mksh}, true
	case "ksh", "ksh93":
		return image.Shell{Family: image.Ksh93}, true
	}
	return image.Shell{}, false
}

func (w *world) execWrapped(p *proc, argv []parser.Word, texts []string, wrapper *programs.Wrapper, at int, shell bool) *Failure {
	p.ignored |= sigset(wrapper.Ignores)
	if wrapper.Form == "env" {
		extra := map[string]parser.Word{}
		for k, v := range p.env.extra {
			extra[k] = v
		}
		for i := 1; i < len(argv); i++ {
			text := texts[i]
			if split, ok := strings.CutPrefix(text, "-S"); ok || text == "--split-string" {
				if split == "" && i+1 < len(argv) {
					i++
					split = texts[i]
				}
				var words []parser.Word
				for _, word := range strings.Fields(split) {
					words = append(words, parser.Word{Text: word, Span: argv[i].Span, Known: true})
				}
				argv = append(append([]parser.Word{argv[0]}, words...), argv[i+1:]...)
				texts = parser.Texts(argv)
				wrapper, at, shell = programs.WrapperNamed(texts, "env")
				return w.execWrapped(p, argv, texts, wrapper, at, shell)
			}
			if i >= at {
				break
			}
			if name, value, ok := strings.Cut(text, "="); ok && !strings.HasPrefix(text, "-") {
				extra[name] = parser.Word{Text: value, Span: argv[i].Span, Known: argv[i].Known}
			}
			if text == "-C" || strings.HasPrefix(text, "--chdir") {
				p.dir = ""
			}
		}
		p.env.extra = extra
	}
	if wrapper.Form == "chroot" {
		for _, text := range texts[1:at] {
			if text != "/" && !strings.HasPrefix(text, "-") {
				p.dir = ""
			}
		}
	}
	if wrapper.User && at <= len(argv) {
		p.user = "?"
		for i := 1; i < at; i++ {
			value := texts[i]
			if option, rest, ok := strings.Cut(value, "="); ok && (option == "--reuid" || option == "--userspec") {
				value = rest
			} else if strings.HasPrefix(value, "-") || i < at-wrapper.Operands {
				continue
			}
			if argv[i].Known {
				p.user = value
			}
		}
	}
	switch {
	case wrapper.Builds != "":
		w.become(p, argv, program{kind: application, name: wrapper.Builds, caught: handled.with(w.m.stopSignal())})
		return nil
	case at >= len(argv):
		w.become(p, argv, program{kind: passing, name: string(wrapper.Form)})
		return nil
	case shell:
		return w.exec(p, []parser.Word{{Text: "/bin/sh", Span: argv[0].Span, Known: true}, {Text: "-c", Span: argv[0].Span, Known: true}, argv[at]}, byLibc)
	}
	return w.exec(p, argv[at:], byLibc)
}

// setsid starts its command in a session of its own: in its own place, or as a child where it leads a process group.
//
// Source: util-linux setsid.c; measured.
func (w *world) setsid(p *proc, argv []parser.Word, texts []string) *Failure {
	i, waits := 1, false
	for i < len(texts) && strings.HasPrefix(texts[i], "-") {
		waits = waits || texts[i] == "-w" || texts[i] == "--wait"
		i++
	}
	if i >= len(argv) {
		w.become(p, argv, program{kind: passing})
		return nil
	}
	if p.group != p.pid {
		p.group, p.session = p.pid, p.pid
		return w.exec(p, argv[i:], byLibc)
	}
	child := w.spawn(p, AsChild)
	child.group, child.session, child.span, child.node = child.pid, child.pid, p.span, p.node
	if failure := w.exec(child, argv[i:], byLibc); failure != nil {
		w.procs = w.procs[:len(w.procs)-1]
		return failure
	}
	if !waits {
		child.how = InBackground
		w.become(p, argv, program{kind: passing})
		w.exit(p, 0)
		return nil
	}
	w.become(p, argv, program{})
	p.relay = &relay{name: "setsid", role: RoleLauncher, child: child.pid, status: -1}
	return nil
}

func (w *world) sleep(p *proc, argv []parser.Word, texts []string) *Failure {
	w.become(p, argv, program{kind: idle, name: "sleep"})
	total := time.Duration(0)
	for _, text := range texts[1:] {
		d, ok := sleepTime(text)
		if !ok {
			return nil // infinity, or not known
		}
		total += d
	}
	p.timer = w.now + int(total/time.Millisecond)
	return nil
}

func sleepTime(text string) (time.Duration, bool) {
	unit := time.Second
	if text != "" {
		switch text[len(text)-1] {
		case 's':
			text = text[:len(text)-1]
		case 'm':
			unit, text = time.Minute, text[:len(text)-1]
		case 'h':
			unit, text = time.Hour, text[:len(text)-1]
		case 'd':
			unit, text = 24*time.Hour, text[:len(text)-1]
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 1e6 {
		return 0, false
	}
	return time.Duration(n * float64(unit)), true
}

// fed reports whether a process reads from another one that lives.
func (w *world) fed(p *proc) bool { return w.sources[p] != nil && w.sources[p].alive }

// startRelay lets a process become an init or a launcher with a command as its child.
func (w *world) startRelay(p *proc, argv []parser.Word, r relay, command []parser.Word) *Failure {
	if r.refuses != "" {
		w.m.failed(w, &Failure{Span: argv[0].Span, Status: 1, Kind: BadOption,
			Reason: r.name + " takes " + r.refuses + " for an option of its own, because no -- ends its options"})
		w.become(p, argv, program1(1))
		return nil
	}
	if len(command) == 0 {
		w.become(p, argv, program{kind: passing, name: r.name, status: 1})
		return nil
	}
	if r.leads {
		p.group = p.pid
	}
	child := w.spawn(p, AsChild)
	child.span = command[0].Span
	if child.span.IsZero() {
		child.span = p.span
	}
	child.node = p.node
	child.limited = child.limited || r.limits
	if r.user != "" {
		child.user = r.user
	}
	r.child = child.pid
	if r.role == RoleInit && r.group || r.ownGroup {
		child.group = child.pid
		if r.ownSession {
			child.session = child.pid
		}
	}
	w.become(p, argv, program{})
	p.sh = nil
	p.relay = &r
	if failure := w.exec(child, command, byLibc); failure != nil {
		w.m.failed(w, failure)
		status := failure.Status
		if r.failStatus != 0 && (status == 126 || status == 127) {
			status = r.failStatus
		}
		child.alive, child.reaped = false, true
		w.exit(p, status)
	}
	return nil
}

// relayNamed returns the init or launcher that a program is, and the command that it runs.
//
// Source: measured (tini 0.19.0, dumb-init 1.2.5, catatonit 0.1.7, smell-baron 9a9ec5b, coreutils timeout 9.1) and their sources.
func relayNamed(p *proc, argv []parser.Word, name string, texts []string, musl bool) (relay, []parser.Word, bool) {
	switch strings.TrimSuffix(name, "-static") {
	case "tini", "docker-init", "catatonit":
		if taken := permuted(texts); taken != "" && !musl {
			return relay{name: name, role: RoleInit, refuses: taken}, nil, true
		}
	}
	switch strings.TrimSuffix(name, "-static") {
	case "tini", "docker-init":
		r := relay{name: name, role: RoleInit, passes: everySignal, status: -1, ownGroup: true}
		if v, ok := p.env.get("TINI_KILL_PROCESS_GROUP"); ok && v.Text != "" {
			r.group = true
		}
		i := 1
		for ; i < len(texts) && strings.HasPrefix(texts[i], "-"); i++ {
			if texts[i] == "--" {
				i++
				break
			}
			for j, c := range texts[i][1:] {
				switch c {
				case 'g':
					r.group = true
				case 'p', 'e':
					if j == len(texts[i])-2 {
						i++
					}
				}
			}
		}
		return r, from(argv, i), true
	case "dumb-init":
		r := relay{name: name, role: RoleInit, passes: everySignal, status: -1, group: true, ownGroup: true, ownSession: true, tellsRest: true, failStatus: 2}
		if v, ok := p.env.get("DUMB_INIT_SETSID"); ok && v.Text == "0" {
			r.group, r.ownGroup, r.ownSession = false, false, false
		}
		i := 1
		for ; i < len(texts) && strings.HasPrefix(texts[i], "-"); i++ {
			if texts[i] == "--" {
				i++
				break
			}
			option, value, assigned := strings.Cut(texts[i], "=")
			switch option {
			case "-c", "--single-child":
				r.group, r.ownGroup, r.ownSession = false, false, false
			case "-r", "--rewrite":
				if !assigned && i+1 < len(texts) {
					i++
					value = texts[i]
				}
				from, to, _ := strings.Cut(value, ":")
				a, err := strconv.Atoi(from)
				b, err2 := strconv.Atoi(to)
				if err == nil && err2 == nil {
					if r.rewrite == nil {
						r.rewrite = map[Signal]Signal{}
					}
					r.rewrite[Signal(a)] = Signal(b)
				}
			}
		}
		return r, from(argv, i), true
	case "catatonit":
		r := relay{name: name, role: RoleInit, passes: everySignal, status: -1, ownGroup: true}
		i := 1
		for ; i < len(texts) && strings.HasPrefix(texts[i], "-"); i++ {
			if texts[i] == "--" {
				i++
				break
			}
			if texts[i] == "-g" {
				r.group = true
			}
		}
		return r, from(argv, i), true
	case "smell-baron":
		r := relay{name: name, role: RoleInit, passes: sigset(0).with(SIGTERM).with(SIGINT), rewrite: map[Signal]Signal{SIGINT: SIGTERM}, status: -1,
			group: true, ownGroup: true, waitsForAll: true}
		i := 1
		for ; i < len(texts) && strings.HasPrefix(texts[i], "-"); i++ {
			if texts[i] == "-a" {
				r.everyone = true
			}
		}
		return r, from(argv, i), true
	case "timeout":
		i, after := 1, 0
		for ; i < len(texts) && strings.HasPrefix(texts[i], "-"); i++ {
			if texts[i] == "-k" && i+1 < len(texts) {
				if d, ok := sleepTime(texts[i+1]); ok {
					after = int(d / time.Millisecond)
				}
			}
			if texts[i] == "-k" || texts[i] == "-s" {
				i++
			}
		}
		limits := false
		if i < len(texts) {
			limit, known := sleepTime(texts[i])
			limits = !known || limit > 0 // "a duration of 0 disables the associated timeout": timeout(1)
		}
		return relay{name: name, role: RoleLauncher, passes: handled.with(SIGHUP), status: -1, killAfter: after, limits: limits, leads: !slices.Contains(texts[:min(i, len(texts))], "--foreground")},
			from(argv, i+1), true
	case "su", "runuser", "doas":
		return suRelay(argv, name, texts)
	}
	return relay{}, nil, false
}

// from returns the words from an index on, none where there are not so many.
func from(words []parser.Word, i int) []parser.Word { return words[min(i, len(words)):] }

// permuted returns the first option behind the command that an init of a glibc image takes for its own and does not know,
// "" where there is none: getopt of glibc looks for options in all words up to "--", that of musl up to the first word
// that is none. Measured.
func permuted(texts []string) string {
	for i := 1; i < len(texts); i++ {
		text := texts[i]
		switch {
		case text == "--":
			return ""
		case text == "-p" || text == "-e":
			i++
		case len(text) < 2 || text[0] != '-':
		case strings.Trim(text[1:], "hvwgls") != "" && !strings.HasPrefix(text, "--version"):
			return text
		}
	}
	return ""
}

// switchers returns which of the programs that change the user and become their command the image surely has.
//
// Source: setpriv belongs to the essential util-linux of Debian from 10 and of Ubuntu from 19.04 on, knows users by their names since
// util-linux 2.33, and is another one in busybox.
func (w *world) switchers(p *proc, sh image.Shell) (names []string) {
	for _, name := range []string{"gosu", "su-exec", "setpriv"} {
		if name == "setpriv" {
			system, release, _ := strings.Cut(sh.System, " ")
			number, err := strconv.ParseFloat(release, 64)
			if err != nil || !(system == "Debian" && number >= 10 || system == "Ubuntu" && number >= 19.04) {
				continue
			}
		}
		if _, entry := w.find(p, name); entry.Kind == Program {
			names = append(names, name)
		}
	}
	return names
}

// suRelay returns what su and its like do: they pass SIGTERM on, and INT and QUIT as SIGTERM, kill the command 2 seconds
// after it, and stay that long in any case.
//
// Source: measured, util-linux 2.38 to 2.41 and OpenDoas; util-linux issue 443 says that it is meant so.
func suRelay(argv []parser.Word, name string, texts []string) (relay, []parser.Word, bool) {
	r := relay{name: name, role: RoleLauncher, passes: sigset(0).with(SIGTERM).with(SIGINT).with(SIGQUIT), rewrite: map[Signal]Signal{SIGINT: SIGTERM, SIGQUIT: SIGTERM},
		killAfter: 2000, sits: true, status: -1, user: "?"}
	shell := parser.Word{Text: "/bin/sh", Span: argv[0].Span, Known: true}
	var command *parser.Word
	i, named := 1, false
	for ; i < len(texts); i++ {
		option, value, assigned := strings.Cut(texts[i], "=")
		takes := func() parser.Word {
			if assigned {
				return parser.Word{Text: value, Span: argv[i].Span, Known: argv[i].Known}
			}
			if i+1 < len(argv) {
				i++
				return argv[i]
			}
			return parser.Word{}
		}
		switch {
		case option == "-c" || option == "--command" || option == "--session-command":
			word := takes()
			command = &word
		case option == "-s" || option == "--shell":
			if word := takes(); name != "doas" && word.Text != "" {
				shell = word
			}
		case option == "-u" || option == "-g" || option == "-G" || option == "--group" || option == "--supp-group" || option == "--user" || option == "-w" || option == "-C":
			takes()
			named = named || option == "-u" || option == "--user"
		case option == "--":
			i++
			if named || name == "doas" {
				return r, from(argv, i), true
			}
			i--
		case strings.HasPrefix(option, "-"):
		case named || name == "doas":
			return r, from(argv, i), true
		default:
			named = name == "su" || name == "runuser"
			if rest := from(argv, i+1); command == nil && len(rest) > 0 && rest[0].Text != "-c" && !strings.HasPrefix(rest[0].Text, "-") {
				return r, append([]parser.Word{shell}, rest...), true
			}
			if name == "su" || name == "runuser" {
				named = false
			}
		}
	}
	if command == nil {
		return r, []parser.Word{shell}, true
	}
	return r, []parser.Word{shell, {Text: "-c", Span: command.Span, Known: true}, *command}, true
}
