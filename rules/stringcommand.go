package rules

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// StringCommand finds what only a shell would understand in a command that Compose runs without one.
var StringCommand = register(Rule{
	ID:       "string-command",
	Title:    "Compose runs a command that is written as a string without a shell",
	Severity: Error,
	Doc: `A «command» or «entrypoint» of a Compose file is one string with what only a shell understands: «&&», «;», a pipe, a redirection, or
a variable for the shell to put in.`,
	Why: `In a Dockerfile a string is given to «/bin/sh -c». In a Compose file it is not: Compose splits it into words, with the quotes of a shell,
and starts the first word. It stops splitting at the first «&», «;», «|», «<» or «>» outside of quotes: what stands behind is
dropped without a word. «command: ./migrate && ./server» runs the migration, the container ends, and there is no server.

A variable that is written as «$$NAME», so that Compose leaves it alone, reaches the program as «$NAME».

Source: Compose decodes a command with Parse of github.com/mattn/go-shellwords.`,
	Fix: `Ask for a shell, and let it give way to the program that stays: «command: sh -c "./migrate && exec ./server"». Or put it into a start
script.`,
	Ignore: `There is hardly a reason to. If what is dropped does no harm, take it away:

~~~yaml
# pid1lint ignore=string-command; reason=kept for an older Compose
command: server & true
~~~`,
	Bad: `-- compose.yaml --
services:
  web:
    image: debian:12
    command: ./migrate && ./server
`,
	Good: `-- compose.yaml --
services:
  web:
    image: debian:12
    command: sh -c "./migrate && exec ./server"
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Kind != process.KindCompose {
			return
		}
		if !l.Dropped.IsZero() {
			severity := Error
			operator := l.Dropped.Text()
			what := strings.Join(strings.Fields(operator), " ")
			if len(what) > 40 {
				what = what[:strings.LastIndexByte(what[:38], ' ')+1] + "..."
			}
			if strings.HasPrefix(operator, "<") || strings.HasPrefix(strings.TrimLeft(operator, "0123456789"), ">") {
				severity = Warning
			}
			p.Report(Finding{
				Severity: severity,
				Span:     l.Dropped,
				Label:    "dropped",
				Message:  "Compose drops " + what + " from the command, because it runs no shell for a string",
				Remedy:   `ask for one: sh -c "..."`,
				Related:  start(l, l.Dropped),
			})
		}
		if l.App == nil || l.App.PID != 1 || !l.App.Known || l.App.Role != process.RoleApp || len(l.Branch) > 0 {
			return
		}
		for _, word := range l.App.Argv[1:] {
			name := variable(word.Text)
			if name == "" || !word.Known || word.Span.File != l.Origin.File || word.Span.Start < l.Origin.Start || word.Span.End > l.Origin.End {
				continue
			}
			p.Report(Finding{
				Severity: Warning,
				Span:     word.Span,
				Label:    "not replaced by anybody",
				Message:  command(l.App) + " gets " + name + " as it is written, because Compose runs no shell that would replace it",
				Remedy:   "ask for a shell: sh -c \"exec ...\", or let Compose put in a value of its own with a single $",
				Related:  start(l, word.Span),
			})
			return
		}
	},
})

// variable returns the first variable of a shell in a word, as it is written: $PORT or ${PORT}, with a name in upper case.
func variable(text string) string {
	_, rest, found := strings.Cut(text, "$")
	if !found {
		return ""
	}
	name, brace := strings.CutPrefix(rest, "{")
	end := 0
	for end < len(name) && (name[end] == '_' || name[end] >= 'A' && name[end] <= 'Z' || end > 0 && name[end] >= '0' && name[end] <= '9') {
		end++
	}
	switch {
	case end == 0:
		return ""
	case !brace:
		return "$" + name[:end]
	case end < len(name) && name[end] == '}':
		return "${" + name[:end] + "}"
	}
	return ""
}
