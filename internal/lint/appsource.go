package lint

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

// A made is where a file was made that comes from no file of the project.
type made struct {
	files   *imageFiles
	name    string
	at      place
	outside bool // name is that of a file of the project, which is made before the image is
}

// A buildCommand is one command of a RUN instruction.
type buildCommand struct {
	args    []argument
	dir     string
	sure    bool
	effects int // how many effects commands before it have
}

// The limits of what is read of the source of one program.
const (
	maxSourceFiles = 600
	maxSourceBytes = 8 << 20
)

// Behaviour implements process.SourceReader.
func (f launchFiles) Behaviour(c program.Command) *program.Behaviour { return f.behaviour(c, nil) }

// behaviour reads the source of a program where mounts stand over the image.
func (f launchFiles) behaviour(c program.Command, over []mount) *program.Behaviour {
	s := f.files
	if s.build.project.unread {
		return nil
	}
	parts := append([]string{s.build.id(), strconv.Itoa(s.stage.Index), c.File, c.Dir}, c.Args...)
	for _, m := range over {
		parts = append(parts, m.target, m.source)
	}
	for _, name := range program.Variables {
		parts = append(parts, c.Variable(name))
	}
	key := strings.Join(parts, "\x00")
	if s.sourceless[key] {
		return nil
	}
	found, ok := s.build.project.behaviours.Load(key)
	if !ok {
		b, read := s.behaviour(c, over)
		if !read { // to find that out again for another launch costs less than to remember it
			if s.sourceless == nil {
				s.sourceless = map[string]bool{}
			}
			s.sourceless[key] = true
			return nil
		}
		found, _ = s.build.project.behaviours.LoadOrStore(key, b)
	}
	b := found.(*program.Behaviour)
	if b != nil {
		for _, file := range b.Files {
			f.reads.note(file.Path)
		}
	}
	return b
}

// behaviour reads the source of a program. Where the build context may be one of several folders, it is the first one in which the
// source is found. read says whether a file was read for that.
func (s *imageFiles) behaviour(c program.Command, over []mount) (found *program.Behaviour, read bool) {
	asked := false
	look := func(s *imageFiles) *program.Behaviour {
		limit := &readLimit{files: maxSourceFiles, bytes: maxSourceBytes}
		defer func() { read, asked = read || limit.files < maxSourceFiles, asked || limit.asked }()
		return program.Read(c, &programSources{files: s, at: s.end(), mounts: over, limit: limit})
	}
	found = look(s)
	b := s.build
	for _, dir := range b.context.others {
		if found != nil || !asked {
			break
		}
		other := b.project.newBuild(b.chain[len(b.chain)-1], b.dockerfile, building{folder: dir, args: b.args}, b.chain[:len(b.chain)-1])
		files := other.files(s.stage)
		files.search = s.search
		found = look(files)
	}
	return found, read
}

// id tells builds of a project apart that can bring different files into an image.
func (b *build) id() string {
	parts := append(slices.Clone(b.chain), b.context.dir, b.image.Text)
	for name, value := range b.args {
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts[len(b.chain):])
	return strings.Join(parts, "\x00")
}

// A readLimit is how much more can be read.
type readLimit struct {
	files, bytes int
	asked        bool // for any file or folder
}

// A programSources is the files of an image at some point of its build, for who reads the source of a program.
type programSources struct {
	files  *imageFiles
	at     place
	mounts []mount // what stands over them, those of longer paths first
	limit  *readLimit
}

// File implements program.Sources.
func (p *programSources) File(name string) *parser.File {
	p.limit.asked = true
	if p.limit.files <= 0 || p.limit.bytes <= 0 || !path.IsAbs(name) {
		return nil
	}
	name = path.Clean(name)
	src, covered := p.mounted(name)
	if !covered {
		src = p.find(name).asIs
	}
	if src == nil {
		return nil
	}
	p.limit.files--
	p.limit.bytes -= len(src.file.Src)
	return src.file
}

// find says what stands at a path. A file that would be there with another build context does not decide about the context.
func (p *programSources) find(name string) entry {
	b := p.files.build
	b.steps = 0
	others := b.context.others
	b.context.others = nil
	found := p.files.find(p.files.base.canonical(name), p.at, 0)
	b.context.others = others
	return found
}

// Names implements program.Sources.
func (p *programSources) Names(dir string) []string {
	p.limit.asked = true
	dir = path.Clean(dir)
	names, _ := p.files.put(dir, 0)
	for _, m := range p.mounts {
		if rest, ok := below(m.target, dir); ok {
			names = nil
			if m.source != "" {
				names = folderNames(p.files.build.project.sources.fsys, path.Join(m.source, rest))
			}
			break
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bindMounts returns the folders of the build context that a RUN instruction sees.
//
// Source: docs.docker.com/reference/dockerfile, RUN --mount=type=bind.
func (s *imageFiles) bindMounts(st *step) []mount {
	var all []mount
	for _, flag := range st.Flags {
		text, ok := strings.CutPrefix(flag.Text, "--mount=")
		if !ok || st.dir == "" {
			continue
		}
		fields := map[string]string{"type": "bind"}
		for field := range strings.SplitSeq(text, ",") {
			name, value, _ := strings.Cut(field, "=")
			switch name {
			case "src":
				name = "source"
			case "dst", "destination":
				name = "target"
			}
			fields[name] = value
		}
		if fields["type"] != "bind" || fields["target"] == "" {
			continue
		}
		m := mount{target: inDir(st.dir, fields["target"])}
		if fields["from"] == "" && !strings.Contains(text, "$") {
			m.source = path.Join(s.build.context.dir, inContext(fields["source"]))
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b mount) int { return len(b.target) - len(a.target) })
	return all
}

// mounted returns the file that a mount puts at a path, and whether one covers it.
func (p *programSources) mounted(name string) (src *source, covered bool) {
	for _, m := range p.mounts {
		rest, ok := below(m.target, name)
		if !ok {
			continue
		}
		sources, context := p.files.build.project.sources, p.files.build.context
		file := path.Join(m.source, rest)
		if m.source == "" || !isFile(sources.fsys, file) {
			return nil, true
		}
		if inside, ok := below(path.Join("/", context.dir), "/"+file); ok && p.building() && context.leftOut(inside) {
			return nil, true
		}
		src := sources.get(file)
		if src.err != nil || isBinary(src.file.Src) {
			return nil, true
		}
		return src, true
	}
	return nil, false
}

// building reports whether the files are those of a moment of the build, and not those that a container starts with.
func (p *programSources) building() bool { return p.at.step < len(p.files.steps) }

// below returns the rest of a path that is a folder or stands below it.
func below(dir, name string) (string, bool) {
	if name == dir {
		return "", true
	}
	return under(dir, name)
}

// Origin implements program.Sources.
func (p *programSources) Origin(name string) *program.Origin {
	if !path.IsAbs(name) || slices.ContainsFunc(p.mounts, func(m mount) bool { _, ok := below(m.target, name); return ok }) {
		return nil
	}
	found := p.find(path.Clean(name))
	m := found.made
	if m.outside {
		none := func(...string) []program.BuildCommand { return nil }
		return &program.Origin{Path: path.Join("/", m.name), Sources: projectSources{m.files.build.project, p.limit}, Commands: none}
	}
	if m.files == nil || found.Kind != process.Program && found.Kind != process.Unseen {
		return nil
	}
	if m.files == p.files && m.at == p.files.end() {
		if folder, ok := p.files.inFolder(m.name, 0); ok {
			m = folder
		}
	}
	if path.Ext(m.name) == ".jar" {
		m.at = m.files.builtAt(m.at)
	}
	around := &programSources{files: m.files, at: m.at, limit: p.limit}
	if around.building() {
		around.mounts = m.files.bindMounts(m.files.steps[m.at.step])
	}
	return &program.Origin{Path: m.name, Sources: around, Commands: m.commands}
}

// commands returns the commands of the build up to the one that made the file, none where no instruction speaks of one of the words.
func (m made) commands(words ...string) []program.BuildCommand {
	steps := m.files.steps[:min(m.at.step+1, len(m.files.steps))]
	if !slices.ContainsFunc(steps, func(st *step) bool { return st.copy == nil && st.mentions(words) }) {
		return nil
	}
	var all []program.BuildCommand
	for k, st := range steps {
		if st.copy != nil {
			continue
		}
		for _, c := range m.files.run(st).commands {
			if k == m.at.step && c.effects > m.at.effect {
				break
			}
			command := program.BuildCommand{Args: make([]parser.Word, len(c.args)), Dir: c.dir, Sure: c.sure}
			for i, arg := range c.args {
				command.Args[i] = parser.Word{Text: arg.text, Known: arg.known}
			}
			all = append(all, command)
		}
	}
	return all
}

// mentions reports whether one of some words of letters stands in the text of an instruction, not as a part of a longer one.
func (st *step) mentions(words []string) bool {
	isLetter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	text := st.text()
	for _, word := range words {
		for at := 0; ; at += len(word) {
			next := strings.Index(text[at:], word)
			if next < 0 {
				break
			}
			at += next
			if end := at + len(word); (at == 0 || !isLetter(text[at-1])) && (end == len(text) || !isLetter(text[end])) {
				return true
			}
		}
	}
	return false
}

// builders are the words of instructions that may make a program, or put another one in its place.
var builders = []string{"go", "make", "dotnet", "build", "publish", "install", "cp", "mv", "curl", "wget", "tar"}

// inFolder says where a file was made that comes into a stage as part of a folder that is copied from another one. Behind that, nothing
// may be run that could make it.
func (s *imageFiles) inFolder(name string, depth int) (made, bool) {
	for _, st := range slices.Backward(s.steps) {
		if st.copy == nil {
			if st.mentions(builders) {
				return made{}, false
			}
			continue
		}
		c := st.copy
		rest, covered := under(c.dest, name)
		if !covered && c.dest != "" {
			continue
		}
		other := s.build.dockerfile.Stage(c.from)
		if !covered || len(c.sources) != 1 || c.sources[0] == "" || isPattern(c.sources[0]) || len(c.exclude) > 0 || c.parents ||
			!c.hasFrom || c.from == "" || other == nil || other.Index >= c.stage.Index || depth > maxStages {
			return made{}, false
		}
		files := s.build.files(other)
		m := made{files: files, name: path.Join("/", c.sources[0], rest), at: files.end()}
		if further, ok := files.inFolder(m.name, depth+1); ok {
			m = further
		}
		return m, true
	}
	return made{}, false
}
