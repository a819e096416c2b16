package process

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// A fact is one row of testdata/measured.tsv in one column.
type fact struct {
	form, construct, column string
	snippet                 string
	files                   map[string]string
	want                    byte
	shell                   image.Shell
}

// readMeasured returns the measured facts. The table is one line per construct, with a letter for each column.
func readMeasured(t testing.TB) []fact {
	t.Helper()
	data, err := os.ReadFile("testdata/measured.tsv")
	if err != nil {
		t.Fatal(err)
	}
	shells := map[string]image.Shell{}
	var facts []fact
	var form string
	var columns []string
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`)
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "# Measured") || strings.HasPrefix(line, "# Linux") {
			continue
		}
		f := strings.Split(line, "\t")
		switch f[0] {
		case "shell":
			shells[f[1]] = image.Shell{Family: f[2], Version: f[3]}
			continue
		case "columns":
			form, columns = f[1], strings.Split(f[2], "|")
			continue
		}
		files := map[string]string{}
		snippet := f[2]
		if form == "init" || form == "execfail" {
			if f[3] != "" {
				if err := json.Unmarshal([]byte(f[3]), &files); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
			}
		} else {
			snippet = unescape.Replace(snippet)
		}
		for i, column := range columns {
			if f[1][i] != '.' {
				facts = append(facts, fact{form, f[0], column, snippet, files, f[1][i], shells[column]})
			}
		}
	}
	return facts
}

// argv returns the command that was measured, and puts the files that it needs into files.
func (f fact) argv(files *fakeFiles) []string {
	script := func(text string, mode fs.FileMode) { files.text("/w/s.sh", text, mode) }
	var inFront []string
	args := []string{}
	switch f.construct {
	case "at", "exec_at", "at_set_e", "eval_at", "eval_exec_at", "one_line_and_exec":
		args = []string{"./app", "x"}
	}
	switch f.form {
	case "-c":
		argv := []string{"/SHELL", "-c", f.snippet}
		if len(args) > 0 {
			argv = append(append(argv, "sh"), args...)
		}
		return argv
	case "opt":
		options, body, _ := strings.Cut(f.snippet, " '")
		return append(append([]string{"/SHELL"}, strings.Fields(options)...), strings.TrimSuffix(body, "'"))
	case "file":
		script(f.snippet, 0o755)
		return append([]string{"/SHELL", "./s.sh"}, args...)
	case "shebang":
		script("#!/SHELL\n"+f.snippet, 0o755)
		return append([]string{"./s.sh"}, args...)
	case "script-under-tini":
		inFront = []string{"tini", "--"}
	case "script-under-dumb-init":
		inFront = []string{"dumb-init"}
	}
	if strings.HasPrefix(f.form, "script-") {
		script(f.snippet, 0o755)
		return append(inFront, "/SHELL", "./s.sh")
	}
	for name, text := range f.files {
		mode := fs.FileMode(0o755)
		if f.construct == "nonexec" {
			mode = 0o644
		}
		files.text("/w/"+name, text, mode)
	}
	command := strings.Fields(f.snippet)
	if before, body, ok := strings.Cut(f.snippet, " -c "); ok {
		command = append(strings.Fields(before), "-c", body)
	}
	if f.form == "execfail" {
		switch f.construct {
		case "string-form", "builtin-cd", "var", "directory", "missing-file":
			if f.construct == "builtin-cd" {
				return []string{"cd", "/w"}
			}
			return []string{f.snippet}
		}
		switch f.column {
		case "tini", "tini-musl", "catatonit":
			inFront = []string{strings.TrimSuffix(f.column, "-musl"), "--"}
		case "dumb-init", "dumb-init-musl":
			inFront = []string{"dumb-init"}
		case "env-gnu":
			inFront = []string{"env"}
		default:
			shell, form, _ := strings.Cut(f.column, " ")
			shell = map[string]string{"dash": "/bin/dash", "bash": "/bin/bash", "ash": "/opt/bb/sh", "ash-musl": "/opt/bb/sh"}[shell]
			switch form {
			case "-c":
				return []string{shell, "-c", "./s.sh"}
			case "-c exec":
				return []string{shell, "-c", "exec ./s.sh"}
			case "s.sh":
				return []string{shell, "./s.sh"}
			}
		}
		return append(inFront, command...)
	}
	inits := map[string]string{"none": "", "tini-g": "tini -g --", "tini-s": "tini -s --", "tini-w": "tini -w --", "tini-wg": "tini -w -g --", "tini-env-group": "tini --",
		"tini-e143": "tini -e 143 --", "tini-p": "tini -p SIGTERM --", "dumb-init": "dumb-init --", "dumb-init-single": "dumb-init --single-child --",
		"dumb-init-rewrite-15:2": "dumb-init --rewrite 15:2 --", "dumb-init-rewrite-15:0": "dumb-init --rewrite 15:0 --", "dumb-init-setsid0": "dumb-init --",
		"catatonit": "catatonit --", "catatonit-g": "catatonit -g --", "smell-baron": "smell-baron", "smell-baron-a": "smell-baron -a", "tini": "tini --", "tini-musl": "tini --"}
	return append(strings.Fields(inits[f.column]), command...)
}

// fakeFiles is an image made of a few files.
type fakeFiles struct{ entries map[string]Entry }

func (f *fakeFiles) Lookup(file string) Entry {
	if entry, ok := f.entries[file]; ok {
		return entry
	}
	if strings.HasPrefix(file, "/w/") && !strings.HasPrefix(file, "/w/app") {
		return Entry{Kind: Missing}
	}
	return Entry{}
}

func (f *fakeFiles) text(name, text string, mode fs.FileMode) {
	file := &parser.File{Path: strings.TrimPrefix(name, "/"), Src: text}
	f.entries[name] = Entry{Kind: Text, Script: parser.ParseScript(file), Mode: mode, ModeKnown: true}
}

func newFakeFiles() *fakeFiles {
	files := &fakeFiles{entries: map[string]Entry{}}
	files.text("/w/env.sh", "export FROM_ENV=1\n", 0o644)
	files.text("/w/run.sh", "./app\n", 0o755)
	files.text("/w/runexec.sh", "exec ./app\n", 0o755)
	files.entries["/w/fifo"] = Entry{Kind: Pipe}
	for _, missing := range []string{"/w/nosuch", "/bin/nosuch", "/bin/nobash"} {
		files.entries[missing] = Entry{Kind: Missing}
	}
	for _, name := range []string{"command", "time", "cd", "--", "ulimit", "-a", "[[", "1", "bash -e"} {
		for _, dir := range strings.Split(image.DefaultPath, ":") {
			files.entries[path.Join(dir, name)] = Entry{Kind: Missing}
		}
	}
	files.entries["/tmp"] = Entry{Kind: Folder}
	dash := image.Shell{Family: image.DashDebian, Version: "0.5.12-2"}
	bash := image.Shell{Family: image.Bash, Version: "5.2.15"}
	ash := image.Shell{Family: image.Ash, Version: "1.35.0"}
	for name, id := range map[string]image.Shell{"/bin/sh": dash, "/bin/dash": dash, "/bin/bash": bash, "/usr/bin/bash": bash, "/opt/bb/sh": ash} {
		files.entries[name] = Entry{Kind: ShellProgram, Shell: id}
	}
	return files
}

// declaredApps are the programs that were measured, as shells.md of the measurements describes them.
func declaredApps(name string) (program, bool) {
	app := handled.with(SIGHUP).with(SIGUSR1).with(sigRTMin + 3)
	switch name {
	case "app", "app-fork", "app-pid", "app-orphan":
		return program{kind: application, name: name, caught: app, stays: true}, true
	case "app-go":
		return program{kind: application, name: name, abrupt: handled.with(SIGHUP), stays: true}, true
	case "app-default":
		return program{kind: application, name: name, stays: true}, true
	case "app-daemon":
		return program{kind: daemon, name: name, caught: app, stays: true}, true
	case "app-quick":
		return program{kind: passing, name: name}, true
	}
	return program{}, false
}

func (f fact) predict() *Launch {
	files := newFakeFiles()
	if f.shell.Family != "" {
		files.entries["/SHELL"] = Entry{Kind: ShellProgram, Shell: f.shell}
	}
	if f.shell.Family == image.Ash && !strings.HasPrefix(f.column, "ash-1_3") {
		files.entries["/usr/bin/time"] = Entry{Kind: Program}
	}
	var argv []parser.Word
	for _, text := range f.argv(files) {
		argv = append(argv, parser.Word{Text: text, Known: true, Span: parser.Span{File: &parser.File{Src: text}, Start: 0, End: len(text)}})
	}
	env := map[string]string{"HOME": "/root"}
	switch f.column {
	case "tini-env-group":
		env["TINI_KILL_PROCESS_GROUP"] = "1"
	case "dumb-init-setsid0":
		env["DUMB_INIT_SETSID"] = "0"
	}
	start := Start{Kind: KindScript, Argv: argv, Dir: "/w", Env: env, Grace: 2_000_000_000, Closed: true, Musl: strings.Contains(f.column, "musl")}
	return predict(&machine{start: start, files: files, declared: declaredApps})
}

// leftOut says why a fact says nothing about the model; "" where it counts.
func (f fact) leftOut() string {
	switch {
	case f.want == 'n':
		return "no application in it"
	case f.construct == "trap_kill0_wait":
		return "kill 0 without untrapping is a race with the crash of the shell"
	case f.construct == "trap_pkill_wait" && f.form != "script-pid1":
		return "kill -- -$$ where $$ is not 1 is kill 0 without untrapping"
	case strings.HasPrefix(f.construct, "su_") && f.construct != "su_like_sh":
		return "su, measured with a grace period too short for it"
	case strings.HasPrefix(f.column, "execvp-"):
		return "a program made for the measurement"
	case (f.construct == "shc" || f.construct == "exec_shc" || f.construct == "shc_nonl" || f.construct == "su_like_sh") && (f.shell.Family == image.Ash || f.shell.Family == image.BashSh || f.shell.Family == image.Dash):
		return "its inner /bin/sh is not the image's own"
	case strings.HasPrefix(f.column, "smell-baron") && (f.construct == "app-daemon" || strings.HasPrefix(f.construct, "shc-background")):
		return "a daemon behind smell-baron is a race"
	case f.want == '5' || f.construct == "timeout_fg" && f.want == '1' || f.construct == "gosu_like" && f.want != 'G' || f.construct == "setsid_w" && f.want == '1':
		return "a tool that was not there"
	}
	return ""
}

// says returns the letter of the table for a launch.
func says(l *Launch) string {
	switch l.Verdict {
	case Graceful:
		if l.Slow {
			return "S"
		}
		return "G"
	case Ignored:
		return "IT"
	case Lost, Abrupt:
		return "L"
	case EndsAtOnce:
		if l.Failure != nil {
			return "0127569e"
		}
		if l.App != nil {
			return "0127" // an error after the application was started
		}
		return "0"
	case FailsToStart:
		return "1256789exa"
	}
	return "?"
}

func TestMeasured(t *testing.T) {
	facts := readMeasured(t)
	out := map[string]int{}
	var right, unknown int
	wrong := map[string][]string{}
	nwrong := 0
	for _, f := range facts {
		if why := f.leftOut(); why != "" {
			out[why]++
			continue
		}
		l := f.predict()
		switch s := says(l); {
		case strings.IndexByte(s, f.want) >= 0:
			right++
		case s == "?":
			unknown++
			wrong["unknown "+f.form+" "+f.construct+" "+fmt.Sprintf("%q", f.snippet)] = append(wrong["unknown "+f.form+" "+f.construct+" "+fmt.Sprintf("%q", f.snippet)], f.column)
		default:
			nwrong++
			key := fmt.Sprintf("%s %s %q: measured %c, predicted %s (%s)", f.form, f.construct, f.snippet, f.want, l.Verdict, l.Reason)
			wrong[key] = append(wrong[key], f.column)
		}
	}
	var keys []string
	for k := range wrong {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.Logf("%s: %s", k, strings.Join(wrong[k], " "))
	}
	total := right + nwrong + unknown
	nout := 0
	for why, n := range out {
		t.Logf("left out: %d, %s", n, why)
		nout += n
	}
	t.Logf("%d facts count: %d right (%.2f %%), %d wrong (%.2f %%), %d unknown; %d of %d left out (%.1f %%)", total, right, 100*float64(right)/float64(total), nwrong, 100*float64(nwrong)/float64(total), unknown, nout, len(facts), 100*float64(nout)/float64(len(facts)))
	if float64(right) < 0.995*float64(total) || float64(nwrong) > 0.001*float64(total) || float64(nout) > 0.07*float64(len(facts)) {
		t.Error("the model does not agree with what was measured")
	}
}
