package rules

import "github.com/pid1lint/pid1lint/internal/process"

// BackgroundLost finds an application that was left in the background of the one that is PID 1.
var BackgroundLost = register(Rule{
	ID:       "background-lost",
	Title:    "An application in the background hears nothing and is killed with the container",
	Severity: Warning,
	Doc: `The start script leaves an application in the background and becomes another one with «exec», or ends with it. Nobody passes the
stop signal on to the first.`,
	Why: `Only PID 1 gets the stop signal. When PID 1 has finished, the kernel kills whatever still runs, in the middle of its work.

Measured: «worker & exec server» kills the worker untold in dash, bash and ash.`,
	Fix: `Give each application a container of its own. Where they belong together, start both with «&», set a trap that passes the signal
on to both, and wait for both.`,
	Ignore: `If what is in the background may be cut off at any moment, such as an exporter of metrics that keeps nothing:

~~~sh
# pid1lint ignore=background-lost; reason=the exporter keeps nothing
exporter &
exec server
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
worker &
exec server
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'kill -TERM "$worker" "$server"; wait' TERM
worker &
worker=$!
server &
server=$!
wait
`,
	Check: func(p *Pass) {
		l := p.Launch
		if !failing(l) || l.App == nil || l.At == nil || l.Cause != process.EndsTooEarly || l.At.Role == process.RoleShell || l.App.How != process.InBackground {
			return
		}
		fate := "is killed untold on stop"
		if l.App.Told {
			fate = "may be killed before it has finished"
		}
		p.Report(Finding{
			Span:    first(l.App.Span),
			Label:   "in the background",
			Message: command(l.App) + " " + fate + ", because it runs in the background of " + command(l.At) + ", with which the container ends" + branch(l),
			Remedy:  "give it a container of its own, or let PID 1 pass the signal on to both and wait for both",
			Related: start(l, l.App.Span),
		})
	},
})
