package rules

// NestedShell finds an application behind a shell that is started with -c.
var NestedShell = register(Rule{
	ID:       "nested-shell",
	Title:    "A shell started with -c stays in front of the application",
	Severity: Error,
	Doc:      `«["sh", "-c", "app"]», or «sh -c app» in a script, starts a shell that stays in front of the application.`,
	Why: `That shell gets the stop signal, or hears nothing at all, and passes nothing on. Whether it stays depends on the shell and on
the text behind «-c».

Measured: the same text execs in one shell and forks in another: bash forks for redirections, braces and pipelines, Debian's
dash for everything, ash when a newline follows the command.`,
	Fix: `Put «exec» in front of the command inside the quotes, or start the application without the shell:
«["server", "--port", "8080"]».`,
	Ignore: `If the command ends by itself before anybody stops it, which pid1lint can only tell of some:

~~~dockerfile
# pid1lint ignore=nested-shell; reason=a test run, which ends by itself
CMD ["sh", "-c", "run-tests --all"]
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
ENTRYPOINT ["/bin/sh", "-c", "server --port $PORT"]
`,
	Good: `-- Dockerfile --
FROM debian:12
ENTRYPOINT ["/bin/sh", "-c", "exec server --port $PORT"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		for _, w := range waiters(l) {
			if inShellForm(l, w.shell) || scriptName(w.shell) != "" || w.init != nil || execInVain(l, w.shell) {
				continue
			}
			p.Report(Finding{
				Span:    first(w.shell.At),
				Label:   "a child of " + w.shell.Argv[0].Text + " -c, which waits for it and passes no signal on",
				Message: command(l.App) + " " + effect(l) + ", because " + base(w.shell.Argv[0].Text) + " -c runs " + command(w.next) + " as its child" + branch(l),
				Remedy:  execRemedy(w.shell, "put exec in front of the command inside the quotes"),
				Related: start(l, w.shell.At),
				Fixes:   execFor(l, w),
			})
		}
	},
})
