package process

import (
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

func wordsOf(command string) []parser.Word {
	var argv []parser.Word
	for _, text := range splitCommand(command) {
		argv = append(argv, parser.Word{Text: text, Known: true, Span: parser.Span{File: &parser.File{Src: text}, End: len(text)}})
	}
	return argv
}

// TestHook has what a hook before the stop signal changes.
func TestHook(t *testing.T) {
	const (
		script = "/start.sh"
		byPS   = "ps -ef | grep app | grep -v grep | awk '{print $1}' | xargs kill -15"
		byPS2  = "ps -ef | grep app | grep -v grep | awk '{print $2}' | xargs kill -15"
	)
	sh := func(text string) []parser.Word {
		argv := wordsOf("sh -c")
		return append(argv, parser.Word{Text: text, Known: true, Span: parser.Span{File: &parser.File{Src: text}, End: len(text)}})
	}
	for _, test := range []struct {
		name, shell string
		start       string
		hook        []parser.Word
		want        Verdict
		stopped     bool
	}{
		{"without a hook", "ash", script, nil, Ignored, false},
		{"a script that looks the application up", "ash", script, wordsOf("sh /stop.sh"), Graceful, true},
		{"the same on Debian without procps", "dash", script, wordsOf("sh /stop.sh"), Undecided, false},
		{"the same with procps, where UID comes first", "procps", script, wordsOf("sh /stop.sh"), Ignored, false},
		{"PID is the second column of procps", "procps", script, sh(byPS2), Graceful, true},
		{"and not of busybox", "ash", script, sh(byPS2), Ignored, false},
		{"aux", "procps", script, sh("ps aux | grep [a]pp | awk '{print $2}' | xargs kill"), Graceful, true},
		{"ax", "procps", script, sh("kill $(ps ax | awk '/app/{print $1}')"), Graceful, true},
		{"nothing matches", "ash", script, sh("ps -ef | grep other | awk '{print $1}' | xargs kill -15"), Ignored, false},
		{"an option of ps that is not known", "ash", script, sh("ps -o pid,args | grep app | awk '{print $1}' | xargs kill -15"), Undecided, false},
		{"PID 1, which is the shell", "ash", script, sh("kill -15 1"), Ignored, false},
		{"PID 1, which is the application", "ash", "app", sh("kill -15 1"), Graceful, true},
		{"PID 1 without a shell", "ash", "app", wordsOf("kill -TERM 1"), Graceful, true},
		{"pidof", "ash", script, sh("kill -TERM $(pidof app)"), Graceful, true},
		{"pidof on Debian", "dash", script, sh("kill -TERM $(pidof app)"), Graceful, true},
		{"pgrep in a variable", "ash", script, sh("PID=$(pgrep app); [ -n \"$PID\" ] && kill $PID"), Graceful, true},
		{"pgrep on Debian without procps", "dash", script, sh("kill $(pgrep app)"), Undecided, false},
		{"pkill", "ash", script, wordsOf("pkill -TERM app"), Graceful, true},
		{"pkill on Debian without procps", "dash", script, wordsOf("pkill -TERM app"), Undecided, false},
		{"killed hard", "ash", script, sh("kill -9 $(pidof app)"), Lost, false},
		{"told and waited for", "ash", script, sh("kill $(pidof app); while kill -0 $(pidof app); do sleep 1; done"), Graceful, true},
		{"a sleep only", "ash", script, wordsOf("sleep 5"), Ignored, false},
		{"a sleep before the signal", "ash", "app", wordsOf("sleep 5"), Graceful, false},
		{"a request", "ash", script, sh("curl -X POST localhost:8080/shutdown"), Undecided, false},
		{"a request changes nothing for the better", "ash", "app", sh("curl -X POST localhost:8080/shutdown"), Graceful, false},
		{"a program of its own", "ash", script, wordsOf("/app/bin/stop"), Undecided, false},
		{"exec of one", "ash", script, sh("exec drain"), Undecided, false},
		{"a script that is not there", "ash", script, wordsOf("/nothing.sh"), Undecided, false},
		{"no such shell", "none", "/app/app", wordsOf("/bin/sh -c true"), Graceful, false},
		{"nginx, told and cut off", "ash", "nginx -g 'daemon off;'", wordsOf("nginx -s quit"), Abrupt, true},
		{"nginx, told and waited for", "ash", "nginx -g 'daemon off;'", sh("nginx -s quit; sleep 10"), Graceful, true},
		{"nginx behind a shell", "ash", "sh -c 'nginx -g \"daemon off;\"; true'", wordsOf("nginx -s quit"), Graceful, true},
		{"echo and sleep", "ash", script, sh("echo bye > /proc/1/fd/1; sleep 2"), Ignored, false},
		{"behind tini, which leaves first", "ash", "tini -- /start.sh", sh("kill $(pidof app)"), Lost, true},
		{"it kills itself", "ash", script, sh("pkill -f app"), Graceful, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := newFakeFiles()
			family := test.shell
			if family == "procps" {
				family = "dash"
				files.entries["/usr/bin/pgrep"] = Entry{Kind: Program}
			}
			files.entries["/bin/sh"] = Entry{Kind: ShellProgram, Shell: imageShells[family]}
			if family == "ash" {
				files.entries["/usr/bin/pgrep"] = Entry{Kind: Program, Name: "busybox"}
			}
			if family == "none" {
				files.entries["/bin/sh"] = Entry{Kind: Missing, Reason: "the image has no shell"}
			}
			files.text(script, "#!/bin/sh\napp\n", 0o755)
			files.text("/stop.sh", "#!/bin/sh\n"+byPS+"\n", 0o755)
			start := Start{Kind: KindKubernetes, Argv: wordsOf(test.start), Dir: "/", Env: map[string]string{}, Grace: 30 * time.Second}
			if test.hook != nil {
				start.PreStop = &Hook{Argv: test.hook}
			}
			l := predict(&machine{start: start, files: files, assume: image.Shell{Family: image.Ash}, declared: declaredApps})
			if l.Verdict != test.want {
				t.Errorf("%s (%s %v), want %s", l.Verdict, l.Reason, l.Unknown, test.want)
			}
			if (l.Hooked != nil) != (test.hook != nil) || l.Hooked != nil && l.Hooked.Stopped != test.stopped {
				t.Errorf("the hook: %+v, want stopped %v", l.Hooked, test.stopped)
			}
			if (test.name == "no such shell") != (l.Hooked != nil && l.Hooked.Failure != nil) {
				t.Errorf("the hook fails: %+v", l.Hooked)
			}
		})
	}
}

// TestHookTime has how long a hook takes and what that leaves.
func TestHookTime(t *testing.T) {
	for _, test := range []struct {
		hook Hook
		took time.Duration
		late bool
		want Verdict
	}{
		{Hook{Sleep: 5 * time.Second}, 5 * time.Second, false, Graceful},
		{Hook{Argv: wordsOf("sleep 30")}, 30 * time.Second, false, Graceful},
		{Hook{Argv: wordsOf("sleep 3600")}, 30 * time.Second, true, Graceful},
		{Hook{Argv: wordsOf("sleep infinity")}, 30 * time.Second, true, Graceful},
		{Hook{Unknown: "it may stop"}, 0, false, Graceful},
	} {
		files := newFakeFiles()
		files.entries["/bin/sh"] = Entry{Kind: ShellProgram, Shell: imageShells["ash"]}
		start := Start{Argv: wordsOf("app"), Env: map[string]string{}, Grace: 30 * time.Second, PreStop: &test.hook}
		l := predict(&machine{start: start, files: files, declared: declaredApps})
		if l.Hooked == nil || l.Hooked.Took != test.took || l.Hooked.Late != test.late || l.Verdict != test.want {
			t.Errorf("%v: %s %+v, want %s, %v, late %v", parser.Texts(test.hook.Argv), l.Verdict, l.Hooked, test.want, test.took, test.late)
		}
	}
}

// TestSharedPID has containers that share the process IDs of others, which do as behind an init.
func TestSharedPID(t *testing.T) {
	file := &parser.File{Src: "hostPID: true"}
	for command, want := range map[string]Verdict{
		"app":               Graceful,
		"app-default":       Abrupt,
		"sh -c 'app; true'": Lost,
		"/start.sh":         Lost,
		"/exec.sh":          Graceful,
	} {
		files := newFakeFiles()
		files.entries["/bin/sh"] = Entry{Kind: ShellProgram, Shell: imageShells["ash"]}
		files.text("/start.sh", "#!/bin/sh\napp\n", 0o755)
		files.text("/exec.sh", "#!/bin/sh\nexec app\n", 0o755)
		start := Start{Argv: wordsOf(command), Env: map[string]string{}, SharedPID: parser.Span{File: file, End: len(file.Src)}}
		if l := predict(&machine{start: start, files: files, declared: declaredApps}); l.Verdict != want {
			t.Errorf("%s: %s (%s), want %s", command, l.Verdict, l.Reason, want)
		}
	}
}

// TestOptionWithoutValue has options of a shell that want a word which is not there.
func TestOptionWithoutValue(t *testing.T) {
	for _, command := range []string{"sh -o", "sh -co-", "sh -cO x", "bash -cot/opt/app-1/bin/start.sh"} {
		files := newFakeFiles()
		files.entries["/bin/sh"] = Entry{Kind: ShellProgram, Shell: imageShells["dash"]}
		if l := predict(&machine{start: Start{Argv: wordsOf(command), Env: map[string]string{}}, files: files}); l.Verdict == "" {
			t.Errorf("%s: no verdict", command)
		}
	}
}
