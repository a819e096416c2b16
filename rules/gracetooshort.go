package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// GraceTooShort finds a server or an application that is set to finish its work for longer than the container is given.
var GraceTooShort = register(Rule{
	ID:       "grace-too-short",
	Title:    "The application is set to finish its work for longer than the grace period",
	Severity: Warning,
	Doc: `A setting says for how long a server or an application may go on with the requests in flight when it is stopped, and the container is
killed before that: options of gunicorn, uvicorn and hypercorn, «graceful_timeout» in «gunicorn.conf.py», «worker_shutdown_timeout» of nginx,
«process_control_timeout» of php-fpm, «gracefulStopAwaitMillis» and «unloadDelay» of Tomcat, «DOTNET_SHUTDOWNTIMEOUTSECONDS» and what a .NET project that is
published in the image sets as «ShutdownTimeout», and of applications whose jar is built from the project «spring.lifecycle.timeout-per-shutdown-phase», «dubbo.service.shutdown.wait», «quarkus.shutdown.timeout» and the «grace-period» of
«micronaut.lifecycle.graceful-shutdown». In a Go program whose source is read, it is the time of the context that «Shutdown» gets.

What nobody has written counts in two cases, as a note: with «server.shutdown=graceful» Spring Boot waits 30 seconds, and Micronaut 15 where its
graceful shutdown is enabled. A Dockerfile says nothing of
the grace period: it is looked at where «grace» is set in «.pid1lint.yaml», and where Compose or Kubernetes runs the image.`,
	Why: `«--graceful-timeout 60» of gunicorn promises a request sixty seconds. Docker and Compose kill everything in the container ten seconds
after the stop signal, unless «stop_grace_period», «docker stop --time» or «terminationGracePeriodSeconds» says otherwise; Kubernetes after thirty, the preStop hook
included. Longer requests are cut off, and what the application does behind them, such as leaving a registry, is not done at all.

Documented: settings of gunicorn, uvicorn, hypercorn, nginx and php-fpm; «stop_grace_period» in the Compose specification. Read in source:
spring-boot, dubbo, micronaut-core, quarkus, tomcat, dotnet.`,
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
		if l.App == nil || l.Grace == 0 && (l.Kind == process.KindDockerfile || l.Kind == process.KindScript) {
			return
		}
		if l.Verdict != process.Graceful && l.Verdict != process.Undecided {
			return // it does not even hear of the signal
		}
		f, drain, who, setting := Finding{Span: l.App.DrainAt}, l.App.Drain, command(l.App), ""
		if s := settings(l); l.App.DrainAt.IsZero() && s != nil {
			// A setting may be one of the whole project: what is found belongs to the start.
			drain, who, setting = s.Limit.Time, s.Of, " ("+s.Limit.Setting+")"
			f.Span = place(l.App)
			if s.Limit.Default {
				f.Severity, setting = Note, " ("+s.Limit.Setting+" is not set)"
			}
			if !s.Limit.At.IsZero() {
				f.Related = append(f.Related, Related{Span: s.Limit.At, Message: "the setting"})
			}
		}
		needs, hook := drain, ""
		if l.Hooked != nil && !l.Hooked.Stopped && l.Hooked.Took > 0 {
			needs += l.Hooked.Took
			hook = fmt.Sprintf(", of which the preStop hook takes %gs", l.Hooked.Took.Seconds())
		}
		if drain <= 0 || needs <= l.GracePeriod() {
			return
		}
		f.Label = "may go on for " + drain.String()
		f.Message = fmt.Sprintf("%s may go on with its work for %gs after %s%s, but is killed after %gs%s", who, drain.Seconds(), received(l), setting, l.GracePeriod().Seconds(), hook)
		f.Remedy = "make the grace period longer, or let it finish sooner"
		f.Related = slices.Concat(f.Related, gracePlace(l), start(l, f.Span))
		f.Fixes = longerPeriod(l, needs+5*time.Second)
		p.Report(f)
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
