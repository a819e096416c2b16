// Package process predicts which processes a container start leads to and what the stop signal does to them.
//
// It runs the start in a small model of the kernel: processes, signals, wait, and the shells with their differences. The
// stop signal is then sent to PID 1 of the model, and what happens to the application is the verdict.
package process

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// A Verdict says what happens to the application's processes when the stop signal reaches PID 1.
type Verdict string

// The verdicts, as the JSON output names them.
const (
	Graceful     Verdict = "graceful"       // the application gets the signal, handles it, and PID 1 stays until it has finished
	Abrupt       Verdict = "abrupt"         // the stop signal itself ends the application at once
	Ignored      Verdict = "ignored"        // an application still runs when the grace period is over, and is killed
	Lost         Verdict = "lost"           // something other than itself kills the application before the grace period is over
	EndsAtOnce   Verdict = "ends-at-once"   // the container ends by itself before any stop signal
	FailsToStart Verdict = "fails-to-start" // the kernel or the shell cannot run what should be started
	Undecided    Verdict = "unknown"        // the model cannot tell; Launch.Unknown has the reasons
)

// A Kind says where a launch is written.
type Kind string

// The kinds of launches, as the JSON output names them.
const (
	KindDockerfile Kind = "dockerfile"
	KindCompose    Kind = "compose"
	KindKubernetes Kind = "kubernetes"
	KindScript     Kind = "script"
)

// A Role says what a process is for.
type Role string

// The roles, as the JSON output names them.
const (
	RoleShell      Role = "shell"
	RoleInit       Role = "init"
	RoleLauncher   Role = "launcher"
	RoleSupervisor Role = "supervisor"
	RoleApp        Role = "app"
)

// How says by which means a process came to run.
type How string

// The means, as the JSON output names them.
const (
	ByExec       How = "exec"       // it is PID 1, or it replaced the process before it
	AsChild      How = "child"      // its parent waits for it
	InBackground How = "background" // its parent goes on beside it
)

// A Gap is something that could not be known and that the verdict would need.
type Gap struct {
	Span   parser.Span
	Reason string // a clause that stands alone: "start.sh is not in the build context"
}

// A Start is what the kernel is asked to run when a container starts.
type Start struct {
	Kind     Kind
	Target   string      // stage, service or container, "" for the last stage
	Base     string      // the base image as it is known: "debian:12"
	BaseFile string      // the Dockerfile of the project that builds Base, "" for an image from elsewhere
	FromBase []string    // what of the start the base image brings, for people: "STOPSIGNAL SIGQUIT"
	Origin   parser.Span // the instruction or field that says what is started, FROM where that is inherited

	Argv       []parser.Word      // ENTRYPOINT and CMD joined, the shell of a shell form in front
	Script     *parser.Script     // the body of a shell form, exact in its places; nil otherwise
	ScriptArg  int                // the index in Argv of the word that Script is
	ShellForm  parser.Span        // the instruction in shell form that the kernel's argv comes from; zero in exec form
	Broken     *parser.BrokenJSON // why the instruction in shell form is not the JSON form that it looks like; nil otherwise
	IgnoredCmd parser.Span        // a CMD that an ENTRYPOINT in shell form leaves without effect; zero otherwise
	Inherited  bool               // the whole command comes from the base image

	Env             map[string]string // set by the image; other variables are not known
	Dir             string            // absolute working directory
	Closed          bool              // Env is all there is: what it does not name is not set
	User            string            // USER of the image; "" and "root" are root
	Init            bool              // the runtime puts its own init in front: docker run --init, init: true
	Input           bool              // standard input stays open: docker run -i or -t
	SharedPID       parser.Span       // where it is said that the container has no PID namespace of its own; zero where it has one
	Dropped         parser.Span       // the end of a command that Compose leaves out, from an operator of a shell on; zero where there is none
	Signal          Signal            // 0 means SIGTERM
	SignalAt        parser.Span       // where it is written, FROM where it is inherited; zero where it is not
	SignalInherited bool              // it comes from the base image
	SignalUnknown   string            // what is written where there is no such signal
	Grace           time.Duration     // 0 means 10 seconds
	Musl            bool              // programs of the image are linked with musl
	PreStop         *Hook             // what the runtime does first; nil for nothing
	OneShot         bool              // it is to end by itself: a Job, an init container
	GraceAt         parser.Span       // where Grace is written; zero where it is not
	Fields          parser.Span       // the empty place at the end of the line in front of the fields of a Compose service; zero where there is none
	Awaited         string            // who waits for its end: "the Job"; "" where nobody does
	ImageAt         parser.Span       // where the image is named that is used as it is; zero in a Dockerfile
	Gaps            []Gap             // what was not known before the prediction began; makes the verdict unknown

	// Scripts are the programs behind -c in words of Argv and PreStop whose text is written in another way than it is read.
	Scripts map[parser.Word]*parser.Script
}

// StopSignal returns the signal that stops the container: SIGTERM where none is set, as Docker, Compose and Kubernetes have it.
func (s *Start) StopSignal() Signal {
	if s.Signal == 0 {
		return SIGTERM
	}
	return s.Signal
}

// GracePeriod returns how long the runtime waits between the stop signal and SIGKILL: 10 seconds where nothing is set, which
// is the default of docker stop and of Compose.
func (s *Start) GracePeriod() time.Duration {
	if s.Grace <= 0 {
		return 10 * time.Second
	}
	return s.Grace
}

// A Launch is one way a container starts, and what was predicted of it.
type Launch struct {
	Start
	Shell   image.Shell // the first shell that is involved, zero where none is
	Root    *Process    // PID 1 when the launch has come to rest; nil where nothing starts
	Verdict Verdict
	Slow    bool       // the application finishes, PID 1 stays on until it is killed
	OneShot bool       // a command that ends by itself when it is done
	Idle    bool       // nothing works in the container: a loop, sleep or tail keeps it alive
	Reason  string     // one sentence
	Cause   Cause      // what stands in the way of the signal, for rules; "" where nothing does
	At      *Process   // the process of Cause; nil where there is none
	App     *Process   // the application that the verdict is about; nil where there is none
	Chain   []*Process // from PID 1 down to App
	Branch  []Choice   // the unknown conditions that lead to this end, outermost first
	Unknown []Gap
	Facts   []Fact  // what the shells of the launch met on their way, for rules
	Hooked  *Hooked // what became of PreStop; nil where there is none
	Failure *Failure

	ranks []int // how the applications of its branches end, the worst first; none where that is not told apart
}

// A Choice is one unknown condition and how it was taken to turn out.
type Choice struct {
	Span  parser.Span // the condition
	Taken string      // "true", "false", or the pattern of a case
}

// A Failure says why something could not start.
type Failure struct {
	Span   parser.Span
	Status int // exit status that is left; -1 where the kernel itself refuses
	Kind   FailureKind
	Reason string         // a sentence
	Script *parser.Script // the file that cannot be run, nil where it is none of the project
	Put    parser.Span    // the instruction that put the file there that cannot be run; may be zero
}

// FailureKind tells failures apart for rules.
type FailureKind string

// The kinds of failures.
const (
	NoSuchFile     FailureKind = "no such file"
	NotExecutable  FailureKind = "not executable"
	NoShebang      FailureKind = "no shebang"
	CarriageReturn FailureKind = "carriage return"
	NoInterpreter  FailureKind = "no interpreter"
	NoShell        FailureKind = "no shell"
	BadOption      FailureKind = "bad option"
	BadSyntax      FailureKind = "bad syntax"
	Refused        FailureKind = "refused"        // a shell refuses a construct
	NoSuchSignal   FailureKind = "no such signal" // STOPSIGNAL
	GivesUp        FailureKind = "gives up"       // a script ends with an error of its own
)

// Rank orders launches by how they end on a stop, 0 for the best. One that cannot be known is worse than a graceful one and
// better than any other.
func (l *Launch) Rank() int { return rankOf(l.Verdict, l.Slow) }

// Advances reports whether an application in a branch of the launch ends better than it did before, and none ends worse, whichever of
// them the launch is about.
func (l *Launch) Advances(before *Launch) bool {
	better := false
	for i := range max(len(l.ranks), len(before.ranks), 1) {
		now, then := l.rankOf(i), before.rankOf(i)
		if now > then {
			return false
		}
		better = better || now < then
	}
	return better
}

// Release lets go of the parsed scripts, which take more memory than all else and which only rules need.
func (l *Launch) Release() {
	l.Script, l.Scripts = nil, nil
	if l.Failure != nil {
		l.Failure.Script = nil
	}
	for _, p := range append([]*Process{l.Root, l.App, l.At}, l.Chain...) {
		p.release()
	}
}

// ReleaseStart lets go of what only rules, and reports that tell all there is of a launch, ask of it: what its shells met, and how it was
// started.
func (l *Launch) ReleaseStart() {
	l.Argv, l.Env, l.FromBase, l.Gaps = nil, nil, nil, nil
	l.Facts, l.Hooked = nil, nil
}

// Drawn returns what is drawn of a launch, without its places in files: how it ends, and its processes with what becomes of them. All
// that look alike are one in kept.
func (l *Launch) Drawn(kept *sync.Map) *Launch {
	d := &Launch{Start: Start{Kind: l.Kind, SharedPID: l.SharedPID, Signal: l.Signal, Grace: l.Grace}, Verdict: l.Verdict, Slow: l.Slow}
	var look strings.Builder
	fmt.Fprint(&look, l.Kind, l.SharedPID, l.Signal, l.Grace, l.Verdict, l.Slow)
	d.Root = d.draw(l.Root, l, &look)
	found, _ := kept.LoadOrStore(look.String(), d)
	return found.(*Launch)
}

// draw returns what is drawn of a process of another launch, and writes down all of that.
func (l *Launch) draw(p *Process, of *Launch, look *strings.Builder) *Process {
	if p == nil {
		return nil
	}
	d := &Process{Argv: slices.Clone(p.Argv), Receives: p.Receives, Why: p.Why, End: p.End}
	if p == of.At {
		l.At = d
	}
	if p == of.App {
		l.App = d
	}
	fmt.Fprintf(look, "\n%v %q %q %t %t %d", p.Receives, p.Why, p.End, p == of.At, p == of.App, len(p.Children))
	for i, word := range p.Argv {
		d.Argv[i].Span = parser.Span{}
		fmt.Fprintf(look, " %q %t", word.Text, word.Known)
	}
	for _, child := range p.Children {
		d.Children = append(d.Children, l.draw(child, of, look))
	}
	return d
}

// Short returns what is needed of a launch to count it, to compare it by how it ends, and to say why nothing can be said of it. One
// that is compared by its processes is returned as it is, and all others that are alike are one in kept.
func (l *Launch) Short(kept *sync.Map) *Launch {
	switch l.Verdict {
	case Ignored, Lost:
		return l
	case Undecided:
		return &Launch{Start: Start{Kind: l.Kind, Target: l.Target, Origin: l.Origin, Inherited: l.Inherited}, Verdict: l.Verdict, Reason: l.Reason, Unknown: l.Unknown, ranks: l.ranks}
	}
	key := fmt.Sprint(l.Kind, l.Verdict, l.Slow, l.OneShot, l.Idle, l.ranks)
	short, ok := kept.Load(key)
	if !ok {
		short, _ = kept.LoadOrStore(key, &Launch{Start: Start{Kind: l.Kind}, Verdict: l.Verdict, Slow: l.Slow, OneShot: l.OneShot, Idle: l.Idle, ranks: l.ranks})
	}
	return short.(*Launch)
}

func (p *Process) release() {
	if p == nil {
		return
	}
	p.Script, p.Reads, p.From = nil, nil, nil
	for _, child := range p.Children {
		child.release()
	}
}

func (l *Launch) rankOf(i int) int {
	switch {
	case len(l.ranks) == 0 && i == 0:
		return l.Rank()
	case i < len(l.ranks):
		return l.ranks[i]
	}
	return 0
}

// A Process is one process of a launch when it has come to rest.
type Process struct {
	PID      int
	Argv     []parser.Word
	Role     Role
	How      How
	Span     parser.Span    // the command that started it
	Script   *parser.Script // what a shell reads, nil for other programs
	Reads    []Read         // the files that a shell has read beside Script, with . or source
	Shell    image.Shell    // zero for other programs
	From     []Read         // what the shell has read that became it, its script first; none where it was no shell
	At       parser.Span    // where a shell has come to rest: the command it waits for; zero for other programs
	Waits    WaitKind       // what a shell does when it has come to rest
	WaitAt   parser.Span    // the wait or read itself; zero for other kinds of waiting
	Trap     parser.Span    // the trap of a shell on the stop signal; zero where there is none with an action
	ExitTrap parser.Span    // the trap of a shell on EXIT; zero where there is none with an action
	Receives image.Answer   // whether the stop signal or one that stands for it reaches it
	Why      string         // a clause: what it does with the signal
	End      End
	Told     bool     // it handles the stop signal by finishing its work
	Utility  bool     // it does one piece of work and ends, like cp
	Got      []Signal // the signals that the stop brings it, in the order of their numbers
	Sender   *Process // who sends it the first of them; nil for the container runtime, its preStop hook, and where there are none

	// What is known of the program itself.
	Known      bool          // its name is that of a program of which something is known
	Stops      []Signal      // the signals that let it finish; none where that is not known
	Because    string        // a clause: what it does with signals
	Drain      time.Duration // how long it is set to finish its work; 0 where an option does not say so
	DrainAt    parser.Span   // the word that says so
	Doubt      Gap           // what is not known of it; zero where that is enough
	Instead    string        // what to start in its place, for a launcher; what keeps it in the foreground, for a daemon
	Handler    string        // the script or module that a runtime runs, whose handlers decide
	Without    End           // how the runtime ends as PID 1 if Handler does not handle the stop signal; "" where that is not known
	Limit      time.Duration // after which a launcher kills its program; 0 for never
	Switchers  []string      // for su and runuser: which of gosu, su-exec and setpriv the image surely has
	Daemonized bool          // it went into the background by itself
	Shutdown   *Shutdown     // what the settings of an application say about how it stops; nil where that is not known
	Source     *Source       // what its source says; nil where that was not found
	Children   []*Process
}

// A Read is a file that a shell has read.
type Read struct {
	Script *parser.Script
	At     parser.Span // the command that reads it
}

// WaitsTwice reports whether a shell that waits a second time for a child that has ended still returns how it ended.
//
// Source: measured, dash 0.5.12, busybox 1.35 and bash 5.2; mksh 59c and zsh 5.9 return 127.
func (p *Process) WaitsTwice() bool {
	switch p.Shell.Family {
	case image.DashDebian, image.Dash, image.Ash, image.Bash, image.BashSh:
		return true
	}
	return false
}

// ListsPipelines reports whether the first process of a pipeline in the background is the one that jobs -p of a shell prints.
//
// Source: measured, bash 5.2; in mksh 59c it is the last one, dash 0.5.12 prints none in a substitution, zsh 5.9 none at all.
func (p *Process) ListsPipelines() bool {
	return p.Shell.Family == image.Bash || p.Shell.Family == image.BashSh
}

// A WaitKind says what a shell at rest waits for.
type WaitKind string

// The kinds of waiting.
const (
	WaitsForChild WaitKind = "child" // a command in the foreground
	WaitsInWait   WaitKind = "wait"  // the builtin wait
	WaitsInRead   WaitKind = "read"  // the builtin read
	WaitsInLoop   WaitKind = "loop"  // a loop that never waits
)

// End says how a process ended after the stop signal.
type End string

// The ends of a process.
const (
	Finished  End = "finished"   // it handled the signal and ended by itself
	ByDefault End = "by default" // the default action of the signal ended it
	Killed    End = "killed"     // it was killed because PID 1 had ended, or by its launcher
	Stuck     End = "stuck"      // it still ran when the grace period was over
)

// A Hop is one step on the way of the stop signal.
type Hop struct {
	Process *Process
	Why     string
}
