//go:build linux

package process

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/live"
	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

var (
	randomScripts = flag.Int("live.random", 300, "how many random scripts to run as PID 1")
	randomSeed    = flag.Uint64("live.seed", 1, "the seed of the first random script; the following ones count up")
)

// abreast is how many launches run at a time: they sleep nearly all of it.
const abreast = 40

func openHarness(t *testing.T) *live.Harness {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	h, err := live.Open(t.Context(), t.TempDir())
	switch {
	case errors.Is(err, live.ErrImpossible) && !required():
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return h
}

func required() bool { return os.Getenv("CI") != "" || os.Getenv("PID1LINT_LIVE") == "require" }

// lacks returns a program that a case needs and that is missing, "" where there is none.
func lacks(r *live.Random, missing []string) string {
	needs := strings.ReplaceAll(strings.Join(r.Argv(), " "), "/w/.live/busybox/sh", "/bin/busybox")
	for _, name := range missing {
		if strings.HasPrefix(needs, name+" ") || strings.Contains(needs, " "+name+" ") {
			return name
		}
	}
	return ""
}

// liveShells are the shells that the harness runs, by where it puts them. Debian 12; other machines have others, whose
// differences the scenarios do not depend on.
var liveShells = map[string]image.Shell{
	"/bin/sh":             {Family: image.DashDebian, Version: "0.5.12-2"},
	"/bin/dash":           {Family: image.DashDebian, Version: "0.5.12-2"},
	"/bin/bash":           {Family: image.Bash, Version: "5.2.15"},
	"/w/.live/bash/sh":    {Family: image.BashSh, Version: "5.2.15"},
	"/w/.live/busybox/sh": {Family: image.Ash, Version: "1.35.0"},
	"/bin/mksh":           {Family: image.Mksh, Version: "59c"},
	"/bin/zsh":            {Family: image.Zsh, Version: "5.9"},
}

// predictCase predicts what the harness tries.
func predictCase(c live.Case) *Launch {
	files := newFakeFiles()
	for name, id := range liveShells {
		files.entries[name] = Entry{Kind: ShellProgram, Shell: id}
	}
	if strings.Contains(strings.Join(c.Argv, " "), "busybox") {
		files.entries["/usr/bin/time"] = Entry{Kind: Program}
	}
	for _, dir := range strings.Split(image.DefaultPath, ":") {
		for _, name := range []string{"bash", "dash", "mksh", "zsh"} {
			files.entries[dir+"/"+name] = Entry{Kind: ShellProgram, Shell: liveShells["/bin/"+name]}
		}
	}
	for _, name := range []string{"/usr", "/w", "/bin"} {
		files.entries[name] = Entry{Kind: Folder}
	}
	for _, f := range c.Files {
		mode := f.Mode
		if mode == 0 {
			mode = 0o755
		}
		if mode&fs.ModeNamedPipe != 0 {
			files.entries["/w/"+f.Name] = Entry{Kind: Pipe}
			continue
		}
		files.text("/w/"+f.Name, f.Content, mode)
	}
	env := map[string]string{"HOME": "/root"}
	for _, pair := range c.Env {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	var argv []parser.Word
	for _, text := range c.Argv {
		argv = append(argv, parser.Word{Text: text, Known: true, Span: parser.Span{File: &parser.File{Src: text}, Start: 0, End: len(text)}})
	}
	grace := c.Grace
	if grace == 0 {
		grace = 2_000_000_000
	}
	start := Start{Kind: KindScript, Argv: argv, Dir: "/w", Env: env, Grace: grace, Signal: Signal(c.Signal), Closed: true}
	declared := declaredApps
	if d, err := time.ParseDuration(env["APP_CLEANUP"]); err == nil {
		declared = func(name string) (program, bool) {
			prog, ok := declaredApps(name)
			prog.needs = int(d.Milliseconds())
			return prog, ok
		}
	}
	l := predict(&machine{start: start, files: machineFiles{files}, declared: declared})
	if l.OneShot {
		l.Verdict, l.Slow = EndsAtOnce, false // here it is over before it can be stopped
	}
	return l
}

// machineFiles is the file system that the harness runs in: that of this machine, with /w put over it.
type machineFiles struct{ *fakeFiles }

func (f machineFiles) Lookup(name string) Entry {
	entry := f.fakeFiles.Lookup(name)
	if entry.Kind == Unseen && !strings.HasPrefix(name, "/w/") {
		if _, err := os.Stat(name); err != nil {
			return Entry{Kind: Missing}
		}
		return Entry{Kind: Program}
	}
	return entry
}

// Behaviour implements SourceReader.
func (f machineFiles) Behaviour(c programs.Command) *programs.Behaviour { return programs.Read(c, f) }

// File implements program.Sources.
func (f machineFiles) File(name string) *parser.File {
	if entry := f.entries[name]; entry.Kind == Text {
		return entry.Script.File
	}
	return nil
}

// Names implements program.Sources.
func (f machineFiles) Names(dir string) []string {
	var names []string
	for file := range f.entries {
		if rest, below := strings.CutPrefix(file, dir+"/"); below {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Origin implements program.Sources.
func (machineFiles) Origin(string) *programs.Origin { return nil }

// disagrees says how the model and reality differ, or "".
func disagrees(l *Launch, o *live.Outcome) string {
	want := live.Verdict(l.Verdict)
	switch {
	case o.Verdict == live.Undecided && (want == live.Abrupt || want == live.Lost):
		return "" // Linux before 6.15 does not say how a process ended
	case l.Verdict == Undecided:
		return fmt.Sprintf("predicted nothing (%v); it is %v", l.Unknown, o)
	case !o.Started && (want == live.EndsAtOnce || want == live.FailsToStart) && o.Verdict != live.Ignored:
		return "" // whether an application in the background gets to start before the end is a race
	case l.Idle && want != live.Ignored && o.Verdict != live.Ignored:
		return "" // so is what a sleep dies of with the container
	case o.Verdict == live.Undecided && l.Idle:
		return "" // no process but shells
	case want != o.Verdict && (want == live.Abrupt || want == live.Lost) && (o.Verdict == live.Abrupt || o.Verdict == live.Lost) &&
		(l.Root.Role == RoleInit || l.Root.Shell.Family == image.Mksh):
		return "" // what an init or mksh sends in its last moment may or may not come before the kernel's SIGKILL
	case want != o.Verdict || l.Slow != o.Slow:
		return fmt.Sprintf("predicted %s, slow %v (%s); it is %v", l.Verdict, l.Slow, l.Reason, o)
	}
	return ""
}

// TestScenarios compares the model with the table that the harness proves.
func TestScenarios(t *testing.T) {
	scenarios, err := live.Scenarios(filepath.Join("..", "..", "testdata", "live"))
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	for _, s := range scenarios {
		if why := beyond(s); why != "" {
			left[why]++
			continue
		}
		l := predictCase(s.Case)
		if l.Verdict == Undecided && s.Verdict == live.FailsToStart && len(l.Unknown) > 0 && strings.HasPrefix(l.Unknown[0].Reason, "the script cannot be parsed") {
			left["a syntax error is not told from what the parser does not know"]++
			continue
		}
		if string(l.Verdict) != string(s.Verdict) || l.Slow != s.Slow {
			t.Errorf("%s %s: measured %s, slow %v; predicted %s, slow %v (%s) %v\n%q %v", s.At, s.Name, s.Verdict, s.Slow, l.Verdict, l.Slow, l.Reason, l.Unknown, s.Case.Argv, s.Case.Files)
		}
	}
	for why, n := range left {
		t.Logf("%d left out: %s", n, why)
	}
	t.Logf("%d scenarios", len(scenarios))
}

// beyond says why a scenario is not held against the model, "" where it is.
func beyond(s live.Scenario) string {
	switch {
	case s.Shell == "ash" && strings.HasPrefix(s.Name, "tool/"):
		return "the static busybox runs its own applets for other programs"
	case strings.HasPrefix(s.Name, "tool/make") || strings.HasPrefix(s.Name, "tool/xargs"):
		return "what make and xargs run is not followed"
	case strings.HasSuffix(s.Name, "a handler for SIGKILL/direct"):
		return "that node and python refuse a handler for SIGKILL is not followed"
	case strings.HasPrefix(s.Name, "trap/a PID file"):
		return "what a file holds is not known"
	case strings.HasPrefix(s.Name, "trap/jobs -p, one wait/zsh"):
		return "zsh goes on waiting behind a trap that fails"
	}
	return ""
}

// TestRandom runs random scripts for real and compares what happens with the prediction. With -live.random and -live.seed
// it runs as many as one likes; what disagrees is made as small as it can be.
func TestRandom(t *testing.T) {
	h := openHarness(t)
	missing := live.Missing("/bin/dash", "/bin/bash", "/bin/busybox", "/bin/mksh", "/bin/zsh", "tini", "dumb-init", "catatonit")
	if len(missing) > 0 && required() {
		t.Fatalf("not installed: %q", missing)
	}
	skipped := map[string]int{}
	var mu sync.Mutex
	bad := 0
	seeds := make(chan uint64)
	var wg sync.WaitGroup
	for range abreast {
		wg.Go(func() {
			for seed := range seeds {
				r := live.RandomCase(seed)
				if name := lacks(r, missing); name != "" {
					mu.Lock()
					skipped[name]++
					mu.Unlock()
					continue
				}
				complaint := try(t, h, r)
				if complaint != "" && try(t, h, r) != "" { // a second look, for a machine that was too busy
					r, complaint = shrink(t, h, r, complaint)
					mu.Lock()
					bad++
					t.Errorf("seed %d: %s to %q\n%s\n%s", seed, r.Signal, r.Argv(), r.Text(), complaint)
					mu.Unlock()
				}
			}
		})
	}
	for i := range *randomScripts {
		mu.Lock()
		stop := bad >= 25
		mu.Unlock()
		if stop {
			t.Logf("stopped after %d scripts", i)
			break
		}
		seeds <- *randomSeed + uint64(i)
	}
	close(seeds)
	wg.Wait()
	for name, n := range skipped {
		t.Logf("%d skipped: %s is not installed", n, name)
	}
	t.Logf("%d random scripts from seed %d, %d disagreements", *randomScripts, *randomSeed, bad)
}

func try(t *testing.T, h *live.Harness, r *live.Random) string {
	c := r.Case()
	l := predictCase(c)
	c.Apps = countApps(l)
	if races(r, l) {
		return ""
	}
	o, err := h.Run(t.Context(), c)
	if err != nil {
		return fmt.Sprintf("predicted %s (%s); %v", l.Verdict, l.Reason, err)
	}
	if text := r.Text(); o.Verdict == live.EndsAtOnce && strings.Contains(text, "EXIT") && strings.Contains(text, "&") {
		return "" // the EXIT trap was faster than the application
	}
	return disagrees(l, &o)
}

// races reports whether what happens depends on who is faster: an EXIT trap may signal an application before that has
// installed its handler. Two oddities are left out with them: parentheses that zsh leaves with a command in the
// background, a wait of zsh that goes on behind a trap that waits, and SIGINT to a bash that has run wait before a
// pipeline or a subshell.
func races(r *live.Random, l *Launch) bool {
	text := r.Text()
	return (l.Verdict == EndsAtOnce || l.Cause == ShellInWait) && strings.Contains(text, "EXIT") && strings.Contains(text, "&") ||
		strings.Contains(text, "EXIT") && strings.HasSuffix(strings.TrimSpace(text), "& P=$!") ||
		r.Shell == "/bin/zsh" && strings.Contains(text, "wait $P'") && strings.Contains(text, "wait $!") ||
		strings.Contains(text, "kill -TERM -1; wait' EXIT") || strings.Contains(text, "kill 0; wait' EXIT") && strings.Contains(text, "&") ||
		r.Shell == "/bin/bash" && r.Signal == "INT" && strings.Contains(text, "wait") && strings.ContainsAny(text, "|(") ||
		r.Shell == "/bin/zsh" && strings.Contains(text, "( ") && strings.Contains(text, "& P=$!")
}

// countApps returns how many applications run when a launch has come to rest.
func countApps(l *Launch) int {
	n := 0
	var count func(p *Process)
	count = func(p *Process) {
		if p.Role == RoleApp && len(p.Argv) > 0 && strings.HasPrefix(p.Argv[0].Text, "./app") {
			n++
		}
		for _, c := range p.Children {
			count(c)
		}
	}
	if l.Root != nil && l.Verdict != EndsAtOnce {
		count(l.Root)
	}
	if n == 0 {
		return -1
	}
	return n
}

// shrink makes a case that disagrees as small as it can, as long as it disagrees.
func shrink(t *testing.T, h *live.Harness, r *live.Random, complaint string) (*live.Random, string) {
	for budget := 40; budget > 0; {
		smaller := false
		for _, s := range r.Smaller() {
			if budget--; budget < 0 {
				break
			}
			if c := try(t, h, s); c != "" {
				r, complaint, smaller = s, c, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return r, complaint
}
