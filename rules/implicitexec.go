package rules

import "github.com/pid1lint/pid1lint/internal/process"

// ImplicitExec notes that a launch is right only because of the shell that the image happens to have.
var ImplicitExec = register(Rule{
	ID:       "implicit-exec",
	Title:    "Right only because this image's shell execs by itself",
	Severity: Note,
	Doc:      `The application is PID 1 although nobody wrote «exec», only because the shell of this image becomes the last command by itself.`,
	Why: `The ash of Alpine and bash become the last simple command behind «-c», the dash of Debian and Ubuntu does not. Another base
image, or a trap or a pipe that is added later, leaves the shell in front of the application, which does not hear the stop
signal any more.

Measured: one simple command execs with every bash from 4.2 to 5.3 and with busybox ash from 1.30 to 1.38, and forks with
busybox ash 1.22 and 1.27 and with the dash of Debian and Ubuntu.`,
	Fix: `Write the JSON form, or «exec» in front of the command where it needs a shell for its variables. «pid1lint --fix» does it.`,
	Ignore: `If the base image is there to stay. It is only a note, which does not fail a build:

~~~dockerfile
# pid1lint ignore=implicit-exec; reason=all our images are on Alpine
CMD server --port 8080
~~~`,
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
		if l.Verdict != process.Graceful || l.Inherited || l.OneShot || l.Idle {
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
				Fixes:   append(jsonForShell(l), execBefore(program{{Script: l.Script}}, f.Span)...),
			})
		}
	},
})
