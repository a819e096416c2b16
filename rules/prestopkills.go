package rules

import "github.com/pid1lint/pid1lint/internal/process"

// PrestopKills finds a preStop hook that has to do what the stop signal does not.
var PrestopKills = register(Rule{
	ID:       "prestop-kills",
	Title:    "The preStop hook sends the signal that the stop signal should be",
	Severity: Note,
	Doc: `A preStop hook of Kubernetes looks for the application and sends it a signal, because the stop signal does not get there: a shell
without «exec» is in the way. Or it tells a server to finish, and the stop signal cuts that short as soon as the hook returns.`,
	Why: `It works, but only in Kubernetes, and only as long as the hook finds the process: it depends on how the application is called, on
what «ps» prints in that image (busybox has the PID in the first column, procps in the second), and on tools that slim images do not
have. Compose and «docker stop» know nothing of it. A hook that returns at once starts a race: the stop signal follows at the same
moment.

Measured: «kill 1» in a hook does nothing to a shell that is PID 1; the columns of «ps -ef» in busybox 1.35 and in procps.`,
	Fix: `Put «exec» in front of the application in the start script. It gets the stop signal itself then, and the hook can go. A hook that
tells a server to finish has to wait until it has done so.`,
	Ignore: `If the start script cannot be changed:

~~~yaml
# pid1lint ignore=prestop-kills; reason=the image is not ours
command: [sh, -c, "kill $(pidof app)"]
~~~`,
	Bad: `-- pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: alpine:3.20
    command:
    - sh
    - -c
    - |
      server --port 80
    lifecycle:
      preStop:
        exec:
          command: [sh, -c, "kill $(pidof server)"]
`,
	Good: `-- pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: alpine:3.20
    command:
    - sh
    - -c
    - |
      exec server --port 80
    lifecycle:
      preStop:
        exec:
          command: [sh, -c, "kill $(pidof server)"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		h := l.Hooked
		if h == nil || len(h.Sent) == 0 || l.App == nil {
			return
		}
		f := Finding{Span: l.PreStop.Span, Label: "sends " + h.Sent[0].String() + " to " + command(l.App)}
		switch {
		case l.Verdict == process.Graceful && h.Without != process.Graceful && h.Without != process.Undecided && len(l.Chain) > 1:
			f.Message = command(l.App) + " is told to finish by the preStop hook alone, because " + command(l.Chain[0]) + " is PID 1 and passes no " + stopSignal(l) + " on"
			f.Remedy = "start " + command(l.App) + " with exec: then it gets the stop signal itself, in every runtime, and the hook can go"
			for i := len(l.Chain) - 2; i >= 0; i-- {
				if shell := l.Chain[i]; shell.Role == process.RoleShell && !shell.At.IsZero() {
					f.Related = append(f.Related, Related{Span: first(shell.At), Message: "a child of " + shell.Argv[0].Text + ", which waits for it"})
					f.Fixes = execBefore(programOf(shell), shell.At)
					break
				}
			}
		case l.Verdict == process.Abrupt && l.Cause == process.BySignal && h.Sent[0] != l.StopSignal():
			f.Message = command(l.App) + " is told to finish by " + h.Sent[0].String() + " of the preStop hook, and cut off by " + stopSignal(l) + ", which follows as soon as the hook returns"
			f.Remedy = "let the hook wait until " + command(l.App) + " has finished, or let the image set STOPSIGNAL " + h.Sent[0].String() + " and drop the hook"
		case l.Verdict == process.Lost && h.Sent[0] == process.SIGKILL:
			f.Message = command(l.App) + " is killed by the preStop hook before it is told to finish"
			f.Remedy = "send it SIGTERM, or leave that to the stop signal"
		default:
			return
		}
		p.Report(f)
	},
})
