package rules

import "github.com/pid1lint/pid1lint/internal/process"

// WaitOnce finds a script that forwards the signal and then ends before the application has finished.
var WaitOnce = register(Rule{
	ID:       "wait-once",
	Title:    "The script passes the signal on and ends before the application has finished",
	Severity: Error,
	Doc:      `The script passes the signal on and ends before the application has finished: nothing waits for it a second time.`,
	Why: `A signal with a trap interrupts «wait»: it returns at once, the trap runs, and the script goes on with the next command. If that
is its end, PID 1 is gone and the kernel kills the application in the middle of its clean-up.

Measured: with one «wait» the application is cut off in dash, bash, ash, mksh, ksh and zsh; with a second «wait» it finishes.`,
	Fix: `Add a second «wait», as «pid1lint --fix» does, or wait in the trap: «trap 'kill -TERM "$pid"; wait "$pid"' TERM».`,
	Ignore: `If the application has nothing to clean up:

~~~sh
# pid1lint ignore=wait-once; reason=its state is always on disk
wait "$pid"
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'kill -TERM "$pid"' TERM
server &
pid=$!
wait "$pid"
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'kill -TERM "$pid"' TERM
server &
pid=$!
wait "$pid"
wait "$pid"
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Verdict != process.Lost || l.Cause != process.EndsTooEarly || l.At == nil || l.App == nil || !l.App.Told || l.At.Role != process.RoleShell {
			return
		}
		span := l.At.WaitAt
		if span.IsZero() {
			span = l.At.At
		}
		p.Report(Finding{
			Span:    first(span),
			Label:   "the signal interrupts this, and nothing waits for the application after it",
			Message: command(l.App) + " is told to stop but killed before it has finished, because " + command(l.At) + " does not wait for it again" + branch(l),
			Remedy:  "wait a second time, or wait in the trap",
			Related: start(l, span),
			Fixes:   waitAgain(l.At),
		})
	},
})
