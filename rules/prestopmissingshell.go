package rules

import (
	"path"

	"github.com/pid1lint/pid1lint/internal/process"
)

// PrestopMissingShell finds a preStop hook whose program is not in the image.
var PrestopMissingShell = register(Rule{
	ID:       "prestop-missing-shell",
	Title:    "The preStop hook runs a program that the image does not have",
	Severity: Warning,
	Doc:      `A preStop hook of Kubernetes runs «sh», «sleep» or another program in an image that has none: distroless, scratch.`,
	Why: `The hook runs in the container, with the files of its image. Where the program is not there, the hook fails
(«FailedPreStopHook» among the events of the pod) and the stop signal is sent at once. What the hook was to bring about, most often that no new
requests arrive any more, does not happen at any stop, and nobody is told.`,
	Fix: `Wait with «sleep» of the kubelet, which needs no program, from Kubernetes 1.30 on:

~~~yaml
lifecycle:
  preStop:
    sleep:
      seconds: 5
~~~`,
	Ignore: `If the program is put into the container in a way that the manifest does not show:

~~~yaml
# pid1lint ignore=prestop-missing-shell; reason=a webhook mounts it
command: [/bin/sleep, "5"]
~~~`,
	Bad: `-- pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: gcr.io/distroless/static-debian12
    command: [/server]
    lifecycle:
      preStop:
        exec:
          command: [/bin/sh, -c, sleep 5]
`,
	Good: `-- pod.yaml --
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: gcr.io/distroless/static-debian12
    command: [/server]
    lifecycle:
      preStop:
        sleep:
          seconds: 5
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Hooked == nil || l.Hooked.Failure == nil || l.Hooked.Failure.Kind != process.NoSuchFile && l.Hooked.Failure.Kind != process.NoShell {
			return
		}
		name := path.Base(l.PreStop.Argv[0].Text)
		f := Finding{
			Span:    l.PreStop.Argv[0].Span,
			Label:   "not in the image",
			Message: "the preStop hook never runs, because the image has no " + name + ": " + stopSignal(l) + " is sent at once",
			Remedy:  "use a program that is in the image",
		}
		if !l.ImageAt.IsZero() {
			f.Related = []Related{{Span: l.ImageAt, Message: "the image, which has no " + name}}
		}
		if name == "sleep" || name == "sh" || name == "bash" {
			f.Remedy = "let the kubelet wait: preStop: {sleep: {seconds: 5}}"
		}
		p.Report(f)
	},
})
