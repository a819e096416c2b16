package rules

import "github.com/pid1lint/pid1lint/internal/process"

// TrapReset notes traps that an exec takes away.
var TrapReset = register(Rule{
	ID:       "trap-reset",
	Title:    "exec ends the traps of the script",
	Severity: Note,
	Doc: `exec replaces the shell, and its traps with it: what a trap on TERM, INT or EXIT is meant to do after the application has ended
does not happen. The application gets the signal itself, which is what matters for a graceful stop.

Measured: trap 'echo x' TERM; exec app and trap 'echo bye' EXIT; exec app never print, in every shell.

If the trap's work is needed, run the application in the background and wait for it twice; otherwise remove the trap.`,
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
