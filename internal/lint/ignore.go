package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// ignores returns the comments of a file that ask for silence. They are kept longer than its text.
func (s *sources) ignores(name string) []parser.Ignore {
	if _, differs := s.edited[name]; s.under != nil && !differs {
		return s.under.ignores(name)
	}
	if r := s.known(name); r != nil {
		r.mutex.Lock()
		heard, ignored := r.heard, r.said()
		r.mutex.Unlock()
		if heard {
			return ignored
		}
	}
	return s.get(name).ignores()
}

// ignores returns the comments of the file that ask for silence.
func (s *source) ignores() []parser.Ignore {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.heard && s.file != nil {
		if strings.Contains(s.file.Src, "ignore") || strings.Contains(s.file.Src, "check") {
			var dockerfile *parser.Dockerfile
			if looksLikeDockerfile(s.file.Src) {
				dockerfile, _ = parser.ParseDockerfile(s.file) // what cannot be parsed has no launch either
			}
			if found := parser.Ignores(s.file, dockerfile); len(found) > 0 {
				s.more().ignored = found
			}
		}
		s.heard = true
	}
	return s.said()
}

// said returns the comments that were found. The mutex is held.
func (r *readSource) said() []parser.Ignore {
	if r.aside == nil {
		return nil
	}
	return r.aside.ignored
}

// A silencer is one name in one comment.
type silencer struct {
	path  string
	start int // of the name
}

// silence takes out the findings that are in the baseline, and those that a comment asks to be silent about: one at the place of
// the finding, or one at the instruction that the launch starts with, which is the only way where the script cannot hold comments
// or is shared.
func (p *Project) silence(launch *process.Launch, found []rules.Finding) (kept []rules.Finding, silenced []rules.Suppressed) {
	for _, f := range found {
		comments := append(p.ignoresFor(f, f.Span), p.ignoresFor(f, launch.Origin)...)
		if len(comments) == 0 {
			if p.knows(f) {
				silenced = append(silenced, rules.Suppressed{Finding: f, Kind: "external", Reason: "it is in the baseline"})
			} else {
				kept = append(kept, f)
			}
			continue
		}
		reason := ""
		for _, i := range comments {
			if reason == "" {
				reason = i.Reason
			}
		}
		silenced = append(silenced, rules.Suppressed{Finding: f, Kind: "inSource", Reason: reason})
	}
	return kept, silenced
}

// ignoresFor returns the comments that silence a finding as they are about a place, and notes that they are of use.
func (p *Project) ignoresFor(f rules.Finding, at parser.Span) []parser.Ignore {
	if at.IsZero() {
		return nil
	}
	var found []parser.Ignore
	for _, i := range p.sources.ignores(at.File.Path) {
		if i.Wrong != "" || !i.Covers(at.Begin().Line) {
			continue
		}
		for _, name := range i.Names {
			if silences(i.Tool, name.Text, f.Rule) {
				p.usedIgnores.Store(silencer{at.File.Path, name.Span.Start}, true)
				found = append(found, i)
				break
			}
		}
	}
	return found
}

// silences reports whether a name in a comment of a tool means a rule.
func silences(tool, name string, rule *rules.Rule) bool {
	if tool == "check" && name == "all" && len(rule.Aliases) > 0 {
		return true
	}
	if tool == "pid1lint" {
		return rule.Named(name)
	}
	return rule.Aliased(name)
}

// judgeIgnores looks at the comments of all files that were read: what names no rule is a problem, and what silences nothing a
// finding, if that is certain.
func (p *Project) judgeIgnores(rs []*rules.Rule) {
	judged := map[string]bool{}
	for n := range p.outcomes {
		o := &p.outcomes[n]
		if o.launch == nil {
			continue
		}
		rs := p.rulesFor(rs, p.settings.of(p.units[n].path).Config)
		for _, name := range o.touched {
			if judged[name] {
				continue
			}
			judged[name] = true
			problem := p.units[n].guard(func() {
				for _, i := range p.sources.ignores(name) {
					p.judgeIgnore(o, i, rs)
				}
			})
			if problem != nil {
				p.ignoreProblems = append(p.ignoreProblems, *problem)
			}
		}
	}
}

func (p *Project) judgeIgnore(o *outcome, i parser.Ignore, rs []*rules.Rule) {
	if i.Tool != "pid1lint" {
		return
	}
	if i.Wrong != "" {
		p.ignoreProblems = append(p.ignoreProblems, rules.Problem{Span: i.Span, Path: i.Span.File.Path, Message: fmt.Sprintf(
			"reading the comment %q: %s: write %q", i.Span.Text(), i.Wrong, "# pid1lint ignore=no-exec; reason=...")})
		return
	}
	var unused []parser.Word
	for _, name := range i.Names {
		known := slices.IndexFunc(rules.All(), func(r *rules.Rule) bool { return silences(i.Tool, name.Text, r) })
		if known < 0 {
			p.ignoreProblems = append(p.ignoreProblems, rules.Problem{Span: name.Span, Path: i.Span.File.Path, Got: name.Text, Known: rules.IDs(rules.All()), Message: fmt.Sprintf("reading the comment %q: there is no rule %q", i.Span.Text(), name.Text)})
			continue
		}
		runs := slices.ContainsFunc(rs, func(r *rules.Rule) bool { return r.ID == rules.All()[known].ID })
		if _, used := p.usedIgnores.Load(silencer{i.Span.File.Path, name.Span.Start}); !used && runs {
			unused = append(unused, name)
		}
	}
	unusedIgnore := slices.IndexFunc(rs, func(r *rules.Rule) bool { return r.ID == rules.UnusedIgnore.ID })
	if len(unused) == 0 || unusedIgnore < 0 || !p.sees(i) {
		return
	}
	finding := rules.Unused(rs[unusedIgnore], o.launch, i, unused)
	kept, silenced := p.silence(o.launch, []rules.Finding{finding})
	o.findings, o.silenced = append(o.findings, kept...), append(o.silenced, silenced...)
}

// sees reports whether the run has looked at all that a comment can be about: every launch that its file belongs to is known, and
// there is no other one.
func (p *Project) sees(i parser.Ignore) bool {
	name := i.Span.File.Path
	for _, o := range p.outcomes {
		if o.problem != nil || o.launch != nil && o.launch.Verdict == process.Undecided && slices.Contains(o.touched, name) {
			return false
		}
	}
	if p.Target != "" {
		return false
	}
	if p.isUnit(name) {
		return i.Global || i.From >= p.sources.get(name).lastStage() // other stages are not looked at
	}
	return len(p.given) == 1 && p.given[0] == "." || slices.ContainsFunc(p.units, func(u unit) bool { return u.kind == process.KindScript && u.path == name })
}
