// Package live starts commands as PID 1 of real containers, sends the stop signal, and says what became of the application.
//
// It is for tests only: what the model of package process predicts is compared with it, and the scenarios of testdata/live say
// what is to be expected. A container here is a PID and a mount namespace with the file system of this machine, a /proc of its own
// and a working directory /w; it needs root or user namespaces, but neither Docker nor other tools.
//
// The applications are the roles of program internal/live/app. They stand in /w: app, app-pid, app-fork, app-daemon,
// app-default, app-go and app-quick.
package live

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"
)

// A Verdict says what happened to the applications, in the words of process.Verdict.
//
// The package does not import process, so that the tests of process can import it.
type Verdict string

// The verdicts that a real launch can have, from good to bad: a launch has the worst of its applications. Undecided is what this
// kernel cannot tell.
const (
	Graceful     Verdict = "graceful"
	Abrupt       Verdict = "abrupt"
	Ignored      Verdict = "ignored"
	Lost         Verdict = "lost"
	EndsAtOnce   Verdict = "ends-at-once"
	FailsToStart Verdict = "fails-to-start"
	Undecided    Verdict = "unknown"
)

// A Case is one launch to try.
type Case struct {
	Argv   []string       // looked up in PATH where the name has no slash
	Env    []string       // "NAME=value" in addition to PATH and HOME; a later one wins
	Files  []File         // in addition to the applications
	Signal syscall.Signal // the stop signal; 0 means SIGTERM
	Grace  time.Duration  // until SIGKILL; 0 means 2 seconds
	Apps   int            // how many applications to wait for before the stop signal; 0 means 1, -1 none
	Settle time.Duration  // how long all must be quiet before the stop signal; 0 means 100 ms
}

// A File is a file of the working directory.
type File struct {
	Name    string // relative to /w, with slashes
	Content string
	Mode    fs.FileMode // 0644 or 0755; 0 means 0755
}

// An Outcome is what became of a launch.
type Outcome struct {
	Verdict   Verdict
	Slow      bool       // the application finished, PID 1 stayed on until it was killed
	Reason    string     // a clause
	Processes []*Process // when the launch had come to rest, PID 1 first; none where it had ended before
	Refused   string     // what execve said: "ENOEXEC"; "ENOENT" also for a name that is not in PATH; "" where it ran
	Started   bool       // an application was seen to be ready
	Stopped   bool       // the stop signal was sent; otherwise PID 1 had ended by itself
	Status    syscall.WaitStatus
	Took      time.Duration // from the stop signal, or else the start, to the end of PID 1
	Output    string        // standard output and standard error
	Before    string        // what of it was there when the launch had come to rest
}

// A Process is one process of a launch that had come to rest.
type Process struct {
	PID, Parent int // as the container sees them
	Argv        []string
	Role        string           // which application it is: "app-default"; "" for others
	Told        []syscall.Signal // what an application's handler got
	End         End
	Status      syscall.WaitStatus // where End is ByDefault, Killed or Exited, on kernels that say so
}

// An End says how a process ended.
type End string

// The ends of a process.
const (
	Finished  End = "finished"   // an application cleaned up and ended by itself
	Exited    End = "exited"     // it called exit: a process without records, or an application that did not clean up
	ByDefault End = "by default" // the default action of a signal ended it
	Killed    End = "killed"     // SIGKILL, before the grace period was over
	Stuck     End = "stuck"      // it still ran when the grace period was over
	Vanished  End = "vanished"   // it ended before that, and this kernel does not say how
)

// First says who was PID 1 when the launch had come to rest: the role of an application, the name of another program, or "".
func (o *Outcome) First() string {
	if len(o.Processes) == 0 {
		return ""
	}
	return o.Processes[0].Name()
}

// Told lists the signals that the handlers of applications got, without repetition.
func (o *Outcome) Told() []syscall.Signal {
	var told []syscall.Signal
	seen := map[syscall.Signal]bool{}
	for _, p := range o.Processes {
		for _, s := range p.Told {
			if !seen[s] {
				seen[s] = true
				told = append(told, s)
			}
		}
	}
	return told
}

// Name is the role of an application and the base name of the first word of another program.
func (p *Process) Name() string {
	switch {
	case p.Role != "":
		return p.Role
	case len(p.Argv) > 0:
		return path.Base(p.Argv[0])
	}
	return ""
}

// String tells the whole story in a few lines, for the messages of failing tests.
func (o *Outcome) String() string {
	var b strings.Builder
	b.WriteString(string(o.Verdict))
	if o.Slow {
		b.WriteString(", slow")
	}
	fmt.Fprintf(&b, ": %s\n", o.Reason)
	for _, p := range o.Processes {
		fmt.Fprintf(&b, "  %d (child of %d) %q %s", p.PID, p.Parent, p.Argv, p.End)
		if len(p.Told) > 0 {
			fmt.Fprintf(&b, ", told %v", p.Told)
		}
		b.WriteByte('\n')
	}
	if o.Refused == "" {
		fmt.Fprintf(&b, "  PID 1 ended with %s after %v\n", statusText(o.Status), o.Took.Round(10*time.Millisecond))
	}
	if o.Output != "" {
		fmt.Fprintf(&b, "  output: %q\n", o.Output)
	}
	return b.String()
}

func statusText(status syscall.WaitStatus) string {
	if status.Signaled() {
		return fmt.Sprintf("signal %d", status.Signal())
	}
	return fmt.Sprintf("code %d", status.ExitStatus())
}
