package rules

import (
	"fmt"

	"github.com/pid1lint/pid1lint/internal/process"
)

// LauncherLosesApp finds a launcher that stands between the stop signal and the application.
var LauncherLosesApp = register(Rule{
	ID:       "launcher-loses-app",
	Title:    "A launcher does not pass the stop signal on, or ends before the application",
	Severity: Error,
	Doc: `«go run», gradle, «nest start», air, flock, xargs, «conda run», pm2, npm, yarn, pnpm and the like start the application as their
child and get the stop signal in its place. This one does not let the application finish.`,
	Why: `Some launchers have no handler and stay until they are killed, some end at once and leave the application to be killed with the
container, some kill it themselves after a moment.

Measured: «go run» ends on SIGTERM at once and its program is killed untold, gradle and «nest start» as well; flock, xargs, time
and «conda run» stay for the whole grace period; pm2-runtime sends SIGINT and kills 1.6 seconds later.

npm, pnpm and yarn run scripts of package.json through «/bin/sh». The dash of Debian and Ubuntu stays in front of the command
and dies of the signal, and the application is killed untold; ash and bash become the command. Measured: npm 6 to 12; npm 9.6.7
to 10.2 swallows the signal, npm 11.5 and yarn 1 end at once, whatever the script says; yarn 4 and pnpm 12 do it right.`,
	Fix: `Start the application itself: the built program in place of «go run», «node server.js» in place of «npm start». Where npm or
pnpm has to stay, «"start": "exec node server.js"» in package.json is enough for those that pass the signal on.`,
	Ignore: `If the image is only for development and whatever runs may be cut off:

~~~dockerfile
# pid1lint ignore=launcher-loses-app; reason=only for development
CMD ["go", "run", "."]
~~~`,
	Bad: `-- Dockerfile --
FROM golang:1.23
WORKDIR /src
COPY . .
CMD ["go", "run", "."]
-- main.go --
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
}
`,
	Good: `-- Dockerfile --
FROM golang:1.23
WORKDIR /src
COPY . .
RUN go build -o /usr/local/bin/server .
CMD ["server"]
-- main.go --
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
}
`,
	Check: func(p *Pass) {
		if reportScriptLauncher(p) {
			return
		}
		l := p.Launch
		if !failing(l) || l.At == nil || l.App == nil || l.At.Role != process.RoleLauncher && l.At.Role != process.RoleSupervisor || l.At.Because == "" || l.At.Source != nil {
			return
		}
		app := command(l.App)
		if l.App.Handler != "" {
			app = l.App.Handler
		}
		message := app + " never receives " + stopSignal(l)
		switch l.Cause {
		case process.NotPassed:
		case process.LauncherKills, process.EndsTooEarly, process.LauncherDies:
			message = app + " is killed before it has finished"
			if !l.App.Told {
				message = app + " is killed on stop without being told"
			}
		default:
			return
		}
		remedy := "start the application itself"
		if l.At.Instead != "" {
			remedy = fmt.Sprintf("start %s in place of %s", l.At.Instead, command(l.At))
		}
		span := place(l.At)
		p.Report(Finding{
			Span:    span,
			Label:   "in front of the application",
			Message: message + ", because " + l.At.Because + branch(l),
			Remedy:  remedy,
			Related: start(l, span),
		})
	},
})
