package rules

import (
	"path"

	"github.com/pid1lint/pid1lint/internal/process"
)

// SubprocessLauncher finds a Python script that starts the application as its child and stays in front of it.
var SubprocessLauncher = register(Rule{
	ID:       "subprocess-launcher",
	Title:    "A Python script starts the application as its child, and passes no signal on",
	Severity: Error,
	Doc: `The last thing that a Python script does is to run the application with «subprocess.run», «call», «check_call», «Popen» and «wait»,
or «os.system». pid1lint says so where the script is in the build context, the command stands in the call, and nothing that the
script imports can have a handler.`,
	Why: `It is the defect of a shell script without «exec»: python waits for the command and has no handler for SIGTERM. As PID 1 it ignores
the signal, and the application never hears of it; behind an init python ends at once, and the application is killed with the container.

Measured: CPython 3.11 and 3.13.`,
	Fix: `Let the application take the place of python, with «os.execvp». «pid1lint --unsafe-fixes» writes it. It is not safe, for what is
printed and not flushed is lost then: call «sys.stdout.flush()» before.`,
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
			Remedy:  "start it with os.execvp in place of " + started.Call + ": then it takes the place of " + command(l.At),
			Related: start(l, started.Span),
		}
		if len(started.Edits) > 0 {
			f.Fixes = []Fix{{Title: "start it with os.execvp in " + path.Base(started.Span.File.Path), Edits: started.Edits}}
		}
		p.Report(f)
	},
})
