package rules

// ShellForm finds an application that a shell form keeps behind a shell.
var ShellForm = register(Rule{
	ID:       "shell-form",
	Title:    "The shell form keeps the application from being PID 1",
	Severity: Error,
	Aliases:  []string{"DL3025", "JSONArgsRecommended"},
	Doc: `«CMD» or «ENTRYPOINT» is in shell form, and the shell stays in front of the application. The ash of Alpine and bash become a
last simple command by themselves, so this rule is silent there, and silent on «CMD exec app» everywhere.`,
	Why: `The shell form starts «/bin/sh -c», and whether that shell stays depends on the image. Debian's and Ubuntu's dash always runs
the command as a child: the shell is PID 1, gets the stop signal, and passes nothing on. The application is killed when the
grace period is over.

Measured: dash 0.5.8 to 0.5.12 as Debian and Ubuntu build it forks for every command but an explicit «exec»; busybox ash from
1.30 to 1.38 and bash from 4.2 to 5.3 do not for a single command.`,
	Fix: `Write the JSON form, or put «exec» in front where the command needs a shell for its variables: «CMD exec server --port "$PORT"».
«pid1lint --fix» does either.`,
	Ignore: `If the application may be killed on stop and the wait for the grace period does not matter:

~~~dockerfile
# pid1lint ignore=shell-form; reason=a demo that keeps nothing
CMD server --port 8080
~~~`,
	Bad: `-- Dockerfile --
FROM ubuntu:24.04
CMD server --port 8080
`,
	Good: `-- Dockerfile --
FROM ubuntu:24.04
CMD ["server", "--port", "8080"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Broken != nil {
			return
		}
		for _, w := range waiters(l) {
			if !inShellForm(l, w.shell) {
				continue
			}
			p.Report(Finding{
				Span:    first(w.shell.At),
				Label:   "a child of " + w.shell.Argv[0].Text + ", which waits for it and passes no signal on",
				Message: command(l.App) + " " + effect(l) + ", because the shell form runs " + command(w.next) + " as a child of a shell" + branch(l),
				Remedy:  execRemedy(w.shell, "write the command as a JSON array, or put exec in front of it"),
				Fixes:   append(jsonForShell(l), execFor(l, w)...),
			})
		}
	},
})
