package rules

import (
	"path"

	"github.com/pid1lint/pid1lint/internal/process"
)

// KillTrap finds a trap on a signal that cannot be caught.
var KillTrap = register(Rule{
	ID:       "kill-trap",
	Title:    "A trap or handler on KILL or STOP never runs",
	Severity: Note,
	Doc: `A trap names «KILL» or «STOP», or a Go program that is built in the image or in a stage of its build calls «signal.Notify» with
«SIGKILL», «SIGSTOP» or «os.Kill», or a program for Node or Python whose source is in the build context sets a handler for one of them.`,
	Why: `The kernel does not let any process handle SIGKILL or SIGSTOP: a trap on them is accepted by the shell and never runs, and so is a
handler by the runtime of Go. What it is meant to do at the end of the grace period does not happen. Node and Python refuse it: the
program ends with an error there, if nothing catches that.

Documented: signal(7). Measured, node 20, CPython 3.11. Fifty of 4,813 scripts of public repositories trap KILL.`,
	Fix: `Take the name out, as «pid1lint --fix» does where there are others, and do the work on «TERM».`,
	Ignore: `If the line is to stay as it is, for instance in a script that is taken over unchanged. It does no harm by itself:

~~~sh
# pid1lint ignore=kill-trap; reason=kept as upstream has it
trap cleanup TERM KILL
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'kill "$pid"; wait "$pid"' TERM KILL
server &
pid=$!
wait "$pid"
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
trap 'kill "$pid"; wait "$pid"' TERM
server &
pid=$!
wait "$pid"
`,
	Check: func(p *Pass) {
		for _, f := range facts(p.Launch, process.KillTrap) {
			p.Report(Finding{Span: f.Span, Label: "cannot be caught", Message: "this trap never runs on " + f.Text + ", because no process can catch that signal",
				Remedy: "take it out of the trap", Related: start(p.Launch, f.Span), Fixes: withoutSignal(p.Launch, f.Span)})
		}
		sourceFacts(p.Launch, process.Uncatchable, func(_ *process.Process, f process.SourceFact) {
			message := "this handler never runs on " + f.Text + ", because no process can catch that signal"
			severity := Off
			switch path.Ext(f.Span.File.Path) {
			case ".go":
			case ".py":
				severity, message = Warning, message+": python raises an error here"
			default:
				severity, message = Warning, message+": node throws an error here"
			}
			p.Report(Finding{Severity: severity, Span: f.Span, Label: "cannot be caught", Message: message,
				Remedy: "take it out", Related: start(p.Launch, f.Span), Fixes: sourceFix("take "+f.Span.Text()+" out", f)})
		})
	},
})
