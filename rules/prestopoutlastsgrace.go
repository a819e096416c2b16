package rules

import (
	"fmt"
	"strconv"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// PrestopOutlastsGrace finds a preStop hook that takes all of the grace period.
var PrestopOutlastsGrace = register(Rule{
	ID:       "prestop-outlasts-grace",
	Title:    "The preStop hook takes all of the grace period",
	Severity: Warning,
	Doc: `A preStop hook of Kubernetes waits as long as the grace period of the pod, or longer: a «sleep» of so many seconds, or a loop that
waits for an application which nobody has told to end.`,
	Why: `The grace period begins with the hook, and not when the hook has ended. The stop signal is sent when the hook is done, or at the
latest when the grace period is over. All that is left to the application then is the 2 seconds that the kubelet always grants
before it kills.

Documented: "Container Lifecycle Hooks" of Kubernetes, «minimumGracePeriodInSeconds» of the kubelet.`,
	Fix: `Make «terminationGracePeriodSeconds» as long as the hook and the application need together, or the wait of the hook shorter. Where it
is not set it is 30 seconds.`,
	Ignore: `If the application has nothing to finish when it is stopped:

~~~yaml
# pid1lint ignore=prestop-outlasts-grace; reason=it keeps no state
command: [sleep, "30"]
~~~`,
	Bad: `-- pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  terminationGracePeriodSeconds: 30
  containers:
  - name: web
    image: alpine:3.20
    command: [server]
    lifecycle:
      preStop:
        exec:
          command: [sleep, "60"]
`,
	Good: `-- pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  terminationGracePeriodSeconds: 90
  containers:
  - name: web
    image: alpine:3.20
    command: [server]
    lifecycle:
      preStop:
        exec:
          command: [sleep, "60"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		h := l.Hooked
		if h == nil || !h.Late && h.Took < l.GracePeriod() || l.Verdict == process.FailsToStart || l.Verdict == process.EndsAtOnce {
			return
		}
		took := seconds(h.Took)
		if h.Late {
			took = "longer than that"
			if asked := waits(l.PreStop); asked > 0 {
				took = seconds(asked)
			}
		}
		p.Report(Finding{
			Span:  l.PreStop.Span,
			Label: "takes " + took,
			Message: "the preStop hook takes all of the grace period of " + seconds(l.GracePeriod()) + ", so that " + command(l.App) +
				" gets " + stopSignal(l) + " when it is over and is killed 2s later",
			Remedy:  "make terminationGracePeriodSeconds longer than the hook by what the application needs",
			Related: grace(l),
			Fixes:   longerGrace(l),
		})
	},
})

// waits returns how long a hook waits that does nothing else, 0 for another one.
func waits(h *process.Hook) time.Duration {
	if len(h.Argv) == 2 && base(h.Argv[0].Text) == "sleep" {
		if n, err := strconv.Atoi(h.Argv[1].Text); err == nil && n > 0 && n < 1e6 {
			return time.Duration(n) * time.Second
		}
	}
	return h.Sleep
}

func seconds(d time.Duration) string { return fmt.Sprintf("%gs", d.Seconds()) }

// grace points at the grace period.
func grace(l *process.Launch) []Related {
	if l.GraceAt.IsZero() {
		return nil
	}
	return []Related{{Span: l.GraceAt, Message: "the grace period, in which the hook counts"}}
}

// longerGrace adds what the hook takes to the grace period. It is unsafe: every stop may take so much longer.
func longerGrace(l *process.Launch) []Fix {
	wait := waits(l.PreStop)
	if l.GraceAt.IsZero() || wait == 0 {
		return nil
	}
	total := int((wait + 30*time.Second).Seconds())
	return []Fix{{
		Title: fmt.Sprintf("set terminationGracePeriodSeconds to %d: the hook, and 30 seconds for the application", total),
		Edits: []parser.Edit{{Span: l.GraceAt, New: strconv.Itoa(total)}},
	}}
}
