package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pid1lint/pid1lint/internal/fix"
	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// fixOptions are the flags about fixes.
type fixOptions struct{ fix, unsafe, diff bool }

// check refuses what makes no sense together.
func (o fixOptions) check(stdin bool, format string) error {
	switch {
	case o.fix && o.diff:
		return usagef("--fix writes the files and --diff shows what it would write: take one of them")
	case o.unsafe && !o.fix && !o.diff:
		return usagef("--unsafe-fixes goes with --fix or --diff")
	case o.fix && stdin:
		return usagef("--fix cannot write to standard input: --diff shows what it would write")
	case o.diff && format != "text":
		return usagef("--diff writes a diff, which --format %s is not", format)
	}
	return nil
}

// writeDiff writes what fixing would change.
func (s *session) writeDiff(r lint.Repair, p *place) error {
	look := s.options(s.stdout)
	for _, f := range r.Files {
		if err := report.Diff(s.stdout, fix.Diff(p.show(f.Path), f.Before, f.After), look); err != nil {
			return fmt.Errorf("writing the diff to standard output: %w", err)
		}
	}
	return nil
}

// writeFixes writes the files that fixing changes. One that cannot be written does not keep the others from it.
func (s *session) writeFixes(r lint.Repair, p *place) (written int, problems []rules.Problem) {
	for _, f := range r.Files {
		name := filepath.Join(p.root, filepath.FromSlash(f.Path))
		s.writing.Lock()
		err := fix.Write(p.root, name, f.Before, f.After)
		s.writing.Unlock()
		if err != nil {
			problems = append(problems, rules.Problem{Path: f.Path, Message: fmt.Sprintf("writing %s: %v", f.Path, err)})
			continue
		}
		written++
	}
	return written, problems
}

// fixed says what was done.
func fixed(r lint.Repair, written int) string {
	if written < len(r.Files) {
		return fmt.Sprintf("fixes in %d of %s", written, counted(len(r.Files), "file"))
	}
	return fmt.Sprintf("%s in %s", counted(r.Fixes, "fix"), counted(written, "file"))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	plural := what + "s"
	if strings.HasSuffix(what, "x") {
		plural = what + "es"
	}
	return fmt.Sprintf("%d %s", n, plural)
}
