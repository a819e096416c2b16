//go:build linux

package lint

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/live"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
	"github.com/rogpeppe/go-internal/txtar"
)

var (
	randomFixes    = flag.Int("live.fixes", 40, "how many random scripts to fix and to run as PID 1")
	randomFixSeed  = flag.Uint64("live.seed", 1, "the seed of the first random script; the following ones count up")
	liveFixesAhead = 40 // launches that run at a time: they sleep nearly all of it
)

func liveRequired() bool { return os.Getenv("CI") != "" || os.Getenv("PID1LINT_LIVE") == "require" }

func openLive(t *testing.T) *live.Harness {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	h, err := live.Open(t.Context(), t.TempDir())
	switch {
	case errors.Is(err, live.ErrImpossible) && !liveRequired():
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return h
}

// busybox is where the harness puts the shell that Alpine has as /bin/ash.
const busybox = "/w/.live/busybox/sh"

// dockerized writes a case as a project: the image has what the harness has.
func dockerized(c live.Case, ash bool) fstest.MapFS {
	files := fstest.MapFS{}
	var d strings.Builder
	if ash {
		d.WriteString("FROM alpine:3.17\nRUN apk add --no-cache tini dumb-init catatonit\n")
	} else {
		d.WriteString("FROM debian:12\nRUN apt-get update && apt-get install -y mksh zsh tini dumb-init catatonit\n")
	}
	for _, f := range c.Files {
		mode := f.Mode
		if mode == 0 {
			mode = 0o755
		}
		files[f.Name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(f.Content, busybox, "/bin/ash")), Mode: 0o644}
		fmt.Fprintf(&d, "COPY --chmod=%o %s /w/%s\n", mode, f.Name, f.Name)
	}
	for _, pair := range c.Env {
		name, value, _ := strings.Cut(pair, "=")
		fmt.Fprintf(&d, "ENV %s=\"%s\"\n", name, value)
	}
	d.WriteString("WORKDIR /w\n")
	if c.Signal != 0 && c.Signal != syscall.SIGTERM {
		fmt.Fprintf(&d, "STOPSIGNAL %d\n", c.Signal)
	}
	var words []string
	for _, word := range c.Argv {
		word = strings.ReplaceAll(word, busybox, "/bin/ash")
		words = append(words, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(word)+`"`)
	}
	fmt.Fprintf(&d, "CMD [%s]\n", strings.Join(words, ", "))
	files["Dockerfile"] = &fstest.MapFile{Data: []byte(d.String()), Mode: 0o644}
	return files
}

// repaired writes a case as it is when its project is fixed.
func repaired(t *testing.T, c live.Case, fsys fstest.MapFS, done Repair) live.Case {
	t.Helper()
	after := fstest.MapFS{}
	for name, f := range fsys {
		after[name] = f
	}
	for _, f := range done.Files {
		after[f.Path] = &fstest.MapFile{Data: []byte(f.After), Mode: 0o644}
	}
	start := connectFile(t, after, "Dockerfile", "").start
	c.Argv = nil
	for _, word := range parser.Texts(start.Argv) {
		c.Argv = append(c.Argv, strings.ReplaceAll(word, "/bin/ash", busybox))
	}
	c.Signal = syscall.Signal(start.StopSignal())
	c.Files = slices.Clone(c.Files)
	dockerfile := string(after["Dockerfile"].Data)
	for i := range c.Files {
		c.Files[i].Content = strings.ReplaceAll(string(after[c.Files[i].Name].Data), "/bin/ash", busybox)
		if strings.Contains(dockerfile, "COPY --chmod=755 "+c.Files[i].Name+" ") {
			c.Files[i].Mode = 0o755
		}
	}
	return c
}

// textOf returns all that a case has in the way of scripts.
func textOf(c live.Case) string {
	text := strings.Join(c.Argv, " ")
	for _, f := range c.Files {
		text += f.Content
	}
	return text
}

// beyondProject reports whether a scenario depends on what a project does not show: what the application does with signals, that a
// program called 1 is missing, that the busybox of the harness finds Debian's /bin/sh.
func beyondProject(s live.Scenario) bool {
	text := textOf(s.Case)
	for _, name := range []string{"app-daemon", "app-quick", "app-default", "app-fork"} {
		if strings.Contains(text, name) {
			return true
		}
	}
	return strings.Contains(text, "((1))") || s.Shell == "ash" && strings.Contains(text, "/bin/sh")
}

func loadCase(t *testing.T, fsys fstest.MapFS) *Project {
	t.Helper()
	p, err := Load(fsys, &config.Config{Grace: 2 * time.Second}, []string{"Dockerfile"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFixesLive fixes the scenarios of testdata/live that do not end well, and runs what comes of it for real.
func TestFixesLive(t *testing.T) {
	h := openLive(t)
	scenarios, err := live.Scenarios(filepath.Join("..", "..", "testdata", "live"))
	if err != nil {
		t.Fatal(err)
	}
	all := liveRequired() || os.Getenv("PID1LINT_LIVE") == "all"
	type attempt struct {
		s      live.Scenario
		fixed  live.Case
		unsafe bool
	}
	var attempts []attempt
	count := map[string]int{}
	for _, s := range scenarios {
		if !s.First && !all || s.Verdict == live.Graceful || s.Shell == "bashsh" || len(live.Missing(s.Needs...)) > 0 {
			continue
		}
		if slices.ContainsFunc(s.Case.Files, func(f live.File) bool { return f.Mode.Type() != 0 || strings.Contains(f.Name, "/") }) {
			continue
		}
		if beyondProject(s) {
			continue
		}
		fsys := dockerized(s.Case, s.Shell == "ash")
		before := loadCase(t, fsys).Run(rules.All())
		if len(before.Findings) == 0 {
			continue
		}
		count["with findings"]++
		for _, unsafe := range []bool{false, true} {
			done := loadCase(t, fsys).Fix(rules.All(), unsafe)
			if len(done.Files) == 0 {
				continue
			}
			if len(done.Result.Launches) != 1 || done.Result.Launches[0].Verdict != process.Graceful {
				count["better, but not graceful yet"]++
				break
			}
			count["fixed"]++
			attempts = append(attempts, attempt{s, repaired(t, s.Case, fsys, done), unsafe})
			break
		}
	}
	var mutex sync.Mutex
	proven := 0
	abreast := make(chan struct{}, liveFixesAhead)
	var group sync.WaitGroup
	for _, a := range attempts {
		group.Go(func() {
			abreast <- struct{}{}
			defer func() { <-abreast }()
			o, err := h.Run(context.WithoutCancel(t.Context()), a.fixed)
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				t.Errorf("%s: %v", a.s.Name, err)
				return
			}
			if o.Verdict != live.Graceful {
				t.Errorf("%s (unsafe %t) is fixed and %v: %s\n%q %v\nbefore\n%q %v", a.s.Name, a.unsafe, o.Verdict, o.Reason, a.fixed.Argv, a.fixed.Files, a.s.Case.Argv, a.s.Case.Files)
				return
			}
			proven++
		})
	}
	group.Wait()
	t.Logf("%d scenarios with findings, %d fixed, %d better but not graceful yet; %d of the fixed proven", count["with findings"], count["fixed"], count["better, but not graceful yet"], proven)
	if proven == 0 {
		t.Error("nothing was proven")
	}
}

// TestRandomFixesLive fixes random scripts until -live.fixes of them have changed, and runs them before and after: what was
// predicted to be graceful is, what a script writes before it comes to rest is the same, and a second time changes nothing.
func TestRandomFixesLive(t *testing.T) {
	h := openLive(t)
	missing := live.Missing("/bin/dash", "/bin/bash", "/bin/busybox", "/bin/mksh", "/bin/zsh", "tini", "dumb-init", "catatonit")
	if len(missing) > 0 && liveRequired() {
		t.Fatalf("not installed: %q", missing)
	}
	type attempt struct {
		seed          uint64
		before, after live.Case
	}
	attempts := make(chan attempt)
	var group sync.WaitGroup
	var mutex sync.Mutex
	proven := 0
	for range liveFixesAhead {
		group.Go(func() {
			for a := range attempts {
				complaint := provedLive(t, h, a.before, a.after)
				if complaint != "" { // a second look, for a machine that was too busy
					complaint = provedLive(t, h, a.before, a.after)
				}
				mutex.Lock()
				if complaint == "" {
					proven++
				} else {
					t.Errorf("seed %d: %s\n%q %v\nbefore\n%q %v", a.seed, complaint, a.after.Argv, a.after.Files, a.before.Argv, a.before.Files)
				}
				mutex.Unlock()
			}
		})
	}
	fixed, seen, partly := 0, 0, 0
	for seed := *randomFixSeed; fixed < *randomFixes; seed++ {
		seen++
		r := live.RandomCase(seed)
		c := oneApplication(r.Case())
		text := textOf(c)
		if strings.Contains(text, "app-") || strings.Contains(text, "true-") || slices.ContainsFunc(missing, func(name string) bool { return strings.Contains(text, name) }) {
			continue
		}
		fsys := dockerized(c, strings.Contains(r.Shell, "busybox"))
		done := loadCase(t, fsys).Fix(rules.All(), false)
		if len(done.Files) == 0 {
			continue
		}
		if len(done.Result.Launches) != 1 || done.Result.Launches[0].Verdict != process.Graceful {
			partly++
			continue
		}
		if done.Result.Launches[0].Idle {
			continue // it rests on a loop behind the application
		}
		after := fstest.MapFS{}
		for name, f := range fsys {
			after[name] = f
		}
		for _, f := range done.Files {
			after[f.Path] = &fstest.MapFile{Data: []byte(f.After), Mode: 0o644}
		}
		if again := loadCase(t, after).Fix(rules.All(), false); len(again.Files) > 0 {
			t.Errorf("seed %d: fixing it a second time changes %q", seed, again.Files[0].After)
		}
		fixed++
		attempts <- attempt{seed, c, repaired(t, c, fsys, done)}
	}
	close(attempts)
	group.Wait()
	t.Logf("%d random scripts from seed %d: %d changed for the better but not graceful yet, %d graceful when fixed, %d of these proven", seen, *randomFixSeed, partly, fixed, proven)
}

// said leaves out what shells complain about: a fix may put that right, and mksh is late with it.
func said(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		if line == "x\n" || line == "t\n" { // what random scripts write
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// oneApplication makes set-up of all applications but the last: a project does not tell one that ends by itself from others, and
// takes what commands follow to for one.
func oneApplication(c live.Case) live.Case {
	one := func(text string) string {
		last := strings.LastIndex(text, "./app")
		if last < 0 {
			return text
		}
		return strings.ReplaceAll(text[:last], "./app", "/bin/true") + text[last:]
	}
	for i := range c.Files {
		c.Files[i].Content = one(c.Files[i].Content)
	}
	if len(c.Files) == 0 {
		c.Argv[len(c.Argv)-1] = one(c.Argv[len(c.Argv)-1])
	}
	return c
}

// provedLive runs a case before and after it was fixed, and says what is wrong, "" for nothing.
func provedLive(t *testing.T, h *live.Harness, before, after live.Case) string {
	b, err := h.Run(context.WithoutCancel(t.Context()), before)
	if err != nil {
		return err.Error()
	}
	a, err := h.Run(context.WithoutCancel(t.Context()), after)
	switch {
	case err != nil:
		return err.Error()
	case a.Verdict != live.Graceful:
		return fmt.Sprintf("it is fixed and %v: %s", a.Verdict, a.Reason)
	case said(a.Before) != said(b.Before) && b.Stopped:
		return fmt.Sprintf("it wrote %q and writes %q", b.Before, a.Before)
	}
	return ""
}

// TestExamplesLive fixes the bad examples of the rules and runs them for real, with an application in the place of each program.
// Those about particular programs are left out by name.
func TestExamplesLive(t *testing.T) {
	h := openLive(t)
	ran := 0
	for _, rule := range rules.All() {
		fsys := fstest.MapFS{}
		for _, f := range txtar.Parse([]byte(rule.Bad)).Files {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		}
		done := loadCase(t, fsys).Fix(rules.All(), false)
		if len(done.Files) == 0 {
			continue
		}
		after := fstest.MapFS{}
		for name, f := range fsys {
			after[name] = f
		}
		for _, f := range done.Files {
			after[f.Path] = &fstest.MapFile{Data: []byte(f.After), Mode: 0o644}
		}
		c, why := exampleCase(t, after)
		if why != "" {
			t.Logf("%s is left out: %s", rule.ID, why)
			continue
		}
		o, err := h.Run(t.Context(), c)
		if err != nil {
			t.Errorf("%s: %v", rule.ID, err)
			continue
		}
		if o.Verdict != live.Graceful {
			t.Errorf("%s is fixed and %v: %s\n%q %v", rule.ID, o.Verdict, o.Reason, c.Argv, c.Files)
		}
		ran++
	}
	t.Logf("%d fixed examples run", ran)
	if ran < 8 {
		t.Errorf("only %d of the fixed examples could be run", ran)
	}
}

// exampleCase writes an example as a case of the harness, which has its files in /w.
func exampleCase(t *testing.T, fsys fstest.MapFS) (c live.Case, why string) {
	t.Helper()
	start := connectFile(t, fsys, "Dockerfile", "").start
	place := func(text string) string {
		for name := range fsys {
			if base := filepath.Base(name); base != "Dockerfile" {
				text = strings.ReplaceAll(text, "/"+base, "/w/"+base)
			}
		}
		return text
	}
	c.Argv = parser.Texts(start.Argv)
	programs := map[string]bool{"server": true, "worker": true, "gunicorn": true}
	for i := range c.Argv {
		c.Argv[i] = place(c.Argv[i])
	}
	switch name := filepath.Base(c.Argv[0]); {
	case programs[name], name == "sh", name == "bash", name == "dash", name == "tini", name == "dumb-init", strings.HasPrefix(c.Argv[0], "/w/"):
	default:
		return c, name + " is a program of its own"
	}
	for name, f := range fsys {
		if name != "Dockerfile" {
			c.Files = append(c.Files, live.File{Name: filepath.Base(name), Content: place(string(f.Data))})
		}
	}
	for name := range programs {
		c.Files = append(c.Files, live.File{Name: name, Content: "#!/bin/sh\nexec /w/app\n"})
	}
	c.Env = []string{"PATH=/w:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	c.Signal = syscall.Signal(start.StopSignal())
	return c, ""
}
