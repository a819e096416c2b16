package rules

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// SharedPIDNamespace finds an init that is not PID 1, because the container has no PIDs of its own.
var SharedPIDNamespace = register(Rule{
	ID:       "shared-pid-namespace",
	Title:    "An init is not PID 1, because the container shares the process IDs of others",
	Severity: Note,
	Doc:      `A container with an init shares the process IDs of the host or of another container: «pid: host», «pid: service:web».`,
	Why: `PID 1 is then a process of the host or of the other container. Orphans go to that one, and the init, which is there to reap them, never
sees any: tini 0.19 says so when it starts. The stop signal still goes to the first process of the container, which has no
protection of the kernel any more: a signal that it does not handle ends it.

Documented: pid_namespaces(7); README of tini, "Subreaping".`,
	Fix: `Take the init away, or the setting that shares the process IDs. Where both are needed, «tini -s» lets tini have the orphans of its own
children.`,
	Ignore: `If the init is there to pass signals on, and nothing has to be reaped:

~~~yaml
# pid1lint ignore=shared-pid-namespace; reason=it watches the host
pid: host
~~~`,
	Bad: `-- compose.yaml --
services:
  monitor:
    image: debian:12
    command: monitor
    init: true
    pid: host
`,
	Good: `-- compose.yaml --
services:
  monitor:
    image: debian:12
    command: monitor
    pid: host
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.SharedPID.IsZero() || l.Kind != process.KindCompose {
			return
		}
		for _, q := range l.Chain {
			if q.Role != process.RoleInit || q.How != process.ByExec || subreaps(q) {
				continue
			}
			p.Report(Finding{
				Span:    l.SharedPID,
				Label:   "PID 1 is not of this container",
				Message: command(q) + " is not PID 1 and reaps no orphans, because the container shares the process IDs of " + sharedWith(l.SharedPID.Text()),
				Remedy:  "take the init or this setting away",
				Related: start(l, l.SharedPID),
			})
			return
		}
	},
})

// subreaps reports whether an init asks the kernel for the orphans of its children.
func subreaps(p *process.Process) bool {
	for _, word := range p.Argv[1:] {
		if !strings.HasPrefix(word.Text, "-") || word.Text == "--" {
			return false
		}
		if strings.Contains(word.Text, "s") && !strings.HasPrefix(word.Text, "--") {
			return true
		}
	}
	return false
}

// sharedWith names what the field pid of a Compose service says.
func sharedWith(pid string) string {
	pid = strings.Trim(pid, `"'`)
	for _, kind := range []string{"service:", "container:"} {
		if name, ok := strings.CutPrefix(pid, kind); ok {
			return "the " + strings.TrimSuffix(kind, ":") + " " + name
		}
	}
	return "the " + pid
}
