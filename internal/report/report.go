// Package report writes what a run yields: findings, predicted launches and the documentation of rules, for people and for programs.
package report

import (
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// Options say how a report is to look. The zero value writes plain ASCII that is never wrapped.
type Options struct {
	Path    func(string) string // takes a path relative to the root and returns the one to print; nil prints paths as they are
	Width   int                 // columns of the terminal, 0 where the report does not go to one
	Color   bool
	Boxes   bool // the terminal has box-drawing characters
	Quiet   bool // findings only: no notes about what is not known, no closing line
	Elapsed time.Duration

	ShowSuppressed bool   // findings that the project has silenced are shown, too
	Version        string // of pid1lint: "v1.2.3"; "" for one that is being developed

	FixCommand string // the command that makes the safe fixes; "" where it is not to be named
	Fixed      string // what was fixed just now: "2 fixes in 1 file"; "" for nothing
}

func (o Options) path(file *parser.File) string {
	if file == nil {
		return ""
	}
	return o.show(file.Path)
}

// show returns a path relative to the root as it is printed. At the start of a line GitHub Actions would obey "::error ::".
func (o Options) show(path string) string {
	if o.Path != nil {
		path = o.Path(path)
	}
	if strings.Contains(path, "::") && path[0] != '.' && path[0] != '/' {
		path = "./" + path
	}
	return path
}
