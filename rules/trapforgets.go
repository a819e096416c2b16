package rules

import "github.com/pid1lint/pid1lint/internal/process"

// TrapForgets finds a trap that runs on the stop signal and does not tell the application.
var TrapForgets = register(Rule{
	ID:       "trap-forgets",
	Title:    "The trap on the stop signal does not tell the application",
	Severity: Error,
	Doc:      `The trap on the stop signal does not tell the application: it only prints, cleans up, or exits.`,
	Why: `A trap takes the place of the signal's own effect. If the script ends with it, the kernel kills the application; if it goes on,
the application runs until the grace period is over.

Measured: «trap 'exit 0' TERM; app & wait» loses the application in dash, bash and ash.`,
	Fix: `Send the signal on in the trap and wait for the application, or «exec» the application without a trap.`,
	Ignore: `If the trap stops the application in a way that pid1lint cannot see, such as a request to it:

~~~sh
# pid1lint ignore=trap-forgets; reason=the request stops the server
trap 'curl -sf -X POST localhost:8080/shutdown; exit 0' TERM
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'exit 0' TERM
server &
wait $!
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'kill -TERM $!; wait $!; exit 0' TERM
server &
wait $!
`,
	Check: func(p *Pass) {
		l := p.Launch
		if !failing(l) || refusedSomething(l) || l.App == nil || l.App.Told || l.At == nil || l.At.Role != process.RoleShell {
			return
		}
		if l.Cause != process.TrapSilent && l.Cause != process.EndsTooEarly || endsByExitTrap(l) {
			return
		}
		span := l.At.Trap
		if span.IsZero() {
			span = l.At.WaitAt
		}
		if span.IsZero() {
			span = l.At.At
		}
		p.Report(Finding{
			Span:    first(span),
			Label:   "does not tell " + command(l.App),
			Message: command(l.App) + " " + effect(l) + ", because what " + command(l.At) + " does on it leaves the application out" + branch(l),
			Remedy:  "send the signal on in the trap, and wait for the application",
			Related: start(l, span),
			Fixes:   tellInTrap(l),
		})
	},
})
