package process

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// A Hook is what the runtime does in a container before it sends the stop signal: preStop of Kubernetes.
type Hook struct {
	Span    parser.Span
	Argv    []parser.Word // the program that is run; none for another kind of hook
	Sleep   time.Duration // how long the runtime itself waits
	Unknown string        // a clause on what it does to the application that cannot be known: an HTTP request; "" where that is known
}

// A Hooked is what became of a hook.
type Hooked struct {
	Failure *Failure      // why it could not be started; nil where it could
	Took    time.Duration // how long it ran, up to the end of the container
	Late    bool          // it still ran when the grace period was over
	Sent    []Signal      // what it sent to the application
	Stopped bool          // it told the application, which then finished
	Without Verdict       // what the launch would be without the hook, where that told the application; "" otherwise
}

// leastGrace is what Kubernetes waits behind the stop signal at least, in milliseconds, however long the hook took.
//
// Source: kubernetes pkg/kubelet/kuberuntime, minimumGracePeriodInSeconds.
const leastGrace = 2000

// startHook runs the hook, and returns false where there is nothing to wait for.
//
// Source: kubernetes pkg/kubelet/kuberuntime, killContainer: the hook comes first, the stop signal when it has ended or the
// grace period is over, and the time that it took is a part of the grace period.
func (w *world) startHook() bool {
	h := w.m.start.PreStop
	if h == nil {
		return false
	}
	if h.Unknown != "" {
		w.controls = append(slices.Clip(w.controls), Gap{h.Span, h.Unknown})
	}
	if len(h.Argv) == 0 && h.Sleep <= 0 {
		return false
	}
	p := w.spawn(nil, AsChild)
	p.hook, p.how = true, AsChild
	p.span, p.dir, p.env, p.user = h.Span, w.m.start.Dir, environ{base: w.m.start.Env}, w.m.start.User
	if p.dir == "" {
		p.dir = "/"
	}
	w.hook = p.pid
	if len(h.Argv) == 0 {
		p.prog, p.timer = program{kind: idle, name: "sleep"}, w.now+int(h.Sleep/time.Millisecond)
		return true
	}
	if failure := w.exec(p, h.Argv, byKernel); failure != nil {
		p.alive, p.reaped, w.hook, w.hookFailure = false, true, 0, failure
		return false
	}
	return true
}

// deliver sends the stop signal when the hook has ended.
func (w *world) deliver() {
	w.hook, w.hookTook = 0, w.now-w.stopAt
	w.killAt = max(w.killAt, w.now+leastGrace)
	w.sendStop()
}

// sendStop sends the stop signal from outside of the container.
func (w *world) sendStop() {
	w.outside = true
	w.kill(w.procs[0], w.m.stopSignal())
	w.outside = false
}

// hooked says what became of the hook, nil where there is none.
func (w *world) hooked(app *proc) *Hooked {
	if w.m.start.PreStop == nil {
		return nil
	}
	took := w.hookTook
	if w.hook != 0 {
		took = w.now - w.stopAt // PID 1 has ended first
	}
	h := &Hooked{Failure: w.hookFailure, Took: time.Duration(took) * time.Millisecond, Late: w.hookLate}
	if app != nil {
		q := w.procs[app.pid-1]
		h.Sent, h.Stopped = signalsOf(q.hooked), q.hooked != 0 && (q.told || q.end == ByDefault && q.hooked.has(q.signal))
	}
	return h
}

// controlled notes that a hook runs a program which may do something to the application.
func (w *world) controlled(p *proc, prog program) {
	if !p.hook || len(p.argv) == 0 {
		return
	}
	name := path.Base(p.argv[0].Text)
	if prog.kind != application && prog.kind != opaque && !tells(name) {
		return
	}
	w.controls = append(slices.Clip(w.controls), Gap{p.span, "what " + name + " in the preStop hook does to the application cannot be known"})
}

// tells reports whether a program, which otherwise does one thing and ends, can speak to the application.
func tells(name string) bool {
	switch path.Base(name) {
	case "curl", "wget", "mysqladmin", "kubectl", "xargs":
		return true
	}
	return false
}

// stopProgram lets a process be a program that stops another one: that of a hook or trap, or the server that a start script
// needs for its set-up. It returns false where it is none.
func (w *world) stopProgram(p *proc, argv []parser.Word, name string, texts []string) bool {
	var sig Signal
	var of string
	switch name {
	case "kill", "pkill", "killall":
		if !p.hook || w.stopAt < 0 {
			return false
		}
		q := *p
		q.sh = &shell{id: image.Shell{Family: image.Bash}, traits: w.m.traits(image.Shell{Family: image.Bash}), zero: argv[0]}
		if !w.hasTool(p, name) {
			w.doubt(argv[0].Span, "whether the image has "+name+" is not known")
			return false
		}
		w.become(p, argv, program1(0))
		c := simpleCommand{argv: argv, span: argv[0].Span}
		if name == "kill" {
			w.killBuiltin(&q, c)
		} else {
			w.killByName(&q, c, name)
		}
		return true
	case "nginx", "openresty":
		// Source: nginx.org/en/docs/control.html.
		if i := slices.Index(texts, "-s"); i > 0 && i+1 < len(texts) {
			sig, of = map[string]Signal{"quit": SIGQUIT, "stop": SIGTERM, "reload": SIGHUP, "reopen": SIGUSR1}[texts[i+1]], name
		}
	case "httpd", "apache2", "apachectl", "apache2ctl":
		// Source: httpd.apache.org/docs/2.4/stopping.html.
		if i := slices.Index(texts, "-k"); i > 0 && i+1 < len(texts) {
			sig, of = map[string]Signal{"graceful-stop": SIGWINCH, "stop": SIGTERM, "graceful": SIGUSR1, "restart": SIGHUP}[texts[i+1]], "httpd apache2"
		} else if len(texts) == 2 && strings.HasPrefix(name, "apac") {
			sig, of = map[string]Signal{"graceful-stop": SIGWINCH, "stop": SIGTERM}[texts[1]], "httpd apache2"
		}
	case "redis-cli", "valkey-cli":
		// Source: redis.io/docs/latest/commands/shutdown.
		if !p.hook && slices.ContainsFunc(texts, func(t string) bool { return strings.EqualFold(t, "shutdown") }) && local(texts) {
			sig, of = SIGTERM, "redis-server valkey-server"
		}
	}
	if sig == 0 || w.stopAt < 0 && !ending.has(sig) {
		return false
	}
	w.become(p, argv, program1(0))
	w.tellServer(p, sig, of)
	return true
}

// tellServer sends a signal to the first process that is one of some servers, for a program that controls them.
func (w *world) tellServer(p *proc, sig Signal, of string) {
	defer w.sendAs(p)()
	for _, q := range slices.Clone(w.procs) {
		if q.alive && q != p && q.sh == nil && len(q.argv) > 0 && slices.Contains(strings.Fields(of), path.Base(q.argv[0].Text)) {
			w.kill(q, sig)
			if w.stopAt < 0 && q.alive {
				w.exit(q, 0) // these programs come back when the server has ended, or soon before
			}
			return
		}
	}
}

// mysqlShutdown reports whether mysqladmin stops the server. The word stands behind options, and may stand behind other
// commands: mysqladmin flush-privileges shutdown. Source: mysqladmin(1).
func mysqlShutdown(texts []string) bool { return slices.Contains(texts, "shutdown") && local(texts) }

// ending are the signals on which servers end, of those that programs send which control one.
var ending = sigset(0).with(SIGTERM).with(SIGQUIT).with(SIGWINCH)

// local reports whether a client, of mysql or redis, speaks to the server of its own container.
func local(texts []string) bool {
	for i, text := range texts {
		host, set := strings.CutPrefix(text, "--host=")
		if text == "-h" || text == "--host" {
			host, set = texts[min(i+1, len(texts)-1)], true
		} else if !set && len(text) > 2 && strings.HasPrefix(text, "-h") {
			host, set = text[2:], true
		}
		if set && host != "localhost" && host != "127.0.0.1" && host != "::1" {
			return false
		}
	}
	return true
}

// hasTool reports whether the image surely has a program that looks processes up; the shell itself brings none of them.
func (w *world) hasTool(p *proc, name string) bool {
	switch _, entry := w.find(p, name); entry.Kind {
	case Program:
		return true
	case Missing, Opaque, Folder:
		return false
	}
	sh := w.m.files.Lookup("/bin/sh").Shell.Family
	return sh == image.Ash || name == "pidof" && sh == image.DashDebian // in sysvinit-utils, which Debian calls essential
}

// finishes is a sentence on an application that finishes: which signal tells it so.
func (m *machine) finishes(app, q *proc) string {
	if q.hooked != 0 {
		return name(app) + " gets " + signalsOf(q.hooked)[0].String() + " from the preStop hook and finishes"
	}
	return name(app) + " gets " + m.gotten(q).String() + " and finishes"
}

// left returns how many milliseconds an application that was told to finish has before it is killed.
func (w *world) left(q *proc) int {
	if q.hooked != 0 {
		return w.killAt - w.stopAt
	}
	return w.killAt - w.stopAt - w.hookTook
}
