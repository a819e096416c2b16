package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// The exit statuses.
const (
	statusClean    = 0
	statusFindings = 1
	statusTrouble  = 2 // usage, configuration, or something that could not be read
)

// errSaid is an error of which all has been said.
var errSaid = errors.New("see above")

// A session is one run of the command line, with what it has of the outside world.
type session struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	color          string // --color
	status         int
	writing        sync.Mutex // held while a file is being written
}

// run runs a command line and returns its exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	s := &session{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv, color: "auto"}
	go s.endOnSignal()
	root := s.rootCommand()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteC()
	switch {
	case err == nil:
		return s.status
	case errors.Is(err, errSaid):
		return statusTrouble
	case errors.Is(err, syscall.EPIPE):
		return s.status // whoever read the output has seen enough
	}
	_ = report.Problems(stderr, []rules.Problem{{Message: err.Error()}}, s.options(stderr))
	if usage := (*usageError)(nil); errors.As(err, &usage) {
		_, _ = fmt.Fprintf(stderr, "Run '%s --help' for help.\n", command.CommandPath())
	}
	return statusTrouble
}

// rootCommand returns the command line with all its commands.
func (s *session) rootCommand() *cobra.Command {
	root := s.lintCommand()
	root.AddCommand(s.explainCommand(), s.rulesCommand(), s.versionCommand())
	colors := choice(&s.color, "WHEN", "auto", "always", "never")
	root.PersistentFlags().Var(colors, "color", "draw in colour: "+colors.list())
	completeWith(root, "color", colors.known...)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
	root.InitDefaultCompletionCmd()
	refuseUnknownShell(root)
	return root
}

// endOnSignal ends the program when it is told to stop or its terminal is closed, between two files that it writes: none is left half
// done, and no temporary one stays behind. What it was started to ignore, by nohup or in the background of a script, it goes on to ignore.
func (s *session) endOnSignal() {
	signals := make(chan os.Signal, 1)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(sig) {
			signal.Notify(signals, sig)
		}
	}
	number := 0
	if sig, ok := (<-signals).(syscall.Signal); ok {
		number = int(sig)
	}
	s.writing.Lock()
	os.Exit(128 + number)
}

// A usageError is a command line that makes no sense.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// flagError turns what pflag says about a flag into a sentence that helps.
func flagError(c *cobra.Command, err error) error {
	missing, value := (*pflag.NotExistError)(nil), (*pflag.InvalidValueError)(nil)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &value):
		if choice, ok := value.GetFlag().Value.(*choiceValue); ok {
			return usagef("unknown %s %q%s: it can be %s", strings.ToLower(choice.what), value.GetValue(), didYouMean(value.GetValue(), choice.known, ""), choice.list())
		}
		return usagef("--%s cannot be %q: it can be true or false", value.GetFlag().Name, value.GetValue())
	case errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "":
		name := missing.GetSpecifiedName()
		if c.HasParent() && c.Root().Flags().Lookup(name) != nil {
			return usagef("%s has no flag --%s", c.CommandPath(), name)
		}
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		return usagef("unknown flag --%s%s", name, didYouMean(name, known, "--"))
	}
	return &usageError{err.Error()}
}

// A choiceValue is a flag that takes one of a few words.
type choiceValue struct {
	value *string
	what  string // "FORMAT"
	known []string
}

func choice(value *string, what string, known ...string) *choiceValue {
	return &choiceValue{value, what, known}
}

// String, Type and Set implement pflag.Value.
func (c *choiceValue) String() string { return *c.value }

// Type returns the name that help gives to the value.
func (c *choiceValue) Type() string { return c.what }

// Set accepts known words only. What it says about others is never seen: flagError says it better.
func (c *choiceValue) Set(text string) error {
	if !slices.Contains(c.known, text) {
		return errors.New("unknown " + c.what)
	}
	*c.value = text
	return nil
}

// list returns "auto, always or never".
func (c *choiceValue) list() string {
	last := len(c.known) - 1
	return strings.Join(c.known[:last], ", ") + " or " + c.known[last]
}

// refuseUnknownShell makes "completion fsh" an error; cobra prints help for it.
func refuseUnknownShell(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return usagef("unknown shell %q%s", args[0], didYouMean(args[0], commandNames(c), ""))
		}
		c.Args = cobra.ArbitraryArgs
	}
}

// completeWith lets the shell complete a flag with words.
func completeWith(c *cobra.Command, flag string, words ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
}

// problems tells what could not be read, and lets it decide the exit status.
func (s *session) problems(problems []rules.Problem, o report.Options) {
	if len(problems) == 0 {
		return
	}
	s.status = statusTrouble
	for i, p := range problems {
		if p.Got != "" {
			problems[i].Message += didYouMean(p.Got, p.Known, "")
			if len(p.Known) < 10 {
				problems[i].Message += ": it can be " + (&choiceValue{known: p.Known}).list()
			}
		}
	}
	to := s.options(s.stderr)
	to.Path = o.Path
	_ = report.Problems(s.stderr, problems, to) // where would a failure be told?
}

// options says how reports look that are written to w.
func (s *session) options(w io.Writer) report.Options {
	file, _ := w.(*os.File)
	width, terminal := terminalWidth(file)
	o := report.Options{Color: s.useColor(terminal)}
	if terminal {
		o.Width = s.columns(width)
		o.Boxes = s.hasBoxes()
	}
	return o
}
