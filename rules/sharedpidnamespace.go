package rules

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// SharedPIDNamespace finds an init that is not PID 1, or a shell that the stop signal ends, because the container has no PIDs of its own.
var SharedPIDNamespace = register(Rule{
	ID:       "shared-pid-namespace",
	Title:    "What should be PID 1 is not, because the container shares the process IDs of others",
	Severity: Note,
	Doc: `A container with an init, or with a shell in front of the application, shares the process IDs of the host or of other containers:
«pid: host» or «pid: service:web» in Compose, «hostPID: true» or «shareProcessNamespace: true» in Kubernetes.`,
	Why: `PID 1 is then a process of the host or of the other container, in Kubernetes the pause container. Orphans go to that one, and the init, which is there to reap them, never
sees any: tini 0.19 says so when it starts. The stop signal still goes to the first process of the container, which has no
protection of the kernel any more: a signal that it does not handle ends it. A shell that waits for the application dies at once, and
the application with it.

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
		if l.SharedPID.IsZero() {
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
		if l.Root == nil || l.Root == l.App || l.Root.End != process.ByDefault || l.Verdict != process.Lost || l.Idle {
			return
		}
		p.Report(Finding{
			Span:    l.SharedPID,
			Label:   "PID 1 is not of this container",
			Message: command(l.Root) + " is not PID 1, so that " + stopSignal(l) + " ends it at once and " + command(l.App) + " with it, because the container shares the process IDs of " + sharedWith(l.SharedPID.Text()),
			Remedy:  "start the application with exec, or take this setting away",
			Related: start(l, l.SharedPID),
		})
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

// sharedWith names what the field pid of a Compose service says, or a field of a pod that is true.
func sharedWith(pid string) string {
	if pid = strings.Trim(pid, `"'`); pid == "true" {
		return "others"
	}
	for _, kind := range []string{"service:", "container:"} {
		if name, ok := strings.CutPrefix(pid, kind); ok {
			return "the " + strings.TrimSuffix(kind, ":") + " " + name
		}
	}
	return "the " + pid
}
