package rules

import "github.com/pid1lint/pid1lint/internal/process"

// Daemonizes finds a server that goes into the background by itself and lets the container end.
var Daemonizes = register(Rule{
	ID:       "daemonizes",
	Title:    "The server goes into the background by itself, and the container ends",
	Severity: Error,
	Doc: `The command of the container, or the last one of the start script, is a server that goes into the background by itself:
«service nginx start», «apachectl start», nginx without «daemon off;», «php-fpm -D», cron without «-f», sshd without «-D».`,
	Why: `A container lives as long as PID 1. The command ends as soon as the server is in the background, and the container ends with it,
at once.

Measured: nginx 1.26, cron 3.0, «catalina.sh start», «pm2 start», «forever start», «zkServer.sh start», «service cron start».`,
	Fix: `Start the server itself with the option that keeps it in the foreground: «nginx -g "daemon off;"», «php-fpm -F», «cron -f»,
«/usr/sbin/sshd -D», «httpd -D FOREGROUND». The finding names it where it is known.`,
	Ignore: `If a configuration that only the running container gets keeps the server in the foreground:

~~~dockerfile
# pid1lint ignore=daemonizes; reason=the mounted nginx.conf says daemon off
CMD ["nginx"]
~~~`,
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
