package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tryHarness returns a harness, or skips the test.
func tryHarness(t *testing.T) *Harness {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	h, err := Open(t.Context(), t.TempDir())
	if errors.Is(err, ErrImpossible) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestSurroundings looks at what a command finds as PID 1.
func TestSurroundings(t *testing.T) {
	t.Parallel()
	h := tryHarness(t)
	script := `
echo "pid $$"
pwd
readlink /proc/self/fd/0
while read -r line; do # no program: dash blocks signals for a moment when it starts one
	case $line in NSsid*|SigBlk*|SigIgn*) echo "$line" ;; esac
done </proc/1/status
echo "$HOME" "$EXTRA" "$(ls /tmp)"
exec ./app
`
	o, err := h.Run(t.Context(), Case{Argv: []string{"sh", "-c", script}, Env: []string{"EXTRA=x y"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "pid 1\n/w\n/dev/null\nNSsid:\t1\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n/w x y \n"
	lines := strings.Split(o.Output, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "NSsid:") { // its session, here and there
			fields := strings.Fields(line)
			lines[i] = "NSsid:\t" + fields[len(fields)-1]
		}
	}
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if o.Verdict != Graceful || o.First() != "app" || o.Took < 300*time.Millisecond {
		t.Errorf("got %v", &o)
	}
}

// TestOutcome looks at the whole outcome of one launch of each kind.
func TestOutcome(t *testing.T) {
	t.Parallel()
	h := tryHarness(t)
	tests := []struct {
		c    Case
		want string // without what differs from run to run
	}{
		{
			Case{Argv: []string{"./app"}, Signal: syscall.SIGQUIT},
			"graceful first=app stopped=true told=[quit] code 0 [app finished]",
		}, {
			Case{Argv: []string{"./app-default"}},
			"ignored first=app-default stopped=true told=[] signal 9 [app-default stuck]",
		}, {
			Case{Argv: []string{"./app-go"}},
			"abrupt first=app-go stopped=true told=[] code 2 [app-go exited]",
		}, {
			Case{Argv: []string{"sh", "-c", "trap 'exit 3' TERM; ./app & sleep 100 & wait"}},
			"lost first=sh stopped=true told=[] code 3 [sh exited app killed sleep killed]",
		}, {
			Case{Argv: []string{"sh", "-c", "trap 'kill $!' TERM; ./app-default & wait; wait"}},
			"abrupt first=sh stopped=true told=[] code 0 [sh exited app-default by default]",
		}, {
			Case{Argv: []string{"sh", "-c", "trap 'kill $!; wait' TERM; ./app & sleep 100; true"}},
			"ignored first=sh stopped=true told=[] signal 9 [sh stuck app stuck sleep stuck]",
		}, {
			Case{Argv: []string{"./nosuch"}},
			"fails-to-start first= stopped=false told=[] code 0 []",
		}, {
			Case{Argv: []string{"sh", "-c", "exit 5"}},
			"fails-to-start first= stopped=false told=[] code 5 []",
		}, {
			Case{Argv: []string{"./app-fork"}},
			"graceful first=app-fork stopped=true told=[terminated] code 0 [app-fork finished app-fork killed]",
		},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.c.Argv, " "), func(t *testing.T) {
			t.Parallel()
			o, err := h.Run(t.Context(), tt.c)
			if err != nil {
				t.Fatal(err)
			}
			var ends []string
			for _, p := range o.Processes {
				if p.End == Vanished {
					t.Skip("this kernel does not say how processes end")
				}
				ends = append(ends, p.Name(), string(p.End))
			}
			got := fmt.Sprintf("%s first=%s stopped=%v told=%v %s %v", o.Verdict, o.First(), o.Stopped, o.Told(), statusText(o.Status), ends)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s\n%v", got, tt.want, &o)
			}
		})
	}
}

// TestInheritedIgnore: app-default ignores what was ignored when it began, as a program in C does.
func TestInheritedIgnore(t *testing.T) {
	t.Parallel()
	h := tryHarness(t)
	script := "trap '' TERM; ./app-default & trap 'kill -TERM $! && echo sent; wait' QUIT; wait"
	o, err := h.Run(t.Context(), Case{Argv: []string{"sh", "-c", script}, Signal: syscall.SIGQUIT, Grace: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if o.Verdict != Ignored || o.Output != "sent\n" {
		t.Errorf("got %v", &o)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	h := tryHarness(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	begin := time.Now()
	_, err := h.Run(ctx, Case{Argv: []string{"./app-default"}, Grace: time.Minute})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 20*time.Second {
		t.Errorf("got %v after %v", err, time.Since(begin))
	}
}

// TestKilled kills a test that runs a container, and sees that nothing is left of it.
func TestKilled(t *testing.T) {
	const variable = "PID1LINT_LIVE_KILLED"
	if dir := os.Getenv(variable); dir != "" {
		h, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Run(t.Context(), Case{Argv: []string{"sh", "-c", "./app & ./app-daemon; wait"}, Apps: 2, Grace: time.Minute})
		t.Fatal("it has ended before it was killed: ", err)
	}
	t.Parallel()
	tryHarness(t)
	dir := t.TempDir()
	victim := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	victim.Env = append(os.Environ(), variable+"="+dir)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	pids := waitFor(t, func() []int {
		pids := descendants(victim.Process.Pid)
		names := map[string]int{}
		for _, pid := range pids {
			if p, _, err := readProcess(pid); err == nil {
				names[p.Name()]++
			}
		}
		if names["sh"] == 1 && names["app"] == 1 && names["app-daemon"] == 1 {
			return pids
		}
		return nil
	})
	victim.Process.Kill()
	victim.Wait()
	waitFor(t, func() []int {
		alive := slices.ContainsFunc(pids[1:], func(pid int) bool { return syscall.Kill(pid, 0) == nil })
		if alive {
			return nil
		}
		return pids
	})
}

func waitFor(t *testing.T, f func() []int) []int {
	t.Helper()
	for range 3000 {
		if pids := f(); pids != nil {
			return pids
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("waited for 30 s")
	return nil
}
