package process

import (
	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// A Fact is something that a shell of the launch met on its way, for rules.
type Fact struct {
	Kind  FactKind
	Span  parser.Span
	Text  string // a sentence or a name; what it is depends on the kind
	PID   int    // the process that met it
	Shell image.Shell
}

// A FactKind tells facts apart.
type FactKind string

// The kinds of facts.
const (
	ImplicitExec     FactKind = "implicit-exec"      // the shell became its last command by itself
	ExecInPipeline   FactKind = "exec-in-pipeline"   // exec replaced a subshell of a pipeline only
	ExecInBackground FactKind = "exec-in-background" // exec replaced a subshell in the background only
	ExecNothing      FactKind = "exec-nothing"       // exec had nothing to run
	TrapSet          FactKind = "trap"               // a trap was set; Text is the signal
	TrapReset        FactKind = "trap-reset"         // exec ended traps
	KillTrap         FactKind = "kill-trap"          // a trap on KILL or STOP
	BadTrap          FactKind = "bad-trap"           // a trap on a name that the shell does not know
	SigPrefix        FactKind = "sig-prefix"         // trap ... SIGTERM where the shell knows TERM only
	KillGroup        FactKind = "kill-group"         // kill 0
	RefusedConstruct FactKind = "refused"            // the shell does not know a construct; Text says what follows
	WaitsTooLong     FactKind = "waits-too-long"     // supervisord kills a program only when the container is killed; Text is "name: seconds"
	StopsUnheard     FactKind = "stops-unheard"      // supervisord is to stop a program with a signal that none can handle; Text is "name: signal"
	Unread           FactKind = "unread"             // a file that the shell reads is not known; Text is its name
	SyntaxRefused    FactKind = "syntax"             // the shell ends with a syntax error; Text is the construct
)
