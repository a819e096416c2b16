//go:build unix

package lint

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	buildkit "github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/syntax"

	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

var (
	speed    = flag.Int("speed", 0, "measure the speed on a generated corpus of this many `projects`")
	speedDir = flag.String("speed.dir", "", "measure the speed on this `folder`")
)

// TestSpeed compares a lint with its floor: reading and parsing the same files by the same libraries and as many workers. On a
// generated corpus it does so with 1, 10 and 100 times as many projects. It prints figures and judges none, since they are those of a
// machine.
//
//	go test ./internal/lint -run TestSpeed -v -timeout 30m -speed 1500
func TestSpeed(t *testing.T) {
	if *speed == 0 && *speedDir == "" {
		t.Skip("-speed N measures on a generated corpus, -speed.dir on a folder")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(150)) // as the command does
	binary := filepath.Join(t.TempDir(), "pid1lint")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/pid1lint").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	if *speedDir != "" {
		measure(t, *speedDir, *speedDir, binary, 3)
		return
	}
	first := measured{}
	for _, times := range []int{1, 10, 100} {
		dir := t.TempDir()
		if err := writeCorpus(dir, times**speed); err != nil {
			t.Fatal(err)
		}
		now := measure(t, fmt.Sprintf("%d projects", times**speed), dir, binary, max(1, 3/times))
		if times == 1 {
			first = now
			continue
		}
		t.Logf("  %d times the projects: (a) %.1f, (b) %.1f, (c) %.1f, the whole process %.1f times as long, with %.1f times the memory", times,
			now.took[0].Seconds()/first.took[0].Seconds(), now.took[1].Seconds()/first.took[1].Seconds(), now.took[2].Seconds()/first.took[2].Seconds(),
			now.process.Seconds()/first.process.Seconds(), now.peak/first.peak)
	}
}

// measured is what one corpus takes.
type measured struct {
	took    [3]time.Duration // (a), (b), (c)
	process time.Duration
	peak    float64 // MiB
}

func measure(t *testing.T, name, dir, binary string, rounds int) measured {
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	fsys := root.FS()
	read := filesOf(t, fsys)
	lint := func(prove bool) func() {
		return func() {
			p, err := Load(fsys, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			p.Unproven, p.Brief = !prove, true
			p.Run(rules.All())
		}
	}
	steps := []struct {
		name string
		do   func()
	}{{"(a) read and parse", func() { floor(fsys, read) }}, {"(b) lint", lint(false)}, {"(c) lint, fixes proven", lint(true)}}
	var m measured
	var allocated, objects [3]uint64
	for round := range rounds {
		for i, step := range steps {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			step.do()
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if round == 0 || took < m.took[i] {
				m.took[i] = took
			}
			allocated[i], objects[i] = after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
		}
	}
	t.Logf("%s, %d files that are read, %d workers", name, len(read), runtime.GOMAXPROCS(0))
	for i, step := range steps {
		t.Logf("  %-24s %8.1f ms  %4.2f x (a)  %7.1f MiB allocated in %d objects", step.name, m.took[i].Seconds()*1000,
			m.took[i].Seconds()/m.took[0].Seconds(), float64(allocated[i])/(1<<20), objects[i])
	}
	command := exec.Command(binary, "--quiet", "--exit-zero")
	command.Dir = dir
	start := time.Now()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- command.Wait() }()
	for running := true; running; {
		select {
		case err := <-ended:
			running = false
			if err != nil {
				t.Logf("  the whole process fails: %v", err)
			}
		case <-time.After(2 * time.Millisecond):
			m.peak = max(m.peak, peakMemory(command.Process.Pid))
		}
	}
	m.process = time.Since(start)
	t.Logf("  %-24s %8.1f ms  %4.2f x (a)  %7.1f MiB at most", "the whole process", m.process.Seconds()*1000, m.process.Seconds()/m.took[0].Seconds(), m.peak)
	return m
}

// peakMemory returns the most memory in MiB that a process has had so far, 0 where the system does not say so. What wait4 returns is
// no less than that of the process that started it.
func peakMemory(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kibibytes float64
	if _, err := fmt.Sscan(rest, &kibibytes); err != nil {
		return 0
	}
	return kibibytes / 1024
}

// filesOf returns the files that a lint reads.
func filesOf(t *testing.T, fsys fs.FS) []string {
	p, err := Load(fsys, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Run(rules.All())
	seen := map[string]bool{}
	for _, u := range p.units {
		if path.Base(u.path) == "Dockerfile" {
			seen[u.path] = true
		}
	}
	for _, o := range p.outcomes {
		for _, name := range o.touched {
			seen[name] = true
		}
	}
	var all []string
	for name := range seen {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// floor does what no lint can do without.
func floor(fsys fs.FS, files []string) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(files) {
					return
				}
				floorFile(fsys, files[n])
			}
		})
	}
	workers.Wait()
}

func floorFile(fsys fs.FS, name string) {
	text, _, err := readFile(fsys, name)
	if err != nil {
		return
	}
	if !looksLikeDockerfile(text) {
		parser.ParseScript(&parser.File{Path: name, Src: text})
		return
	}
	tree, err := buildkit.Parse(strings.NewReader(text))
	if err != nil {
		return
	}
	stages, _, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return
	}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			var line instructions.ShellDependantCmdLine
			switch c := command.(type) {
			case *instructions.RunCommand:
				line = c.ShellDependantCmdLine
			case *instructions.CmdCommand:
				line = c.ShellDependantCmdLine
			case *instructions.EntrypointCommand:
				line = c.ShellDependantCmdLine
			}
			if line.PrependShell {
				for _, body := range line.CmdLine {
					_, _ = syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(body), "")
				}
			}
		}
	}
}
