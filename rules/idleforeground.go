package rules

import (
	"slices"

	"github.com/pid1lint/pid1lint/internal/process"
)

// IdleForeground finds a container that tail, sleep or a loop keeps alive while the application runs in the background.
var IdleForeground = register(Rule{
	ID:       "idle-foreground",
	Title:    "tail, sleep or a loop is in the foreground, and the application hears nothing",
	Severity: Error,
	Doc: `The start script starts the application in the background and keeps the container alive with «tail -f», «sleep infinity» or an
endless loop.`,
	Why: `The wrong process is in the foreground: the stop signal reaches the shell, or tail, and never the application.

Measured: «app & tail -f», «app & exec sleep infinity» and «app & while :; do sleep 1; done» are ignored as PID 1 in dash, bash
and ash, and lose the application behind an init.`,
	Fix: `Run the application in the foreground with «exec». A daemon has a switch that keeps it there, such as «nginx -g "daemon off;"»
or «cron -f». A log file that tail was to show can be a link to «/dev/stdout».`,
	Ignore: `If the container is meant to idle, such as one for development that people enter with «docker exec», and what is in the
background may be killed:

~~~sh
# pid1lint ignore=idle-foreground; reason=a container to work in
sleep infinity
~~~`,
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
		if !idle || !slices.ContainsFunc(l.Chain, func(q *process.Process) bool { return q.How == process.InBackground }) {
			return // what a pipeline in the foreground starts is in no background
		}
		span := l.At.At
		if l.At.Role != process.RoleShell || span.IsZero() {
			span = place(l.At)
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
