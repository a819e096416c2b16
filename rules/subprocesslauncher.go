package rules

import (
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// SubprocessLauncher finds a script in Python or for Node that starts the application as its child and stays in front of it.
var SubprocessLauncher = register(Rule{
	ID:       "subprocess-launcher",
	Title:    "A script in Python or for Node starts the application as its child, and passes no signal on",
	Severity: Error,
	Doc: `The last thing that a Python script does is to run the application with «subprocess.run», «call», «check_call», «Popen» and «wait»,
or «os.system»; or all that a script for Node does in the end is to wait for what it started with «spawn», «spawnSync», «execFileSync» or «execSync»
of «child_process». pid1lint says so where the script is in the build context, the command stands in the call, and nothing that the
script imports can have a handler.`,
	Why: `It is the defect of a shell script without «exec»: the interpreter waits for the command and has no handler for SIGTERM. As PID 1 it
ignores the signal, and the application never hears of it; behind an init it ends at once, and the application is killed with the container.

Measured: CPython 3.11 and 3.13, Node 20.`,
	Fix: `Let the application take the place of python, with «os.execvp». «pid1lint --unsafe-fixes» writes it. It is not safe, for what is
printed and not flushed is lost then: call «sys.stdout.flush()» before.

Node has no such call that all its versions know. Start the application itself, with what the script does before it in front: a shell script that
ends in «exec», or «node -r ./prepare.js server.js». Or let «spawn» start it, and pass SIGTERM on: «process.on("SIGTERM", () => child.kill("SIGTERM"))»; with
«spawnSync» a handler is of no use, for none runs before the command has ended.`,
	Ignore: `If whatever the command does may be cut off:

~~~python
# pid1lint ignore=subprocess-launcher; reason=it can begin again
subprocess.run(["worker"])
~~~`,
	Bad: `-- Dockerfile --
FROM python:3.12-slim
COPY start.py .
CMD ["python", "start.py"]
-- start.py --
import subprocess

subprocess.run(["python", "manage.py", "migrate"], check=True)
subprocess.run(["gunicorn", "app:app"])
`,
	Good: `-- Dockerfile --
FROM python:3.12-slim
COPY start.py .
CMD ["python", "start.py"]
-- start.py --
import os
import subprocess

subprocess.run(["python", "manage.py", "migrate"], check=True)
os.execvp("gunicorn", ["gunicorn", "app:app"])
`,
	Check: func(p *Pass) {
		l := p.Launch
		if !failing(l) || l.At == nil || l.App == nil || l.At.Source == nil || l.At.Source.Starts == nil {
			return
		}
		started := l.At.Source.Starts
		message := command(l.App) + " never receives " + stopSignal(l)
		if l.Cause != process.NotPassed {
			message = command(l.App) + " is killed on stop without being told"
		}
		f := Finding{
			Span:    started.Span,
			Label:   "a child of " + command(l.At) + ", which passes no signal on",
			Message: message + ", because " + l.At.Because + branch(l),
			Remedy:  startItself(l, started.Call),
			Related: start(l, started.Span),
		}
		if len(started.Edits) > 0 {
			f.Fixes = []Fix{{Title: "start it with os.execvp in " + path.Base(started.Span.File.Path), Edits: started.Edits}}
		}
		p.Report(f)
	},
})

// startItself says how the application gets the signal that a script does not pass on.
func startItself(l *process.Launch, call string) string {
	switch {
	case strings.HasPrefix(call, "spawn") && !strings.HasSuffix(call, "Sync"):
		return "start it without " + command(l.At) + " in front of it, or pass the signal on: process.on(\"" + stopSignal(l) + "\", () => child.kill(\"" + stopSignal(l) + "\"))"
	case strings.HasPrefix(call, "spawn"), strings.HasPrefix(call, "exec"):
		return "start it without " + command(l.At) + " in front of it: nothing in a script can handle a signal while " + call + " waits"
	}
	return "start it with os.execvp in place of " + call + ": then it takes the place of " + command(l.At)
}
