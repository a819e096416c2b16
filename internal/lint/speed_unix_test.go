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
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

// TestSpeed compares a lint with its floor: reading and parsing the same files by the same libraries and as many workers. It
// prints figures and judges none, since they are those of a machine.
//
//	go test ./internal/lint -run TestSpeed -v -speed 1500
func TestSpeed(t *testing.T) {
	dirs := map[string]string{}
	var names []string
	switch {
	case *speedDir != "":
		dirs[*speedDir], names = *speedDir, []string{*speedDir}
	case *speed > 0:
		for _, n := range []int{*speed, 10 * *speed} {
			name := fmt.Sprintf("%d projects", n)
			dirs[name], names = t.TempDir(), append(names, name)
			if err := writeCorpus(dirs[name], n); err != nil {
				t.Fatal(err)
			}
		}
	default:
		t.Skip("-speed N measures on a generated corpus, -speed.dir on a folder")
	}
	binary := filepath.Join(t.TempDir(), "pid1lint")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/pid1lint").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	for _, name := range names {
		t.Logf("%s, %d workers", name, runtime.GOMAXPROCS(0))
		measure(t, dirs[name], binary)
	}
}

func measure(t *testing.T, dir, binary string) {
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
			p.Unproven = !prove
			p.Run(rules.All())
		}
	}
	steps := []struct {
		name string
		do   func()
	}{{"(a) read and parse", func() { floor(fsys, read) }}, {"(b) lint", lint(false)}, {"(c) lint, fixes proven", lint(true)}}
	best, allocated, objects := make([]time.Duration, 3), make([]uint64, 3), make([]uint64, 3)
	for round := range 3 {
		for i, step := range steps {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			step.do()
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if round == 0 || took < best[i] {
				best[i] = took
			}
			allocated[i], objects[i] = after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
		}
	}
	t.Logf("  %d files are read", len(read))
	for i, step := range steps {
		t.Logf("  %-24s %8.1f ms  %4.2f x (a)  %7.1f MiB allocated in %d objects", step.name, best[i].Seconds()*1000,
			best[i].Seconds()/best[0].Seconds(), float64(allocated[i])/(1<<20), objects[i])
	}
	command := exec.Command(binary, "--quiet", "--exit-zero")
	command.Dir = dir
	start := time.Now()
	if out, err := command.Output(); err != nil {
		t.Logf("  the whole process fails: %v: %d bytes of output", err, len(out))
	}
	took := time.Since(start)
	usage := command.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("  the whole process: %.0f ms, peak memory %.1f MiB", took.Seconds()*1000, float64(usage.Maxrss)/1024)
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
