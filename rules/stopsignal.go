package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// Stopsignal finds a stop signal that does not let the application finish.
var Stopsignal = register(Rule{
	ID:       "stopsignal",
	Title:    "The stop signal is not one on which the application finishes its work",
	Severity: Warning,
	Doc: `The stop signal is not one on which the application finishes its work, the image inherits it from a base image that runs another
program, or it is one that nobody can handle.`,
	Why: `«docker stop» sends the signal that «STOPSIGNAL» names, SIGTERM where nothing does. Servers differ in what they take as an order
to finish: nginx drops the requests in flight on SIGTERM and drains on SIGQUIT, apache drains on SIGWINCH, haproxy on SIGUSR1;
postgres waits on SIGTERM until the last client has gone. Their official images set the right signal, an image of one's own has
to. The other way round, an image that is built «FROM» one of them for another program inherits a signal that this program does
not know. SIGKILL and SIGSTOP cannot be handled by anybody.

Measured with a request of two seconds in flight: nginx 1.26, apache 2.4, haproxy 3.0, postgres 17, unicorn 6.1, uwsgi 2.0.`,
	Fix: `Set the «STOPSIGNAL» that the server wants; the finding names it, and «pid1lint --fix» writes it. Some servers need a setting as
well: php-fpm drains on SIGQUIT only with «process_control_timeout».`,
	Ignore: `If no request is in flight any more when the signal comes, because a load balancer has drained the server before:

~~~dockerfile
# pid1lint ignore=stopsignal; reason=the load balancer drains it first
CMD ["nginx", "-g", "daemon off;"]
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y nginx
CMD ["nginx", "-g", "daemon off;"]
`,
	Good: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y nginx
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.SignalUnknown != "" {
			p.Report(Finding{Severity: Error, Span: l.SignalAt, Label: "no such signal", Message: "there is no signal " + l.SignalUnknown + ", and the " + refused(l) + " with it",
				Remedy: "name a signal, such as SIGTERM"})
			return
		}
		if (l.Signal == process.SIGKILL || l.Signal == process.SIGSTOP) && !l.SignalAt.IsZero() {
			message := "killed at once on stop"
			if l.Signal == process.SIGSTOP {
				message = "halted on stop and killed after the grace period"
			}
			p.Report(Finding{Severity: Error, Span: l.SignalAt, Label: "cannot be handled", Message: command(l.App) + " is " + message + ", because no program can handle " + l.Signal.String(),
				Remedy: "name a signal that it handles, such as SIGTERM", Related: start(l, l.SignalAt), Fixes: unsafely(setStopSignal(l, process.SIGTERM))})
			return
		}
		for _, f := range facts(l, process.StopsUnheard) {
			name, sig, _ := strings.Cut(f.Text, ": ")
			p.Report(Finding{Span: f.Span, Label: "cannot be handled", Message: "supervisord stops " + name + " with " + sig + ", which no program can handle: whatever it does is cut off",
				Remedy: "name a signal that it handles, such as TERM, or leave the setting out", Related: start(l, f.Span)})
		}
		if l.App == nil || l.Idle || l.Verdict == process.Undecided {
			return
		}
		inherited := l.SignalInherited && !usual(l.Signal)
		if l.App.Source != nil && !inherited {
			return // its handlers are what is to be changed: no-signal-handler and exit-without-drain
		}
		f := Finding{Span: signalPlace(l, l.App)}
		switch {
		case inherited && l.Root != nil && l.Root.Role == process.RoleSupervisor && l.Verdict == process.Ignored:
			f.Span = place(l.Root)
			f.Message = command(l.Root) + " does not know " + stopSignal(l) + ", which the image inherits from " + l.Base + ", and is killed after the grace period"
			f.Remedy = "set STOPSIGNAL SIGTERM"
			f.Fixes = setStopSignal(l, process.SIGTERM)
		case inherited && l.App.PID == 1 && len(l.App.Stops) == 0:
			f.Message = "the image inherits STOPSIGNAL " + stopSignal(l) + " from " + l.Base + ", which is hardly what " + command(l.App) + " waits for"
			f.Remedy = "set STOPSIGNAL SIGTERM"
			f.Fixes = setStopSignal(l, process.SIGTERM)
			if l.Verdict == process.Graceful {
				f.Severity = Note
			}
		case len(l.App.Stops) > 0 && !slices.Contains(l.App.Stops, received(l)) && (l.Verdict == process.Abrupt && l.Cause == process.BySignal || l.Cause == process.Deaf):
			f.Message = received(l).String() + " does not let " + command(l.App) + " finish: " + l.App.Because
			if l.App.Because == "" {
				f.Message = received(l).String() + " does not let " + command(l.App) + " finish"
			}
			f.Remedy = "set STOPSIGNAL " + l.App.Stops[0].String()
			if l.Root != l.App {
				f.Remedy = "let it get " + l.App.Stops[0].String()
				if sender := l.App.Sender; sender != nil && command(sender) == "supervisord" {
					f.Remedy = "set stopsignal=" + l.App.Stops[0].String()[3:] + " in its section"
				}
			}
			f.Fixes = setStopSignal(l, l.App.Stops[0])
		case (l.Verdict == process.Abrupt && l.Cause == process.BySignal || l.Cause == process.Deaf || l.Cause == process.TooSlow) && l.App.Because != "":
			if l.Verdict == process.Abrupt {
				f.Severity = Note // there is no signal that would do
			}
			f.Message = command(l.App) + " does not finish its work on " + received(l).String() + ": " + l.App.Because
			f.Remedy = "change its settings, or take a server that lets the requests finish"
			if l.Cause == process.TooSlow {
				f.Message = command(l.App) + " is killed after the grace period: " + l.App.Because
				f.Remedy = "make that shorter than the grace period, or the grace period longer"
			}
		default:
			return
		}
		f.Message += branch(l)
		f.Label = "gets " + received(l).String() + " on stop"
		f.Related = start(l, f.Span)
		p.Report(f)
	},
})

// received returns the signal that the stop brings the application: what an init or a supervisor sends need not be what it gets.
func received(l *process.Launch) process.Signal {
	for _, sig := range l.App.Got {
		if l.Hooked == nil || len(l.App.Got) == 1 || !slices.Contains(l.Hooked.Sent, sig) {
			return sig
		}
	}
	return l.StopSignal()
}

// refused says what a signal that does not exist prevents.
func refused(l *process.Launch) string {
	if l.Kind == process.KindDockerfile {
		return "image cannot be built or started"
	}
	return "container cannot be started"
}

// usual reports whether programs that know nothing of containers handle a signal to stop.
func usual(sig process.Signal) bool {
	return sig == 0 || sig == process.SIGTERM || sig == process.SIGINT || sig == process.SIGQUIT
}

// signalPlace is the STOPSIGNAL of the Dockerfile, or else the program that gets the signal.
func signalPlace(l *process.Launch, p *process.Process) parser.Span {
	if !l.SignalAt.IsZero() && !l.SignalInherited {
		return l.SignalAt
	}
	return place(p)
}

// unsafely marks fixes as unsafe: somebody has written this down, and may have had a reason.
func unsafely(fixes []Fix) []Fix {
	for i := range fixes {
		fixes[i].Safe = false
	}
	return fixes
}
