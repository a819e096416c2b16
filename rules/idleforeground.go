package rules

import "github.com/pid1lint/pid1lint/internal/process"

// IdleForeground finds a container that tail, sleep or a loop keeps alive while the application runs in the background.
var IdleForeground = register(Rule{
	ID:       "idle-foreground",
	Title:    "tail, sleep or a loop is in the foreground, and the application hears nothing",
	Severity: Error,
	Doc: `A script that starts the application in the background and then keeps the container alive with tail -f, sleep infinity or an
endless loop has the wrong process in the foreground: the stop signal reaches the shell, or tail, and never the
application.

Measured: app & tail -f, app & exec sleep infinity and app & while :; do sleep 1; done are ignored as PID 1 in dash, bash
and ash, and lose the application behind an init.

Fix it by running the application in the foreground with exec, with a switch that keeps it there if it is a daemon.`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
server &
tail -f /dev/null
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
exec server
`,
	Check: func(p *Pass) {
		l := p.Launch
		if !failing(l) || l.App == nil || l.At == nil {
			return
		}
		idle := l.Cause == process.ShellIdles || l.Cause == process.ShellDies && l.At.Role == process.RoleShell && l.At.Waits == process.WaitsForChild && !waitsOnChain(l, l.At)
		if !idle {
			return
		}
		span := l.At.At
		if l.At.Role != process.RoleShell || span.IsZero() {
			span = l.At.Span
		}
		p.Report(Finding{
			Span:    first(span),
			Label:   "in the foreground",
			Message: command(l.App) + " " + effect(l) + ", because it runs in the background of what is in the foreground" + branch(l),
			Remedy:  "run the application in the foreground with exec",
			Related: append([]Related{{Span: first(l.App.Span), Message: "the application, in the background"}}, start(l, span)...),
		})
	},
})

// waitsOnChain reports whether a shell waits for the next process on the way to the application.
func waitsOnChain(l *process.Launch, shell *process.Process) bool {
	for i, q := range l.Chain {
		if q == shell && i+1 < len(l.Chain) {
			return q.At == l.Chain[i+1].Span
		}
	}
	return false
}
