package lint

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// An imageFiles is the file system of the image that one stage of a Dockerfile builds, as far as it can be known.
//
// Nothing is laid out beforehand: a question about a path goes back through the instructions, the last one first, and the
// first answer counts. On its way the path may become another one (RUN mv) and collect what happens to it later (RUN chmod).
type imageFiles struct {
	build   *build
	stage   *parser.Stage
	base    *baseImage
	search  []string // the folders of PATH
	steps   []*step  // those of the stages that it is FROM come first
	answers map[string]entry
	added   *installed
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
}

// A build is what the stages of one Dockerfile have in common.
type build struct {
	project    *Project
	dockerfile *parser.Dockerfile
	context    *buildContext
	stages     map[*parser.Stage]*imageFiles
	steps      int // taken for the question that is being answered
}

// An entry is what stands at a path, and where its content is from.
type entry struct {
	process.Entry
	source string // the file of the project that Script is from, "" for content that is written in the Dockerfile
	maybe  string // for Unseen: a clause on what may have put it there
}

// files returns the file system of a stage, made when it is first asked for.
func (b *build) files(stage *parser.Stage) *imageFiles {
	if made := b.stages[stage]; made != nil {
		return made
	}
	first := stage
	for first.Parent != nil {
		first = first.Parent
	}
	s := &imageFiles{build: b, stage: stage, base: b.project.baseImage(first), answers: map[string]entry{}}
	stage.Walk(s.base.config(), nil, func(i *parser.Instruction, scope *parser.Scope) {
		if i.Name != "COPY" && i.Name != "ADD" && i.Name != "RUN" {
			return
		}
		st := &step{Instruction: i, stage: scope.Stage, dir: scope.Config.Workdir, shell: scope.Config.Shell}
		if scope.Config.WorkdirUnknown {
			st.dir = ""
		}
		if i.Name == "RUN" {
			st.vars = variablesOf(i, scope)
		} else {
			st.copy = newCopying(st, scope, s.base)
		}
		s.steps = append(s.steps, st)
	})
	b.stages[stage] = s
	return s
}

// variablesOf returns the variables that a RUN instruction uses and that the Dockerfile sets.
func variablesOf(i *parser.Instruction, scope *parser.Scope) map[string]string {
	vars := map[string]string{}
	texts := []string{i.Span.Text()}
	for _, doc := range i.Heredocs {
		texts = append(texts, doc.Text)
	}
	for _, text := range texts {
		for at := strings.IndexByte(text, '$'); at >= 0; at = strings.IndexByte(text, '$') {
			text = strings.TrimPrefix(text[at+1:], "{")
			name := text[:nameLength(text)]
			if _, seen := vars[name]; seen || name == "" {
				continue
			}
			if value, known := scope.Resolve("${" + name + "}"); known {
				vars[name] = value
			}
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
	if answer, ok := s.answers[name]; ok {
		return answer
	}
	s.build.steps = 0
	answer := s.follow(name, 0)
	if answer.Kind == process.Unseen {
		answer = s.unseen(name, answer.maybe)
	}
	s.answers[name] = answer
	return answer
}

// unseen decides about a path that nothing is seen to create: a script whose content would matter is opaque, anything else
// a program.
func (s *imageFiles) unseen(name, maybe string) entry {
	if ext := path.Ext(name); ext != ".sh" && ext != ".bash" || s.elsewhere(name) {
		return entry{}
	}
	reason := maybe
	if reason == "" {
		if slices.Contains(s.search, path.Dir(name)) {
			name = path.Base(name) // it is looked for in all of them
		}
		reason = "nothing in the Dockerfile is seen to create " + name
		if !s.base.StartKnown {
			reason += ", and the base image " + s.base.Name + " is not known"
		}
	}
	return opaque(reason)
}

// elsewhere reports whether a path that nothing creates is only one of the folders of PATH, and another one has the program:
// whoever looks through them in order must not stop here.
func (s *imageFiles) elsewhere(name string) bool {
	if !slices.Contains(s.search, path.Dir(name)) {
		return false
	}
	return slices.ContainsFunc(s.search, func(dir string) bool {
		return s.follow(path.Join(dir, path.Base(name)), 0).Kind != process.Unseen
	})
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

// A trail is what happens to a file between the point that a search has come to and the end.
type trail struct {
	modes    []string // chmod, the last one first
	unclear  bool     // something may have changed the mode, or not
	stripped bool     // the carriage returns are gone
	more     []effect // what is appended, the last first
	maybe    string   // what may have put the file there after the point
}

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
	return t.apply(s.fromBase(name, t.maybe))
}

// apply lets everything on the trail happen to what was found.
func (t *trail) apply(found entry) entry {
	if found.Kind == process.Unseen && found.maybe == "" {
		found.maybe = t.maybe
	}
	if found.Kind == process.Text && len(t.more) > 0 {
		found = t.append(found)
	}
	if found.Kind == process.Text && t.stripped {
		found.Script = withoutCarriageReturns(found.Script)
	}
	for i := len(t.modes) - 1; i >= 0; i-- {
		found.Mode, found.ModeKnown = chmod(found.Mode, found.ModeKnown, t.modes[i])
	}
	found.ModeKnown = found.ModeKnown && !t.unclear
	return found
}

// append adds what RUN echo >> appends, which makes a text that no file holds as it is.
func (t *trail) append(found entry) entry {
	text := found.Script.Text
	for i := len(t.more) - 1; i >= 0; i-- {
		if !t.more[i].what.known {
			found.Entry = process.Entry{Kind: process.Opaque, Origin: found.Origin, Reason: "what is appended to it cannot be known"}
			return found
		}
		text += t.more[i].what.text
	}
	found.Script = textScript(text, found.Script.Whole)
	return found
}

// textScript parses a script that no file holds as it is.
func textScript(text string, whole parser.Span) *parser.Script {
	script := parser.ParseText(text, whole)
	script.Shebang = parser.Shebang(text)
	return script
}

// withoutCarriageReturns returns a script as it is after dos2unix. Each carriage return becomes a blank, so that all
// places stay exact; the tree has none of them anyway.
func withoutCarriageReturns(s *parser.Script) *parser.Script {
	if !strings.Contains(s.Text, "\r\n") {
		return s
	}
	changed := *s
	changed.Text = strings.ReplaceAll(s.Text, "\r\n", " \n")
	changed.Shebang = parser.Shebang(changed.Text)
	return &changed
}

// maxScriptSize is the size up to which a file without a shebang and without the name of a script is taken for one.
const maxScriptSize = 1 << 20

// contextEntry says what a file of the build context is once it stands in the image.
func (b *build) contextEntry(name string, origin parser.Span) entry {
	full := path.Join(b.context.dir, name)
	src := b.project.sources.get(full)
	if src.err != nil {
		return entry{Entry: process.Entry{Kind: process.Opaque, Origin: origin, Reason: name + " cannot be read: " + src.err.Error()}}
	}
	e := entry{Entry: process.Entry{Kind: process.Program, Origin: origin}}
	// No permission at all is what a file system without any reports: Windows, an archive, a buffer of an editor.
	if e.Mode = src.mode.Perm(); e.Mode != 0 && !windowsHost {
		e.ModeKnown = true
	}
	if isBinary(src.file.Src) || len(src.file.Src) > maxScriptSize && parser.Shebang(src.file.Src) == nil {
		return e
	}
	e.Kind, e.Script, e.source = process.Text, src.parsed(), full
	return e
}

// isBinary reports whether the beginning of a file holds a zero byte, as every ELF header does and no script.
func isBinary(src string) bool {
	return strings.IndexByte(src[:min(len(src), 8<<10)], 0) >= 0
}

// chmod returns a mode after chmod was given a specification, "0755" or "u+x,g=r".
func chmod(mode fs.FileMode, known bool, spec string) (fs.FileMode, bool) {
	if number, ok := octal(spec); ok {
		return number, true
	}
	for _, clause := range strings.Split(spec, ",") {
		at := strings.IndexAny(clause, "+-=")
		if at < 0 {
			return mode, false
		}
		var who fs.FileMode
		for _, c := range clause[:at] {
			who |= map[rune]fs.FileMode{'u': 0o700, 'g': 0o070, 'o': 0o007, 'a': 0o777}[c]
		}
		if who == 0 {
			who = 0o777
		}
		var bits fs.FileMode
		for _, c := range clause[at+1:] {
			bits |= map[rune]fs.FileMode{'r': 0o444, 'w': 0o222, 'x': 0o111}[c]
		}
		switch clause[at] {
		case '+':
			mode |= who & bits
		case '-':
			mode &^= who & bits
		case '=':
			mode = mode&^who | who&bits
		}
		// Whether a file can be run is all that anybody asks, and this clause has settled it.
		if bits&0o111 != 0 && clause[at] != '-' || clause[at] == '=' && who == 0o777 {
			known = true
		}
	}
	return mode, known
}

func octal(spec string) (fs.FileMode, bool) {
	if spec == "" || len(spec) > 5 || strings.Trim(spec, "01234567") != "" {
		return 0, false
	}
	var mode fs.FileMode
	for _, digit := range spec {
		mode = mode<<3 | fs.FileMode(digit-'0')
	}
	return mode & 0o777, true
}

// familiar reports whether a program is known by its name wherever it comes from.
func familiar(name string) bool { return image.Known(name) }
