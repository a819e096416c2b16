package rules

import (
	"github.com/pid1lint/pid1lint/internal/process"
)

// NoSignalHandler finds a program that ignores the stop signal because it is PID 1 and has no handler for it.
var NoSignalHandler = register(Rule{
	ID:       "no-signal-handler",
	Title:    "The program has no handler for the stop signal, and as PID 1 ignores it",
	Severity: Warning,
	Doc: `The application is PID 1 and has no handler for the stop signal: «cron -f», waitress, «flask run», «runserver --noreload»,
«php -S» and haproxy without «-W» install none for SIGTERM.

The same is true of a script for node, python, bun, perl or php that does not handle the signal itself. pid1lint does not read
those yet: it takes them to handle the signal, and says so in a note.`,
	Why: `The kernel drops a signal for PID 1 that it has no handler for: the container runs on until it is killed.

Measured: cron 3.0, waitress 3.0.2, flask 3.1.1, django 4.2, php 8.4, haproxy 3.0, CPython 3.13, node 22, bun 1.4.`,
	Fix: `Take a server that stops on SIGTERM, set «STOPSIGNAL» where another signal stops it, or handle the signal: take no more
requests, finish those in flight, exit. An init such as tini in front of it ends it at once, without finishing what it does.`,
	Ignore: `If you have looked and the program does handle the signal, which is what the note asks:

~~~dockerfile
# pid1lint ignore=no-signal-handler; reason=server.js handles SIGTERM
CMD ["node", "server.js"]
~~~`,
	Bad: `-- Dockerfile --
FROM python:3.12-slim
RUN pip install flask
CMD ["flask", "--app", "hello", "run"]
`,
	Good: `-- Dockerfile --
FROM python:3.12-slim
RUN pip install flask gunicorn
CMD ["gunicorn", "hello:app"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Idle || l.App == nil || l.Root == nil || l.App.PID != 1 || !l.SharedPID.IsZero() {
			return
		}
		span := place(l.App)
		switch {
		case l.Cause == process.NoHandler && l.Verdict == process.Ignored && l.App.Because != "" && !l.SignalInherited:
			remedy := "put an init such as tini in front of it, or use a server that stops on " + stopSignal(l)
			if len(l.App.Stops) > 0 {
				remedy = "set STOPSIGNAL " + l.App.Stops[0].String() + ", on which it finishes its work"
			}
			p.Report(Finding{
				Span:    span,
				Label:   "PID 1, without a handler for " + stopSignal(l),
				Message: command(l.App) + " ignores " + stopSignal(l) + " and is killed after the grace period, because " + l.App.Because + branch(l),
				Remedy:  remedy,
				Related: start(l, span),
			})
		case l.App.Handler != "" && l.App.Without != "" && l.Verdict == process.Graceful && !l.OneShot:
			message := "unless " + l.App.Handler + " handles " + stopSignal(l) + " itself, " + command(l.App) + " as PID 1 ignores it and is killed after the grace period"
			if l.App.Without == process.ByDefault {
				message = stopSignal(l) + " ends " + command(l.App) + " at once, unless " + l.App.Handler + " handles it itself"
			}
			p.Report(Finding{
				Severity: Note,
				Span:     span,
				Label:    "PID 1",
				Message:  message + branch(l),
				Remedy:   "handle " + stopSignal(l) + " in " + l.App.Handler + ": stop taking requests, finish those in flight, and exit",
				Related:  start(l, span),
			})
		}
	},
})
