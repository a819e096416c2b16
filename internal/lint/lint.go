// Package lint is one run: it finds and reads the files of a project, connects what belongs together, and lets the rules judge.
package lint

import (
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// A Project is what a run looks at.
type Project struct {
	Target string // the stage whose launch is looked at, "" for the last one
	Choose Choice // nil where all rules of a run judge everything
	Alone  bool   // a script that was named is looked at as PID 1, too, where nothing of the project starts it

	Unproven bool     // no fix is proven, so no finding has one: for who has no use for them
	Brief    bool     // launches that nothing is to be said of come without their processes, so that memory does not grow with them
	Baseline Baseline // findings that do not count any more, nil for none

	// Progress, where it is set, is told how many launches of how many a step is done with. It may be called by several goroutines
	// at once.
	Progress func(step string, done, of int)

	settings    *settings
	sources     *sources
	units       []unit
	problems    []rules.Problem // met while listing
	targetFound atomic.Bool
	outcomes    []outcome           // of the last run, one for each unit
	readBy      map[string][]int    // the units whose launches read a file, where there are several
	isAbout     map[string]struct{} // the files of units that are no scripts
	beside      sync.Map            // path -> func() []*bystander that read it
	besides     sync.Map            // path -> *bystander
	given       []string            // the paths, "." for all
	listing     *listing
	images      *sync.Map         // name -> image.Base, in all states of the project
	composes    sync.Map          // path -> *composeProject
	manifests   sync.Map          // path -> *manifest
	configMaps  sync.Map          // folder -> []string, the manifests that have some
	contexts    map[string]string // Dockerfile -> the folder that Compose files build it in, "" where they differ
	deployment  deployment
	behaviours  sync.Map // what is run in which image -> *program.Behaviour
	kept        sync.Map // *parser.File -> what was made of it for who reads settings
	unread      bool     // the source of programs is not read, for a test of what that costs

	short       sync.Map  // what launches are kept as that nothing is to be said of
	judged      *sync.Map // *process.Launch -> *config.Config, of the states that fixes lead to, too
	chosenRules sync.Map  // *config.Config -> []*rules.Rule

	usedIgnores    sync.Map        // silencer -> true
	ignoreProblems []rules.Problem // met in comments that ask for silence
}

// A Choice returns which of the rules of a run judge what is under some settings, each with the severity that it has there.
type Choice func(rs []*rules.Rule, under *config.Config) []*rules.Rule

// Load lists the files that the paths lead to, "." for the whole project; it reads only what it must to do so.
//
// fsys is rooted at the root of the project, the paths are relative to it. Nothing outside of fsys is read: it should be the
// FS of an os.Root, since that of os.DirFS follows symbolic links out of its folder. cfg holds for all files; where it is nil, the
// nearest file of settings above each of them does. An error is one of the settings, a SettingsError where they are in files;
// what cannot be read becomes a problem of the run.
func Load(fsys fs.FS, cfg *config.Config, paths []string) (*Project, error) {
	if cfg != nil {
		for _, pattern := range cfg.Exclude {
			if !doublestar.ValidatePattern(pattern) {
				return nil, fmt.Errorf("reading the setting exclude: %q is not a valid pattern: see doublestar's syntax", pattern)
			}
		}
	}
	fsys = newSnapshot(fsys)
	set := &settings{fsys: fsys, given: cfg}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	f := &finder{fsys: fsys, settings: set, units: map[string]unit{}}
	f.find(paths)
	for _, u := range f.units {
		set.of(u.path)
	}
	if err := set.err(); err != nil {
		return nil, err
	}
	p := &Project{given: paths, listing: &listing{found: f.sorted()}, settings: set, images: &sync.Map{}, judged: &sync.Map{}, sources: &sources{fsys: fsys}, problems: f.problems}
	p.units = p.expand(p.listing.found)
	return p, nil
}

// Touched returns the files that a launch of the last run depends on, the one that it is written in first.
func (p *Project) Touched(launch *process.Launch) []string {
	for _, o := range p.outcomes {
		if o.launch == launch {
			return o.touched
		}
	}
	return nil
}

// Scripts returns the scripts that were named, relative to the root.
func (p *Project) Scripts() []string {
	var paths []string
	for _, u := range p.units {
		if u.kind == process.KindScript {
			paths = append(paths, u.path)
		}
	}
	return paths
}

// An outcome is what one unit yields.
type outcome struct {
	launch   *process.Launch
	touched  []string
	findings []rules.Finding
	silenced []rules.Suppressed
	problem  *rules.Problem
}

// Run predicts and judges every launch. The order of what it returns does not depend on which unit is done first.
func (p *Project) Run(rs []*rules.Rule) rules.Result {
	outcomes := make([]outcome, len(p.units))
	p.each("linting", func(n int) bool { return p.units[n].kind != process.KindScript }, func(n int) {
		outcomes[n] = p.try(p.units[n], rs)
		p.settle(p.units[n], &outcomes[n])
	})
	scripts := map[string]bool{}
	for _, name := range p.Scripts() {
		scripts[name] = true
	}
	reached := map[string]bool{}
	for n, o := range outcomes {
		touches := false
		for _, name := range o.touched {
			reached[name] = true
			touches = touches || scripts[name]
		}
		if p.units[n].around && !touches {
			outcomes[n] = outcome{}
		}
	}
	// Where there is something that starts containers, a script that nothing starts is one for developers: who passes all scripts that
	// a commit changes does not mean it.
	alone := p.Alone || !slices.ContainsFunc(p.units, func(u unit) bool { return u.kind != process.KindScript })
	p.each("linting", func(n int) bool { return alone && p.units[n].kind == process.KindScript && !reached[p.units[n].path] }, func(n int) {
		outcomes[n] = p.try(p.units[n], rs)
		p.settle(p.units[n], &outcomes[n])
	})
	p.outcomes = outcomes
	p.isAbout = map[string]struct{}{}
	for _, u := range p.units {
		if u.kind != process.KindScript {
			p.isAbout[u.path] = struct{}{}
		}
	}
	p.readBy = sharedFiles(outcomes)
	p.judgeIgnores(rs)
	files := p.sources.count.Load() // proofs read others, of which nothing is said
	p.each("proving fixes", func(n int) bool { return outcomes[n].launch != nil }, func(n int) {
		if problem := p.units[n].guard(func() { p.prove(n, rs) }); problem != nil {
			outcomes[n] = outcome{problem: problem}
		}
	})
	return p.result(outcomes, int(files))
}

// sharedFiles returns the files that several launches depend on, each with those in their order.
func sharedFiles(outcomes []outcome) map[string][]int {
	first, shared := map[string]int{}, map[string][]int{}
	for n, o := range outcomes {
		for _, name := range o.touched {
			if m, read := first[name]; !read {
				first[name] = n
			} else if shared[name] == nil {
				shared[name] = []int{m, n}
			} else {
				shared[name] = append(shared[name], n)
			}
		}
	}
	return shared
}

func (p *Project) result(outcomes []outcome, files int) rules.Result {
	result := rules.Result{Problems: slices.Concat(p.problems, p.ignoreProblems), Files: files}
	if dockerfiles := slices.ContainsFunc(p.units, func(u unit) bool { return u.kind == process.KindDockerfile }); p.Target != "" && dockerfiles && !p.targetFound.Load() {
		result.Problems = append(result.Problems, rules.Problem{Message: fmt.Sprintf("looking for the stage %s: no Dockerfile has one of that name: check --target", p.Target)})
	}
	launches, findings := 0, 0
	for _, o := range outcomes {
		if o.launch != nil {
			launches, findings = launches+1, findings+len(o.findings)
		}
	}
	result.Launches, result.Findings = slices.Grow(result.Launches, launches), slices.Grow(result.Findings, findings)
	for _, o := range outcomes {
		if o.problem != nil {
			result.Problems = append(result.Problems, *o.problem)
		}
		if o.launch != nil {
			result.Launches = append(result.Launches, o.launch)
			result.Findings = append(result.Findings, o.findings...)
			result.Suppressed = append(result.Suppressed, o.silenced...)
		}
	}
	slices.SortStableFunc(result.Problems, func(a, b rules.Problem) int { return strings.Compare(a.Path, b.Path) })
	return result
}

// settle reads what else is needed of the files of a launch as long as they are in memory, and then lets go of what is not needed any
// more.
func (p *Project) settle(u unit, o *outcome) {
	if o.launch == nil {
		return
	}
	remarkable := len(o.findings)+len(o.silenced) > 0
	for _, name := range o.touched {
		remarkable = len(p.sources.ignores(name)) > 0 || remarkable
	}
	if p.Brief && !remarkable {
		o.launch = o.launch.Short(&p.short)
	} else {
		if p.Brief {
			o.launch.ReleaseStart()
		}
		p.judged.Store(o.launch, p.settings.of(u.path).Config)
	}
}

// each calls do for every unit that is wanted, on all processors.
func (p *Project) each(step string, wanted func(n int) bool, do func(n int)) {
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(p.units)) {
		workers.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(p.units) {
					return
				}
				if wanted(n) {
					do(n)
				}
				if count := int(done.Add(1)); p.Progress != nil {
					p.Progress(step, count, len(p.units))
				}
			}
		})
	}
	workers.Wait()
}

// guard does something that is about a unit. A mistake in this program costs the unit that it shows in, not the run: it becomes the
// problem that is returned.
func (u unit) guard(do func()) (problem *rules.Problem) {
	defer func() {
		if cause := recover(); cause != nil {
			what := u.path
			if u.name != "" {
				what += " (" + u.name + ")"
			}
			crash := rules.Crash("linting "+what, cause)
			crash.Path = u.path
			problem = &crash
		}
	}()
	do()
	return nil
}

// try does all that is to be done for one unit.
func (p *Project) try(u unit, rs []*rules.Rule) (o outcome) {
	if problem := u.guard(func() { o = p.look(u, rs) }); problem != nil {
		return outcome{problem: problem}
	}
	return o
}

func (p *Project) look(u unit, rs []*rules.Rule) outcome {
	c, problem := p.connect(u)
	if c == nil {
		return outcome{problem: problem}
	}
	under := p.settings.of(u.path).Config
	if c.start.Grace == 0 {
		c.start.Grace = under.Grace
	}
	launch := process.Predict(c.start, c.files)
	found := rules.Run(launch, p.rulesFor(rs, under))
	if launch.Kind == process.KindCompose {
		found = writable(found)
	}
	kept, silenced := p.silence(launch, found)
	launch.Release()
	return outcome{launch: launch, touched: c.reads.paths, findings: kept, silenced: silenced}
}
