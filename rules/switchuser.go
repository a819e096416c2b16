package rules

import (
	"fmt"

	"github.com/pid1lint/pid1lint/internal/process"
)

// SwitchUser finds su, runuser or doas in front of the application.
var SwitchUser = register(Rule{
	ID:       "switch-user",
	Title:    "su, runuser and doas kill the application two seconds after the stop signal",
	Severity: Warning,
	Doc:      `«su», «runuser» or «doas» is in front of the application.`,
	Why: `They stay in front of the command that they run. They pass SIGTERM on, wait two seconds and then kill it, whatever the grace
period is. If the shell of the user does not exec the command, the application is not even told.

Measured: su and runuser of util-linux 2.41, OpenDoas 6.8; an application that needed four seconds was killed after two, with
«docker stop -t 60» as well. util-linux issue 443 says that it is meant so. The su of busybox does not do it.`,
	Fix: `Use «gosu», «su-exec» or «setpriv», which become the command, or «USER» in the Dockerfile. They do less than su, so the fix
is unsafe: su sets HOME, USER, LOGNAME and SHELL and takes the limits of PAM, gosu and su-exec set HOME alone, and setpriv sets nothing.
A login shell («su -»), other groups, and a text that only the user's own shell may understand are left as they are.`,
	Ignore: `If the application is known to finish within two seconds and hears of the signal, because the shell of the user execs it:

~~~sh
# pid1lint ignore=switch-user; reason=stops within a second
exec su www-data -s /bin/bash -c "exec server /data"
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
chown -R www-data /data
exec su www-data -s /bin/bash -c "server /data"
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
chown -R www-data /data
exec setpriv --reuid www-data --regid www-data --init-groups server /data
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Verdict != process.Lost || l.App == nil {
			return
		}
		for i, q := range l.Chain {
			if !switchesUser(q) {
				continue
			}
			name := base(q.Argv[0].Text)
			message := fmt.Sprintf("%s waits %g seconds after %s and then kills %s, whatever the grace period is", name, q.Limit.Seconds(), stopSignal(l), command(l.App))
			if i+1 < len(l.Chain) && l.Chain[i+1].Role == process.RoleShell && !l.App.Told {
				message = fmt.Sprintf("%s never receives %s, because %s tells only the shell that it starts, and kills what is left %g seconds later", command(l.App), stopSignal(l), name, q.Limit.Seconds())
			}
			span := place(q)
			p.Report(Finding{
				Span:    span,
				Label:   "stays in front of the application",
				Message: message + branch(l),
				Remedy:  "use gosu, su-exec or setpriv, which become the command, or USER in the Dockerfile",
				Related: start(l, span),
				Fixes:   switchUser(l, q, q.From),
			})
			return
		}
	},
})

// switchesUser reports whether a process is su or one of its like, which kills its command after a while.
func switchesUser(p *process.Process) bool {
	if p.Role != process.RoleLauncher || p.Limit == 0 || len(p.Argv) == 0 {
		return false
	}
	name := base(p.Argv[0].Text)
	return name == "su" || name == "runuser" || name == "doas"
}
