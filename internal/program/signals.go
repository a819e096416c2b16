package program

// The tables of this package are slices of rows that the compiler lays out, so that they cost nothing at start-up. A new row goes
// into the table of its kind, in front of a more general one of the same name, with its source: "measured" and the version, or
// where it is documented. TestTables checks them; what was measured goes into testdata/launchers.tsv of internal/process, too.

// Signals is a set of signals of Linux, bit n for signal n.
type Signals uint64

const (
	hup    Signals = 1 << 1
	intr   Signals = 1 << 2
	quit   Signals = 1 << 3
	usr1   Signals = 1 << 10
	usr2   Signals = 1 << 12
	term   Signals = 1 << 15
	ttin   Signals = 1 << 21
	ttou   Signals = 1 << 22
	winch  Signals = 1 << 28
	rtmin3 Signals = 1 << 37
)

const (
	kill Signals = 1 << 9
	stop Signals = 1 << 19
)

// signalNames are the signals of Linux by their names, those alone that programs handle.
var signalNames = map[string]Signals{
	"SIGHUP": hup, "SIGINT": intr, "SIGQUIT": quit, "SIGABRT": 1 << 6, "SIGKILL": kill, "SIGUSR1": usr1, "SIGSEGV": 1 << 11, "SIGUSR2": usr2,
	"SIGPIPE": 1 << 13, "SIGALRM": 1 << 14, "SIGTERM": term, "SIGCHLD": 1 << 17, "SIGCONT": 1 << 18, "SIGSTOP": stop, "SIGTSTP": 1 << 20,
	"SIGTTIN": ttin, "SIGTTOU": ttou, "SIGWINCH": winch, "SIGIO": 1 << 29, "SIGILL": 1 << 4, "SIGTRAP": 1 << 5, "SIGBUS": 1 << 7,
	"SIGFPE": 1 << 8, "SIGURG": 1 << 23,
}
