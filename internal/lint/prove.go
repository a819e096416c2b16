package lint

import (
	"slices"
	"strings"
	"sync"

	"github.com/pid1lint/pid1lint/internal/fix"
	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// prove keeps those fixes of a unit's findings that are proven, and shows with each how its launch ends after it.
//
// The first safe fix of every finding is tried together with the others: two shells in a row need two fixes, and each alone
// changes nothing for the application. What is not proven so is tried by itself.
func (p *Project) prove(n int, rs []*rules.Rule) {
	o := &p.outcomes[n]
	if p.Unproven {
		for i := range o.findings {
			o.findings[i].Fixes = nil
		}
		return
	}
	if !slices.ContainsFunc(o.findings, func(f rules.Finding) bool { return len(f.Fixes) > 0 }) {
		return
	}
	together := rules.Fix{Safe: true}
	var taken []rules.Finding
	for _, f := range o.findings {
		for _, one := range f.Fixes {
			if one.Safe && !conflicts(together.Edits, one.Edits) {
				together.Edits = join(together.Edits, one.Edits)
				taken = append(taken, f)
				break
			}
		}
	}
	after := p.proves(n, rs, together.Edits, taken)
	if after != nil && after.Rank() >= o.launch.Rank() && !after.Advances(o.launch) && len(taken) > 1 {
		after = nil // none of them is known to be of use
	}
	for i := range o.findings {
		f := &o.findings[i]
		var kept []rules.Fix
		for _, one := range f.Fixes {
			one.After = nil
			if one.Safe && after != nil && covers(together.Edits, one.Edits) {
				one.After = after
			} else if alone := p.proves(n, rs, one.Edits, []rules.Finding{*f}); alone != nil {
				one.After = alone
			}
			if one.After != nil && p.Brief {
				one.After = one.After.Drawn(&p.short)
			}
			if one.After != nil {
				kept = append(kept, one)
				break // the rest are other ways to the same end
			}
		}
		f.Fixes = kept
	}
}

// proves predicts every launch that reads a file that is edited once more. It returns the launch of the unit after the edits,
// nil where they are not proven: a launch ends worse than before or is not known any more, a finding that they are for is
// still there, or the unit has findings that it had not.
//
// A launch speaks of the worst application in the worst of its branches. Where that is mended the next one comes to light, with
// findings of its own, by the same rule perhaps: that is no reproach as long as one of them ends better and none ends worse.
func (p *Project) proves(n int, rs []*rules.Rule, edits []parser.Edit, fixed []rules.Finding) *process.Launch {
	if len(edits) == 0 {
		return nil
	}
	edited := p.with(edits)
	for _, other := range p.bystanders(edits, rs) {
		if !asGood(other.outcome().launch, edited.again(other.unit, rs).launch) {
			return nil
		}
	}
	var after outcome
	for _, i := range p.readers(n, edits) {
		if i != n && p.saysTheSame(p.units[i], edited, edits) {
			continue
		}
		now := edited.again(p.units[i], rs)
		if !asGood(p.outcomes[i].launch, now.launch) {
			return nil
		}
		if i == n {
			after = now
		}
	}
	if after.launch == nil || after.launch.Broken != nil && p.outcomes[n].launch.Broken == nil {
		return nil
	}
	count := func(findings []rules.Finding, id string) (n int) {
		for _, f := range findings {
			if f.Rule.ID == id {
				n++
			}
		}
		return n
	}
	before := p.outcomes[n]
	advances := after.launch.Advances(before.launch)
	for _, f := range fixed {
		fewer := count(after.findings, f.Rule.ID) <= count(before.findings, f.Rule.ID)-count(fixed, f.Rule.ID)
		if !fewer && (!advances || slices.ContainsFunc(after.findings, func(g rules.Finding) bool { return sameAfter(f, g, edits) })) {
			return nil
		}
	}
	for _, f := range after.findings {
		if after.launch.Rank() >= before.launch.Rank() && !advances && f.Severity > rules.Note && count(before.findings, f.Rule.ID) == 0 {
			return nil
		}
	}
	return after.launch
}

// readers returns the units whose launches read a file that is edited, n among them, in their order.
func (p *Project) readers(n int, edits []parser.Edit) []int {
	all := []int{n}
	for i, e := range edits {
		if i == 0 || e.Span.File.Path != edits[i-1].Span.File.Path {
			all = append(all, p.readBy[e.Span.File.Path]...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sameAfter reports whether a finding after edits is one that there was before them, by the same rule at the same place, or is about
// what the edits write.
func sameAfter(before, after rules.Finding, edits []parser.Edit) bool {
	if before.Rule.ID != after.Rule.ID || after.Span.File == nil {
		return false
	}
	moved := func(file *parser.File, at int) int {
		to := at
		for _, e := range edits {
			if e.Span.File.Path == file.Path && e.Span.Start < at {
				to += len(e.New) - (e.Span.End - e.Span.Start)
			}
		}
		return to
	}
	if before.Span.File != nil && before.Span.File.Path == after.Span.File.Path && moved(before.Span.File, before.Span.Start) == after.Span.Start {
		return true
	}
	return slices.ContainsFunc(edits, func(e parser.Edit) bool {
		written := moved(e.Span.File, e.Span.Start)
		return e.Span.File.Path == after.Span.File.Path && written <= after.Span.Start && after.Span.Start <= written+len(e.New)
	})
}

// A bystander is a launch of the project that the run is not about.
type bystander struct {
	unit
	outcome func() outcome // made when it is first asked for
}

// bystanders returns those that read a file that is edited. Only Dockerfiles and services that speak of the file, of a folder that it
// is in, or of all there is are looked at for that, each once in a run.
func (p *Project) bystanders(edits []parser.Edit, rs []*rules.Rule) []*bystander {
	if slices.Contains(p.given, ".") {
		return nil
	}
	var all []*bystander
	for i, e := range edits {
		name := e.Span.File.Path
		if i > 0 && name == edits[i-1].Span.File.Path {
			continue
		}
		found, _ := p.beside.LoadOrStore(name, sync.OnceValue(func() []*bystander { return p.readersBeside(name, rs) }))
		for _, other := range found.(func() []*bystander)() {
			if !slices.Contains(all, other) {
				all = append(all, other)
			}
		}
	}
	return all
}

func (p *Project) readersBeside(name string, rs []*rules.Rule) []*bystander {
	units := p.servicesThatRead([]parser.Edit{{Span: parser.Span{File: &parser.File{Path: name}}}})
	if !p.isUnit(name) {
		for _, path := range p.dockerfiles() {
			if src := p.sources.get(path); !p.isUnit(path) && src.err == nil && mayRead(src.file.Src, name) {
				units = append(units, unit{path: path, kind: process.KindDockerfile})
			}
		}
	}
	var all []*bystander
	for _, u := range units {
		made, _ := p.besides.LoadOrStore(u, &bystander{u, sync.OnceValue(func() outcome { return p.again(u, rs) })})
		if other := made.(*bystander); slices.Contains(other.outcome().touched, name) {
			all = append(all, other)
		}
	}
	return all
}

// isUnit reports whether the run is about a file that is no script.
func (p *Project) isUnit(name string) bool {
	_, is := p.isAbout[name]
	return is
}

func mayRead(dockerfile, name string) bool {
	for _, part := range append(strings.Split(name, "/"), "*", " . ", " ./ ", "\".\"", "\"./\"") {
		if strings.Contains(dockerfile, part) {
			return true
		}
	}
	return false
}

// asGood reports whether a launch ends as well as it did before.
func asGood(before, after *process.Launch) bool {
	switch {
	case before == nil:
		return true
	case after == nil || after.Verdict == process.Undecided && before.Verdict != process.Undecided && !reachesUnknown(before, after):
		return false
	}
	return after.Rank() <= before.Rank()
}

// reachesUnknown reports whether a launch cannot be known any more only because the signal now reaches an application of which
// nothing is known: before, whatever it does, it was killed without having heard of the signal.
func reachesUnknown(before, after *process.Launch) bool {
	app, now := before.App, after.App
	if app == nil || now == nil || app.Doubt.Reason == "" || app.Receives != image.No || before.Verdict != process.Ignored && before.Verdict != process.Lost {
		return false
	}
	return len(after.Chain) < len(before.Chain) && slices.Equal(parser.Texts(app.Argv), parser.Texts(now.Argv)) &&
		!slices.ContainsFunc(after.Unknown, func(g process.Gap) bool { return g.Reason != app.Doubt.Reason })
}

// again looks at a unit of another state of the project.
func (p *Project) again(u unit, rs []*rules.Rule) outcome {
	return p.try(u, rs)
}

// with returns the project as it is with edits made.
func (p *Project) with(edits []parser.Edit) *Project {
	byPath := map[string][]parser.Edit{}
	for _, e := range edits {
		byPath[e.Span.File.Path] = append(byPath[e.Span.File.Path], e)
	}
	texts := make(map[string]string, len(byPath))
	for path, list := range byPath {
		texts[path] = fix.Apply(list[0].Span.File.Src, list)
	}
	return &Project{Target: p.Target, Brief: p.Brief, images: p.images, judged: p.judged, Choose: p.Choose, Baseline: p.Baseline, Progress: p.Progress, given: p.given, listing: p.listing, isAbout: p.isAbout, settings: p.settings, units: p.units, contexts: p.contexts, problems: p.problems, sources: &sources{fsys: Overlay(p.sources.fsys, texts), under: p.sources, edited: texts}}
}

// conflicts reports whether edits cannot be made together with others. The same edit twice is one.
func conflicts(all, edits []parser.Edit) bool {
	return slices.ContainsFunc(edits, func(e parser.Edit) bool {
		return slices.ContainsFunc(all, func(other parser.Edit) bool { return !fix.Same(e, other) && fix.Conflict(e, other) })
	})
}

// join adds edits to others, each once.
func join(all, edits []parser.Edit) []parser.Edit {
	for _, e := range edits {
		if !slices.ContainsFunc(all, func(other parser.Edit) bool { return fix.Same(e, other) }) {
			all = append(all, e)
		}
	}
	return all
}

// covers reports whether all of some edits are among others.
func covers(all, edits []parser.Edit) bool {
	return len(join(slices.Clone(all), edits)) == len(all)
}

// maxPasses is how often a project is fixed before what is left is given up: a fix can make room for another one, and each branch of
// a script comes to light when the one before it is mended.
const maxPasses = 50

// A Repair is what fixing a project comes down to.
type Repair struct {
	Files  []Repaired // those that change, by path
	Fixes  int        // how many fixes were made
	Result rules.Result
}

// A Repaired is a file that fixes change.
type Repaired struct{ Path, Before, After string }

// Fix makes the proven fixes of the project, the unsafe ones only where that is asked for, until nothing changes any more. It
// returns the files that are to be written and what is left to say after that; nothing is written.
func (p *Project) Fix(rs []*rules.Rule, unsafe bool) Repair {
	before := map[string]string{}
	after := map[string]string{}
	repair := Repair{}
	now := p
	var crashes []rules.Problem
	for pass := 0; ; pass++ {
		repair.Result = now.Run(rs)
		edits, made, problems := now.chosen(rs, unsafe)
		crashes = append(crashes, problems...)
		if len(edits) == 0 || pass == maxPasses {
			break
		}
		repair.Fixes += made
		for _, e := range edits {
			if _, seen := before[e.Span.File.Path]; !seen {
				before[e.Span.File.Path] = e.Span.File.Src
			}
		}
		now = now.with(edits)
		for _, e := range edits {
			after[e.Span.File.Path] = now.sources.get(e.Span.File.Path).file.Src
		}
	}
	repair.Result.Problems = append(repair.Result.Problems, crashes...)
	for path, text := range after {
		if text != before[path] {
			repair.Files = append(repair.Files, Repaired{path, before[path], text})
		}
	}
	slices.SortFunc(repair.Files, func(a, b Repaired) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	p.targetFound.Store(now.targetFound.Load())
	return repair
}

// A choice is what one pass has decided to edit so far.
type choice struct {
	edits  []parser.Edit
	byPath map[string][]parser.Edit
}

func (c *choice) add(edits []parser.Edit) {
	for _, e := range edits {
		path := e.Span.File.Path
		if !covers(c.byPath[path], []parser.Edit{e}) {
			c.edits, c.byPath[path] = append(c.edits, e), append(c.byPath[path], e)
		}
	}
}

// in returns the edits in the files that others edit.
func (c *choice) in(edits []parser.Edit) []parser.Edit {
	var same []parser.Edit
	for i, e := range edits {
		if i == 0 || e.Span.File.Path != edits[i-1].Span.File.Path {
			same = join(same, c.byPath[e.Span.File.Path])
		}
	}
	return same
}

// with returns edits together with those so far that any launch reads that reads a file of theirs: nothing else can change what comes of
// them.
func (c *choice) with(p *Project, n int, edits []parser.Edit) []parser.Edit {
	var all []parser.Edit
	seen := map[string]bool{}
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			all = append(all, c.byPath[path]...)
		}
	}
	for _, e := range edits {
		add(e.Span.File.Path)
	}
	for _, i := range p.readers(n, edits) {
		for _, path := range p.outcomes[i].touched {
			add(path)
		}
	}
	return join(all, edits)
}

// chosen returns the edits that one pass makes: launch by launch, each with what the ones before it do as well.
func (p *Project) chosen(rs []*rules.Rule, unsafe bool) (all []parser.Edit, made int, problems []rules.Problem) {
	c := &choice{byPath: map[string][]parser.Edit{}}
	for n := range p.outcomes {
		if problem := p.units[n].guard(func() { made += p.choose(c, n, rs, unsafe) }); problem != nil {
			problems = append(problems, *problem)
		}
	}
	return c.edits, made, problems
}

// choose adds the edits for one launch to a choice, and returns how many fixes they make.
func (p *Project) choose(c *choice, n int, rs []*rules.Rule, unsafe bool) int {
	var edits []parser.Edit
	var fixed []rules.Finding
	for _, f := range p.outcomes[n].findings {
		for _, one := range f.Fixes {
			if before := c.in(one.Edits); (one.Safe || unsafe) && !conflicts(edits, one.Edits) && !conflicts(before, one.Edits) && !covers(before, one.Edits) {
				if len(edits) > 0 && !one.Safe {
					continue // it was proven by itself: the next pass has it
				}
				edits = join(edits, one.Edits)
				fixed = append(fixed, f)
			}
		}
	}
	if len(edits) == 0 {
		return 0
	}
	if p.proves(n, rs, c.with(p, n, edits), fixed) == nil {
		// Not all at once: the first one alone.
		edits, fixed = fixed[0].Fixes[0].Edits, fixed[:1]
		if p.proves(n, rs, c.with(p, n, edits), fixed) == nil {
			return 0
		}
	}
	c.add(edits)
	return len(fixed)
}
