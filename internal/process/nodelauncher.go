package process

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// A scriptCall is a command line of a launcher that runs scripts of package.json, taken apart.
type scriptCall struct {
	manager string
	script  string        // the script to run
	command []parser.Word // the program to run instead
	line    *parser.Word  // the command line to run instead: npx -c
	args    []parser.Word // behind the name of the script
	dir     *parser.Word  // --prefix, -C, --cwd
	shell   *parser.Word  // --script-shell
	present bool          // --if-present
	loose   bool          // the script may be a program as well: yarn build
	gap     string        // why it cannot be known what is run; "" where it can
	npx     bool
}

// runScript lets a process become npm, npx, yarn, pnpm, bun or deno where they run a script of package.json. It returns false where
// that is not what the command line does.
//
// A "pre" script is set-up: it ends before the script begins, and a "post" script begins when that is over.
func (w *world) runScript(p *proc, argv []parser.Word, name string, texts []string) (*Failure, bool) {
	if name == "corepack" && len(argv) > 1 {
		argv, texts = argv[1:], texts[1:]
		name = texts[0]
	}
	var call *scriptCall
	switch name {
	case "npm", "yarn", "yarnpkg", "pnpm", "bun", "deno":
		call = readScriptCall(strings.TrimSuffix(name, "pkg"), argv, texts)
	case "npx", "pnpx", "bunx":
		call = readNpx(map[string]string{"npx": "npm", "pnpx": "pnpm", "bunx": "bun"}[name], argv, texts, 1)
	default:
		return nil, false
	}
	if call == nil {
		if name == "bun" || name == "deno" {
			return nil, false // the runtime itself
		}
		w.become(p, argv, program{kind: passing, name: name})
		return nil, true
	}
	if p.nested++; p.nested > maxDepth {
		w.become(p, argv, program{kind: opaque, name: name, caught: handled, doubt: &Gap{argv[0].Span, name + " starts itself again and again"}})
		return nil, true
	}
	return w.startScriptCall(p, argv, call)
}

// startScriptCall finds the script, and lets it run as the child of the launcher.
func (w *world) startScriptCall(p *proc, argv []parser.Word, call *scriptCall) (*Failure, bool) {
	dir := p.dir
	if call.dir != nil {
		if dir = joinDir(p.dir, call.dir.Text); !call.dir.Known {
			dir = ""
		}
	}
	pkg, where, gap := w.findPackage(dir)
	if call.manager == "bun" || call.manager == "deno" {
		if _, ok := scriptOf(pkg, call); !ok && call.command == nil {
			return nil, false // bun run index.ts: the runtime itself
		}
	}
	r, own := w.scriptRelay(p, call, pkg, where)
	if where != "" {
		p.dir = where
	}
	w.addBinToPath(p)
	if call.gap == "" && call.command == nil && call.line == nil && gap != "" {
		call.gap = gap
	}
	if call.gap != "" {
		w.startUnknown(p, argv, r, call.gap)
		return nil, true
	}
	command, failure := w.scriptCommand(p, argv, call, pkg, own)
	switch {
	case failure != nil:
		w.m.failed(w, failure)
		w.become(p, argv, program1(failure.Status))
		return nil, true
	case command == nil && call.gap != "":
		w.startUnknown(p, argv, r, call.gap)
		return nil, true
	case command == nil:
		w.become(p, argv, program{kind: passing, name: r.name})
		return nil, true
	}
	return w.startRelay(p, argv, r, command), true
}

// startUnknown lets a launcher run a child of which nothing is known.
func (w *world) startUnknown(p *proc, argv []parser.Word, r relay, gap string) {
	child := w.spawn(p, AsChild)
	r.child = child.pid
	if r.ownGroup {
		child.group = child.pid
	}
	w.become(p, argv, program{})
	p.relay = &r
	prog := program{kind: opaque, name: r.name, caught: handled.with(w.m.stopSignal()), doubt: &Gap{argv[len(argv)-1].Span, gap}}
	if r.leaves {
		prog.kind, prog.doubt = application, nil // whatever it is, it is killed
	}
	child.span = argv[0].Span
	w.become(child, []parser.Word{{Text: "the script of " + r.name, Span: argv[0].Span, Known: true}}, prog)
}

// scriptCommand returns the command that a launcher runs as its child: a shell with the script, or the program itself. It
// returns nothing where there is nothing to run, or with a gap in the call where that cannot be known.
func (w *world) scriptCommand(p *proc, argv []parser.Word, call *scriptCall, pkg *parser.PackageJSON, own bool) ([]parser.Word, *Failure) {
	var line parser.Word
	switch {
	case call.line != nil:
		line = *call.line
	case call.command != nil:
		if own || call.manager == "yarn" || call.manager == "pnpm" {
			return call.command, nil
		}
		line = parser.Word{Text: commandLine(call.command), Span: call.command[0].Span, Known: call.command[0].Known}
	default:
		script, ok := scriptOf(pkg, call)
		switch {
		case ok:
			line = script
		case call.loose:
			name := parser.Word{Text: call.script, Span: argv[0].Span, Known: true}
			if call.manager == "yarn" || call.manager == "pnpm" || own {
				return append([]parser.Word{name}, call.args...), nil
			}
			line = name
		case call.present:
			return nil, nil
		case call.script == "start" && call.manager != "yarn":
			// Source: npm-start(1): without a script it is "node server.js" where that file is.
			entry := w.m.files.Lookup(path.Join("/", p.dir, "server.js"))
			if entry.Kind == Text || entry.Kind == Program {
				line = parser.Word{Text: "node server.js", Span: argv[len(argv)-1].Span, Known: true}
				break
			}
			call.gap = "package.json has no script start, and server.js is not in the build context"
			return nil, nil
		default:
			return nil, &Failure{Span: argv[len(argv)-1].Span, Status: 1, Kind: GivesUp, Reason: "package.json has no script " + call.script + ", so " + call.manager + " ends with an error"}
		}
		if rest := commandLine(call.args); rest != "" {
			line.Text += " " + rest
			if written := line.Span.Text(); len(written) > 2 && written[0] == '"' {
				line.Span.Start, line.Span.End = line.Span.Start+1, line.Span.End-1
			}
		}
	}
	if own {
		words, env, gap := w.ownShell(line, call.manager)
		if gap != "" {
			call.gap = gap
			return nil, nil
		}
		p.env.extra = maps.Clone(p.env.extra)
		if p.env.extra == nil {
			p.env.extra = map[string]parser.Word{}
		}
		maps.Copy(p.env.extra, env)
		return words, nil
	}
	shell := parser.Word{Text: "/bin/sh", Span: line.Span, Known: true}
	if call.shell != nil {
		shell.Text, shell.Known = call.shell.Text, call.shell.Known
	} else if v, ok := w.scriptShell(p); ok && call.manager != "yarn" {
		shell.Text, shell.Known = v.Text, v.Known
	}
	return []parser.Word{shell, {Text: "-c", Span: line.Span, Known: true}, line}, nil
}

// scriptShell returns the shell that the environment or .npmrc tells npm and pnpm to use.
func (w *world) scriptShell(p *proc) (parser.Word, bool) {
	if v, ok := p.env.get("npm_config_script_shell"); ok {
		return v, true
	}
	entry := w.m.files.Lookup(path.Join("/", p.dir, ".npmrc"))
	if entry.Kind != Text || p.dir == "" {
		return parser.Word{}, false
	}
	for line := range strings.Lines(entry.Script.Text) {
		name, value, _ := strings.Cut(line, "=")
		if strings.TrimSpace(name) == "script-shell" && strings.TrimSpace(value) != "" {
			return parser.Word{Text: strings.TrimSpace(value), Known: true}, true
		}
	}
	return parser.Word{}, false
}

// commandLine joins words into a command line. Words that are not known are left out: what is started hardly depends on them.
func commandLine(words []parser.Word) string {
	var parts []string
	for i, word := range words {
		text := word.Text
		if !word.Known && i > 0 {
			continue
		}
		if text == "" || strings.ContainsAny(text, " \t\n'\"\\$`&|;<>()*?[]{}~#!") {
			text = "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// scriptOf returns the script that a call names.
func scriptOf(pkg *parser.PackageJSON, call *scriptCall) (parser.Word, bool) {
	if pkg == nil || call.script == "" {
		return parser.Word{}, false
	}
	if script, ok := pkg.Tasks[call.script]; ok && call.manager == "deno" {
		return script, true
	}
	script, ok := pkg.Scripts[call.script]
	return script, ok
}

// findPackage finds the package.json that is in force in a folder, its own or one above, and says why there is none.
func (w *world) findPackage(dir string) (pkg *parser.PackageJSON, where, gap string) {
	if dir == "" {
		return nil, "", "the working directory, in which package.json is looked for, cannot be known"
	}
	for at := dir; ; at = path.Dir(at) {
		for _, name := range []string{"package.json", "deno.json"} {
			switch entry := w.m.files.Lookup(path.Join(at, name)); entry.Kind {
			case Text:
				found, err := parser.ParsePackageJSON(entry.Script)
				if err != nil {
					return nil, at, "package.json cannot be parsed: " + err.Error()
				}
				return found, at, ""
			case Opaque:
				return nil, at, entry.Reason
			}
		}
		if at == "/" || at == "." {
			return nil, dir, "package.json is not in the build context"
		}
	}
}

// addBinToPath puts the programs of the package in front of PATH, as every launcher of scripts does.
func (w *world) addBinToPath(p *proc) {
	search, ok := p.env.get("PATH")
	if !ok {
		search = parser.Word{Text: image.DefaultPath, Known: true}
	}
	if p.dir == "" || !search.Known {
		return
	}
	extra := maps.Clone(p.env.extra)
	if extra == nil {
		extra = map[string]parser.Word{}
	}
	extra["PATH"] = parser.Word{Text: path.Join(p.dir, "node_modules/.bin") + ":" + search.Text, Known: true}
	p.env.extra = extra
}

// scriptRelay returns what a launcher of scripts does with signals, and whether it reads scripts itself instead of giving them
// to /bin/sh.
//
// Source: measured, yarn 1.22.22 and 4.18.1, bun 1.4.5, deno 2.9.6; npm and pnpm as program.NPMStop and program.PNPMStop say. Of
// what they pass on, only TERM and INT were seen. After the end of its shell npm as PID 1 stays for another half second, in
// which nobody tells the application, so that here it leaves at once.
func (w *world) scriptRelay(p *proc, call *scriptCall, pkg *parser.PackageJSON, dir string) (r relay, own bool) {
	r = relay{name: call.manager, role: RoleLauncher, passes: sigset(0).with(SIGTERM).with(SIGINT), status: -1}
	if call.npx {
		r.name = map[string]string{"npm": "npx", "pnpm": "pnpx", "bun": "bunx"}[call.manager]
	}
	var managed string
	if pkg != nil {
		managed = pkg.PackageManager.Text
	}
	version, parts := programs.Version{}, 0
	if text, ok := strings.CutPrefix(managed, call.manager+"@"); ok {
		version, parts = programs.ParseVersion(text)
	}
	stop := programs.PassesToChild
	switch call.manager {
	case "npm":
		if v, ok := programs.BundledNPM(w.m.start.Base); ok && !w.replacesNPM() {
			stop = programs.NPMStop(v, call.npx)
		}
	case "yarn":
		if parts > 0 && version[0] >= 2 || w.berry(dir) {
			return r, true
		}
		stop = programs.PassesAndGoes
	case "pnpm":
		known := false
		stop, known = programs.PNPMStop(version[0])
		if call.command != nil {
			// Measured: pnpm 8 to 10 run a program well as PID 1, and leave at once elsewhere.
			if r.leaves = !w.m.isInit(p) && known && stop == programs.PassesToGroup; !w.m.isInit(p) && !known && call.gap == "" {
				call.gap = "which version of pnpm the image has is not known"
			}
			known = true
		}
		if !known && call.gap == "" && w.m.shellForks() && !w.execsItself(call, pkg) {
			call.gap = "which version of pnpm the image has is not known: before version 12 it loses a script that " + w.m.files.Lookup("/bin/sh").Shell.Family + " runs"
		}
	default:
		return r, true
	}
	switch stop {
	case programs.Swallows:
		r.rewrite = map[Signal]Signal{SIGTERM: 0, SIGINT: 0}
	case programs.PassesAndGoes:
		r.leaves = true
	case programs.PassesToGroup:
		r.group, r.ownGroup = true, true
	case programs.WaitsForGroup:
		r.group, r.ownGroup, r.waitsForGroup = true, true, true
	}
	return r, false
}

// berry reports whether the yarn of a folder is version 2 or later: the yarn of the image gives way to what .yarnrc.yml names.
func (w *world) berry(dir string) bool {
	return dir != "" && w.m.files.Lookup(path.Join(dir, ".yarnrc.yml")).Kind == Text
}

// shellForks reports whether /bin/sh may stay in front of a single command behind -c.
func (m *machine) shellForks() bool {
	switch m.files.Lookup("/bin/sh").Shell.Family {
	case image.Ash, image.Bash, image.BashSh:
		return false
	}
	return true
}

// execsItself reports whether a script says exec, so that it does not matter which shell runs it.
func (w *world) execsItself(call *scriptCall, pkg *parser.PackageJSON) bool {
	script, ok := scriptOf(pkg, call)
	return ok && strings.HasPrefix(strings.TrimSpace(script.Text), "exec ")
}

// ownShell takes a script apart that the launcher itself reads: commands one after the other, of which the last is the
// application. What else there may be is a gap.
func (w *world) ownShell(line parser.Word, manager string) ([]parser.Word, map[string]parser.Word, string) {
	script := w.m.inner(line.Text, line)
	gap := "how " + manager + " runs the script " + oneLine(line.Text) + " is not known"
	if script.Tree == nil || len(script.Tree.Stmts) == 0 {
		return nil, nil, gap
	}
	stmt := script.Tree.Stmts[len(script.Tree.Stmts)-1]
	for _, s := range script.Tree.Stmts {
		if s.Background || s.Negated {
			return nil, nil, gap
		}
	}
	for {
		and, ok := stmt.Cmd.(*syntax.BinaryCmd)
		if !ok {
			break
		}
		if and.Op != syntax.AndStmt {
			return nil, nil, gap
		}
		stmt = and.Y
	}
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || call.Args[0].Lit() == "exec" {
		return nil, nil, gap
	}
	var words []parser.Word
	for _, arg := range call.Args {
		text, known := plainWord(arg)
		span := script.NodeSpan(arg)
		if !known {
			text = span.Text()
		}
		words = append(words, parser.Word{Text: text, Span: span, Known: known})
	}
	env := map[string]parser.Word{}
	for _, a := range call.Assigns {
		if a.Name == nil {
			continue
		}
		value := parser.Word{Known: true}
		if a.Value != nil {
			value.Text, value.Known = plainWord(a.Value)
		}
		env[a.Name.Value] = value
	}
	return words, env, ""
}

// plainWord returns the text of a word that holds nothing but literals and quotes.
func plainWord(word *syntax.Word) (string, bool) {
	var text strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			text.WriteString(strings.ReplaceAll(part.Value, `\`, ""))
		case *syntax.SglQuoted:
			text.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return "", false
				}
				text.WriteString(lit.Value)
			}
		default:
			return "", false
		}
	}
	return text.String(), true
}

// Options of the launchers that take the next word.
var scriptOptions = map[string][]string{
	"npm":  {"--prefix", "-C", "--workspace", "-w", "--loglevel", "--userconfig", "--globalconfig", "--cache", "--registry", "--script-shell", "--package", "-p", "--call", "-c", "--omit", "--include"},
	"yarn": {"--cwd", "--cache-folder", "--modules-folder", "--registry", "--network-timeout", "--mutex", "--use-yarnrc"},
	"pnpm": {"-C", "--dir", "--filter", "-F", "--filter-prod", "--loglevel", "--reporter", "--script-shell", "--registry", "--package", "--workspace-concurrency"},
	"bun":  {"--cwd", "--filter", "-F", "--shell", "--env-file", "--config", "-c", "--preload", "-r"},
	"deno": {"--cwd", "--config", "-c", "--filter", "-f"},
}

// setupCommands are the commands of yarn and pnpm that are no scripts, and end by themselves.
var setupCommands = map[string]bool{
	"install": true, "add": true, "remove": true, "upgrade": true, "update": true, "up": true, "audit": true, "cache": true, "config": true,
	"global": true, "info": true, "init": true, "link": true, "unlink": true, "list": true, "login": true, "logout": true, "outdated": true, "pack": true,
	"publish": true, "version": true, "why": true, "import": true, "set": true, "plugin": true, "policies": true, "i": true, "ci": true, "fetch": true,
	"prune": true, "rebuild": true, "store": true, "deploy": true, "create": true, "env": true, "setup": true, "patch": true, "bin": true, "licenses": true,
	"dedupe": true, "rb": true, "ls": true, "root": true, "help": true, "check": true, "autoclean": true, "generate-lock-entry": true, "pm": true, "upgrade-interactive": true,
	"build": false, "repl": true, "upgrade-self": true,
}

// readScriptCall takes the command line of a launcher apart. It returns nil where the launcher does something else.
func readScriptCall(manager string, argv []parser.Word, texts []string) *scriptCall {
	call := &scriptCall{manager: manager}
	i := call.options(argv, texts, 1)
	if i >= len(texts) {
		return nil
	}
	if !argv[i].Known {
		call.gap = "which script " + argv[i].Text + " stands for cannot be known"
		return call
	}
	verb := texts[i]
	i++
	switch verb {
	case "run", "run-script", "rum", "urn", "task":
		if verb == "task" && manager != "deno" || verb == "run" && manager == "deno" || strings.HasSuffix(verb, "script") && manager == "bun" {
			return nil
		}
		i = call.options(argv, texts, i)
		if i >= len(texts) {
			return nil // it lists the scripts
		}
		if call.script = texts[i]; !argv[i].Known {
			call.gap = "which script " + call.script + " stands for cannot be known"
		}
		call.loose = manager == "yarn"
		i++
	case "start", "test", "t", "tst":
		if manager == "bun" && verb != "start" || manager == "deno" {
			return nil
		}
		if call.script = verb; verb != "start" {
			call.script = "test"
		}
	case "exec", "x", "dlx":
		switch {
		case manager == "bun" && verb != "x", manager == "deno":
			return nil
		case manager == "npm" || manager == "bun":
			return readNpx(manager, argv, texts, i)
		}
		i = call.options(argv, texts, i)
		return call.runs(from(argv, i))
	case "node":
		if manager != "yarn" && manager != "pnpm" {
			return nil
		}
		return call.runs(argv[i-1:])
	case "workspace", "workspaces", "recursive", "multi", "m":
		call.gap = "which folder the workspace of " + manager + " is cannot be known"
		return call
	default:
		if manager != "yarn" && manager != "pnpm" && manager != "bun" || setupCommands[verb] {
			return nil
		}
		call.script, call.loose = verb, manager != "bun"
	}
	rest := from(argv, i)
	if manager == "npm" || manager == "pnpm" {
		// What npm does not take for its own: everything behind "--", and words that are no options.
		var words []parser.Word
		for n, word := range rest {
			if word.Text == "--" {
				words = append(words, rest[n+1:]...)
				break
			}
			if manager == "npm" && strings.HasPrefix(word.Text, "-") {
				call.present = call.present || word.Text == "--if-present"
				if option, value, ok := strings.Cut(word.Text, "="); ok {
					call.option(option, parser.Word{Text: value, Span: word.Span, Known: word.Known})
				} else if slices.Contains(scriptOptions["npm"], word.Text) && n+1 < len(rest) {
					call.option(word.Text, rest[n+1])
				}
				continue
			}
			words = append(words, word)
		}
		rest = words
	}
	call.args = slices.DeleteFunc(slices.Clone(rest), func(word parser.Word) bool { return word.Text == "--" })
	return call
}

// runs makes a call of a program; nil where there is none.
func (c *scriptCall) runs(command []parser.Word) *scriptCall {
	if len(command) > 0 && command[0].Text == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return nil
	}
	c.command = command
	return c
}

// options reads options from an index on and returns the index of the first word that is none.
func (c *scriptCall) options(argv []parser.Word, texts []string, i int) int {
	for ; i < len(texts) && strings.HasPrefix(texts[i], "-") && texts[i] != "--"; i++ {
		option, value, assigned := strings.Cut(texts[i], "=")
		word := parser.Word{Text: value, Span: argv[i].Span, Known: argv[i].Known}
		if !assigned && slices.Contains(scriptOptions[c.manager], option) && i+1 < len(argv) {
			i++
			word = argv[i]
		}
		c.option(option, word)
	}
	return i
}

func (c *scriptCall) option(option string, value parser.Word) {
	switch option {
	case "--prefix", "-C", "--cwd", "--dir":
		c.dir = &value
	case "--script-shell":
		c.shell = &value
	case "--if-present":
		c.present = true
	case "-w", "--workspace", "--workspaces", "-ws", "--filter", "-F", "--filter-prod", "-r", "--recursive":
		if option == "-r" && c.manager == "bun" || option == "-w" && c.manager != "npm" {
			return
		}
		if c.manager == "npm" && (strings.HasPrefix(value.Text, "./") || strings.Contains(value.Text, "/") && !strings.HasPrefix(value.Text, "@")) {
			c.dir = &value
			return
		}
		c.gap = "which folder the workspace of " + c.manager + " is cannot be known"
	}
}

// readNpx takes the words behind npx or npm exec apart.
func readNpx(manager string, argv []parser.Word, texts []string, i int) *scriptCall {
	call := &scriptCall{manager: manager, npx: true}
	for ; i < len(texts) && strings.HasPrefix(texts[i], "-"); i++ {
		if texts[i] == "--" {
			i++
			break
		}
		switch texts[i] {
		case "-c", "--call":
			if i+1 < len(argv) {
				call.line = &argv[i+1]
				return call
			}
		case "-p", "--package", "--cache", "--registry", "--prefix", "--userconfig", "-w", "--workspace":
			i++
		}
	}
	command := slices.Clone(from(argv, i))
	if len(command) == 0 {
		return nil
	}
	if !command[0].Known {
		call.gap = "what " + command[0].Text + " stands for cannot be known"
		return call
	}
	// A package of a scope has a program of its own name: @nestjs/cli@10.
	name := command[0].Text
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		name = name[:at]
	}
	if strings.HasPrefix(name, "@") {
		name = path.Base(name)
	}
	command[0].Text = name
	call.command = command
	return call
}

// awaitGroup lets a launcher end if the last process of its child's group has, and otherwise look again a little later.
func (w *world) awaitGroup(p *proc) {
	child := w.proc(p.relay.child)
	for _, q := range w.procs {
		if q.alive && q != p && q.group == child.group {
			p.timer = w.now + 100
			return
		}
	}
	w.exit(p, child.status)
}

// replacesNPM reports whether the image installs another npm than the one that Node brought along.
func (w *world) replacesNPM() bool {
	reader, ok := w.m.files.(RunReader)
	if !ok {
		return false
	}
	text, _ := reader.RunText()
	return strings.Contains(text, "npm@") || strings.Contains(text, "install -g npm") || strings.Contains(text, "corepack")
}
