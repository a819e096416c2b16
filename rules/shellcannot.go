package rules

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// ShellCannot finds constructs that the shell of the image refuses.
var ShellCannot = register(Rule{
	ID:       "shell-cannot",
	Title:    "The shell that runs this does not know the construct",
	Severity: Error,
	Doc: `The start script uses what the shell that runs it does not know. Debian's dash knows neither «trap ... SIGTERM» (the name is
«TERM» there) nor «wait -n», «set -o pipefail» (before Debian 13), «[[ ]]», arrays, «exec -a» or process substitution;
«$(jobs -p)» is empty in it. BusyBox ash knows some of them, by version.`,
	Why: `The same script means different things to different shells. dash says "bad trap" and goes on without the trap, so that nobody
tells the application on stop; at «set -o pipefail» before Debian 13 it ends with status 2.

Measured: 44 builds of ten shells.`,
	Fix: `Use the portable form, «trap ... TERM» as «pid1lint --fix» writes it, or a second «wait» in place of «wait -n»; or name bash in
the first line of the script if the image has it.`,
	Ignore: `If another shell runs it than pid1lint can know. Say in «.pid1lint.yaml» what the base image is like, if that is why; else:

~~~sh
# pid1lint ignore=shell-cannot; reason=/bin/sh is bash on these machines
trap 'kill "$pid"; wait "$pid"' SIGTERM
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'kill "$pid"; wait "$pid"' SIGTERM
server &
pid=$!
wait "$pid"
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
trap 'kill "$pid"; wait "$pid"' TERM
server &
pid=$!
wait "$pid"
`,
	Check: func(p *Pass) {
		l := p.Launch
		report := func(f process.Fact, message, remedy string, fixes ...Fix) {
			p.Report(Finding{Span: f.Span, Label: "not known to " + f.Shell.String(), Message: message, Remedy: remedy, Related: start(l, f.Span), Fixes: fixes})
		}
		if l.Broken != nil {
			return
		}
		for _, f := range l.Facts {
			shell := f.Shell.String()
			switch f.Kind {
			case process.SigPrefix:
				report(f, "this trap is never set, because "+shell+" knows no signal called "+f.Text+": it says \"bad trap\" and goes on without it", "write "+f.Text[3:]+" without SIG", withoutPrefix(f.Span)...)
			case process.BadTrap:
				report(f, "this trap is never set, because "+shell+" knows no signal called "+f.Text, "name a signal that exists")
			case process.RefusedConstruct:
				if failing(l) || l.Verdict == process.FailsToStart || l.Verdict == process.EndsAtOnce {
					report(f, f.Text, "use a form that the shell knows, or another shell")
				}
			case process.SyntaxRefused:
				report(f, f.Text+" is a syntax error to "+shell+", which ends there", "use a form that the shell knows, or another shell")
			}
		}
		if f := l.Failure; f != nil && f.Kind == process.BadSyntax && l.Verdict == process.FailsToStart && len(facts(l, process.SyntaxRefused)) == 0 {
			p.Report(Finding{Span: f.Span, Label: "cannot be parsed", Message: "the container does not start, because " + f.Reason, Remedy: "correct the command", Related: start(l, f.Span)})
		}
	},
})

// withoutPrefix takes SIG from the name of a signal.
func withoutPrefix(span parser.Span) []Fix {
	at := strings.Index(strings.ToUpper(span.Text()), "SIG")
	if at < 0 {
		return nil
	}
	prefix := parser.Span{File: span.File, Start: span.Start + at, End: span.Start + at + len("SIG")}
	return []Fix{{Title: "write " + span.Text()[:at] + span.Text()[at+len("SIG"):], Safe: true, Edits: []parser.Edit{{Span: prefix}}}}
}
