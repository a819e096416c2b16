package process

import (
	"fmt"
	"strconv"
	"strings"
)

// A Signal is a signal number of Linux on amd64 and arm64.
type Signal int

// The signals that the model names.
const (
	SIGHUP   Signal = 1
	SIGINT   Signal = 2
	SIGQUIT  Signal = 3
	SIGKILL  Signal = 9
	SIGUSR1  Signal = 10
	SIGSEGV  Signal = 11
	SIGUSR2  Signal = 12
	SIGPIPE  Signal = 13
	SIGTERM  Signal = 15
	SIGCHLD  Signal = 17
	SIGCONT  Signal = 18
	SIGSTOP  Signal = 19
	SIGTSTP  Signal = 20
	SIGTTIN  Signal = 21
	SIGTTOU  Signal = 22
	SIGURG   Signal = 23
	SIGWINCH Signal = 28
	sigRTMin Signal = 34
	sigRTMax Signal = 64
)

// Source: signal(7), x86 and arm column.
var signalNames = [...]string{
	1: "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
	"STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
}

// String returns the canonical name of a signal: "SIGTERM", "SIGRTMIN+3".
func (s Signal) String() string {
	switch {
	case s > 0 && int(s) < len(signalNames):
		return "SIG" + signalNames[s]
	case s == sigRTMin:
		return "SIGRTMIN"
	case s > sigRTMin && s <= sigRTMax:
		return fmt.Sprintf("SIGRTMIN+%d", s-sigRTMin)
	}
	return strconv.Itoa(int(s))
}

// ParseSignal takes a signal as STOPSIGNAL and Compose write it, a number or a name with or without SIG in any case, and
// returns it, or false where there is no such signal.
//
// Source: github.com/moby/sys/signal, ParseSignal.
func ParseSignal(text string) (Signal, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return Signal(n), n > 0 && n <= int(sigRTMax)
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for number, known := range signalNames {
		if number > 0 && name == known {
			return Signal(number), true
		}
	}
	switch name {
	case "IOT":
		return 6, true
	case "CLD":
		return SIGCHLD, true
	case "POLL":
		return 29, true
	case "RTMIN":
		return sigRTMin, true
	case "RTMAX":
		return sigRTMax, true
	}
	if rest, ok := strings.CutPrefix(name, "RTMIN+"); ok {
		if n, err := strconv.Atoi(rest); err == nil && n >= 0 && n <= int(sigRTMax-sigRTMin) {
			return sigRTMin + Signal(n), true
		}
	}
	if rest, ok := strings.CutPrefix(name, "RTMAX-"); ok {
		if n, err := strconv.Atoi(rest); err == nil && n >= 0 && n <= int(sigRTMax-sigRTMin) {
			return sigRTMax - Signal(n), true
		}
	}
	return 0, false
}

// terminates reports whether the default action of a signal ends a process. Source: signal(7).
func (s Signal) terminates() bool {
	switch s {
	case 0, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH:
		return false
	}
	return true
}
