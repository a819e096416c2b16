package lint

import (
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

// variables are what is not known of the environment of a container.
type variables struct {
	unresolved map[string]bool // what is set to something that is not known
	more       bool            // there are others
}

// Shutdown implements process.SettingsReader.
func (f launchFiles) Shutdown(c program.Command) *program.Shutdown {
	known := c.Getenv
	c.Getenv = func(name string) string {
		if value := known(name); value != "" || !f.vague.more && !f.vague.unresolved[name] {
			return value
		}
		return program.Unresolved
	}
	found := program.ReadShutdown(c, &programSources{files: f.files, at: f.files.end(), limit: &readLimit{files: maxSourceFiles, bytes: maxSourceBytes}})
	if found != nil && !found.Drops.Void && (found.Drops.Unset || !found.Drops.At.IsZero()) && f.files.build.project.setsElsewhere() {
		found = nil // whatever is set here, something else may be set there
	}
	if found != nil {
		for _, file := range found.Files {
			f.reads.note(file.Path)
		}
	}
	return found
}

// outside says of a file that it is made by what is run before the image is built: mvn package, and then docker build.
func (s *imageFiles) outside(source string) made {
	return made{files: s, name: path.Join(s.build.context.dir, source), outside: true}
}

// builtAt returns where Maven or Gradle is run before a point of the build: what it is given by a mount is gone behind that.
func (s *imageFiles) builtAt(at place) place {
	for k := min(at.step, len(s.steps)) - 1; k >= 0; k-- {
		if st := s.steps[k]; st.copy == nil && strings.Contains(st.Span.Text(), "--mount=") && (strings.Contains(st.Span.Text(), "mvn") || strings.Contains(st.Span.Text(), "gradle")) {
			return place{k, len(s.run(st).effects)}
		}
	}
	return at
}

// Unpacked returns the origin of the one module whose output is copied into the image: as it is, or taken to pieces in another stage,
// as java -Djarmode=layertools does. It is nil where there are several, or none.
func (p *programSources) Unpacked() *program.Origin {
	var found []made
	s := p.files
	for _, st := range s.steps {
		if st.copy == nil || st.stage != s.stage {
			continue
		}
		for _, source := range st.copy.sources {
			found = append(found, s.outputs(st.copy, source, 0)...)
		}
	}
	for _, m := range found {
		if first := found[0]; m.files != first.files || m.outside != first.outside || outputFolder(m.name) != outputFolder(first.name) {
			return nil
		}
	}
	if len(found) == 0 {
		return nil
	}
	m := found[0]
	if m.outside {
		return &program.Origin{Path: path.Join("/", m.name), Sources: projectSources{s.build.project, p.limit}}
	}
	at := m.files.builtAt(m.files.end())
	around := &programSources{files: m.files, at: at, limit: p.limit}
	if around.building() {
		around.mounts = m.files.bindMounts(m.files.steps[at.step])
	}
	return &program.Origin{Path: m.name, Sources: around}
}

// outputs returns what a source of COPY is made of: the output of a build, or the jars that another stage was given to take them to pieces.
func (s *imageFiles) outputs(c *copying, source string, depth int) []made {
	if depth > maxStages || source == "" || strings.HasPrefix(source, "<<") || isRemote(source) {
		return nil
	}
	if !c.hasFrom {
		if m := s.outside(inContext(source)); outputFolder(path.Join("/", m.name)) != "" {
			return []made{m}
		}
		return nil
	}
	other := s.build.dockerfile.Stage(c.from)
	if c.from == "" || other == nil || other.Index >= c.stage.Index {
		return nil
	}
	files := s.build.files(other)
	source = path.Join("/", source)
	if outputFolder(source) != "" {
		return []made{{files: files, name: source, at: files.end()}}
	}
	var found []made
	for _, st := range files.steps {
		if st.copy == nil {
			continue
		}
		for _, further := range st.copy.sources {
			if path.Ext(further) == ".jar" {
				found = append(found, files.outputs(st.copy, further, depth+1)...)
			}
		}
	}
	return found
}

// outputFolder returns the folder of the module in whose output a path is, "" where it is in none.
func outputFolder(name string) string {
	dir, _ := program.BuiltIn(name)
	return dir
}

// projectSources are the files of the project where they are, for what is built outside of an image. A path is that below the root.
type projectSources struct {
	project *Project
	limit   *readLimit
}

// File implements program.Sources.
func (p projectSources) File(name string) *parser.File {
	if p.limit.files <= 0 || p.limit.bytes <= 0 {
		return nil
	}
	src := p.project.sources.get(strings.TrimPrefix(path.Join("/", name), "/"))
	if src.err != nil || isBinary(src.file.Src) {
		return nil
	}
	p.limit.files--
	p.limit.bytes -= len(src.file.Src)
	return src.file
}

// Names implements program.Sources.
func (p projectSources) Names(dir string) []string {
	name := strings.TrimPrefix(path.Join("/", dir), "/")
	if name == "" {
		name = "."
	}
	return folderNames(p.project.sources.fsys, name)
}

// Origin implements program.Sources.
func (projectSources) Origin(string) *program.Origin { return nil }

// Keep keeps what is made of a file for who reads settings.
func (p projectSources) Keep(file *parser.File, do func() any) any { return p.project.keep(file, do) }

// Keep keeps what is made of a file for who reads settings.
func (p *programSources) Keep(file *parser.File, do func() any) any {
	return p.files.build.project.keep(file, do)
}

func (p *Project) keep(file *parser.File, do func() any) any {
	found, ok := p.kept.Load(file)
	if !ok {
		found, _ = p.kept.LoadOrStore(file, do())
	}
	return found
}
