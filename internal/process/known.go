package process

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

// patience is how many milliseconds an application of which nothing is known is taken to need, at most, where something
// would kill it: it finishes before the grace period, 10 seconds, is over, but not within the 2 seconds of su.
const patience = 5000

// execKnown lets a process become a launcher, a service or a server that is known by its name. It returns false where it is none
// of these, and the program as far as it is known then.
func (w *world) execKnown(p *proc, argv []parser.Word, texts []string, name string, entry Entry, prog program) (program, *Failure, bool) {
	if name == "xvfb-run" && w.m.isInit(p) {
		prog.caught, prog.why = 0, "xvfb-run as PID 1 waits for a SIGUSR1 that Xvfb does not send there, and never starts its program" // measured, xvfb 21.1.16
		w.become(p, argv, prog)
		return prog, nil, true
	}
	if launcher, at, shell := programs.LauncherNamed(texts, name); launcher != nil {
		return prog, w.startLauncher(p, argv, texts, name, launcher, at, shell), true
	}
	if service, starts, ok := serviceCalled(texts, name); ok {
		if !starts {
			w.become(p, argv, program{kind: passing, name: name})
			return prog, nil, true
		}
		served := program{kind: application, name: texts[service], caught: handled.with(w.m.stopSignal())}
		if server := serverOf(texts[service]); server != nil {
			served = served.serving(server)
		}
		return prog, w.daemonizeAs(p, argv, argv[service:service+1], served), true
	}
	if entry.Kind != Unseen && entry.Kind != Program {
		return prog, nil, false
	}
	if name == "httpd" && strings.HasPrefix(w.m.start.Base, "busybox") {
		name = "busybox-httpd"
	}
	if !w.m.start.Musl && (texts[0] == "/sbin/init" || texts[0] == "/usr/sbin/init") {
		name = "systemd"
	}
	server, ok := programs.ServerNamed(texts, name)
	if base := w.m.start.Base; ok && server.Root && (p.user != "" && p.user != "root" && p.user != "0" || base != "" && !strings.HasPrefix(base, "debian") && !strings.HasPrefix(base, "ubuntu")) {
		ok = false
	}
	if ok {
		return w.serve(p, argv, texts, server, prog)
	}
	if runtime, ok := programs.RuntimeNamed(name); ok {
		at, module := runtime.Script(texts)
		if at < len(argv) && (runtime.With == "" || slices.Contains(texts, runtime.With) || p.env.holds(runtime.Extra, runtime.With)) {
			prog.handler = texts[at]
			if !module {
				prog.handler = path.Base(texts[at])
			}
			prog.none, prog.ends = sigset(runtime.None), sigset(runtime.Ends)
			if sig := w.m.stopSignal(); w.m.start.SignalInherited && !handled.has(sig) {
				prog.caught = prog.caught.without(sig) // nobody writes a handler for what a web server wants
				prog.handler = ""
			}
			if runtime.With != "" {
				prog.caught, prog.handler, prog.why = 0, "", name+" "+runtime.With+" installs no handler for it"
			}
			return prog, nil, false
		}
	}
	if programs.Utility(name) && !w.builtFromSource(p, argv, entry) {
		prog = program{kind: passing, name: name}
	}
	return prog, nil, false
}

// serverOf returns the server that a service of a distribution is called after.
func serverOf(service string) *programs.Server {
	name := service
	switch {
	case name == "ssh":
		name = "sshd"
	case name == "mysql" || name == "mariadb":
		name = "mysqld"
	case name == "redis":
		name = "redis-server"
	case name == "postgresql":
		name = "postgres"
	case strings.HasPrefix(name, "php") && strings.HasSuffix(name, "fpm"):
		name = "php-fpm"
	}
	if server, ok := programs.ServerNamed([]string{name}, name); ok && !server.Brief {
		return server
	}
	return nil
}

// serving returns a program with what is known of the server that it is.
func (prog program) serving(s *programs.Server) program {
	abrupt, deaf, none := sigset(s.Abrupt), sigset(s.Deaf), sigset(s.None)
	prog.server, prog.why, prog.helper = s, s.Why, s.Helper
	prog.caught = (prog.caught | sigset(s.Graceful)) &^ (abrupt | deaf | none)
	prog.abrupt, prog.deaf = abrupt, deaf
	if s.Seconds > 0 {
		prog.needs = s.Seconds * 1000
	}
	return prog
}

// serve lets a process become a server, in the foreground or in the background.
func (w *world) serve(p *proc, argv []parser.Word, texts []string, server *programs.Server, prog program) (program, *Failure, bool) {
	if server.Brief {
		w.become(p, argv, program{kind: passing, name: prog.name})
		return prog, nil, true
	}
	prog = prog.serving(server)
	background, gap := w.background(p, texts, server, &prog)
	if background == image.Yes || server.Daemonizes {
		// A word that is not known may hold the option that keeps it in the foreground.
		for _, word := range argv[1:] {
			if !word.Known && gap == nil {
				gap = &Gap{word.Span, "whether " + prog.name + " goes into the background depends on " + word.Text}
			}
		}
	}
	if gap != nil {
		prog.kind, prog.doubt = opaque, gap
		return prog, nil, false
	}
	if background == image.Yes || server.Daemonizes {
		return prog, w.daemonize(p, argv, prog), true
	}
	return prog, nil, false
}

var (
	nginxOff    = lazy(`(?m)^[^#\n]*\bdaemon\s+off\b`)
	fpmNo       = lazy(`(?mi)^[^;\n]*\bdaemonize\s*=\s*(no|0|off|false)\b`)
	fpmNoSed    = lazy(`(?i)daemonize[^\n]*=\s*(no|0|off|false)\b`)
	fpmControl  = lazy(`(?m)^[^;\n]*\bprocess_control_timeout\s*=\s*"?[1-9]`)
	fpmSed      = lazy(`process_control_timeout[^\n]*=\s*"?[1-9]`)
	redisYes    = lazy(`(?m)^\s*daemonize\s+yes`)
	uwsgiKey    = lazy(`(?m)^\s*(?:-{0,2})(master|die-on-term|daemonize|hook-[a-z-]+)\s*[=:]\s*(.*)$`)
	fpmVersions = lazy(`^php-fpm(\d)\.?(\d*)$`)
)

// lazy returns a regular expression that is compiled when it is first used: most runs never meet these servers.
func lazy(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// background says whether the configuration of a server lets it go into the background, and what else it says. What cannot
// be known of it is a gap.
func (w *world) background(p *proc, texts []string, server *programs.Server, prog *program) (image.Answer, *Gap) {
	switch server.Setting {
	case programs.NginxDaemon:
		all := strings.Join(texts[1:], " ")
		if nginxOff().MatchString(all) {
			return image.No, nil
		}
		file := optionValue(texts, "-c")
		files := []string{file}
		if file == "" {
			files = []string{"/etc/nginx/nginx.conf", "/usr/local/openresty/nginx/conf/nginx.conf", "/usr/local/nginx/conf/nginx.conf"}
		}
		text, gap := w.settings(p, files)
		built, unknown := w.built(p, prog.name)
		if gap == nil && text == "" {
			gap = unknown
		}
		if wrote, writes := w.wrote(p, files); writes != nil {
			built += "\n" + wrote
			gap = cmp.Or(gap, writes)
		}
		switch {
		case nginxOff().MatchString(text) || nginxOff().MatchString(built):
			return image.No, nil
		case gap != nil:
			return image.Unknown, gap
		}
		return image.Yes, nil
	case programs.FPMDaemonize, programs.FPMControl:
		files := fpmFiles(texts, prog.name)
		text, gap := w.settings(p, files)
		official := w.m.start.Env["PHP_INI_DIR"] == "/usr/local/etc/php" // its own images and what is made from them keep php-fpm in the foreground: docker-library/php, Dockerfile
		built, unknown := w.built(p, prog.name)
		if gap == nil && text == "" {
			gap = unknown
		}
		if wrote, writes := w.wrote(p, files); writes != nil {
			built += "\n" + wrote
			gap = cmp.Or(gap, writes)
		}
		if fpmControl().MatchString(text) || fpmSed().MatchString(built) {
			prog.caught = prog.caught.with(SIGQUIT)
			prog.quits = sigset(0).with(SIGQUIT)
		} else if gap == nil {
			prog.caught, prog.abrupt = prog.caught.without(SIGQUIT), prog.abrupt.with(SIGQUIT)
			prog.why = "it drops the requests in flight; with process_control_timeout it lets them finish on SIGQUIT"
		}
		switch {
		case server.Setting == programs.FPMControl || official || fpmNo().MatchString(text) || fpmNoSed().MatchString(built):
			if w.m.stopSignal() != SIGQUIT {
				gap = nil
			}
			return image.No, gap
		case gap != nil:
			return image.Unknown, gap
		}
		return image.Yes, nil
	case programs.RedisConf:
		switch optionValue(texts, "--daemonize") {
		case "yes":
			return image.Yes, nil
		case "no":
			return image.No, nil
		}
		if len(texts) > 1 && !strings.HasPrefix(texts[1], "-") {
			if text, _ := w.settings(p, texts[1:2]); redisYes().MatchString(text) {
				return image.Yes, nil
			}
		}
	case programs.UWSGIConf:
		return w.uwsgi(p, texts, prog)
	}
	return image.No, nil
}

// uwsgi reads what decides about uwsgi: from its options, its environment and its configuration.
//
// Source: measured, uwsgi 2.0.28.
func (w *world) uwsgi(p *proc, texts []string, prog *program) (image.Answer, *Gap) {
	var files []string
	settings := map[string]string{}
	for i, text := range texts[1:] {
		name, value, assigned := strings.Cut(strings.TrimLeft(text, "-"), "=")
		if !assigned && i+2 < len(texts) {
			value = texts[i+2]
		}
		switch {
		case text == "-M":
			settings["master"] = "true"
		case strings.HasPrefix(text, "--") && (name == "ini" || name == "yaml" || name == "yml" || name == "emperor"):
			files = append(files, value)
		case strings.HasPrefix(text, "--"):
			if !assigned && (name == "master" || name == "die-on-term") {
				value = "true"
			}
			settings[name] = value
		case strings.HasSuffix(text, ".ini") && (i == 0 || !strings.HasPrefix(texts[i], "--")):
			files = append(files, text)
		}
	}
	for _, name := range []string{"master", "die-on-term"} {
		if v, ok := p.env.get("UWSGI_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))); ok {
			settings[name] = v.Text
		}
	}
	var gap *Gap
	if len(files) > 0 {
		text, missing := w.settings(p, files)
		gap = missing
		if text == "" && gap == nil {
			gap = &Gap{p.span, "what " + files[0] + " says is not known"}
		}
		for _, m := range uwsgiKey().FindAllStringSubmatch(text, -1) {
			settings[m[1]] = strings.TrimSpace(m[2])
		}
	}
	on := func(name string) bool {
		v := strings.ToLower(settings[name])
		return v != "" && v != "false" && v != "0" && v != "no"
	}
	hooked := false
	for _, value := range settings {
		hooked = hooked || strings.Contains(value, "gracefully_kill_them_all")
	}
	all := sigset(0).with(SIGTERM).with(SIGINT).with(SIGQUIT)
	prog.caught &^= all
	switch {
	case gap != nil && !on("die-on-term") && !hooked:
		return image.Unknown, gap
	case hooked:
		prog.caught, prog.abrupt, prog.quits = prog.caught.with(SIGTERM), all.without(SIGTERM), sigset(0).with(SIGTERM)
	case !on("master"):
		prog.abrupt, prog.why = all, "uwsgi without --master drops the requests in flight"
	case on("die-on-term"):
		prog.abrupt, prog.why = all, "it drops the requests in flight with die-on-term, too; hook-master-start = unix_signal:15 gracefully_kill_them_all lets them finish"
	default:
		prog.abrupt, prog.deaf = all.without(SIGTERM), sigset(0).with(SIGTERM)
		prog.why = "it takes that as an order to load the application again; hook-master-start = unix_signal:15 gracefully_kill_them_all lets the requests finish and stops it"
	}
	if on("daemonize") {
		return image.Yes, nil
	}
	return image.No, nil
}

// built returns what the RUN instructions say, and a gap where the image holds more than they and the base image's own packages bring.
func (w *world) built(p *proc, name string) (string, *Gap) {
	reader, ok := w.m.files.(RunReader)
	if !ok {
		return "", nil
	}
	text, whole := reader.RunText()
	if !whole {
		return text, &Gap{p.span, "the base image is not known, and may bring a configuration of " + name}
	}
	return text, nil
}

// settings returns the text of configuration files as far as it is known. A file that is there but cannot be read is a gap.
func (w *world) settings(p *proc, files []string) (string, *Gap) {
	var text strings.Builder
	var gap *Gap
	for _, file := range files {
		if file == "" || !path.IsAbs(file) && p.dir == "" {
			continue
		}
		if !path.IsAbs(file) {
			file = path.Join(p.dir, file)
		}
		text.WriteString(w.written[path.Clean(file)])
		text.WriteString("\n")
		switch entry := w.m.files.Lookup(path.Clean(file)); entry.Kind {
		case Text:
			text.WriteString(entry.Script.File.Src)
			text.WriteString("\n")
		case Opaque:
			if gap == nil {
				gap = &Gap{p.span, "what " + file + " says is not known: " + entry.Reason}
			}
		}
	}
	return strings.TrimSpace(text.String()), gap
}

// writes matches what a line of a script does that writes a file.
var writes = lazy(`>|\b(?:cp|mv|ln|tee|install|sed|envsubst|dockerize|confd|gomplate)\b`)

// wrote returns the text of the scripts that have run and write one of some configuration files, and the gap that they leave:
// what the file says in the end is not followed. Both are empty where no script does.
func (w *world) wrote(p *proc, files []string) (string, *Gap) {
	var text strings.Builder
	var gap *Gap
	scripts := slices.SortedFunc(maps.Keys(w.m.names), func(a, b *parser.Script) int { return cmp.Or(strings.Compare(a.File.Path, b.File.Path), a.Base-b.Base) })
	for _, script := range scripts {
		for _, line := range w.m.writingLines(script) {
			if i := slices.IndexFunc(files, func(f string) bool { return f != "" && strings.Contains(line, path.Base(f)) }); i >= 0 {
				gap = &Gap{p.span, "what " + files[i] + " says is not known: " + path.Base(script.File.Path) + " writes it"}
				text.WriteString(strings.ReplaceAll(script.Text, `\n`, "\n")) // a line break in what printf prints
				break
			}
		}
	}
	return text.String(), gap
}

// writingLines returns the lines of a script that may write a file.
func (m *machine) writingLines(script *parser.Script) []string {
	lines, known := m.writing[script]
	if known {
		return lines
	}
	for line := range strings.Lines(script.Text) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && writes().MatchString(line) {
			lines = append(lines, line)
		}
	}
	if m.writing == nil {
		m.writing = map[*parser.Script][]string{}
	}
	m.writing[script] = lines
	return lines
}

// fpmFiles returns where the configuration of php-fpm stands: in the official image, Debian, Alpine and Red Hat.
func fpmFiles(texts []string, name string) []string {
	for _, option := range []string{"-y", "--fpm-config"} {
		if file := optionValue(texts, option); file != "" {
			return []string{file}
		}
	}
	files := []string{"/usr/local/etc/php-fpm.conf", "/usr/local/etc/php-fpm.d/zz-docker.conf", "/usr/local/etc/php-fpm.d/www.conf", "/usr/local/etc/php-fpm.d/docker.conf", "/etc/php-fpm.conf"}
	if m := fpmVersions().FindStringSubmatch(name); m != nil {
		files = append(files, "/etc/php/"+m[1]+"."+m[2]+"/fpm/php-fpm.conf", "/etc/php"+m[1]+m[2]+"/php-fpm.conf")
	}
	return files
}

// optionValue returns what stands behind an option, as a word of its own or after "=".
func optionValue(texts []string, option string) string {
	for i, text := range texts[1:] {
		if text == option && i+2 < len(texts) {
			return texts[i+2]
		}
		if value, ok := strings.CutPrefix(text, option+"="); ok {
			return value
		}
	}
	return ""
}

// serviceCalled returns the index of the service that a start script of System V is told to start: service NAME start,
// /etc/init.d/NAME start. starts is false where it is told something else.
//
// Source: measured, sysvinit-utils.
func serviceCalled(texts []string, name string) (service int, starts, ok bool) {
	action := 1
	switch {
	case name == "service" && len(texts) > 2:
		service, action = 1, 2
	case strings.Contains(texts[0], "/init.d/") && len(texts) > 1:
	default:
		return 0, false, false
	}
	switch texts[action] {
	case "start", "restart", "force-reload":
		return service, true, true
	}
	return 0, false, true
}

// startLauncher lets a process become a launcher of the table.
func (w *world) startLauncher(p *proc, argv []parser.Word, texts []string, name string, l *programs.Launcher, at int, shell bool) *Failure {
	called := name
	if strings.Contains(string(l.Form), " ") {
		for _, text := range texts[1:] {
			if !strings.HasPrefix(text, "-") {
				called += " " + text
				break
			}
		}
	}
	r := relay{name: called, role: RoleLauncher, launcher: l, passes: sigset(l.Passes | l.Deaf | l.Dies), dies: sigset(l.Dies), leaves: l.Leaves, everyone: l.Everyone,
		killAfter: l.KillAfter, sits: l.Sits, stays: l.Stays, status: -1}
	for sig := Signal(1); sig < 64; sig++ {
		switch {
		case sigset(l.Deaf | l.Dies).has(sig):
			r.change(sig, 0)
		case l.As != 0 && sigset(l.Passes).has(sig):
			for as := Signal(1); as < 64; as++ {
				if sigset(l.As).has(as) {
					r.change(sig, as)
				}
			}
		}
	}
	if l.Supervisor {
		r.role = RoleSupervisor
	}
	if l.User {
		r.user = "?"
	}
	word := func(text string) parser.Word { return parser.Word{Text: text, Span: argv[0].Span, Known: true} }
	sh := func(text parser.Word) []parser.Word { return []parser.Word{word("/bin/sh"), word("-c"), text} }
	rest := from(argv, at)
	if l.All {
		return w.startSeveral(p, argv, r, rest, sh)
	}
	var command []parser.Word
	var runs *program
	switch {
	case l.Runs != "":
		command, runs = []parser.Word{word(l.Runs)}, &program{kind: application, name: l.Runs, caught: handled.with(w.m.stopSignal())}
	case len(rest) == 0:
	case shell:
		command = sh(rest[0])
	case l.Prefix != nil && isConfig(rest[0].Text):
		name := "the processes of " + path.Base(rest[0].Text)
		command, runs = []parser.Word{{Text: name, Span: rest[0].Span, Known: true}}, &program{kind: application, name: name, caught: handled.with(w.m.stopSignal())}
		if r.killAfter > 0 {
			text, gap := w.settings(p, []string{rest[0].Text})
			if gap != nil || strings.Contains(text, "kill_timeout") {
				runs.kind, runs.doubt = opaque, &Gap{rest[0].Span, "what " + rest[0].Text + " says about kill_timeout is not followed"}
			}
		}
	case l.Prefix != nil && !isCommand(rest[0].Text):
		for _, text := range l.Prefix {
			command = append(command, word(text))
		}
		command = append(command, rest...)
	case strings.Contains(rest[0].Text, "{}"): // find -exec {}
	default:
		command = rest
	}
	if l.Background {
		prog := program{kind: application, name: called, caught: handled.with(w.m.stopSignal())}
		if len(command) == 0 {
			command = argv
		}
		return w.daemonizeAs(p, argv, command, prog)
	}
	if runs == nil {
		return w.startRelay(p, argv, r, command)
	}
	child := w.spawn(p, AsChild)
	child.span, child.node = command[0].Span, p.node
	r.child = child.pid
	w.become(p, argv, program{})
	p.relay = &r
	w.become(child, command, *runs)
	return nil
}

// startSeveral lets a process become a launcher with a child for each of its arguments.
func (w *world) startSeveral(p *proc, argv []parser.Word, r relay, commands []parser.Word, sh func(parser.Word) []parser.Word) *Failure {
	if len(commands) == 0 {
		w.become(p, argv, program{kind: passing, name: r.name})
		return nil
	}
	r.waitsForAll = true
	w.become(p, argv, program{})
	p.relay = &r
	for _, command := range commands {
		child := w.spawn(p, AsChild)
		child.span, child.node = command.Span, p.node
		if r.child == 0 {
			r.child = child.pid
		}
		if failure := w.exec(child, sh(command), byLibc); failure != nil {
			child.alive, child.reaped = false, true
			w.m.failed(w, failure)
		}
	}
	return nil
}

// isConfig reports whether a file says what is to be started rather than being started itself.
func isConfig(file string) bool {
	switch path.Ext(file) {
	case ".json", ".yml", ".yaml", ".json5":
		return true
	}
	return strings.HasSuffix(file, ".config.js") || strings.HasSuffix(file, ".config.cjs")
}

// isCommand reports whether what a launcher for node is given is a program of its own.
func isCommand(name string) bool {
	switch path.Base(name) {
	case "npm", "yarn", "pnpm", "npx", "node", "bun", "deno", "python", "python3", "ts-node", "tsx", "next", "nuxt":
		return true
	}
	return path.Ext(name) == ".sh" || path.Ext(name) == ".py"
}

// startStopDaemon returns the command that start-stop-daemon becomes or, with --background, leaves behind.
//
// Source: measured, dpkg 1.22.22, busybox 1.37.
func startStopDaemon(argv []parser.Word, texts []string) (command []parser.Word, background, ok bool) {
	starts := false
	for i := 1; i < len(texts); i++ {
		option, value, assigned := strings.Cut(texts[i], "=")
		if option == "--" {
			if command != nil {
				command = append(command, argv[i+1:]...)
			}
			break
		}
		switch option {
		case "-S", "--start":
			starts = true
		case "-b", "--background":
			background = true
		case "-a", "--startas", "-x", "--exec":
			if assigned {
				command = []parser.Word{{Text: value, Span: argv[i].Span, Known: argv[i].Known}}
			} else if i+1 < len(argv) {
				i++
				if option == "-a" || option == "--startas" || command == nil {
					command = []parser.Word{argv[i]}
				}
			}
		case "-p", "--pidfile", "-u", "--user", "-c", "--chuid", "-g", "--group", "-d", "--chdir", "-n", "--name", "-N", "--nicelevel", "-k", "--umask", "-r", "--chroot", "-s", "--signal", "-R", "--retry", "-I", "--iosched", "-P", "--procsched":
			if !assigned {
				i++
			}
		}
	}
	return command, background, starts && command != nil
}

// daemonize lets a program leave a copy of itself in the background and end.
func (w *world) daemonize(p *proc, argv []parser.Word, prog program) *Failure {
	return w.daemonizeAs(p, argv, argv, prog)
}

// daemonizeAs lets a program leave a process with a command of its own in the background and end.
func (w *world) daemonizeAs(p *proc, argv, command []parser.Word, prog program) *Failure {
	child := w.spawn(p, InBackground)
	child.group, child.session, child.span, child.node = child.pid, child.pid, p.span, p.node
	child.daemon = true
	w.become(child, command, prog)
	name := prog.name
	if len(argv) > 0 {
		name = path.Base(argv[0].Text)
	}
	w.become(p, argv, program{kind: passing, name: name, brief: true})
	w.m.daemons = append(w.m.daemons, child.pid)
	w.exit(p, 0)
	return nil
}

// finishing is the time that it takes an application to finish after the signal: more than a launcher with a short limit gives it, where nothing is
// known of it.
func (w *world) finishing(p *proc) int {
	needs := max(p.prog.needs, cleanup)
	if p.prog.stays || p.prog.needs > 0 {
		return needs
	}
	for q, n := w.proc(p.parent), 0; q != nil && n < len(w.procs); q, n = w.proc(q.parent), n+1 {
		if r := q.relay; r != nil && r.killAfter > 0 && r.killAfter < patience && r.killAfter < w.m.grace() {
			needs = max(needs, r.killAfter+cleanup)
		}
	}
	return needs
}

// describe writes what is known of a program or a launcher into its process.
func (m *machine) describe(q *Process, p *proc) {
	switch r := p.relay; {
	case r != nil:
		q.Limit, q.Switchers = time.Duration(r.killAfter)*time.Millisecond, r.switchers
		if r.launcher != nil {
			q.Because, q.Instead, q.Source = r.launcher.Why, r.launcher.Instead, r.source
		}
	case p.sh == nil:
		q.Known = len(q.Argv) > 0 && programs.Known(parser.Texts(q.Argv), path.Base(q.Argv[0].Text))
		q.Because, q.Handler, q.Daemonized = p.prog.why, p.prog.handler, p.daemon
		q.Shutdown = m.shutdownOf(q, p)
		if p.prog.doubt != nil {
			q.Doubt = *p.prog.doubt
		}
		if s := p.prog.source; s != nil {
			q.Source, q.Known, q.Stops = s, true, signalsOf(sigset(s.Graceful))
			if s.Drain > 0 {
				q.Drain, q.DrainAt = s.Drain, s.Drains
			}
		}
		if s := p.prog.server; s != nil {
			q.Stops, q.Instead = signalsOf(sigset(s.Graceful)|p.prog.quits), s.Foreground
			q.drain(s.Drain)
			if !m.isInit(p) && sigset(s.None).has(m.stopSignal()) {
				q.Because = "" // the default action of the signal ends it, like anybody
			}
		}
		sig := m.stopSignal()
		switch {
		case p.prog.handler == "":
		case p.prog.none.has(sig):
			q.Without = Stuck
		case p.prog.ends.has(sig):
			q.Without = ByDefault
		}
	}
}

// drain looks for the option that says how long a server finishes its work.
func (p *Process) drain(option string) {
	if option == "" {
		return
	}
	for n, word := range p.Argv {
		text, found := strings.CutPrefix(word.Text, option)
		switch {
		case !found || !word.Known:
			continue
		case text == "" && n+1 < len(p.Argv):
			word = p.Argv[n+1]
			text = word.Text
		case !strings.HasPrefix(text, "="):
			continue
		}
		if seconds, err := strconv.Atoi(strings.TrimPrefix(text, "=")); err == nil && word.Known && seconds > 0 && seconds < 1e6 {
			p.Drain, p.DrainAt = time.Duration(seconds)*time.Second, word.Span
		}
	}
}

func signalsOf(set sigset) []Signal {
	var found []Signal
	for sig := Signal(1); sig < 64; sig++ {
		if set.has(sig) {
			found = append(found, sig)
		}
	}
	return found
}
