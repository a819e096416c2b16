package rules

import "github.com/pid1lint/pid1lint/internal/process"

// NoTrap finds a script that waits for background commands without a trap.
var NoTrap = register(Rule{
	ID:       "no-trap",
	Title:    "The script waits for commands in the background and passes no signal on",
	Severity: Error,
	Doc:      `The start script starts the application in the background and waits for it without a trap on the stop signal.`,
	Why: `«app & wait» keeps the shell as PID 1. Without a trap it ignores the stop signal there, and behind an init it dies of it at
once; either way nobody tells the application.

Measured: «app & wait» without a trap is ignored by dash, bash and ash as PID 1 and loses the application behind tini.`,
	Fix: `With one application, «exec» it. With several, set a trap that passes the signal on to all of them, and wait twice, as
[wait-once](#wait-once) shows.`,
	Ignore: `If none of what runs in the background has anything to finish:

~~~sh
worker & worker & worker &
# pid1lint ignore=no-trap; reason=the queue repeats what is not finished
wait
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
server &
wait
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
		if !failing(l) || refusedSomething(l) || len(facts(l, process.ExecInBackground)) > 0 || l.At == nil || l.At.Waits != process.WaitsInWait || l.Cause != process.ShellInWait && l.Cause != process.ShellDies {
			return
		}
		p.Report(Finding{
			Span:    l.At.WaitAt,
			Label:   "waits without a trap",
			Message: command(l.App) + " " + effect(l) + ", because " + command(l.At) + " waits for it without a trap" + branch(l),
			Remedy:  "exec the application, or set a trap that passes the signal on and wait twice",
			Related: start(l, l.At.WaitAt),
			Fixes:   append(execForWait(l), trapFor(l)...),
		})
	},
})
