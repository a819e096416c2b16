package rules

import "slices"

// JobNeverEnds finds a container whose end is waited for and that never ends.
var JobNeverEnds = register(Rule{
	ID:       "job-never-ends",
	Title:    "A Job or an init container never ends",
	Severity: Note,
	Doc:      `The last command in the foreground of a Job's container, or of an init container, is «tail -f /dev/null» or «sleep infinity».`,
	Why: `A Job is done when all its containers have ended, and a pod starts its application when its init containers have: both wait for
ever. A container that runs beside the work of a Job and is to end with it is an init container with «restartPolicy: Always».`,
	Fix: `Let the container end when its work is done, or move it to «initContainers» with «restartPolicy: Always».`,
	Ignore: `If it is a place to work in that people enter and delete again:

~~~yaml
# pid1lint ignore=job-never-ends; reason=for debugging, deleted by hand
command: [sleep, infinity]
~~~`,
	Bad: `-- job.yaml --
apiVersion: batch/v1
kind: Job
metadata:
  name: report
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: report
        image: alpine:3.20
        command: [sh, -c, "make-report; tail -f /dev/null"]
`,
	Good: `-- job.yaml --
apiVersion: batch/v1
kind: Job
metadata:
  name: report
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: report
        image: alpine:3.20
        command: [sh, -c, "exec make-report"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Awaited == "" || !l.Idle || l.App == nil || len(l.App.Argv) < 2 {
			return
		}
		var texts []string
		for _, word := range l.App.Argv[1:] {
			texts = append(texts, word.Text)
		}
		switch base(l.App.Argv[0].Text) {
		case "tail":
			if !slices.Contains(texts, "/dev/null") {
				return
			}
		case "sleep":
			if texts[0] != "infinity" && texts[0] != "inf" {
				return
			}
		default:
			return
		}
		p.Report(Finding{
			Span:    place(l.App),
			Label:   "never ends",
			Message: l.Awaited + " waits for the container " + l.Target + " for ever" + ", because " + command(l.App) + " never ends",
			Remedy:  "let the container end when its work is done",
		})
	},
})
