package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// NoSignalHandler finds a program that ignores the stop signal because it is PID 1 and has no handler for it.
var NoSignalHandler = register(Rule{
	ID:       "no-signal-handler",
	Title:    "The program has no handler for the stop signal: it ignores it as PID 1, or is ended at once",
	Severity: Warning,
	Doc: `The application is PID 1 and has no handler for the stop signal: «cron -f», waitress, «flask run», «runserver --noreload»,
«php -S» and haproxy without «-W» install none for SIGTERM.

The same is true of a script for node, python, bun, perl or php that does not handle the signal itself. Where its source is not found
or leaves that open, pid1lint takes it to handle the signal, and says so in a note.

What node, tsx, ts-node and python run is read where it is in the build context as it is in the image, with the files that it
imports. A handler is found in «process.on», in «signal.signal» and «add_signal_handler», in packages that install one
(close-with-grace, @godaddy/terminus, lightship, ...) and in «uvicorn.run», «web.run_app» and the like. There is none only where
something in the program goes on until it is stopped, and every package that it imports is known to install none: some 130 of npm,
as many of Python, and what node and python bring along. An unknown package, a name that is put together, «eval» and the like
leave it open.

A Go program without a handler is ended at once, with its requests in flight. pid1lint reads the source of what «go build» and
«go install» make in the image or in a stage of its build, with what it imports of its own module, and says so only where nothing
else that is imported can have a handler. It is a warning where the program is seen to take requests, else a note.`,
	Why: `The kernel drops a signal for PID 1 that it has no handler for: the container runs on until it is killed.

Measured: cron 3.0, waitress 3.0.2, flask 3.1.1, django 4.2, php 8.4, haproxy 3.0, CPython 3.13, node 22, bun 1.4.`,
	Fix: `Take a server that stops on SIGTERM, set «STOPSIGNAL» where another signal stops it, or handle the signal: take no more
requests, finish those in flight, exit. An init such as tini in front of it ends it at once, without finishing what it does.

~~~js
process.on('SIGTERM', () => server.close(() => process.exit(0)))
~~~

~~~python
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
~~~

Where the program handles SIGINT only, as for Ctrl-C, «pid1lint --fix» sets the same handler for SIGTERM if it has a name.`,
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
		if l.Idle || l.App == nil || l.Root == nil {
			return
		}
		span := place(l.App)
		if l.App.Source != nil && l.Cause == process.BySignal && l.Verdict == process.Abrupt {
			endedAtOnce(p, span)
			return
		}
		deaf := l.App.Source != nil && l.Cause == process.Deaf
		if (l.App.PID != 1 || !l.SharedPID.IsZero()) && !deaf {
			return
		}
		switch {
		case (l.Cause == process.NoHandler || deaf) && l.Verdict == process.Ignored && l.App.Because != "" && !l.SignalInherited:
			remedy := "put an init such as tini in front of it, or use a server that stops on " + stopSignal(l)
			label := "PID 1, without a handler for " + stopSignal(l)
			switch {
			case len(l.App.Stops) > 0:
				remedy = "set STOPSIGNAL " + l.App.Stops[0].String() + ", on which it finishes its work"
			case l.App.Source != nil:
				remedy = handle(stopSignal(l))
			}
			if deaf {
				label = "does nothing on " + stopSignal(l)
			}
			f := Finding{
				Span:    span,
				Label:   label,
				Message: command(l.App) + " ignores " + stopSignal(l) + " and is killed after the grace period, because " + l.App.Because + branch(l),
				Remedy:  remedy,
				Related: start(l, span),
			}
			leftOut(&f, l.App.Source, stopSignal(l))
			p.Report(f)
		case l.App.Handler != "" && l.App.Without != "" && l.Verdict == process.Graceful && !l.OneShot:
			message := "unless " + l.App.Handler + " handles " + stopSignal(l) + " itself, " + command(l.App) + " as PID 1 ignores it and is killed after the grace period"
			if s := l.App.Source; s != nil && s.Unless != "" {
				message = "nothing in " + l.App.Handler + " handles " + stopSignal(l) + ": unless " + s.Unless + " does, " + command(l.App) + " as PID 1 ignores it and is killed after the grace period"
			}
			if l.App.Without == process.ByDefault {
				message = stopSignal(l) + " ends " + command(l.App) + " at once, unless " + l.App.Handler + " handles it itself"
			}
			p.Report(Finding{
				Severity: Note,
				Span:     span,
				Label:    "PID 1",
				Message:  message + branch(l),
				Remedy:   handle(stopSignal(l) + " in " + l.App.Handler),
				Related:  start(l, span),
			})
		}
	},
})

// endedAtOnce reports an application that the signal ends because its source has no handler for it.
func endedAtOnce(p *Pass, span parser.Span) {
	l, source := p.Launch, p.Launch.App.Source
	if slices.ContainsFunc(source.Facts, func(f process.SourceFact) bool { return f.Kind == process.ExitsUndrained }) {
		return // it has one: exit-without-drain
	}
	sig := received(l).String()
	f := Finding{
		Severity: Note,
		Span:     span,
		Label:    "has no handler for " + sig,
		Message:  sig + " ends " + command(l.App) + " at once, whatever it is doing",
		Remedy:   handle(sig),
		Related:  start(l, span),
	}
	if l.App.Because != "" {
		f.Message += ": " + l.App.Because
	}
	if !source.Serves.IsZero() {
		f.Severity = Warning
		f.Message = strings.Replace(f.Message, "whatever it is doing", "with the requests in flight", 1)
		f.Related = append(f.Related, Related{source.Serves, "it takes requests here"})
	}
	leftOut(&f, source, sig)
	if source.Main.File != nil && len(f.Related) == 0 {
		f.Related = append(f.Related, Related{source.Main, "a handler belongs here"})
	}
	f.Message += branch(l)
	p.Report(f)
}

// leftOut adds to a finding the handlers that are for other signals only, and what makes them one for the signal, too.
func leftOut(f *Finding, source *process.Source, sig string) {
	if source == nil {
		return
	}
	for _, fact := range source.Facts {
		if fact.Kind != process.SignalLeftOut {
			continue
		}
		f.Related = append(f.Related, Related{fact.Span, "this handler is for other signals"})
		if len(fact.Edits) > 0 && fact.Text == sig {
			f.Fixes = append(f.Fixes, Fix{Title: "handle " + sig + ", too", Safe: true, Edits: fact.Edits})
		}
	}
}

// handle says what a handler for a signal has to do.
func handle(sig string) string {
	return "handle " + sig + ": stop taking requests, finish those in flight, and exit"
}
