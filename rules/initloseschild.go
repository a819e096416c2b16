package rules

import "github.com/pid1lint/pid1lint/internal/process"

// InitLosesChild finds an init in front of a shell that does not exec.
var InitLosesChild = register(Rule{
	ID:       "init-loses-child",
	Title:    "An init in front of a shell turns the slow kill into an instant one",
	Severity: Error,
	Doc: `An init such as tini, dumb-init or catatonit has a shell for its child, which runs the application without «exec» and without a
trap.`,
	Why: `The init passes the stop signal to the shell. Not being PID 1, the shell is ended by it at once; the init ends with its child,
and the kernel kills the application. Without the init the kill was slow, with it it is instant. tini does not even tell the
application, dumb-init and «tini -g» do and cut it off.

Measured: tini 0.19.0, dumb-init 1.2.5, catatonit 0.1.7, in front of dash, bash and ash.`,
	Fix: `Put «exec» in front of the command: the application is then the child of the init. Where a shell has to stay, a trap such as
«trap : TERM» keeps it alive behind an init that signals the whole group: dumb-init, «tini -g» or «catatonit -g».`,
	Ignore: `If the application may be killed at any moment and a quick stop is wanted:

~~~sh
# pid1lint ignore=init-loses-child; reason=it keeps nothing, and stops fast
server
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y tini
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["tini", "--", "/start.sh"]
-- start.sh --
#!/bin/sh
server
`,
	Good: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y tini
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["tini", "--", "/start.sh"]
-- start.sh --
#!/bin/sh
exec server
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Cause != process.ShellDies {
			return
		}
		for _, w := range waiters(l) {
			if w.init == nil || switchesUser(w.init) || scriptLauncher(w.init) != "" || w.init.Role == process.RoleSupervisor || inShellForm(l, w.shell) || execInVain(l, w.shell) {
				continue
			}
			p.Report(Finding{
				Span:  first(w.shell.At),
				Label: "a child of " + base(w.shell.Argv[0].Text) + ", which " + stopSignal(l) + " from " + command(w.init) + " ends at once",
				Message: command(l.App) + " is killed at once on stop, because " + command(w.init) + " signals the shell in front of it, and that dies without passing the signal on" +
					branch(l),
				Remedy:  execRemedy(w.shell, "put exec in front of the command"),
				Related: start(l, w.shell.At),
				Fixes:   execFor(l, w),
			})
		}
	},
})
