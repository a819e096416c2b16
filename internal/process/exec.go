package process

import (
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// environ is the environment that a program is started with.
type environ struct {
	base  map[string]string // of the image
	shell *shell            // exports of the shell that starts it; nil where PID 1 is started
	extra map[string]parser.Word
}

// get returns a variable: set says that it has a value, and the word is not Known where the value cannot be known.
func (e environ) get(name string) (value parser.Word, set bool) {
	if v, ok := e.extra[name]; ok {
		return v, true
	}
	if e.shell != nil {
		if v, ok := e.shell.vars.entries[name]; ok && v.exported && len(v.words) > 0 {
			return v.words[0], true
		}
		if e.shell.unset.entries[name] {
			return parser.Word{}, false
		}
		return e.shell.env.get(name)
	}
	v, ok := e.base[name]
	return parser.Word{Text: v, Known: true}, ok
}

// holds reports whether an option is in one of the variables whose names stand between blanks.
func (e environ) holds(names, option string) bool {
	for name := range strings.FieldsSeq(names) {
		if value, _ := e.get(name); slices.Contains(strings.Fields(value.Text), option) {
			return true
		}
	}
	return false
}

// caller says who asks the kernel to run a program, which decides about a file without a shebang.
type caller uint8

const (
	byKernel caller = iota // execve: "exec format error"
	byShell                // a shell runs it itself
	byLibc                 // execvp of the C library: glibc runs it through /bin/sh, musl does not
)

const maxInterpreters = 5 // execve(2): recursion of interpreters

// maxExecs is how many programs may start each other in the place of one process: env in the first line of a script starts the script again.
const maxExecs = 100

// exec lets a process become the program that argv names. Where that fails it returns why and the process is as before.
func (w *world) exec(p *proc, argv []parser.Word, by caller) *Failure {
	return w.execAt(p, argv, by, 0)
}

func (w *world) execAt(p *proc, argv []parser.Word, by caller, depth int) *Failure {
	if len(argv) == 0 {
		return nil
	}
	w.m.steps += len(argv) / 16 // each program that only starts the next one looks at all of them
	w.m.execs++
	defer func() { w.m.execs-- }()
	if w.m.spent(w) || w.m.execs > maxExecs {
		doubt := w.m.over
		if doubt == nil {
			doubt = &Gap{argv[0].Span, argv[0].Text + " is started by programs that only start the next one, more than 100 in a row"}
		}
		w.become(p, argv, program{kind: opaque, name: argv[0].Text, caught: handled, doubt: doubt})
		return nil
	}
	name := argv[0]
	if !name.Known {
		if base, ok := programName(name); ok {
			// The folder is not known, the program is: "$JAVA_HOME/bin/java".
			name = parser.Word{Text: base, Span: name.Span, Known: true}
			argv = append([]parser.Word{name}, argv[1:]...)
		} else {
			w.become(p, argv, program{kind: opaque, name: name.Text, caught: handled, vague: true,
				doubt: &Gap{name.Span, "what " + name.Text + " stands for cannot be known"}})
			return nil
		}
	}
	if name.Text == "" {
		return &Failure{Span: name.Span, Status: 127, Kind: NoSuchFile, Reason: "the name of the program is empty"}
	}
	if strings.HasSuffix(name.Text, "\r") {
		return &Failure{Span: name.Span, Status: 127, Kind: CarriageReturn, Reason: "the script has Windows line ends: the shell looks for a program called \"" + strings.TrimSuffix(name.Text, "\r") + "\\r\""}
	}
	file, entry := w.find(p, name.Text)
	switch entry.Kind {
	case Missing:
		reason := name.Text + " does not exist in the image"
		if entry.Reason != "" {
			reason += ": " + entry.Reason
		}
		return &Failure{Span: name.Span, Status: 127, Kind: NoSuchFile, Reason: reason}
	case Opaque:
		w.become(p, argv, program{kind: opaque, name: name.Text, caught: handled, doubt: &Gap{name.Span, entry.Reason}})
		return nil
	case Folder:
		return &Failure{Span: name.Span, Status: 126, Kind: NotExecutable, Reason: name.Text + " is a folder"}
	case ShellProgram:
		return w.startShell(p, argv, entry.Shell)
	case Text:
		return w.execText(p, argv, file, entry, by, depth)
	}
	if strings.ContainsAny(name.Text, " \t") && entry.Kind == Unseen && by != byShell {
		return &Failure{Span: name.Span, Status: 127, Kind: NoSuchFile,
			Reason: "there is no program called \"" + name.Text + "\": the whole string is taken as its name"}
	}
	if by == byKernel && strings.HasPrefix(name.Text, "$") {
		return &Failure{Span: name.Span, Status: 127, Kind: NoSuchFile,
			Reason: "no shell is there to replace " + name.Text + ", and no program has that name"}
	}
	return w.execProgram(p, argv, file, entry)
}

// programName returns the base name of a word of which only the folder is not known.
func programName(name parser.Word) (string, bool) {
	slash := strings.LastIndexByte(name.Text, '/')
	if slash < 0 {
		return "", false
	}
	base := strings.TrimRight(name.Text[slash+1:], `"'`)
	if base == "" || strings.ContainsAny(base, "$`*?[{}()") || strings.HasSuffix(base, ".sh") {
		return "", false
	}
	return base, true
}

// find looks a program up as execvp does, in the working directory or in PATH.
func (w *world) find(p *proc, name string) (string, Entry) {
	if strings.Contains(name, "/") {
		if !strings.HasPrefix(name, "/") {
			if p.dir == "" {
				return name, Entry{Kind: Opaque, Reason: "the working directory in which " + name + " is started cannot be known"}
			}
			name = path.Join(p.dir, name)
		}
		name = path.Clean(name)
		return name, w.m.files.Lookup(name)
	}
	search := image.DefaultPath
	if v, ok := p.env.get("PATH"); ok && v.Known {
		search = v.Text
	}
	key := searchKey{name, search, p.dir}
	found, known := w.m.found[key]
	if !known {
		found.file, found.Entry = w.m.search(name, search, p.dir)
		if w.m.found == nil {
			w.m.found = map[searchKey]foundProgram{}
		}
		w.m.found[key] = found
	}
	return found.file, found.Entry
}

// A searchKey is what decides which program a name without a slash stands for.
type searchKey struct{ name, path, dir string }

type foundProgram struct {
	file string
	Entry
}

// search looks a program up in the folders of PATH.
func (m *machine) search(name, search, workdir string) (string, Entry) {
	var missing, hidden Entry
	everywhere := true
	for _, dir := range strings.Split(search, ":") {
		if dir == "" {
			dir = workdir
		}
		if !strings.HasPrefix(dir, "/") {
			continue
		}
		full := path.Join(dir, name)
		switch entry := m.files.Lookup(full); entry.Kind {
		case Unseen:
			everywhere = false
		case Missing:
			missing = entry
		case Opaque:
			// Something may be there; what surely is in another folder goes first.
			everywhere = false
			if hidden.Kind == Unseen || hidden.Origin.IsZero() && !entry.Origin.IsZero() {
				hidden = entry
			}
		default:
			return full, entry
		}
	}
	if hidden.Kind == Opaque {
		if hidden.Origin.IsZero() {
			hidden.Reason = "nothing in the Dockerfile is seen to create " + name
		}
		return name, hidden
	}
	if !everywhere {
		return name, Entry{Kind: Unseen}
	}
	return name, missing
}

// execText runs a script file.
func (w *world) execText(p *proc, argv []parser.Word, file string, entry Entry, by caller, depth int) *Failure {
	span := argv[0].Span
	if entry.ModeKnown && entry.Mode&0o111 == 0 {
		return &Failure{Span: span, Status: 126, Kind: NotExecutable, Reason: file + " is not executable", Put: entry.Origin}
	}
	shebang := entry.Script.Shebang
	if shebang == nil {
		switch {
		case by == byShell && strings.HasPrefix(entry.Script.Text, "\ufeff") && w.callerShell(p).Family == image.Mksh:
		case by == byShell:
			return w.startScript(p, argv, file, entry.Script, w.callerShell(p))
		case by == byLibc && !w.m.start.Musl:
			sh := w.m.files.Lookup("/bin/sh")
			if sh.Kind == ShellProgram {
				return w.startScript(p, argv, file, entry.Script, sh.Shell)
			}
		}
		status := 126
		if by == byLibc {
			status = 1
		}
		return &Failure{Span: span, Status: status, Kind: NoShebang, Script: entry.Script,
			Reason: file + " has no #! in its first two bytes, so the kernel refuses it: exec format error"}
	}
	if depth >= maxInterpreters {
		return &Failure{Span: span, Status: 126, Kind: NoInterpreter, Reason: file + " leads through too many interpreters"}
	}
	interpreter := shebang[0]
	place := entry.Script.Whole
	if base := entry.Script.Base; base >= 0 {
		place.Start, place.End = base, min(place.End, base+2+len(strings.Join(shebang, " ")))
	}
	if strings.HasSuffix(shebang[len(shebang)-1], "\r") {
		if len(shebang) == 1 {
			return &Failure{Span: place, Status: 127, Kind: CarriageReturn,
				Reason: file + " has Windows line ends: the kernel looks for an interpreter called \"" + strings.TrimSuffix(interpreter, "\r") + "\\r\""}
		}
		if path.Base(interpreter) == "env" {
			return &Failure{Span: place, Status: 127, Kind: CarriageReturn,
				Reason: file + " has Windows line ends: env looks for a program called \"" + strings.TrimSuffix(shebang[1], "\r") + "\\r\""}
		}
	}
	if !strings.HasPrefix(interpreter, "/") && by == byShell && w.callerShell(p).Family == image.Zsh {
		interpreter, _ = w.find(p, interpreter) // zsh looks for it itself
	}
	if !strings.HasPrefix(interpreter, "/") {
		if p.dir == "" || w.m.files.Lookup(path.Join(p.dir, interpreter)).Kind != Text {
			return &Failure{Span: place, Status: 127, Kind: NoInterpreter,
				Reason: file + " names the interpreter " + interpreter + " without its folder"}
		}
	}
	next := []parser.Word{{Text: interpreter, Span: place, Known: true}}
	if path.Base(interpreter) == "env" && len(shebang) == 2 && !strings.HasPrefix(shebang[1], "-") && strings.ContainsAny(shebang[1], " \t") {
		return &Failure{Span: place, Status: 127, Kind: NoInterpreter,
			Reason: file + ": the kernel gives env one single argument, and there is no program called \"" + shebang[1] + "\"; env -S would split it"}
	}
	for _, argument := range shebang[1:] {
		next = append(next, parser.Word{Text: argument, Span: place, Known: true})
	}
	next = append(next, parser.Word{Text: file, Span: span, Known: true})
	next = append(next, argv[1:]...)
	failure := w.execAt(p, next, byKernel, depth+1)
	if failure != nil && failure.Kind == NoSuchFile && failure.Span == place {
		failure.Kind = NoInterpreter
		failure.Reason = file + " needs " + interpreter + ", which does not exist in the image"
	}
	return failure
}

// callerShell returns the shell that runs a file without a shebang itself: the caller, and for PID 1's own sake /bin/sh.
func (w *world) callerShell(p *proc) image.Shell {
	if parent := w.proc(p.parent); p.sh == nil && parent != nil && parent.sh != nil {
		return parent.sh.id
	}
	if p.sh != nil {
		return p.sh.id
	}
	return w.m.files.Lookup("/bin/sh").Shell
}

// become lets a process be a program.
func (w *world) become(p *proc, argv []parser.Word, prog program) {
	if p.sh != nil {
		p.from = append([]Read{{Script: p.sh.script}}, p.sh.reads...)
	}
	p.argv, p.prog, p.sh, p.relay, p.timer = argv, prog, nil, nil, -1
	p.wait = waiting{}
	w.controlled(p, prog)
	if p.background && (prog.kind == application || prog.kind == opaque) {
		w.births++
	}
	if w.stopAt >= 0 && prog.kind == application && !prog.stays && !p.background && p.timer < 0 && w.seen.entries[restKey{p.node, strings.Join(parser.Texts(argv), " "), p.nested}] == 0 {
		// What a handler runs is clean-up, and ends.
		p.timer = w.now + cleanup
	}
	if prog.kind == passing {
		if w.m.linger && !prog.brief {
			p.prog.kind, p.prog.oneShot = application, true
			p.prog.caught = 0
			return
		}
		p.timer = w.now
	}
}
