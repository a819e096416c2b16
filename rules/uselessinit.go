package rules

import "github.com/pid1lint/pid1lint/internal/process"

// UselessInit finds an init in front of a program that wants to be PID 1 itself, or is an init itself.
var UselessInit = register(Rule{
	ID:       "useless-init",
	Title:    "An init stands in front of a supervisor that is an init itself",
	Severity: Note,
	Doc:      `An init such as tini is in front of systemd, s6-overlay or supervisord, which are inits or supervisors themselves.`,
	Why: `systemd and s6-overlay have to be PID 1: behind tini, dumb-init or «docker run --init» they refuse to start, or do not do the
work of an init (an error). supervisord, s6-svscan and runsvdir work behind one, but pass signals on and reap their children
themselves.

Documented: s6-overlay's README ("s6-overlay-suexec: fatal: can only run as pid 1"), systemd(1).`,
	Fix: `Start the supervisor as PID 1, without the init.`,
	Ignore: `In front of supervisord or s6-svscan, if all images are to have the same first word: it does no harm. Never in front of systemd
or s6-overlay.

~~~dockerfile
# pid1lint ignore=useless-init; reason=all our images start with tini
ENTRYPOINT ["tini", "--", "supervisord", "-n"]
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y tini systemd
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["tini", "--", "/lib/systemd/systemd"]
`,
	Good: `-- Dockerfile --
FROM debian:12
RUN apt-get update && apt-get install -y systemd
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/lib/systemd/systemd"]
`,
	Check: func(p *Pass) {
		l := p.Launch
		if len(l.Chain) < 2 || l.Chain[0].Role != process.RoleInit || len(l.Chain[1].Argv) == 0 {
			return
		}
		outer, inner := l.Chain[0], l.Chain[1]
		f := Finding{Span: place(inner), Label: "not PID 1"}
		switch name := inner.Argv[0].Text; {
		case name == "/init", name == "/sbin/init", name == "/usr/sbin/init", base(name) == "systemd":
			f.Severity = Error
			f.Message = name + " has to be PID 1 and is not, because " + command(outer) + " is in front of it"
		case base(name) == "supervisord", base(name) == "s6-svscan", base(name) == "runsvdir":
			f.Message = command(outer) + " is of little use in front of " + base(name) + ", which passes signals on itself"
		default:
			return
		}
		f.Remedy = "start " + command(inner) + " without " + command(outer)
		f.Related = start(l, f.Span)
		p.Report(f)
	},
})
