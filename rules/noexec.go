package rules

import "github.com/pid1lint/pid1lint/internal/process"

// NoExec finds a script that starts the application without exec.
var NoExec = register(Rule{
	ID:       "no-exec",
	Title:    "The start script runs the application without exec",
	Severity: Error,
	Doc:      `The start script runs the application as a child of its shell: «exec» is missing in front of it.`,
	Why: `A shell that runs a script file starts every command as its child, the last one too. The shell is then PID 1 (or stands between
an init and the application) and gets the stop signal. It passes nothing on: a shell without a trap never does, and as PID 1 it
even ignores the signal. The application is killed when the grace period is over.

Measured: dash, bash, busybox ash, mksh, zsh and posh of every version fork the last command of a script file, with or without a
newline at the end.`,
	Fix: `Put «exec» in front of the command: the application then takes the place of the shell. If something has to run after the
application, start it with «&», set a trap that passes the signal on, and wait twice, as [wait-once](#wait-once) shows.`,
	Ignore: `If the command ends by itself before anybody stops it, which pid1lint can only tell of some:

~~~sh
# pid1lint ignore=no-exec; reason=a test run, which ends by itself
run-tests
~~~`,
	Bad: `-- Dockerfile --
FROM python:3.12-slim
RUN pip install gunicorn
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
set -e
gunicorn app:app --bind 0.0.0.0:8000
`,
	Good: `-- Dockerfile --
FROM python:3.12-slim
RUN pip install gunicorn
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
set -e
exec gunicorn app:app --bind 0.0.0.0:8000
`,
	Check: func(p *Pass) {
		l := p.Launch
		for _, w := range waiters(l) {
			if inShellForm(l, w.shell) || scriptName(w.shell) == "" || w.init != nil || execInVain(l, w.shell) {
				continue
			}
			reportNoExec(p, w)
		}
	},
})

func reportNoExec(p *Pass, w waiter) {
	l := p.Launch
	message := command(l.App) + " " + effect(l) + ", because " + scriptName(w.shell) + " runs "
	if w.next == l.App {
		message += "it without exec"
	} else {
		message += command(w.next) + " without exec"
	}
	fixes := execFor(l, w)
	if switchesUser(w.next) {
		fixes = append(fixes, switchUser(l, w.next, programOf(w.shell))...)
	}
	if refusedSomething(l) {
		fixes = nil // what it runs is not known to be what it means to run
	}
	p.Report(Finding{
		Span:    first(w.shell.At),
		Label:   "a child of " + w.shell.Argv[0].Text + ", which waits for it and passes no signal on",
		Message: message + branch(l),
		Remedy:  execRemedy(w.shell, "put exec in front of the command"),
		Related: start(l, w.shell.At),
		Fixes:   fixes,
	})
}

// execInVain reports whether the script has an exec for what the shell waits for, and it only replaced a subshell.
func execInVain(l *process.Launch, shell *process.Process) bool {
	for _, kind := range []process.FactKind{process.ExecInPipeline, process.ExecInBackground} {
		for _, f := range facts(l, kind) {
			if f.Span.File == shell.At.File && f.Span.Start >= shell.At.Start && f.Span.End <= shell.At.End {
				return true
			}
		}
	}
	return false
}
