package rules

import "github.com/pid1lint/pid1lint/internal/process"

// ExitTrap finds an EXIT trap that makes bash end on the stop signal, without the application.
var ExitTrap = register(Rule{
	ID:       "exit-trap",
	Title:    "With a trap on EXIT bash ends on the stop signal, and the application with it",
	Severity: Error,
	Doc:      `A bash script has a trap on «EXIT» and none on the stop signal, and runs the application as its child.`,
	Why: `A bash without traps is deaf to the stop signal as PID 1. With a trap on «EXIT» it is not: it handles the signal, runs the trap
and ends at once, although the application still runs. The application is not told, and is killed with the container. Other
shells do not do that: dash and busybox ash stay deaf until the grace period is over.

Measured: «trap 'echo bye' EXIT; app» ends bash 5.0 to 5.3 with status 143 at once; bash 4.2 to 4.4 run the trap and stay.`,
	Fix: `Add a trap on «TERM» that passes the signal on, start the application with «&», and wait for it twice. If the «EXIT» trap is not
needed, remove it and «exec» the application.`,
	Ignore: `If only the work of the trap counts and the application may be killed:

~~~sh
# pid1lint ignore=exit-trap; reason=only the lock has to go on stop
trap 'rm -f /run/server.lock' EXIT
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'rm -f /run/server.lock' EXIT
server
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'rm -f /run/server.lock' EXIT
trap 'kill -TERM "$pid"' TERM
server &
pid=$!
wait "$pid"
wait "$pid"
`,
	Check: func(p *Pass) {
		l := p.Launch
		if !endsByExitTrap(l) {
			return
		}
		p.Report(Finding{
			Span:    l.At.ExitTrap,
			Label:   "makes bash end on " + stopSignal(l),
			Message: command(l.App) + " is killed on stop, because a trap on EXIT makes bash itself end on " + stopSignal(l) + ", and nobody tells " + command(l.App) + branch(l),
			Remedy:  "set a trap on " + stopSignal(l)[3:] + " that passes the signal on and waits, or exec the application",
			Related: start(l, l.At.ExitTrap),
		})
	},
})

func endsByExitTrap(l *process.Launch) bool {
	return failing(l) && l.Cause == process.EndsTooEarly && l.At != nil && l.At.Trap.IsZero() && !l.At.ExitTrap.IsZero() && l.App != nil && !l.App.Told
}
