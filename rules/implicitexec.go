package rules

import "github.com/pid1lint/pid1lint/internal/process"

// ImplicitExec notes that a launch is right only because of the shell that the image happens to have.
var ImplicitExec = register(Rule{
	ID:       "implicit-exec",
	Title:    "Right only because this image's shell execs by itself",
	Severity: Note,
	Doc: `The ash of Alpine and bash become the last simple command behind -c by themselves, so the application is PID 1 although
nobody wrote exec. The same line on a Debian or Ubuntu image leaves the shell in front of it, and so does a trap, a
redirection or a pipe that is added later.

Measured: the same command line execs with busybox ash from 1.28 on and bash from 4.4 on, and forks with Debian's dash.

Write exec, or the JSON form, and the image can change.`,
	Bad: `-- Dockerfile --
FROM alpine:3.20
CMD server --port 8080
`,
	Good: `-- Dockerfile --
FROM alpine:3.20
CMD ["server", "--port", "8080"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Verdict != process.Graceful || l.Inherited {
			return
		}
		for _, f := range facts(l, process.ImplicitExec) {
			if !onChain(l, f.PID) {
				continue
			}
			p.Report(Finding{
				Span:    first(f.Span),
				Label:   "the shell becomes this command by itself",
				Message: command(l.App) + " receives " + stopSignal(l) + " only because " + f.Shell.String() + " execs the last command by itself; the dash of Debian and Ubuntu would not",
				Remedy:  "write the command as a JSON array, or put exec in front of it",
				Related: start(l, f.Span),
				Fixes:   append(jsonForShell(l), execBefore(l.Script, f.Span)...),
			})
		}
	},
})
