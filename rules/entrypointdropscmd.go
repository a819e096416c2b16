package rules

// EntrypointDropsCmd finds a CMD that an ENTRYPOINT in shell form leaves without effect.
var EntrypointDropsCmd = register(Rule{
	ID:       "entrypoint-drops-cmd",
	Title:    "An ENTRYPOINT in shell form ignores CMD",
	Severity: Warning,
	Doc:      `A «CMD» has no effect, because «ENTRYPOINT» is in shell form.`,
	Why: `«ENTRYPOINT» in shell form becomes «/bin/sh -c "the line"». What «CMD» says, and whatever is given to «docker run», is appended
behind it, where the shell takes it for its own parameters «$0» and «$1» and never looks at it.

Documented: Dockerfile reference, "Understand how CMD and ENTRYPOINT interact".`,
	Fix: `Write «ENTRYPOINT» as a JSON array, or remove «CMD».`,
	Ignore: `If the line itself takes the words of «CMD» from the parameters of the shell:

~~~dockerfile
ENTRYPOINT exec server "$0" "$@"
# pid1lint ignore=entrypoint-drops-cmd; reason=the line above passes it on
CMD ["--port", "8080"]
~~~`,
	Bad: `-- Dockerfile --
FROM alpine:3.20
ENTRYPOINT exec server
CMD ["--port", "8080"]
`,
	Good: `-- Dockerfile --
FROM alpine:3.20
ENTRYPOINT ["server"]
CMD ["--port", "8080"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.IgnoredCmd.IsZero() {
			return
		}
		p.Report(Finding{
			Span:    l.IgnoredCmd,
			Label:   "has no effect",
			Message: "this CMD has no effect, because ENTRYPOINT is in shell form",
			Remedy:  "write ENTRYPOINT as a JSON array, or remove CMD",
			Related: []Related{{Span: l.ShellForm, Message: "the ENTRYPOINT in shell form"}},
		})
	},
})
