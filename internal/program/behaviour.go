package program

import (
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// A Behaviour is what the source of a program says that it does with signals. Of a signal that is in none of its sets the source
// says nothing certain.
type Behaviour struct {
	Graceful Signals // it has a handler for them, which lets it finish for all that can be seen
	Abrupt   Signals // they end it with its work undone, handled or not
	Deaf     Signals // it handles them without ending
	None     Signals // it has no handler for them: as PID 1 it ignores them, else their default action ends it

	Why    string        // a clause on what it does with the signals that are not in Graceful: "nothing in main.go handles it"
	Does   string        // a clause on what it does on SIGTERM: "catches it (main.go:12) and calls stop (main.go:20)"; "" where that is not known
	Unless string        // the packages that may have a handler, where nothing else can: "dotenv-flow or newrelic"; "" otherwise
	Main   parser.Span   // where it begins: the function main, the first line of a script
	Serves parser.Span   // where it begins to take requests from others; zero where that is not seen
	Drain  time.Duration // the longest time that it gives its work to finish; 0 where that is not known
	Drains parser.Span   // where that is written
	Facts  []Fact
	Starts *Started       // the command that it starts as its last act; nil where it does its work itself
	Files  []*parser.File // all that this rests on
}

// Decides reports whether the source says what a signal does.
func (b *Behaviour) Decides(sig Signals) bool {
	return (b.Graceful|b.Abrupt|b.Deaf|b.None)&sig != 0
}

// A Fact is something in the source of a program that a rule may find.
type Fact struct {
	Kind  FactKind
	Span  parser.Span
	Text  string        // what it is depends on the kind
	Edits []parser.Edit // what puts it right; none where that is not certain
}

// A FactKind tells facts apart.
type FactKind string

// The kinds of facts.
const (
	Uncatchable       FactKind = "uncatchable"        // a handler for a signal that none can have; Text is its name
	UnbufferedChannel FactKind = "unbuffered-channel" // signals are sent to a channel that takes them only while somebody receives; Text is its name
	SignalLeftOut     FactKind = "signal-left-out"    // a handler is for other signals only; Text is the name of the one to add, SIGTERM
	ExitsUndrained    FactKind = "exits-undrained"    // a handler ends the program while requests are served; Text is a clause: "calls os.Exit"
)

// A Command is what a process is started with.
type Command struct {
	File string   // absolute path of the program in the image; its name alone where nothing is seen to create it
	Args []string // the first one is the program
	Dir  string   // working directory, "" where it is not known

	// Getenv returns any variable, "" for one that is not set and Unresolved for one that is not known; nil where none is known.
	Getenv func(name string) string
}

// Variables are what of the environment changes what a program does with signals. A Behaviour is kept by their values in a run, so no
// detector looks at others.
var Variables = []string{"FLASK_DEBUG", "FLASK_ENV", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH"}

// Sources are the files of the project as they stand in an image, or in a stage that something of it was built in. How many files
// and bytes can be read is limited.
type Sources interface {
	// File returns the file of the project that stands, as it is, at an absolute path. It returns nil where there is none, where what
	// stands there is something else or not known, and behind the limit.
	File(path string) *parser.File
	// Names returns what instructions put into a folder, sorted. Not all of it needs to be there still.
	Names(dir string) []string
	// Origin returns how a file that is none of the project was made; nil where that is not known.
	Origin(path string) *Origin
}

// An Origin is how a file was made.
type Origin struct {
	Path    string  // where the file stood when it was made: "/src/app" of what is copied to "/usr/bin/app" later
	Sources Sources // what stood around it
	// Commands returns what was run before and to make the file, in order; those that depend on a condition are not Sure. It returns
	// none where no instruction has one of the words in its text, for reading instructions takes time.
	Commands func(words ...string) []BuildCommand
}

// A BuildCommand is one command of a RUN instruction.
type BuildCommand struct {
	Args []parser.Word // with variables replaced; not Known where one has no known value
	Dir  string        // working directory, "" where it is not known
	Sure bool          // it is run in every case
}

// detectors read the source of programs, each that of one language. The first one that returns something decides.
var detectors = []func(Command, Sources) *Behaviour{goBehaviour, nodeBehaviour, pythonBehaviour}

// Read returns what the source of a program says that it does with signals. It returns nil where it is not found, is not of a
// language that is known, or cannot be parsed.
func Read(c Command, s Sources) *Behaviour {
	for _, detect := range detectors {
		if b := detect(c, s); b != nil {
			return b
		}
	}
	return nil
}
