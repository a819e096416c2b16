package process

import (
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
)

// traits is what sets one shell apart from another as PID 1.
//
// Source: measured, 44 builds of 10 shells as PID 1 on Linux 6.18, November 2026; the reasons are in the shells' own
// sources: dash main.c and eval.c (evalstring, evaltree: EV_EXIT) with Debian's patch 0004, busybox shell/ash.c, bash
// builtins/evalstring.c (parse_and_execute, optimize_fork) and execute_cmd.c.
type traits struct {
	family string

	// What the last command of "-c" may be for the shell to become it instead of forking.
	simple     bool // a simple command at all
	list       bool // the last of a; b
	after      bool // the last of a & b
	andOr      bool // the last of a && b
	redirected bool // a simple command with redirections
	compound   bool // the last of ( ), { }, if and case
	redirGroup bool // the last of ( ) with redirections
	redirBrace bool // the last of { } with redirections
	loop       bool // the last of the last round of for
	function   bool // the last of a function
	pipeline   bool // the last of a pipeline
	builtin    bool // behind the builtin command
	rest       restRule
	plain      bool     // only if nothing but plain characters stand in all of it (mksh)
	withS      bool     // -s beside -c makes no difference
	withI      bool     // -i makes no difference
	fileLast   restRule // the last command of a script file

	// Which traps keep it from that.
	traps trapRule

	exitTrap    exitTrapRule // what SIGTERM does while an EXIT trap is set and no trap for TERM
	waitN       answerStatus // wait -n
	jobsEmpty   bool         // $(jobs -p) is empty
	sigPrefix   bool         // trap ... SIGTERM is known
	errTrap     bool         // trap ... ERR is known
	quitDeaf    bool         // SIGQUIT has no effect on it (bash(1): "in all cases, bash ignores SIGQUIT")
	catchesInt  bool         // it handles SIGINT by itself, even as PID 1: in wait it ends, else when the command in the foreground has ended
	hupEnds     bool         // SIGHUP ends it at once
	asyncHears  bool         // commands in the background start with SIGINT and SIGQUIT ignored only where the shell has no trap on them
	fatal       bool         // it catches SIGTERM and the like by itself and ends when it gets to it
	noMonitor   monitorRule
	readBreaks  bool // a signal with a trap ends read
	pipefail    bool
	execOption  bool // exec -a and exec --
	procSubst   bool
	double      bool // [[ ]]
	arithmetic  bool // (( ))
	timeWord    bool // time is a word of the language
	execCommand bool // exec command app works
	commandExec bool // command exec app works
	fgBuiltin   bool // fg works without a terminal after set -m
	refuse      int  // exit status after a syntax error
	ampRedirect bool // &> redirects both; elsewhere it is & and >
}

// restRule says what may follow the last command.
type restRule uint8

const (
	restNever restRule = iota
	restBlank          // blanks, a comment, ;
	restLine           // that and one newline
	restLines          // newlines
	restAll            // anything that is not a command
	restEnd            // nothing but ;
)

type trapRule uint8

const (
	trapsSet    trapRule = iota // traps with an action that are set now
	trapsSticky                 // and those that were ever set
	trapsAny                    // traps with and without an action
	trapsExit                   // only that on EXIT
)

type exitTrapRule uint8

const (
	exitTrapNothing exitTrapRule = iota // SIGTERM stays without effect
	exitTrapEnds                        // the trap runs, and the shell ends
	exitTrapDeaf                        // the trap runs, and the shell goes on
)

// answerStatus is 0 for a builtin that works, otherwise the status of its failure.
type answerStatus int

type monitorRule uint8

const (
	monitorNone  monitorRule = iota // set -m is accepted, jobs get no group of their own without a terminal
	monitorWorks                    // jobs get groups of their own
	monitorFails                    // set -m is an error
)

// traitsOf returns what is known of a shell. A version that is not given counts as a recent one.
func traitsOf(id image.Shell) traits {
	v := version(id.Version)
	switch id.Family {
	case image.DashDebian:
		return traits{family: id.Family, catchesInt: true, waitN: 2, jobsEmpty: true, readBreaks: true, refuse: 2, commandExec: true,
			pipefail: v.dashPipefail()}
	case image.Dash:
		return traits{family: id.Family, simple: true, list: true, after: true, andOr: true, redirected: true, compound: true, redirGroup: true, builtin: true,
			rest: restBlank, withI: true, waitN: 2, jobsEmpty: true, readBreaks: true, refuse: 2, commandExec: true}
	case image.Ash:
		t := traits{family: id.Family, rest: restBlank, traps: trapsSticky, sigPrefix: true, readBreaks: true, quitDeaf: true, catchesInt: true, refuse: 2, commandExec: true,
			pipefail: true, execOption: v.atLeast(1, 27), double: true, ampRedirect: true, withI: true, withS: v.atLeast(1, 31),
			errTrap: v.atLeast(1, 35), procSubst: v.atLeast(1, 34)}
		if v.atLeast(1, 28) {
			t.simple, t.list, t.after, t.andOr, t.redirected, t.compound, t.redirGroup, t.builtin = true, true, true, true, true, true, true, true
		}
		return t
	case image.Bash, image.BashSh:
		return traits{family: id.Family, simple: true, quitDeaf: true, rest: restLine, sigPrefix: true, errTrap: true, refuse: 2, commandExec: true, pipefail: true,
			andOr: v.atLeast(4, 4), list: v.atLeast(5, 1), builtin: v.atLeast(5, 1), withS: true, withI: true, traps: v.bashTraps(), exitTrap: v.bashExitTrap(),
			noMonitor: monitorWorks, execOption: true, double: true, arithmetic: true, timeWord: true, fgBuiltin: true, ampRedirect: true,
			procSubst: id.Family == image.Bash || v.atLeast(5, 1)}
	case image.Zsh:
		return traits{family: id.Family, simple: true, list: true, after: true, andOr: true, redirected: true, compound: true, redirGroup: true, redirBrace: true,
			loop: true, builtin: true, rest: restAll, sigPrefix: true, errTrap: true, waitN: 127, jobsEmpty: true, withS: true, withI: true,
			quitDeaf: true, hupEnds: true, noMonitor: monitorFails, pipefail: true, execOption: true, double: true, arithmetic: true, timeWord: true, execCommand: true, procSubst: true, refuse: 1, ampRedirect: true, readBreaks: true}
	case image.Mksh:
		return traits{family: id.Family, simple: true, plain: true, builtin: true, rest: restBlank, withS: true, withI: true, sigPrefix: true, errTrap: true, waitN: 1,
			fatal: true, asyncHears: true, ampRedirect: true, noMonitor: monitorWorks, pipefail: true, execOption: true, double: true, arithmetic: true, timeWord: true, execCommand: true, commandExec: true,
			fgBuiltin: true, refuse: 1, readBreaks: true}
	case image.Posh:
		return traits{family: id.Family, fatal: true, noMonitor: monitorFails, refuse: 1, execCommand: true, commandExec: true, waitN: 1, readBreaks: true}
	case image.Ksh93:
		return traits{family: id.Family, simple: true, list: true, after: true, andOr: true, redirected: true, compound: true, redirGroup: true, builtin: true,
			rest: restLines, withS: true, fileLast: restLines, sigPrefix: true, errTrap: true, waitN: 2, noMonitor: monitorWorks, pipefail: true, execOption: true,
			ampRedirect: true, double: true, arithmetic: true, timeWord: true, commandExec: true, fgBuiltin: true, procSubst: true, refuse: 3, exitTrap: v.kshExitTrap(), readBreaks: true}
	case image.Yash:
		return traits{family: id.Family, simple: true, list: true, after: true, andOr: true, compound: true, loop: true, function: true, pipeline: true,
			rest: restEnd, withI: true, fileLast: restEnd, sigPrefix: true, noMonitor: monitorWorks, pipefail: true, execOption: true, commandExec: true, traps: trapsSticky, refuse: 2, double: true}
	}
	// A shell of which nothing is known: what no shell refuses, and no exec by itself.
	return traits{sigPrefix: true, refuse: 2, commandExec: true, pipefail: true, execOption: true, double: true, arithmetic: true, procSubst: true, ampRedirect: true}
}

type shellVersion struct {
	text         string
	major, minor int
	known        bool
}

func version(text string) shellVersion {
	v := shellVersion{text: text}
	head, rest, _ := strings.Cut(text, ".")
	major, err := strconv.Atoi(head)
	if err != nil {
		return v
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	minor, _ := strconv.Atoi(rest[:end])
	v.major, v.minor, v.known = major, minor, true
	return v
}

func (v shellVersion) atLeast(major, minor int) bool {
	return !v.known || v.major > major || v.major == major && v.minor >= minor
}

// dashPipefail: Debian's patch 0021 came with 0.5.12-12. Measured: trixie and Ubuntu 26.04 accept it, bookworm, jammy
// and noble do not.
func (v shellVersion) dashPipefail() bool {
	rest, found := strings.CutPrefix(v.text, "0.5.12-")
	if !found {
		return strings.HasPrefix(v.text, "0.5.13")
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	revision, _ := strconv.Atoi(rest[:end])
	return revision >= 12
}

func (v shellVersion) bashTraps() trapRule {
	switch {
	case v.atLeast(5, 2):
		return trapsSet
	case v.atLeast(4, 4):
		return trapsAny
	}
	return trapsExit
}

// bashExitTrap: since 5.0 a bash that is PID 1 and cannot kill itself leaves with exit.
func (v shellVersion) bashExitTrap() exitTrapRule {
	if v.atLeast(5, 0) {
		return exitTrapEnds
	}
	return exitTrapDeaf
}

// kshExitTrap: measured, 1.0.4 ends and 1.0.10 does not.
func (v shellVersion) kshExitTrap() exitTrapRule {
	if v.text == "1.0.4" {
		return exitTrapEnds
	}
	return exitTrapDeaf
}
