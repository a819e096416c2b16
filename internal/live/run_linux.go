package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrImpossible is what Open returns where containers cannot be made: no namespaces, or no leave to mount.
var ErrImpossible = errors.New("containers cannot be started here")

// A Harness runs cases, many at a time if so wished.
type Harness struct {
	dir string
}

// How long things may take that are no part of a case.
const (
	startTime = 20 * time.Second // until the applications are ready
	restTime  = 2 * time.Second  // until all is quiet; a loop that polls never is
	poll      = 15 * time.Millisecond
)

var roles = []string{"app", "app-pid", "app-fork", "app-daemon", "app-default", "app-go", "app-quick"}

// Open builds the applications with the go command and tries whether a container can be started. Dir is an empty directory that
// the caller removes when all runs have ended. It returns an error that wraps ErrImpossible where the machine does not allow it.
func Open(ctx context.Context, dir string) (*Harness, error) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return nil, fmt.Errorf("%w: app knows nothing of %s", ErrImpossible, runtime.GOARCH)
	}
	h := &Harness{dir: dir}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -E main.entry", "-o", h.program(),
		"github.com/pid1lint/pid1lint/internal/live/app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the applications: %w\n%s", err, out)
	}
	o, err := h.Run(ctx, Case{Argv: []string{"./app-quick"}})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrImpossible, err)
	case o.Verdict != EndsAtOnce:
		return nil, fmt.Errorf("%w: trying it: %v", ErrImpossible, &o)
	}
	return h, nil
}

func (h *Harness) program() string { return filepath.Join(h.dir, "stage") }

// Run starts a container, stops it and removes it. It returns an error where the case could not be tried: a failed set-up, a case
// that never comes to rest, or a context that is done.
func (h *Harness) Run(ctx context.Context, c Case) (Outcome, error) {
	o, err := h.run(ctx, c)
	if err != nil {
		return o, fmt.Errorf("running %q: %w", c.Argv, err)
	}
	return o, nil
}

func (h *Harness) run(ctx context.Context, c Case) (o Outcome, err error) {
	c = c.withDefaults()
	dir, err := os.MkdirTemp(h.dir, "run-")
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := h.lay(dir, c); err != nil {
		return o, err
	}

	// A container dies with the thread that starts it, so the thread must live as long as the container.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := time.Now()
	k, refused, err := h.start(dir, c)
	if err != nil {
		return o, err
	}
	defer k.kill()
	defer context.AfterFunc(ctx, k.kill)()
	if refused != "" {
		o.Refused = refused
		o.judge(false)
		return o, nil
	}

	journal := &journal{path: filepath.Join(dir, "w/.live/log")}
	tree, err := k.rest(journal, c)
	if err != nil {
		return o, fmt.Errorf("%w; its output: %q", err, k.output())
	}
	defer tree.close()
	o.Before = k.output()
	revived := false
	if tree != nil {
		o.Stopped = true
		begin = time.Now()
		if err := k.cmd.Process.Signal(c.Signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return o, err
		}
		select {
		case <-k.ended:
		case <-time.After(c.Grace):
			if revived, err = tree.mark(k.cmd.Process.Pid, journal); err != nil {
				return o, err
			}
			k.kill()
		}
	}
	<-k.ended
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	o.Took = time.Since(begin)
	o.Status = k.status
	if err := journal.read(); err != nil {
		return o, err
	}
	o.Started = len(journal.ready) > 0
	o.Processes = tree.ends(journal)
	o.Output = k.output()
	o.judge(revived)
	return o, nil
}

func (c Case) withDefaults() Case {
	if c.Signal == 0 {
		c.Signal = unix.SIGTERM
	}
	if c.Grace == 0 {
		c.Grace = 2 * time.Second
	}
	if c.Settle == 0 {
		c.Settle = 100 * time.Millisecond
	}
	if c.Apps == 0 {
		c.Apps = 1
	}
	return c
}

// lay fills a directory: "w" is the working directory, "files" holds what stage is to copy there, "root" is the place of the root
// directory.
//
// Copying is left to stage because a file that is open for writing cannot be run, and a process that is being started beside this
// one holds a copy of all that is open here.
func (h *Harness) lay(dir string, c Case) error {
	w := filepath.Join(dir, "w")
	files := filepath.Join(dir, "files")
	for _, name := range []string{filepath.Join(dir, "root"), files, w, filepath.Join(w, ".live")} {
		if err := os.Mkdir(name, 0o755); err != nil {
			return err
		}
	}
	for _, role := range roles {
		if err := os.Link(h.program(), filepath.Join(w, role)); err != nil {
			return err
		}
	}
	// A process of any user may write records and files.
	for name, mode := range map[string]os.FileMode{w: 0o777, filepath.Join(w, ".live/log"): 0o666} {
		if mode == 0o666 {
			if err := os.WriteFile(name, nil, mode); err != nil {
				return err
			}
		}
		if err := os.Chmod(name, mode); err != nil {
			return err
		}
	}
	for _, s := range shells {
		if s.link == "" {
			continue
		}
		link := filepath.Join(dir, s.link)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(s.program, link); err != nil {
			return err
		}
	}
	for _, f := range c.Files {
		name := filepath.Join(files, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		mode := f.Mode
		if mode == 0 {
			mode = 0o755
		}
		if err := os.WriteFile(name, []byte(f.Content), mode); err != nil {
			return err
		}
	}
	return nil
}

// A container is the PID 1 of a run.
type container struct {
	cmd    *exec.Cmd
	path   string             // of its output
	ended  chan struct{}      // closed when it has ended
	status syscall.WaitStatus // valid then
}

// kill kills everything and waits until it is gone. A second time does nothing.
func (k *container) kill() {
	_ = k.cmd.Process.Kill() // it may be gone already
	<-k.ended
}

// output is what was written so far.
func (k *container) output() string {
	text, err := os.ReadFile(k.path)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// start starts stage, and returns when that has become the command, or with the errno with which the kernel refused to.
func (h *Harness) start(dir string, c Case) (k *container, refused string, err error) {
	k = &container{path: filepath.Join(dir, "output"), ended: make(chan struct{})}
	output, err := os.Create(k.path)
	if err != nil {
		return nil, "", err
	}
	defer closeFile(output)
	reports, writer, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer closeFile(reports)
	cmd := exec.Command(h.program(), append([]string{dir}, c.Argv...)...)
	cmd.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/w"}, c.Env...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.ExtraFiles = []*os.File{writer}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS,
		Setsid:     true,
		Pdeathsig:  unix.SIGKILL,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	err = cmd.Start()
	closeFile(writer)
	if err != nil {
		return nil, "", fmt.Errorf("making namespaces: %w", err)
	}
	k.cmd = cmd
	go func() {
		_ = cmd.Wait() // how it ended is no error
		k.status, _ = cmd.ProcessState.Sys().(syscall.WaitStatus)
		close(k.ended)
	}()
	report, err := io.ReadAll(reports)
	if errno, ok := bytes.CutPrefix(report, []byte("exec ")); ok && err == nil {
		return k, string(errno), nil
	}
	if len(report) > 0 && err == nil {
		err = errors.New(string(report))
	}
	if err != nil {
		k.kill()
		return nil, "", err
	}
	return k, "", nil
}

// closeFile closes what was only read, or what another process writes to: there is nothing to lose.
func closeFile(f *os.File) { _ = f.Close() }

// rest waits until the launch has come to rest: its applications are ready and all processes sleep. It returns nil where PID 1
// ends before.
func (k *container) rest(journal *journal, c Case) (*tree, error) {
	pid := k.cmd.Process.Pid
	begin := time.Now()
	var ready time.Time // when the applications were
	var last string     // what the processes looked like
	var since time.Time // since when
	wait := poll
	for {
		select {
		case <-k.ended:
			return nil, nil
		case <-time.After(wait):
		}
		now := time.Now()
		if ready.IsZero() {
			if err := journal.read(); err != nil {
				return nil, err
			}
			if len(journal.ready) < c.Apps {
				if now.Sub(begin) > startTime {
					return nil, fmt.Errorf("%d of %d applications were ready after %v", len(journal.ready), c.Apps, startTime)
				}
				continue
			}
			ready = now
			wait = 2 * poll // looking at processes costs more
		}
		look, quiet := survey(pid)
		if !quiet || look != last {
			last, since = look, now
		}
		if now.Sub(since) < c.Settle && now.Sub(ready) < restTime {
			continue
		}
		tree, err := readTree(pid)
		if err != nil {
			// PID 1 may have ended just now, and nobody has noticed yet.
			select {
			case <-k.ended:
				return nil, nil
			case <-time.After(restTime):
				return nil, err
			}
		}
		return tree, nil
	}
}

// Missing lists those of some programs that are not in PATH. The name "root" stands for the user that runs the test: some
// programs want to change groups, which a user namespace does not allow.
func Missing(names ...string) []string {
	var missing []string
	for _, name := range names {
		_, err := exec.LookPath(name)
		if name == "root" && os.Geteuid() == 0 {
			err = nil
		}
		if err != nil {
			missing = append(missing, name)
		}
	}
	return missing
}

// A journal is what the applications recorded.
type journal struct {
	path  string
	ready map[int]string // the role by PID
	told  map[int][]syscall.Signal
	done  map[int]bool
}

func (j *journal) read() error {
	text, err := os.ReadFile(j.path)
	if err != nil {
		return err
	}
	j.ready, j.told, j.done = map[int]string{}, map[int][]syscall.Signal{}, map[int]bool{}
	for line := range strings.Lines(string(text)) {
		var at, pid int
		var role, event string
		var signal syscall.Signal
		if n, _ := fmt.Sscan(line, &at, &pid, &role, &event, &signal); n < 4 {
			return fmt.Errorf("reading the log: %q", line)
		}
		switch event {
		case "ready":
			j.ready[pid] = role
		case "signal":
			j.told[pid] = append(j.told[pid], signal)
		case "done":
			j.done[pid] = true
		}
	}
	return nil
}
