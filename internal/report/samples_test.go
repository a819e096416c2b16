package report_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// A sample is a made result with a name; only is the one form that it is about, "" for all.
type sample struct {
	name, only string
	result     rules.Result
}

func samples() []sample {
	return []sample{
		{"no-exec", "", noExec()},
		{"nothing", "", rules.Result{Files: 1}},
		{"branches", "", branches()},
		{"unknown", "", unknown()},
		{"problems", "", problems()},
		{"hostile", "", hostile()},
		{"layout", "", layout()},
		{"fixes", "text", fixes()},
		{"no-process", "", noProcess()},
		{"deep", "explain 80 columns", deep()},
		{"kinds", "explain", kinds()},
		{"shared", "text", shared()},
	}
}

var noExecRule = &rules.Rule{ID: "no-exec", Severity: rules.Error}

func file(path, src string) *parser.File { return &parser.File{Path: path, Src: src} }

// at returns the span of the first occurrence of text in a file.
func at(f *parser.File, text string) parser.Span {
	start := strings.Index(f.Src, text)
	if start < 0 {
		panic(f.Path + " has no " + text)
	}
	return parser.Span{File: f, Start: start, End: start + len(text)}
}

func words(texts ...string) []parser.Word {
	out := make([]parser.Word, len(texts))
	for i, text := range texts {
		out[i] = parser.Word{Text: text, Known: !strings.Contains(text, "$")}
	}
	return out
}

// A gunicorn that a script starts without exec: the sample of the design.
func noExec() rules.Result {
	script := file("docker-entrypoint.sh", "#!/bin/sh\nset -e\npython manage.py migrate\n\ngunicorn app:app --bind 0.0.0.0:8000\n")
	docker := file("Dockerfile", "FROM debian:12\nCOPY . /\nENTRYPOINT [\"/docker-entrypoint.sh\"]\n")
	launch := &process.Launch{
		Start: process.Start{Kind: process.KindDockerfile, Base: "debian:12", Origin: at(docker, `ENTRYPOINT ["/docker-entrypoint.sh"]`), Argv: words("/docker-entrypoint.sh")},
		Shell: image.Shell{Family: image.DashDebian, System: "Debian 12"},
		Root: &process.Process{
			PID: 1, Argv: words("/bin/sh", "/docker-entrypoint.sh"), Role: process.RoleShell, How: process.ByExec, Span: at(docker, `"/docker-entrypoint.sh"`),
			Receives: image.Yes, Why: "waits for its child", End: process.Stuck,
			Children: []*process.Process{{
				PID: 7, Argv: words("gunicorn", "app:app"), Role: process.RoleApp, How: process.AsChild, Span: at(script, "gunicorn app:app --bind 0.0.0.0:8000"),
				Receives: image.No, Why: "never hears of it, killed after 10s", End: process.Stuck,
			}},
		},
		Verdict: process.Ignored,
		Reason:  "gunicorn never receives SIGTERM, because the script runs it without exec",
	}
	launch.App = launch.Root.Children[0]
	after := &process.Launch{
		Start:   launch.Start,
		Verdict: process.Graceful,
		Root: &process.Process{
			PID: 1, Argv: words("gunicorn", "app:app"), Role: process.RoleApp, How: process.ByExec,
			Receives: image.Yes, Why: "receives SIGTERM and shuts down", End: process.Finished,
		},
	}
	after.App = after.Root
	place := at(script, "gunicorn")
	return rules.Result{
		Files:    2,
		Launches: []*process.Launch{launch},
		Findings: []rules.Finding{
			{
				Rule: noExecRule, Launch: launch, Severity: rules.Error, Span: place,
				Label:   "a child of /bin/sh, which waits for it and passes no signal on",
				Message: "gunicorn never receives SIGTERM, because the script runs it without exec",
				Related: []rules.Related{{Span: at(docker, `"/docker-entrypoint.sh"`), Message: "the container starts here"}},
				Fixes: []rules.Fix{{
					Title: "put exec before gunicorn", Safe: true, After: after,
					Edits: []parser.Edit{{Span: parser.Span{File: script, Start: place.Start, End: place.Start}, New: "exec "}},
				}},
			},
			{
				Rule: &rules.Rule{ID: "bind"}, Launch: launch, Severity: rules.Note, Span: at(script, "--bind 0.0.0.0:8000"),
				Message: "another finding about the same launch does not draw its processes again",
				Remedy:  "nothing, this is a sample",
			},
		},
	}
}

// A script with two branches of which one is bad; places far from each other, one of them over several lines.
func branches() rules.Result {
	script := file("deploy/start.sh", `#!/bin/bash
trap 'kill -TERM "$pid"' TERM
if [ "$DEBUG" = 1 ]; then
	# verbose
	node --inspect \
		--max-old-space-size=4096 \
		server.js --verbose \
		--port 8080 \
		--host 0.0.0.0 \
		--color \
		--cluster &
	pid=$!

	wait "$pid"
else
	exec node server.js
fi
`)
	docker := file("deploy/Dockerfile", "FROM node:22\nCOPY start.sh /\nSTOPSIGNAL SIGINT\nCMD [ \\\n  \"/start.sh\" \\\n]\n")
	cmd := at(docker, "CMD [ \\\n  \"/start.sh\" \\\n]")
	node := at(script, script.Src[strings.Index(script.Src, "node --insp"):strings.Index(script.Src, " &\n")])
	launch := &process.Launch{
		Start: process.Start{Kind: process.KindDockerfile, Target: "prod", Base: "node:22", Origin: cmd, Argv: words("/start.sh"), Signal: process.SIGINT, Grace: 90 * time.Second},
		Shell: image.Shell{Family: image.Bash, Version: "5.2.15"},
		Root: &process.Process{
			PID: 1, Argv: words("/bin/bash", "/start.sh"), Role: process.RoleShell, How: process.ByExec, Span: cmd,
			Receives: image.Yes, Why: "runs its trap, and ends without waiting for node", End: process.Finished,
			Children: []*process.Process{{
				PID: 7, Argv: words("node", "--inspect", "--max-old-space-size=4096", "server.js", "--verbose", "--port", "8080"), Role: process.RoleApp,
				How: process.InBackground, Span: node, Receives: image.Yes, Why: "is told, and killed when PID 1 ends", End: process.Killed,
			}},
		},
		Branch: []process.Choice{
			{Span: at(script, `[ "$DEBUG" = 1 ]`), Taken: "true"},
			{Span: at(script, `"$pid"' TERM`), Taken: "start|run"},
		},
		Verdict: process.Lost,
		Reason:  "the script ends after the trap, and with it the container",
	}
	launch.App = launch.Root.Children[0]
	return rules.Result{
		Files:    12,
		Launches: []*process.Launch{launch},
		Findings: []rules.Finding{{
			Rule: &rules.Rule{ID: "wait-once"}, Launch: launch, Severity: rules.Warning, Span: at(script, "wait \"$pid\"\n"),
			Label:   "the trap interrupts this wait, and nothing waits again",
			Message: "node is killed while it shuts down, because the script waits for it only once",
			Remedy:  "wait a second time behind the first wait",
			Related: []rules.Related{
				{Span: at(script, `kill -TERM "$pid"`), Message: "tells node"},
				{Span: node, Message: "runs beside the script"},
			},
		}},
	}
}

// Launches of which nothing can be said, with a reason that they share.
func unknown() rules.Result {
	docker := file("Dockerfile", "FROM base AS a\nCMD [\"/start.sh\"]\nFROM base\nENTRYPOINT [\"/start.sh\"]\nCMD run \"$X\"\n")
	gap := process.Gap{Span: at(docker, "FROM base"), Reason: "the image base is not known"}
	first := &process.Launch{
		Start:   process.Start{Kind: process.KindDockerfile, Target: "a", Base: "base", Origin: at(docker, `CMD ["/start.sh"]`), Argv: words("/start.sh")},
		Verdict: process.Undecided, Reason: "the image base is not known",
		Unknown: []process.Gap{gap, {Span: at(docker, `CMD ["/start.sh"]`), Reason: "start.sh is not in the build context"}},
	}
	second := &process.Launch{
		Start:   process.Start{Kind: process.KindDockerfile, Base: "base", Origin: at(docker, "CMD run"), Argv: words("/start.sh", "/bin/sh", "-c", `run "$X"`)},
		Verdict: process.Undecided, Reason: "the image base is not known",
		Unknown: []process.Gap{gap},
		Root:    &process.Process{PID: 1, Argv: words("/start.sh", `"$X"`), Role: process.RoleApp, How: process.ByExec, Why: "what it does is not known"},
	}
	return rules.Result{Files: 1, Launches: []*process.Launch{first, second}}
}

func problems() rules.Result {
	docker := file("api/Dockerfile", "FROM alpine\nCMDD x\n")
	return rules.Result{
		Files: 3,
		Problems: []rules.Problem{
			{Span: at(docker, "CMDD"), Path: "api/Dockerfile", Message: "parsing the Dockerfile: unknown instruction: CMDD (did you mean CMD?)"},
			{Path: "start.sh", Message: "reading start.sh: permission denied"},
			{Message: "no file has anything to do with a stage \"prod\""},
		},
	}
}

// Text from files that a terminal must not get as it is.
func hostile() rules.Result {
	script := file("a\x1b[31m\u202eb.sh", "#!/bin/sh\r\nprintf '\x1b]0;owned\a'\r\napp \x9b \u009b31m \u202e & \xff\r\n")
	docker := file("Dockerfile", "CMD [\"sh\"]\n")
	launch := &process.Launch{
		Start:   process.Start{Kind: process.KindDockerfile, Origin: at(docker, `CMD ["sh"]`), Argv: words("sh", "-c", "a\n\x1b[2J <b>&amp;"), Base: "x\x1b[0m"},
		Verdict: process.Undecided, Reason: "because of \x1b[7m",
		Unknown: []process.Gap{{Span: at(script, "app"), Reason: "what \x1b[1m is"}},
		Root:    &process.Process{PID: 1, Argv: words("a\x1b[2J", "it's"), Role: process.RoleApp, How: process.ByExec, Receives: image.No, Why: "\x1b[7m", End: process.Stuck},
	}
	return rules.Result{Files: 1, Launches: []*process.Launch{launch}, Findings: []rules.Finding{{
		Rule: noExecRule, Launch: launch, Severity: rules.Error, Span: at(script, "\u009b31m"), Message: "message \x1b[1m\n<b>", Label: "label \x1b[1m",
		Related: []rules.Related{{Span: at(script, "#!/bin/sh\r"), Message: "a carriage return"}},
		Fixes: []rules.Fix{{Title: "title \x1b", Edits: []parser.Edit{
			{Span: parser.Span{File: script, Start: 9, End: 10}},
			{Span: at(script, "app"), New: "exec \x1b"},
		}}},
	}}}
}

// Tabs, wide characters and lines that are too long.
func layout() rules.Result {
	long := strings.Repeat("--option value ", 20)
	script := file("start.sh", "\tif true; then\n\t\tapp\t--name  x\necho '日本語 🎉 é' && サーバー --port 80\nexec "+long+"app-server "+long+"\napp-server "+long+"\n"+long+"app-server\n")
	var findings []rules.Finding
	launch := &process.Launch{Start: process.Start{Kind: process.KindScript, Argv: words("/bin/sh", "start.sh")}, Verdict: process.FailsToStart, Reason: "it is a sample"}
	for _, f := range []struct{ text, label string }{
		{"app\t--name", "behind tabs"},
		{"サーバー", "behind wide characters, with a label that is too long for the rest of the line of a terminal"},
		{"app-server --option value --option value --option value --option value --option value --option value --option", "in the middle"},
	} {
		findings = append(findings, rules.Finding{Rule: noExecRule, Launch: launch, Severity: rules.Note, Span: at(script, f.text), Label: f.label, Message: "Ein sehr langer Satz über nichts, der auf einem Terminal in mehr als eine Zeile gehört, sonst aber nicht"})
	}
	start := strings.LastIndex(script.Src, "\napp-server") + 1
	findings = append(findings,
		rules.Finding{Rule: noExecRule, Launch: launch, Severity: rules.Note, Span: parser.Span{File: script, Start: start, End: start + 10}, Label: "at the start", Message: "start"},
		rules.Finding{Rule: noExecRule, Launch: launch, Severity: rules.Note, Span: parser.Span{File: script, Start: len(script.Src) - 11, End: len(script.Src) - 1}, Label: "at the end", Message: "end"},
		rules.Finding{Rule: noExecRule, Launch: launch, Severity: rules.Note, Span: parser.Span{File: script, Start: len(script.Src), End: len(script.Src)}, Label: "nothing", Message: "end of file"},
	)
	return rules.Result{Files: 1, Launches: []*process.Launch{launch}, Findings: findings}
}

// Fixes that insert, delete and replace lines, in two files.
func fixes() rules.Result {
	script := file("start.sh", "#!/bin/sh\nset -e\none\ntwo\nthree\nfour\n")
	docker := file("Dockerfile", "FROM alpine\nSHELL [\"sh\"]\nCMD start.sh")
	launch := &process.Launch{Start: process.Start{Kind: process.KindDockerfile, Origin: at(docker, "CMD start.sh")}, Verdict: process.FailsToStart, Failure: &process.Failure{Reason: "the kernel refuses it"}}
	insert := func(f *parser.File, before, text string) parser.Edit {
		span := at(f, before)
		span.End = span.Start
		return parser.Edit{Span: span, New: text}
	}
	return rules.Result{Files: 1, Launches: []*process.Launch{launch}, Findings: []rules.Finding{{
		Rule: noExecRule, Launch: launch, Severity: rules.Error, Span: at(script, "two"), Message: "many changes", Label: "here",
		Fixes: []rules.Fix{
			{Title: "insert, replace and delete", Edits: []parser.Edit{
				{Span: at(docker, "start.sh"), New: `["/start.sh"]`},
				insert(script, "one", "zero\nhalf\n"),
				{Span: at(script, "two\n")},
				{Span: at(script, "four"), New: "4"},
				insert(script, "set", "exec "),
			}},
			{Title: "write the file anew", Safe: true, Edits: []parser.Edit{
				{Span: parser.Span{File: script, Start: 0, End: len(script.Src)}, New: strings.Repeat("line\n", 30)},
			}},
		},
	}}}
}

// A launch in which nothing starts.
func noProcess() rules.Result {
	docker := file("Dockerfile", "FROM alpine\nCOPY start.sh /\nCMD [\"/start.sh\"]\n")
	script := file("start.sh", "#!/bin/bash\nexec app\n")
	launch := &process.Launch{
		Start: process.Start{Kind: process.KindDockerfile, Base: "alpine:3.22", Origin: at(docker, `CMD ["/start.sh"]`), Argv: words("/start.sh")}, Verdict: process.FailsToStart,
		Reason:  "/start.sh asks for /bin/bash, which the image does not have",
		Failure: &process.Failure{Span: at(script, "#!/bin/bash"), Status: -1, Kind: process.NoInterpreter, Reason: "there is no /bin/bash"},
	}
	return rules.Result{Files: 2, Launches: []*process.Launch{launch}, Findings: []rules.Finding{{
		Rule: &rules.Rule{ID: "missing-shell"}, Launch: launch, Severity: rules.Error, Span: at(script, "#!/bin/bash"), Label: "is not in alpine:3.22",
		Message: "start.sh does not start, because the image has no /bin/bash", Remedy: "install bash: RUN apk add --no-cache bash",
	}}}
}

// A deep tree with long commands.
func deep() rules.Result {
	docker := file("services/web/Dockerfile", "FROM debian\nENTRYPOINT [\"tini\", \"--\", \"/start.sh\"]\n")
	child := func(how process.How, end process.End, argv ...string) *process.Process {
		return &process.Process{PID: 9, Argv: words(argv...), Role: process.RoleApp, How: how, Receives: image.Yes, End: end}
	}
	app := child(process.AsChild, process.Killed, "java", "-Xmx2g", "-Dfile.encoding=UTF-8", "-jar", "/opt/app/application-1.0.0-SNAPSHOT.jar")
	tail := child(process.InBackground, process.Killed, "tail", "-F", "/var/log/app.log")
	shell := child(process.AsChild, process.ByDefault, "/bin/sh", "/start.sh")
	shell.Children = []*process.Process{child(process.AsChild, process.ByDefault, "/bin/sh", "-c", "java -Xmx2g $JAVA_OPTS\ntrue"), tail}
	shell.Children[0].Children = []*process.Process{app}
	root := child(process.ByExec, process.Finished, "tini", "--", "/start.sh")
	root.Why = "passes SIGTERM on to /start.sh alone, and ends as soon as that has ended, whatever else still runs in the container"
	root.Children = []*process.Process{shell}
	return rules.Result{Files: 2, Launches: []*process.Launch{{
		Start: process.Start{Kind: process.KindCompose, Target: "web", Base: "debian:12", Origin: at(docker, "ENTRYPOINT"), Init: true, Argv: words("tini", "--", "/start.sh")},
		Root:  root, App: app, Verdict: process.Lost, Reason: "tini tells the script, the script ends at once, and tini with it",
	}}}
}

// One launch of every verdict that the others do not show.
func kinds() rules.Result {
	docker := file("Dockerfile", "FROM nginx\nCMD x\n")
	launch := func(v process.Verdict, kind process.Kind, end process.End, receives image.Answer) *process.Launch {
		root := &process.Process{PID: 1, Argv: words("x"), Role: process.RoleApp, How: process.ByExec, Receives: receives, End: end}
		return &process.Launch{Start: process.Start{Kind: kind, Target: "t", Origin: at(docker, "FROM nginx"), Argv: words("x")}, Root: root, App: root, Verdict: v}
	}
	slow := launch(process.Graceful, process.KindCompose, process.Finished, image.Yes)
	slow.Slow = true
	once := launch(process.Graceful, process.KindKubernetes, process.Finished, image.Yes)
	once.OneShot = true
	inherited := launch(process.EndsAtOnce, process.KindDockerfile, "", image.Yes)
	inherited.Inherited = true
	return rules.Result{Launches: []*process.Launch{
		slow, once, inherited,
		launch(process.Abrupt, process.KindScript, process.ByDefault, image.Yes),
		launch(process.Undecided, process.KindDockerfile, process.Stuck, image.Unknown),
	}}
}

// One script that many Dockerfiles start.
func shared() rules.Result {
	script := file("start.sh", "#!/bin/sh\napp\n")
	r := rules.Result{Files: 14}
	for i := range 13 {
		docker := file(fmt.Sprintf("Dockerfile.%d", i), "CMD [\"/start.sh\"]\n")
		l := &process.Launch{
			Start: process.Start{Kind: process.KindDockerfile, Origin: at(docker, docker.Src[:len(docker.Src)-1])}, Verdict: process.FailsToStart, Reason: "it is a sample",
		}
		if i == 1 {
			l.Target = "dev"
		}
		r.Launches = append(r.Launches, l)
		r.Findings = append(r.Findings, rules.Finding{Rule: noExecRule, Launch: l, Severity: rules.Error, Span: at(script, "app"), Message: "the same"})
	}
	return r
}
