package rules

import "github.com/pid1lint/pid1lint/internal/process"

// Daemonizes finds a server that goes into the background by itself and lets the container end.
var Daemonizes = register(Rule{
	ID:       "daemonizes",
	Title:    "The server goes into the background by itself, and the container ends",
	Severity: Error,
	Doc: `A container lives as long as PID 1. service nginx start, apachectl start, nginx without "daemon off;", php-fpm -D, cron
without -f and sshd without -D start a server in the background and end: the container ends with them, at once.

Measured: nginx 1.26, cron 3.0, catalina.sh start, pm2 start, forever start, zkServer.sh start, service cron start.

Fix it with the option that keeps the server in the foreground.`,
	Bad: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y nginx
STOPSIGNAL SIGQUIT
CMD ["nginx"]
`,
	Good: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y nginx
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.Verdict != process.EndsAtOnce || l.Cause != process.Daemonizes || l.Inherited || l.App == nil {
			return
		}
		remedy := "run it in the foreground"
		if l.App.Instead != "" {
			remedy += ": " + l.App.Instead
		}
		span := place(l.App)
		p.Report(Finding{
			Span:    span,
			Label:   "goes into the background",
			Message: "the container ends at once, because " + command(l.App) + " goes into the background by itself" + branch(l),
			Remedy:  remedy,
			Related: start(l, span),
			Fixes:   inForeground(l),
		})
	},
})
