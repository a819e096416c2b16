// Package rules holds the rules: each judges predicted launches and is one file with its documentation and examples.
package rules

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// Severity says how much a finding matters. Larger is worse.
type Severity uint8

// The severities. Off is for configuration.
const (
	Off Severity = iota
	Note
	Warning
	Error
)

// String returns the name of a severity as it is written in configuration and output.
func (s Severity) String() string {
	return [...]string{"off", "note", "warning", "error"}[s]
}

// A Rule is one check of predicted launches.
type Rule struct {
	ID       string // words that read well behind "ignore": "no-exec"
	Title    string // one line, without a full stop
	Severity Severity
	Preview  bool        // new: only with --preview
	Aliases  []string    // names of the same check elsewhere: "DL3025"
	Doc      string      // Markdown, as the three below: what it finds. «code» stands for `code`, which a raw string cannot hold
	Why      string      // what becomes of the application then, and how that is known: measured, documented, read in source
	Fix      string      // what to write in its place
	Ignore   string      // when a finding may stand, with the comment that says so; or "Never", and why
	Bad      string      // a txtar archive that the rule must find
	Good     string      // the same project put right
	OfFile   bool        // it is about a file whatever runs: the run finds it, not Check
	Check    func(*Pass) // nil where OfFile is set

	set bool // Severity is what a project has set, whatever the rule itself says of a finding
}

// WithSeverity returns the rule with another severity, "note", "warning" or "error".
func (r *Rule) WithSeverity(name string) *Rule {
	other := *r
	for s := Note; s <= Error; s++ {
		if s.String() == name {
			other.Severity, other.set = s, true
		}
	}
	return &other
}

// A Pass is one launch before one rule.
type Pass struct {
	Launch *process.Launch
	rule   *Rule
	report func(Finding)
}

// Report adds a finding. Rule and Launch are filled in, Severity too where it is Off.
func (p *Pass) Report(f Finding) {
	f.Rule, f.Launch = p.rule, p.Launch
	if f.Severity == Off || p.rule.set {
		f.Severity = p.rule.Severity
	}
	if p.Launch.Start.OneShot && p.Launch.App != nil && p.Launch.App.Utility {
		return // cp in an init container: nobody stops it, and nothing is lost
	}
	if p.Launch.OneShot || p.Launch.Inherited && !ofHook(p.Launch, f.Span) {
		f.Severity = min(f.Severity, Note)
	}
	if p.Launch.OneShot {
		f.Fixes = nil // a command that ends by itself is hardly ever stopped: not worth an edit
	}
	p.report(f)
}

// ofHook reports whether a place is in the preStop hook of a launch, which no image brings along.
func ofHook(l *process.Launch, at parser.Span) bool {
	return l.PreStop != nil && at.File == l.PreStop.Span.File && at.Start >= l.PreStop.Span.Start && at.End <= l.PreStop.Span.End
}

// A Finding is one thing that a rule has to say about a launch.
type Finding struct {
	Rule     *Rule
	Launch   *process.Launch
	Severity Severity
	Span     parser.Span // tight: the command, not the whole instruction
	Label    string      // a clause for the place itself: "a child of /bin/sh, which waits for it"
	Message  string      // one sentence without a full stop: the consequence, with the user's own program
	Remedy   string      // one sentence: what to do
	Related  []Related
	Fixes    []Fix
}

// A Related is another place that a finding speaks of.
type Related struct {
	Span    parser.Span
	Message string
}

// A Fix is a set of edits that belong together.
type Fix struct {
	Title string
	Safe  bool // the fix keeps the meaning, or is surely what was wanted
	Edits []parser.Edit
	After *process.Launch // the launch predicted with the edits in place; nil where it was not proven
}

// A Problem is something that could not be read, or a setting that makes no sense.
type Problem struct {
	Span    parser.Span // its File may be nil where there is no file
	Path    string      // the file, relative to the root; "" where there is none
	Message string      // what was being done, what went wrong, and what to do
	Got     string      // the word that is wrong, where it is about one of a few words
	Known   []string    // the words that may stand in its place
}

// Crash returns the problem that is told where this program has failed at something, such as "linting api/Dockerfile", with what it
// panicked with: whoever reads it can do no more than to report it.
func Crash(doing string, cause any) Problem {
	return Problem{Message: fmt.Sprintf("%s: pid1lint failed (%v): this is a mistake in pid1lint, please report it with the file at https://github.com/pid1lint/pid1lint/issues", doing, cause)}
}

// A Result is what a run yields.
type Result struct {
	Launches   []*process.Launch
	Findings   []Finding
	Problems   []Problem
	Suppressed []Suppressed // findings that are not to be reported
	Files      int          // how many files were read
}

// A Suppressed is a finding that the project has silenced.
type Suppressed struct {
	Finding
	Kind   string // "inSource" for a comment, "external" for a baseline: the words of SARIF 2.1.0, 3.35.2
	Reason string // what the comment gives as the reason, "" for none
}

// Run judges one launch by rules and returns the findings in the order of the rules.
func Run(launch *process.Launch, rs []*Rule) []Finding {
	var found []Finding
	pass := &Pass{Launch: launch, report: func(f Finding) { found = append(found, f) }}
	for _, r := range rs {
		if !r.OfFile {
			pass.rule = r
			r.Check(pass)
		}
	}
	return found
}

var registry []*Rule

func register(r Rule) *Rule {
	r.Doc, r.Why, r.Fix, r.Ignore = markCode(r.Doc), markCode(r.Why), markCode(r.Fix), markCode(r.Ignore)
	registry = append(registry, &r)
	return &r
}

// IDs returns the IDs of rules.
func IDs(rs []*Rule) []string {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.ID
	}
	return ids
}

// Named reports whether a rule has a name, its ID or an alias, in any case.
func (r *Rule) Named(name string) bool { return strings.EqualFold(r.ID, name) || r.Aliased(name) }

// Aliased reports whether another tool calls the check so, in any case.
func (r *Rule) Aliased(name string) bool {
	return slices.ContainsFunc(r.Aliases, func(alias string) bool { return strings.EqualFold(alias, name) })
}

// All returns every rule, sorted by its ID.
func All() []*Rule {
	all := append([]*Rule(nil), registry...)
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}
