package rules

import "github.com/pid1lint/pid1lint/internal/process"

// EndsAtOnce finds a container that ends as soon as it has started.
var EndsAtOnce = register(Rule{
	ID:       "ends-at-once",
	Title:    "The container ends by itself, with the application in the background",
	Severity: Error,
	Doc:      `The start script comes to its end, or to an error, while the application is in the background.`,
	Why: `A container lives as long as PID 1. When the script ends the container ends, and the kernel kills the application right after
its start, without any stop signal.

Measured: «app &» as the last command, «exec setsid app» and a daemon as PID 1 end the container in every shell.`,
	Fix: `Run the application in the foreground, with «exec» in front of it, as the last command. Where an error ends the script, correct
the command that the finding names.`,
	Ignore: `If the container is meant to end by itself and what it leaves in the background may be killed:

~~~sh
# pid1lint ignore=ends-at-once; reason=only a job that fills the cache
warm-cache &
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
server &
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
		if l.Verdict != process.EndsAtOnce || l.Cause == process.Daemonizes || refusedSomething(l) || l.Inherited || l.App == nil {
			return
		}
		message := "the container ends at once, because PID 1 ends while " + command(l.App) + " is in the background"
		if l.Failure != nil {
			message = "the container ends at once, because of an error after " + command(l.App) + " was started: " + l.Failure.Reason
		}
		span := l.App.Span
		if l.Failure != nil {
			span = l.Failure.Span
		}
		p.Report(Finding{
			Span:    first(span),
			Label:   "goes into the background",
			Message: message + branch(l),
			Remedy:  "run it in the foreground, with exec",
			Related: start(l, span),
		})
	},
})
