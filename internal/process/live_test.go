//go:build linux

package process

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/live"
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
func (r *random) lacks(missing []string) string {
	needs := strings.ReplaceAll(strings.Join(r.argv(), " "), "/w/.live/busybox/sh", "/bin/busybox")
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
				r := randomCase(seed)
				if name := r.lacks(missing); name != "" {
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
					t.Errorf("seed %d: %s to %q\n%s\n%s", seed, r.signal, r.argv(), r.text(), complaint)
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

func try(t *testing.T, h *live.Harness, r *random) string {
	c := r.live()
	l := predictCase(c)
	c.Apps = countApps(l)
	if r.races(l) {
		return ""
	}
	o, err := h.Run(t.Context(), c)
	if err != nil {
		return fmt.Sprintf("predicted %s (%s); %v", l.Verdict, l.Reason, err)
	}
	if text := r.text(); o.Verdict == live.EndsAtOnce && strings.Contains(text, "EXIT") && strings.Contains(text, "&") {
		return "" // the EXIT trap was faster than the application
	}
	return disagrees(l, &o)
}

// races reports whether what happens depends on who is faster: an EXIT trap may signal an application before that has
// installed its handler. Two oddities are left out with them: parentheses that zsh leaves with a command in the
// background, a wait of zsh that goes on behind a trap that waits, and SIGINT to a bash that has run wait before a
// pipeline or a subshell.
func (r *random) races(l *Launch) bool {
	text := r.text()
	return (l.Verdict == EndsAtOnce || l.Cause == ShellInWait) && strings.Contains(text, "EXIT") && strings.Contains(text, "&") ||
		strings.Contains(text, "EXIT") && strings.HasSuffix(strings.TrimSpace(text), "& P=$!") ||
		r.shell == "/bin/zsh" && strings.Contains(text, "wait $P'") && strings.Contains(text, "wait $!") ||
		strings.Contains(text, "kill -TERM -1; wait' EXIT") || strings.Contains(text, "kill 0; wait' EXIT") && strings.Contains(text, "&") ||
		r.shell == "/bin/bash" && r.signal == "INT" && strings.Contains(text, "wait") && strings.ContainsAny(text, "|(") ||
		r.shell == "/bin/zsh" && strings.Contains(text, "( ") && strings.Contains(text, "& P=$!")
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
func shrink(t *testing.T, h *live.Harness, r *random, complaint string) (*random, string) {
	for budget := 40; budget > 0; {
		smaller := false
		for _, s := range r.smaller() {
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

// A random is a random launch.
type random struct {
	shell, front string
	file         bool
	signal       string
	nodes        []*node
}

// A node is a statement of a random script.
type node struct {
	format string // %s stands for the statements of a list
	lists  [][]*node
}

func (n *node) text() string {
	if len(n.lists) == 0 {
		return n.format
	}
	var parts []any
	for _, list := range n.lists {
		parts = append(parts, lines(list, "; "))
	}
	return strings.ReplaceAll(fmt.Sprintf(n.format, parts...), "&; ", "& ")
}

func lines(nodes []*node, separator string) string {
	var texts []string
	for _, n := range nodes {
		texts = append(texts, n.text())
	}
	return strings.ReplaceAll(strings.Join(texts, separator), "&; ", "& ")
}

func (r *random) text() string {
	if r.file {
		return lines(r.nodes, "\n") + "\n"
	}
	return lines(r.nodes, "; ")
}

func (r *random) argv() []string {
	argv := strings.Fields(fronts[r.front])
	if len(argv) > 0 && strings.Contains(argv[0], "=") {
		argv = argv[1:]
	}
	if r.file {
		return append(argv, r.shell, "./start.sh")
	}
	return append(argv, r.shell, "-c", r.text())
}

func (r *random) live() live.Case {
	c := live.Case{Argv: r.argv()}
	if r.file {
		c.Files = []live.File{{Name: "start.sh", Content: r.text()}}
	}
	if env, _, _ := strings.Cut(fronts[r.front], " "); strings.Contains(env, "=") {
		c.Env = []string{env}
	}
	sig, _ := ParseSignal(r.signal)
	c.Signal = sysSignal(sig)
	return c
}

var fronts = map[string]string{
	"":              "",
	"tini":          "tini --",
	"tini-g":        "tini -g --",
	"dumb-init":     "dumb-init",
	"dumb-init-c":   "dumb-init --single-child",
	"dumb-init-env": "DUMB_INIT_SETSID=0 dumb-init",
	"catatonit":     "catatonit --",
	"catatonit-g":   "catatonit -g --",
}

func randomCase(seed uint64) *random {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 42))}
	r := &random{shell: pick(g, "/bin/dash", "/bin/dash", "/bin/bash", "/bin/bash", "/w/.live/busybox/sh", "/w/.live/busybox/sh", "/bin/mksh", "/bin/zsh"),
		front: pick(g, "", "", "", "", "tini", "tini-g", "dumb-init", "dumb-init-c", "dumb-init-env", "catatonit", "catatonit-g"),
		file:  g.IntN(3) > 0, signal: pick(g, "TERM", "TERM", "TERM", "TERM", "INT", "QUIT", "HUP")}
	if (r.shell == "/bin/mksh" || r.shell == "/bin/zsh") && r.signal == "HUP" {
		r.signal = "TERM" // these two hang up their jobs by rules of their own
	}
	g.busybox = strings.Contains(r.shell, "busybox")
	r.nodes = g.list(2+g.IntN(4), 2)
	return r
}

// A generator makes up scripts.
type generator struct {
	*rand.Rand
	functions int
	busybox   bool // its static build runs its own applets in the place of programs
}

func pick(g *generator, choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *generator) list(n, depth int) []*node {
	var nodes []*node
	for range n {
		nodes = append(nodes, g.node(depth))
	}
	return nodes
}

func (g *generator) node(depth int) *node {
	leaf := func(text string) *node { return &node{format: text} }
	compound := func(format string, lists ...[]*node) *node { return &node{format: format, lists: lists} }
	n := g.IntN(100)
	if depth == 0 {
		n = g.IntN(58)
	}
	switch {
	case n < 6:
		return leaf(pick(g, "true", ":", "echo x", "X=1", "cd /w", "set -e", "false || true", "export Y=2", "umask 022"))
	case n < 18:
		return leaf("trap " + pick(g, "'kill -TERM $P'", "'kill -TERM $P; wait $P'", "'kill $P'", "'kill $P; wait'", "'echo t'", ":", "'exit 0'", "''", "-", "'kill -TERM -1; wait'",
			"'trap - TERM; kill 0; wait'", "'kill $(jobs -p); wait'", "'kill -s INT $P; wait $P'", "'wait'") + " " + pick(g, "TERM", "TERM", "TERM", "TERM INT", "INT", "QUIT", "EXIT", "SIGTERM", "HUP", "15"))
	case n < 26:
		return leaf("./app")
	case n < 34:
		return leaf(pick(g, "./app & P=$!", "./app & P=$!", "./app-default & P=$!", "X=1 ./app & P=$!", "exec ./app & P=$!"))
	case n < 39:
		return leaf(pick(g, "wait", "wait $P", "wait $P", "wait $!", "wait -n"))
	case n < 46:
		return leaf(pick(g, "exec ./app", "exec ./app", "exec env A=1 ./app", "exec nohup ./app", "exec ./app > /dev/null", "X=1 exec ./app", "exec ./app-default"))
	case n < 49:
		return leaf(pick(g, "sleep 0.1", "sleep 0.05 & wait $!", "sleep infinity &", "/bin/true"))
	case n < 51:
		return leaf(pick(g, "exec sleep infinity", "tail -f /dev/null", "sleep infinity", "sleep infinity & wait $!"))
	case n < 54:
		return leaf(pick(g, "env X=1 ./app", "nohup ./app", "command ./app", "eval ./app", "eval 'exec ./app'", "./app > /dev/null", "setsid ./app", "./app < /dev/null"))
	case n < 56 && g.busybox:
		return leaf(pick(g, "./app | cat", "exec ./app | cat", "echo x | ./app", "./app-daemon"))
	case n < 56:
		return leaf(pick(g, "./app | cat", "exec ./app | cat", "echo x | ./app", "./app-daemon", "timeout 60 ./app"))
	case n < 58:
		return leaf(pick(g, "exit 0", "kill -0 $$", "while kill -0 $P; do sleep 0.1; done", "for i in 1 2; do :; done", "while true; do sleep 0.1; done", "until ! kill -0 $P; do sleep 0.1; done"))
	case n < 64:
		return compound("if "+pick(g, "true", "[ -n x ]", "! false", "[ 1 = 1 ]")+"; then %s; fi", g.list(1+g.IntN(2), depth-1))
	case n < 68:
		return compound("if "+pick(g, "false", "[ -z x ]")+"; then %s; else %s; fi", g.list(1, depth-1), g.list(1+g.IntN(2), depth-1))
	case n < 73:
		return compound("{ %s; }", g.list(1+g.IntN(3), depth-1))
	case n < 78:
		return compound("( %s)", g.list(1+g.IntN(3), depth-1))
	case n < 83:
		g.functions++
		name := fmt.Sprintf("f%d", g.functions)
		return compound(name+"() { %s; }; "+name, g.list(1+g.IntN(2), depth-1))
	case n < 86:
		return compound("case x in x) %s ;; esac", g.list(1, depth-1))
	case n < 89:
		return compound("for i in 1; do %s; done", g.list(1, depth-1))
	case n < 93:
		return compound(pick(g, "true && %s", "false || %s", "cd /w && %s"), g.list(1, 0))
	case n < 95:
		return compound(pick(g, "%s && true", "%s || true", "! %s"), []*node{leaf(pick(g, "./app", "exec ./app", "true", "wait", "sleep 0.1", "./app-default"))})
	case n < 98:
		return compound("{ %s; } & P=$!", g.list(1+g.IntN(2), depth-1))
	}
	return compound("( %s) & P=$!", g.list(1+g.IntN(2), depth-1))
}

// smaller returns the cases that lack one thing of this one.
func (r *random) smaller() []*random {
	var all []*random
	for _, nodes := range without(r.nodes) {
		s := *r
		s.nodes = nodes
		all = append(all, &s)
	}
	if r.front != "" {
		s := *r
		s.front = ""
		all = append(all, &s)
	}
	if r.signal != "TERM" {
		s := *r
		s.signal = "TERM"
		all = append(all, &s)
	}
	return all
}

// without returns the lists that lack one statement, or have the statements of a compound command in its place.
func without(nodes []*node) [][]*node {
	var all [][]*node
	splice := func(i int, in ...*node) []*node {
		list := append([]*node{}, nodes[:i]...)
		return append(append(list, in...), nodes[i+1:]...)
	}
	for i, n := range nodes {
		if len(nodes) > 1 {
			all = append(all, splice(i))
		}
		for j, list := range n.lists {
			all = append(all, splice(i, list...))
			for _, less := range without(list) {
				m := *n
				m.lists = append([][]*node{}, n.lists...)
				m.lists[j] = less
				all = append(all, splice(i, &m))
			}
		}
	}
	return all
}

func sysSignal(sig Signal) syscall.Signal { return syscall.Signal(sig) }
