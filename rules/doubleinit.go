package rules

import "github.com/pid1lint/pid1lint/internal/process"

// DoubleInit finds an init behind an init.
var DoubleInit = register(Rule{
	ID:       "double-init",
	Title:    "An init runs behind another init",
	Severity: Note,
	Doc:      `An init such as tini or dumb-init runs behind another init.`,
	Why: `One init is enough. Orphans go to PID 1, so the inner one reaps nothing, and tini 0.19 warns about that when it starts. The stop
signal takes one hop more, and where both signal a process group the application gets it twice.

Measured: «tini -g» in front of another launcher tells the application twice; tini 0.19 prints that it is not running as PID 1.`,
	Fix: `Take one of the two away.`,
	Ignore: `If the inner one belongs to something that is taken over unchanged, such as a start script. Nothing is lost by it:

~~~dockerfile
# pid1lint ignore=double-init; reason=all our images start with tini
ENTRYPOINT ["tini", "--", "dumb-init", "server"]
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y tini dumb-init
ENTRYPOINT ["tini", "--", "dumb-init", "server"]
`,
	Good: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y tini
ENTRYPOINT ["tini", "--", "server"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		var outer *process.Process
		for _, q := range l.Chain {
			switch {
			case q.Role != process.RoleInit:
			case outer == nil:
				outer = q
			default:
				span := place(q)
				p.Report(Finding{
					Span:    span,
					Label:   "a second init",
					Message: command(q) + " is of no use behind " + command(outer) + ", which is PID 1 and reaps all orphans",
					Remedy:  "take one of the two away",
					Related: start(l, span),
				})
				return
			}
		}
	},
})
