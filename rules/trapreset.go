package rules

import "github.com/pid1lint/pid1lint/internal/process"

// TrapReset notes traps that an exec takes away.
var TrapReset = register(Rule{
	ID:       "trap-reset",
	Title:    "exec ends the traps of the script",
	Severity: Note,
	Doc: `The script sets a trap on a signal and becomes the application with «exec», with nothing in between that takes its time.
A trap that is there for a migration or a wait before the «exec» is not meant, nor is one that only exits: nothing of it is missed.`,
	Why: `«exec» replaces the shell, and its traps with it: what the trap is meant to do does not happen. The application gets the signal
itself, which is what matters for a graceful stop.

Measured: «trap 'echo x' TERM; exec app» and «trap 'echo bye' EXIT; exec app» never print, in every shell.`,
	Fix: `If the work of the trap is needed, run the application in the background and wait for it twice, as [wait-once](#wait-once)
shows; otherwise remove the trap.`,
	Ignore: `If the trap is only for the moment before the «exec»:

~~~sh
trap 'rm -rf /tmp/unpacked' TERM
tar -x -f app.tar -C /tmp/unpacked
# pid1lint ignore=trap-reset; reason=the trap is for the unpacking
exec server
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'rm -f /run/lock' TERM
exec server
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
		for _, f := range facts(l, process.TrapReset) {
			if l.Verdict != process.Graceful || !onChain(l, f.PID) {
				continue
			}
			p.Report(Finding{Span: first(f.Span), Label: "replaces the shell and its traps", Message: "the traps of the script never run, because exec replaces the shell that would run them",
				Remedy: "remove the traps, or wait for the application instead of exec", Related: start(l, f.Span)})
		}
	},
})
