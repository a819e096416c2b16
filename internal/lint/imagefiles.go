package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

// An imageFiles is the file system of the image that one stage of a Dockerfile builds, as far as it can be known.
//
// Nothing is laid out beforehand: a question about a path goes back through the instructions, the last one first, and the
// first answer counts. On its way the path may become another one (RUN mv) and collect what happens to it later (RUN chmod).
type imageFiles struct {
	build      *build
	stage      *parser.Stage
	base       *baseImage
	search     []string // the folders of PATH
	steps      []*step  // those of the stages that it is FROM come first
	answers    map[string]*answer
	added      *installed
	config     parser.Config   // what the stage says about its start; its maps are not to be changed
	sourceless map[string]bool // programs that have no source in the project
	hidden     map[string]bool // names of scripts that nothing creates -> another folder of PATH has a program of that name
}

// A step is one COPY, ADD or RUN on the way to the image of a stage, with what is in force at it.
type step struct {
	*parser.Instruction
	stage  *parser.Stage // that is being made
	dir    string        // the working directory, "" where it is not known
	copy   *copying      // for COPY and ADD
	vars   map[string]string
	shell  []parser.Word // SHELL
	effect *runReader    // for RUN, read when first asked for
	silent string        // for RUN that was not read: the name of a file that it does nothing with, asked for last
}

// A build is what the stages of one Dockerfile have in common.
type build struct {
	project    *Project
	dockerfile *parser.Dockerfile
	context    *buildContext
	building
	stages map[*parser.Stage]*imageFiles
	chain  []string // the Dockerfiles that are built on it and itself, the first one last
	steps  int      // taken for the question that is being answered
}

// An entry is what stands at a path, and where its content is from.
type entry struct {
	process.Entry
	source string  // the file of the project that Script is from, "" for content that is written in the Dockerfile
	asIs   *source // that file, where nothing changes it on its way; Script is nil until parsed is called
	maybe  string  // for Unseen: a clause on what may have put it there
	made   made    // where it was made, for what comes from no file of the project
}

// parsed returns an entry with its script.
func (e entry) parsed() entry {
	if e.Kind == process.Text && e.Script == nil && e.asIs != nil {
		e.Script = e.asIs.parsed()
	}
	return e
}

// A building is what is said about a build outside of its Dockerfile. The zero value says nothing.
type building struct {
	folder string            // the build context, "" where it has to be found
	args   map[string]string // build arguments
	image  parser.Word       // the image that is used as it is: then the Dockerfile has nothing but a FROM, and is no file
}

// newBuild begins with a Dockerfile. chain has the ones that are FROM what it builds.
func (p *Project) newBuild(name string, dockerfile *parser.Dockerfile, said building, chain []string) *build {
	b := &build{project: p, dockerfile: dockerfile, building: said, stages: map[*parser.Stage]*imageFiles{}, chain: append(slices.Clip(chain), name)}
	if said.folder == "" {
		b.context = chooseContext(p.sources.fsys, name, b.localSources())
		return b
	}
	b.context = &buildContext{fsys: p.sources.fsys, dir: said.folder}
	b.context.readIgnore(name)
	return b
}

// files returns the file system of a stage, made when it is first asked for.
func (b *build) files(stage *parser.Stage) *imageFiles {
	if made := b.stages[stage]; made != nil {
		return made
	}
	from, parent := stage.BaseFor(b.args)
	for parent != nil {
		from, parent = parent.BaseFor(b.args)
	}
	if !b.image.Span.IsZero() {
		from = b.image
	}
	s := &imageFiles{build: b, stage: stage, base: b.baseImage(from), answers: map[string]*answer{}}
	s.config = stage.Walk(s.base.config(), b.args, func(i *parser.Instruction, scope *parser.Scope) {
		if i.Name != "COPY" && i.Name != "ADD" && i.Name != "RUN" {
			return
		}
		st := &step{Instruction: i, stage: scope.Stage, dir: scope.Config.Workdir, shell: scope.Config.Shell}
		if scope.Config.WorkdirUnknown {
			st.dir = ""
		}
		if i.Name == "RUN" {
			st.vars = variablesOf(st, scope)
		} else {
			st.copy = newCopying(st, scope, s.base)
		}
		s.steps = append(s.steps, st)
	})
	b.stages[stage] = s
	return s
}

// text returns all of an instruction, its here-documents included.
func (st *step) text() string {
	if len(st.Heredocs) == 0 {
		return st.Span.Text()
	}
	var text strings.Builder
	text.WriteString(st.Span.Text())
	for _, doc := range st.Heredocs {
		text.WriteString("\n")
		text.WriteString(doc.Text)
	}
	return text.String()
}

// variablesOf returns the variables that a RUN instruction uses and that the Dockerfile sets.
func variablesOf(i *step, scope *parser.Scope) map[string]string {
	vars := map[string]string{}
	text := i.text()
	for at := strings.IndexByte(text, '$'); at >= 0; at = strings.IndexByte(text, '$') {
		text = strings.TrimPrefix(text[at+1:], "{")
		name := text[:nameLength(text)]
		if _, seen := vars[name]; seen || name == "" {
			continue
		}
		if value, known := scope.Variable(name); known {
			vars[name] = value
		}
	}
	return vars
}

// nameLength returns the length of the name of a variable at the start of a text.
func nameLength(text string) int {
	n := 0
	for n < len(text) && (text[n] == '_' || text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z' || n > 0 && text[n] >= '0' && text[n] <= '9') {
		n++
	}
	return n
}

// inDir returns a path as it is found from a working directory, "" where that is needed and not known.
func inDir(dir, name string) string {
	switch {
	case path.IsAbs(name):
		return path.Clean(name)
	case dir == "":
		return ""
	}
	return path.Join(dir, name)
}

// maxLinks is the number of links that are followed; the kernel gives up behind 40 (path_resolution(7)). maxSteps is how
// many instructions and effects are gone through for one question: a Dockerfile can be written so that each doubles the work.
const (
	maxLinks = 40
	maxSteps = 20000
)

// lookup says what stands at an absolute, clean path when the stage is done.
func (s *imageFiles) lookup(name string) entry {
	if known := s.answers[name]; known != nil && known.final {
		return known.entry
	}
	s.build.steps = 0
	found := s.trace(name)
	if found.Kind == process.Unseen {
		found.entry = s.unseen(name, found.maybe)
	}
	if name == "/init" && found.Kind != process.Text && s.overlaid() {
		found.entry = s.tool()
		found.Name = "s6-overlay"
	}
	found.entry, found.final = found.parsed(), true
	return found.entry
}

// An answer is what is known of a path so far.
type answer struct {
	entry
	unseen bool // nothing is seen to create it
	final  bool // it is what lookup returns
}

// trace returns what the instructions say about a path, each asked once.
func (s *imageFiles) trace(name string) *answer {
	known := s.answers[name]
	if known == nil {
		known = &answer{entry: s.follow(name, 0)}
		known.unseen = known.Kind == process.Unseen
		s.answers[name] = known
	}
	return known
}

// overlaid reports whether s6-overlay is in the image.
func (s *imageFiles) overlaid() bool {
	for f := s; f != nil; {
		if slices.Contains(f.base.Tools, "s6-overlay") || slices.ContainsFunc(f.steps, func(st *step) bool { return strings.Contains(st.Span.Text(), "s6-overlay") }) {
			return true
		}
		if f.base.local == nil {
			break
		}
		f = f.base.local.files
	}
	return false
}

// unseen decides about a path that nothing is seen to create: a script whose content would matter is opaque, anything else
// a program.
func (s *imageFiles) unseen(name, maybe string) entry {
	if ext := path.Ext(name); ext != ".sh" && ext != ".bash" || maybe == "" && program.ServerScript(name) || s.elsewhere(name) {
		return entry{}
	}
	if slices.Contains(s.search, path.Dir(name)) {
		name = path.Base(name) // it is looked for in all of them
	}
	reason := "nothing in the Dockerfile is seen to create " + name
	if !s.build.image.Span.IsZero() {
		reason = "nothing is seen to put " + name + " into the image"
	}
	switch {
	case maybe != "":
		return opaque(maybe)
	case slices.Contains(s.base.Cmd, name) || slices.Contains(s.base.Entrypoint, name):
		return opaque("what " + name + " of " + s.base.Name + " does is not known")
	case !s.base.StartKnown:
		return opaque(reason + ", and the base image " + s.base.Name + " is not known")
	default:
		return opaque(reason)
	}
}

// elsewhere reports whether a path that nothing creates is only one of the folders of PATH, and another one has the program:
// whoever looks through them in order must not stop here.
func (s *imageFiles) elsewhere(name string) bool {
	if !slices.Contains(s.search, path.Dir(name)) {
		return false
	}
	base := path.Base(name)
	found, asked := s.hidden[base]
	if !asked {
		found = slices.ContainsFunc(s.search, func(dir string) bool { return !s.trace(path.Join(dir, base)).unseen })
		if s.hidden == nil {
			s.hidden = map[string]bool{}
		}
		s.hidden[base] = found
	}
	return found
}

func (s *imageFiles) follow(name string, hops int) entry {
	if hops > maxLinks {
		return entry{Entry: process.Entry{Kind: process.Missing, Reason: "its symbolic links lead in a circle"}}
	}
	return s.find(s.base.canonical(name), s.end(), hops)
}

// A place is a point in the course of a build: before an effect of a step.
type place struct{ step, effect int }

func (s *imageFiles) end() place { return place{len(s.steps), 0} }

// find says what stands at a path at some point of the build.
func (s *imageFiles) find(name string, at place, hops int) entry {
	var t trail
	for k := min(at.step, len(s.steps)-1); k >= 0; k-- {
		if s.build.steps++; s.build.steps > maxSteps {
			return opaque("what creates " + name + " is too intricate to be followed")
		}
		st := s.steps[k]
		if st.copy != nil {
			if k == at.step {
				continue
			}
			found, copied := s.copied(st, name)
			if copied {
				return t.apply(found)
			}
			if t.maybe == "" {
				t.maybe = found.maybe
			}
			continue
		}
		effects := s.effectsFor(st, name)
		if k == at.step {
			effects = effects[:min(at.effect, len(effects))]
		}
		for e := len(effects) - 1; e >= 0; e-- {
			s.build.steps++
			found, next, done := s.happened(effects[e], name, place{k, e}, hops, &t)
			if done {
				return t.apply(found)
			}
			name = next
		}
	}
	found := s.fromBase(name, t.maybe)
	if found.made.files == nil {
		found.made = made{files: s, name: name, at: at}
	}
	return t.apply(found)
}
