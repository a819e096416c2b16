package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// GraceTooShort finds a server that is set to finish its work for longer than the container is given.
var GraceTooShort = register(Rule{
	ID:       "grace-too-short",
	Title:    "The server is set to finish its work for longer than the grace period",
	Severity: Warning,
	Doc: `A server is told by an option for how long it may go on with the requests in flight when it is stopped, and the container is killed
before that.`,
	Why: `«--graceful-timeout 60» of gunicorn promises a request sixty seconds. Docker and Compose kill everything in the container ten seconds
after the stop signal, unless «stop_grace_period», «docker stop --time» or «terminationGracePeriodSeconds» says otherwise. Longer
requests are cut off, and the option has no effect.

Documented: settings of gunicorn, uvicorn and hypercorn; «stop_grace_period» in the Compose specification.`,
	Fix: `Make the grace period longer than the time that the server may take, by some seconds for the rest: «stop_grace_period: 65s» in a
Compose file. Or give the server less time.`,
	Ignore: `If whoever stops the container gives it more time than is written here:

~~~yaml
# pid1lint ignore=grace-too-short; reason=stopped with docker stop -t 90
command: gunicorn --graceful-timeout 60 app:app
~~~`,
	Bad: `-- compose.yaml --
services:
  web:
    image: python:3.13
    command: gunicorn --graceful-timeout 60 app:app
`,
	Good: `-- compose.yaml --
services:
  web:
    stop_grace_period: 65s
    image: python:3.13
    command: gunicorn --graceful-timeout 60 app:app
`,
	Check: func(p *Pass) {
		l := p.Launch
		// A Dockerfile says nothing of how long the container is waited for.
		if l.App == nil || l.App.Drain <= l.GracePeriod() || l.App.DrainAt.IsZero() || l.Kind == process.KindDockerfile || l.Kind == process.KindScript {
			return
		}
		if l.Verdict != process.Graceful && l.Verdict != process.Undecided {
			return // it does not even hear of the signal
		}
		p.Report(Finding{
			Span:  l.App.DrainAt,
			Label: "may go on for " + l.App.Drain.String(),
			Message: fmt.Sprintf("%s may go on with its work for %gs after %s, but is killed after %gs", command(l.App), l.App.Drain.Seconds(),
				stopSignal(l), l.GracePeriod().Seconds()),
			Remedy:  "make the grace period longer, or let it finish sooner",
			Related: append(gracePlace(l), start(l, l.App.DrainAt)...),
			Fixes:   longerPeriod(l, l.App.Drain+5*time.Second),
		})
	},
})

// gracePlace points at the grace period.
func gracePlace(l *process.Launch) []Related {
	if l.GraceAt.IsZero() {
		return nil
	}
	return []Related{{Span: l.GraceAt, Message: "the grace period"}}
}

// longerPeriod sets the grace period of a Compose service. It is unsafe: a stop may take so much longer.
func longerPeriod(l *process.Launch, period time.Duration) []Fix {
	text := fmt.Sprintf("%gs", period.Seconds())
	if l.Kind != process.KindCompose {
		return nil
	}
	edit := parser.Edit{Span: l.GraceAt, New: text}
	if l.GraceAt.IsZero() {
		if l.Fields.IsZero() {
			return nil
		}
		edit = field(l, "stop_grace_period: "+text)
	}
	return []Fix{{Title: "set stop_grace_period to " + text, Edits: []parser.Edit{edit}}}
}

// field puts another field in front of those of a Compose service, and leaves the comment in front of its first one where it is.
func field(l *process.Launch, text string) parser.Edit {
	rest := l.Fields.File.Src[l.Fields.Start:]
	newline := rest[:strings.IndexByte(rest, '\n')+1] // with the carriage return
	indent := ""
	for line := range strings.Lines(rest[len(newline):]) {
		if text := strings.TrimLeft(line, " "); strings.TrimSpace(text) != "" && text[0] != '#' {
			indent = line[:len(line)-len(text)]
			break
		}
	}
	return parser.Edit{Span: l.Fields, New: newline + indent + text}
}
