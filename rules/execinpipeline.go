package rules

import "github.com/pid1lint/pid1lint/internal/process"

// ExecInPipeline finds an exec that replaces a subshell only.
var ExecInPipeline = register(Rule{
	ID:       "exec-in-pipeline",
	Title:    "exec in a pipeline, in parentheses or with & replaces a subshell only",
	Severity: Error,
	Doc:      `«exec» in front of the application stands in a pipeline, in parentheses or before «&».`,
	Why: `Such a command runs in a subshell, a child of the shell that reads the script. «exec» replaces that child only: the shell itself
stays PID 1, waits, and passes no signal on.

Measured: «exec ./app | tee log» leaves the shell as PID 1 in every shell.`,
	Fix: `Make «exec» a command of its own, without the copy: the output goes to the container's log anyway. To keep the copy, in bash, run the
pipeline in the background, pass the signal on and wait for all of it; that fix is unsafe, because in the background standard input is
empty.

«exec > >(tee log) 2>&1» in front and «exec app» as the last line is shorter, but the container ends with the application, and «tee»
with it, before it has written the rest. Measured with bash 5.2: of 40 applications that failed with 300 lines and a message, the log had
all of it 2 times that way, and 40 times with the pipeline in the background.`,
	Ignore: `If the program behind the pipe matters more than a clean stop, and the application may be killed:

~~~sh
# pid1lint ignore=exec-in-pipeline; reason=it may be killed, clients retry
exec server 2>&1 | tee /var/log/server.log
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
exec server 2>&1 | tee /var/log/server.log
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'kill -TERM $(jobs -p); wait' TERM INT
server 2>&1 | tee /var/log/server.log &
wait $!
`,
	Check: func(p *Pass) {
		l := p.Launch
		if !failing(l) || l.App == nil {
			return
		}
		for _, kind := range []process.FactKind{process.ExecInPipeline, process.ExecInBackground} {
			where := "a part of a pipeline"
			if kind == process.ExecInBackground {
				where = "a command in the background"
			}
			for _, f := range facts(l, kind) {
				if !onChain(l, f.PID) || l.Cause == process.EndsTooEarly {
					continue
				}
				var fixes []Fix
				for i, q := range l.Chain {
					if i > 0 && q.PID == f.PID && kind == process.ExecInPipeline {
						fixes = pipeAndWait(l, l.Chain[i-1])
					}
				}
				p.Report(Finding{
					Span:    first(f.Span),
					Label:   "replaces a subshell, not the shell that is PID 1",
					Message: command(l.App) + " " + effect(l) + ", because exec in " + where + " leaves the shell in front of it" + branch(l),
					Remedy:  "run exec as a command of its own, outside of pipelines, parentheses and &",
					Related: start(l, f.Span),
					Fixes:   fixes,
				})
			}
		}
	},
})

func onChain(l *process.Launch, pid int) bool {
	for _, q := range l.Chain {
		if q.PID == pid {
			return true
		}
	}
	return false
}
