package rules

import (
	"fmt"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// SupervisorShell finds a shell between a supervisor and the program that it is to stop.
var SupervisorShell = register(Rule{
	ID:       "supervisor-shell",
	Title:    "A supervisor stops the shell in front of a program, or waits longer for it than the container may",
	Severity: Error,
	Doc: `supervisord, s6 or runit starts a program through a shell that does not «exec» it; or «stopwaitsecs» of supervisord is not below
the grace period of the container.`,
	Why: `A supervisor sends the stop signal to the process that it has started. If that is a shell that waits for the program, the shell
dies, the supervisor takes the program for stopped and ends, and the program is killed untold.

supervisord kills a program that has not ended after «stopwaitsecs», which is 10 where it is not set. A value that is not below
the grace period of the container is without effect: the container is killed first.

Measured: supervisor 4.2.5 and s6-svscan 2.11.3 with a script without «exec»: the application is never told. With «exec» it
finishes its work; so it does with «stopasgroup=true» and «killasgroup=true», if it takes less than a second.`,
	Fix: `Put «exec» in front of the command in the script, or name the program itself in «command=». Where there is nothing to put
«exec» before, «stopasgroup=true» and «killasgroup=true» tell the whole group; that fix is unsafe, because all that the shell has started is
told, and has less than a second. Set «stopwaitsecs» below the grace
period, or raise the grace period: «docker stop -t», «stop_grace_period» of Compose.`,
	Ignore: `If the program may be killed on stop:

~~~sh
# pid1lint ignore=supervisor-shell; reason=it only refreshes a cache
refresh-cache --forever
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y supervisor
COPY supervisord.conf /etc/supervisor/conf.d/supervisord.conf
COPY --chmod=755 web.sh /web.sh
CMD ["/usr/bin/supervisord"]
-- supervisord.conf --
[supervisord]
nodaemon=true

[program:web]
command=/web.sh
-- web.sh --
#!/bin/sh
server --port 8080
`,
	Good: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y supervisor
COPY supervisord.conf /etc/supervisor/conf.d/supervisord.conf
COPY --chmod=755 web.sh /web.sh
CMD ["/usr/bin/supervisord"]
-- supervisord.conf --
[supervisord]
nodaemon=true

[program:web]
command=/web.sh
-- web.sh --
#!/bin/sh
exec server --port 8080
`,
	Check: func(p *Pass) {
		l := p.Launch
		for _, w := range waiters(l) {
			if l.Cause != process.ShellDies || w.init == nil || w.init.Role != process.RoleSupervisor || execInVain(l, w.shell) {
				continue
			}
			shell := scriptName(w.shell)
			if shell == "" {
				shell = base(w.shell.Argv[0].Text) + " -c"
			}
			message := command(l.App) + " is killed on stop without being told"
			if l.App.Told {
				message = command(l.App) + " is told to stop, but killed before it has finished"
			}
			related := start(l, w.shell.At)
			if at := w.shell.Span; !at.IsZero() && at != w.shell.At {
				related = append([]Related{{Span: at, Message: command(w.init) + " starts the shell here"}}, related...)
			}
			p.Report(Finding{
				Span:    w.shell.At,
				Label:   "a child of " + shell + ", which " + command(w.init) + " stops in its place",
				Message: message + ", because " + command(w.init) + " stops only " + shell + " in front of it, which dies without passing the signal on" + branch(l),
				Remedy:  "put exec in front of the command",
				Related: related,
				Fixes:   inTurn(execFor(l, w), stopAsGroup(l, w.shell)),
			})
		}
		for _, f := range facts(l, process.WaitsTooLong) {
			name, seconds, _ := strings.Cut(f.Text, ": ")
			p.Report(Finding{
				Severity: Warning,
				Span:     f.Span,
				Label:    "not below the grace period",
				Message:  fmt.Sprintf("supervisord waits %s s for %s to stop, but the container is killed after %g s, and everything in it", seconds, name, l.GracePeriod().Seconds()),
				Remedy:   "set stopwaitsecs below the grace period, or raise the grace period (stop_grace_period, docker stop -t) above it",
				Related:  start(l, f.Span),
			})
		}
	},
})
