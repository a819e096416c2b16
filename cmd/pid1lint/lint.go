package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"mvdan.cc/sh/v3/syntax"

	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// The formats that findings can be written in.
var lintFormats = map[string]writer{
	"text": report.Text, "json": report.JSON, "sarif": report.SARIF, "github": report.GitHub, "gitlab": report.GitLab,
	"junit": report.JUnit, "checkstyle": report.Checkstyle,
}

// lintOptions are the flags of the command that lints.
type lintOptions struct {
	source
	fixOptions
	format, output, failOn string
	baseline               string
	exitZero, preview      bool
	showSuppressed         bool
	selected, ignored      []string
}

// A source is what says what to look at, for linting and explaining alike.
type source struct {
	target, stdinName, config string
	quiet                     bool
}

func (o *source) addFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.target, "target", "", "look at this `STAGE` of the Dockerfiles instead of the last")
	c.Flags().StringVar(&o.config, "config", "", "read the settings from `FILE` instead of the nearest .pid1lint.yaml")
	c.Flags().StringVar(&o.stdinName, "stdin-filename", "", "the `NAME` of the file that - reads from standard input")
}

func (s *session) lintCommand() *cobra.Command {
	o := lintOptions{format: "text", failOn: "warning"}
	c := &cobra.Command{
		Use:   "pid1lint [PATH...]",
		Short: "Find out whether containers shut down gracefully",
		Long: `When a container is stopped, only its first process, PID 1, is sent a signal. All
that still runs after a grace period is killed.

pid1lint reads Dockerfiles, Compose files and the scripts that they start,
predicts which process becomes PID 1 and where the stop signal goes, and says
where the application would never hear of it or would be cut off.

Without a PATH it looks at the current folder. A script that is named alone is
looked at with the project around it. - reads one file from standard input.

Exit status: 0 if nothing was found at or above --fail-on, 1 if something was,
2 if the command line is wrong or a file cannot be read, parsed or written.
--fix judges what is left, --diff exits with 1 if there is a difference.`,
		Example: `  pid1lint                             look at everything below the current folder
  pid1lint api/Dockerfile start.sh     look at some files
  pid1lint --select no-exec,shell-form run only these rules
  pid1lint --diff                      show what the safe fixes would change
  pid1lint --fix                       make them
  pid1lint --format sarif --output pid1lint.sarif
  pid1lint - < Dockerfile              look at standard input
  pid1lint explain                     show what runs and what a stop does to it
  pid1lint rules no-exec               read about one rule`,
		Version:               versionLine(),
		Args:                  cobra.ArbitraryArgs,
		DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			if err := misspeltCommand(args, commandNames(c)); err != nil {
				return err
			}
			return s.lint(args, o, c.Flags().Changed("fail-on"))
		},
	}
	formats := choice(&o.format, "FORMAT", "text", "json", "sarif", "github", "gitlab", "junit", "checkstyle")
	severities := choice(&o.failOn, "SEVERITY", "note", "warning", "error", "never")
	c.SetVersionTemplate("{{.Version}}\n")
	c.Flags().Bool("version", false, "print the version") // cobra's own takes -v, too
	f := c.Flags()
	f.Var(formats, "format", "how to write what was found: "+formats.list())
	f.StringVar(&o.output, "output", "", "write it to `FILE` instead of standard output")
	f.Var(severities, "fail-on", "exit with 1 if something at least that severe is found: "+severities.list())
	f.BoolVar(&o.fix, "fix", false, "make the safe fixes, and say what is left")
	f.BoolVar(&o.unsafe, "unsafe-fixes", false, "with --fix or --diff: make fixes that need a look, too")
	f.BoolVar(&o.diff, "diff", false, "write what --fix would change as a diff, and nothing else")
	f.StringVar(&o.baseline, "baseline", "", "leave out what is in `FILE`, the output of an earlier --format sarif")
	f.BoolVar(&o.exitZero, "exit-zero", false, "exit with 0 whatever is found")
	f.StringSliceVar(&o.selected, "select", nil, "run only these `RULES`, separated by commas")
	f.StringSliceVar(&o.ignored, "ignore", nil, "leave out these `RULES`, separated by commas")
	f.BoolVar(&o.preview, "preview", false, "run rules that are new, too")
	f.BoolVar(&o.showSuppressed, "show-suppressed", false, "write what the project ignores, too, marked as such")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "write findings only: no counts, no notes about what is not known")
	o.addFlags(c)
	completeWith(c, "format", formats.known...)
	completeWith(c, "fail-on", severities.known...)
	completeWith(c, "select", rules.IDs(rules.All())...)
	completeWith(c, "ignore", rules.IDs(rules.All())...)
	return c
}

func (s *session) lint(args []string, o lintOptions, failOnGiven bool) error {
	start := time.Now()
	if _, err := chooseRules(rules.All(), o.selected, o.ignored, o.preview); err != nil {
		return err
	}
	if err := o.check(slices.Contains(args, "-"), o.format); err != nil {
		return err
	}
	known, err := readBaseline(o.baseline)
	if err != nil {
		return err
	}
	var repair lint.Repair
	var project *lint.Project
	result, p, err := s.look(args, o.source, func(loaded *lint.Project) rules.Result {
		project = loaded
		project.Choose, project.Baseline = chooseFor(o.selected, o.ignored, o.preview), known
		project.Brief = o.format != "json" && o.format != "junit" // the others speak of findings only
		if !o.fix && !o.diff {
			return project.Run(rules.All())
		}
		repair = project.Fix(rules.All(), o.unsafe)
		return repair.Result
	})
	if err != nil {
		return err
	}
	look := s.options(s.stdout)
	look.Path, look.Quiet = p.show, o.quiet
	look.ShowSuppressed, look.Version = o.showSuppressed, versionName()
	if !o.fix {
		look.FixCommand = strings.Join(append([]string{"pid1lint --fix"}, quoted(args)...), " ")
	} else if len(repair.Files) > 0 {
		written, problems := s.writeFixes(repair, p)
		result.Problems = append(result.Problems, problems...)
		look.Fixed = fixed(repair, written)
	}
	s.problems(result.Problems, look)
	if o.diff {
		if len(repair.Files) > 0 && s.status == statusClean && !o.exitZero {
			s.status = statusFindings
		}
		return s.writeDiff(repair, p)
	}
	look.Elapsed = time.Since(start)
	if !o.exitZero && s.status == statusClean && slices.ContainsFunc(result.Findings, func(f rules.Finding) bool {
		failOn := o.failOn
		if set := project.Settings(f.Launch).FailOn; set != "" && !failOnGiven {
			failOn = set
		}
		return reaches(f.Severity, failOn)
	}) {
		s.status = statusFindings
	}
	return s.write(lintFormats[o.format], result, look, o.output)
}

// look loads what the command line names and runs over it.
func (s *session) look(args []string, from source, run func(*lint.Project) rules.Result) (rules.Result, *place, error) {
	if from.stdinName != "" && !slices.Contains(args, "-") {
		return rules.Result{}, nil, usagef("--stdin-filename names the file that is read from standard input, but - is not among the paths")
	}
	p, err := locate(args, from.stdinName)
	if err != nil {
		return rules.Result{}, nil, err
	}
	project, err := s.open(p, from)
	if wrong := (lint.SettingsError)(nil); errors.As(err, &wrong) {
		look := s.options(s.stderr)
		look.Path = p.show
		s.problems(wrong, look)
		return rules.Result{}, nil, errSaid
	}
	if err != nil {
		return rules.Result{}, nil, err
	}
	if file, ok := s.stderr.(*os.File); ok && !from.quiet {
		if _, terminal := terminalWidth(file); terminal && s.getenv("TERM") != "dumb" {
			running := &progress{to: s.stderr, start: time.Now()}
			project.Progress = running.tell
			defer running.done()
		}
	}
	result := run(project)
	if len(result.Launches) == 0 && len(result.Problems) == 0 {
		_ = report.Warning(s.stderr, "nothing to look at: "+p.nothing(project), s.options(s.stderr)) // where would a failure be told?
	}
	return result, p, nil
}

// nothing says why there is nothing to look at, and what to do.
func (p *place) nothing(project *lint.Project) string {
	if scripts := project.Scripts(); len(scripts) > 0 {
		for n, name := range scripts {
			scripts[n] = p.show(name)
		}
		return fmt.Sprintf("nothing in the project is seen to start %s; pid1lint explain shows what a script does as PID 1", strings.Join(scripts, ", "))
	}
	return "no Dockerfile, Compose file or manifest was found; name one, or run pid1lint in the folder of a project"
}

// quoted returns arguments as they are written for a shell.
func quoted(args []string) []string {
	var out []string
	for _, arg := range args {
		if text, err := syntax.Quote(arg, syntax.LangBash); err == nil {
			arg = text
		}
		out = append(out, arg)
	}
	return out
}

// reaches reports whether a finding is as severe as --fail-on says.
func reaches(severity rules.Severity, failOn string) bool {
	for s := severity; s > rules.Off; s-- {
		if s.String() == failOn {
			return true
		}
	}
	return false
}

// commandNames lists the commands below one.
func commandNames(parent *cobra.Command) []string {
	var names []string
	for _, c := range parent.Commands() {
		names = append(names, c.Name())
	}
	return names
}
