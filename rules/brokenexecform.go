package rules

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// BrokenExecForm finds a JSON form that is no valid JSON, so that Docker takes it for the shell form.
var BrokenExecForm = register(Rule{
	ID:       "broken-exec-form",
	Title:    "What looks like a JSON array is not valid JSON and is run by a shell",
	Severity: Error,
	Doc: `«CMD» or «ENTRYPOINT» looks like a JSON array and is none: single or typographic quotes, a missing quote or comma, or a comma
too much.`,
	Why: `Docker takes a line as JSON only if it is JSON to the letter. All else is the shell form: «/bin/sh» is told to run a program
called «[» or «[server,», or finds an unterminated string.

Source: BuildKit, frontend/dockerfile/parser, «parseMaybeJSON» falls back to the shell form.`,
	Fix: `Put double quotes around each word, a comma between two and none behind the last. «pid1lint --fix» writes the array where the
line shows what was meant. A variable needs «--unsafe-fixes», because the JSON form does not replace it.`,
	Ignore: `Never: nobody means such a line. A command that begins with the test «[», as in «CMD [ -f /etc/server.conf ] && exec server», is
not reported.`,
	Bad: `-- Dockerfile --
FROM debian:12
CMD ['server', '--port', '8080']
`,
	Good: `-- Dockerfile --
FROM debian:12
CMD ["server", "--port", "8080"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Broken == nil {
			return
		}
		message := "this is not a JSON array, so a shell runs the line as it is: " + l.Broken.Reason
		if l.Verdict == process.FailsToStart && l.Failure != nil {
			message += ", and the container does not start"
		}
		p.Report(Finding{Span: l.Broken.Span, Label: l.Broken.Reason, Message: message,
			Remedy: "put double quotes around each word and a comma between two", Fixes: repairedJSON(l)})
	},
})

// repairedJSON writes the array that was meant. It is unsafe where a shell has replaced variables in it, which the JSON form
// does not.
func repairedJSON(l *process.Launch) []Fix {
	if len(l.Broken.Words) == 0 || l.Script == nil || l.Script.Base < 0 {
		return nil
	}
	words := parser.Texts(l.Broken.Words)
	text := strings.TrimSpace(l.Script.Whole.Text())
	place := l.Script.Whole
	place.Start += strings.Index(place.Text(), text)
	place.End = place.Start + len(text)
	return []Fix{{Title: "write the array that is meant", Safe: !strings.Contains(text, "$") && !strings.Contains(text, "#"),
		Edits: []parser.Edit{{Span: place, New: jsonArray(words)}}}}
}
