package rules

import "github.com/pid1lint/pid1lint/internal/process"

// TrapBlocked finds a trap that cannot run while a command runs in the foreground.
var TrapBlocked = register(Rule{
	ID:       "trap-blocked",
	Title:    "The trap cannot run while a command is in the foreground",
	Severity: Error,
	Doc: `The script has a trap on the stop signal and then runs a command in the foreground: the application, «tail -f» or a long
«sleep».`,
	Why: `A shell runs a trap only between two commands. While it waits for a command in the foreground the trap has to wait too: it runs
when that has ended, which is after the grace period.

Measured: in dash, bash and ash alike, for every action.`,
	Fix: `Start the application in the background and wait for it with the builtin «wait», which a signal interrupts: «app & pid=$!», then
«wait "$pid"» twice. Or drop the trap and «exec» the application.`,
	Ignore: `If the trap is not for the stop of the container, and the application may be killed then:

~~~sh
# pid1lint ignore=trap-blocked; reason=the trap is for Ctrl-C in a terminal
server
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
tail -f /dev/null
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
		if !failing(l) || l.Cause != process.TrapBlocked || l.At == nil {
			return
		}
		related := []Related{{Span: l.At.Trap, Message: "the trap that cannot run"}}
		p.Report(Finding{
			Span:    first(l.At.At),
			Label:   "in the foreground: the trap waits until this has ended",
			Message: command(l.App) + " " + effect(l) + ", because the trap of " + command(l.At) + " waits for the command in the foreground" + branch(l),
			Remedy:  "start it with & and wait for it with wait, which a signal interrupts",
			Related: append(related, start(l, l.At.At)...),
			Fixes:   unsafely(execBefore(programOf(l.At), l.At.At)),
		})
	},
})
