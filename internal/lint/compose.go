package lint

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/sirupsen/logrus"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// A composeProject is what Compose makes of a file and those that belong to it.
type composeProject struct {
	services map[string]*parser.Service
	own      []string // the services to look at for this file, in order
	files    []string // all that were read
	mistakes []*parser.SyntaxError
	awaited  map[string]bool // the services whose end another one waits for
	included []string        // files that are looked at as parts of this project only
	holds    bool            // what it calls services are some
}

// The names that Compose looks for by itself in a folder, in its order. Source: DefaultFileNames and DefaultOverrideFileNames in
// cli/options.go of compose-go.
var (
	composeNames  = []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}
	overrideNames = []string{"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"}
)

// maxServices is how many services of one file are looked at: many times those of the largest that are known.
const maxServices = 500

// maxComposeFiles is how many files one Compose project is read from: by include and extends they can lead to each other.
const maxComposeFiles = 200

// composeProject returns what Compose makes of a file, each once in a run.
func (p *Project) composeProject(name string) *composeProject {
	if found, ok := p.composes.Load(name); ok {
		return found.(*composeProject)
	}
	project := p.readCompose(name)
	project.awaited = map[string]bool{}
	for _, s := range project.services {
		for _, other := range s.Awaited {
			project.awaited[other] = true
		}
	}
	found, _ := p.composes.LoadOrStore(name, project)
	return found.(*composeProject)
}

func (p *Project) readCompose(name string) *composeProject {
	dir := path.Dir(name)
	l := &composeLoader{project: p, composeProject: &composeProject{services: map[string]*parser.Service{}}}
	doc := l.parse(name, dir, l.variables(dir))
	if doc == nil {
		return l.composeProject
	}
	l.mistakes, l.holds = doc.Mistakes, doc.HasServices()
	base := firstOf(p.sources.fsys, dir, composeNames)
	switch {
	case slices.Contains(composeNames, path.Base(name)):
		l.merge(doc, dir)
		for _, s := range doc.Services {
			l.own = append(l.own, s.Name.Text)
		}
		l.include(doc, dir)
		if over := firstOf(p.sources.fsys, dir, overrideNames); over != "" && base == name {
			if doc := l.parse(over, dir, l.variables(dir)); doc != nil {
				l.merge(doc, dir)
				for _, s := range doc.Services {
					if !slices.Contains(l.own, s.Name.Text) {
						l.own = append(l.own, s.Name.Text)
					}
				}
			}
		}
		return l.composeProject
	case base != "" && base != name:
		// docker-compose.prod.yml stands on its own, or on top of the base file: then it does not say again what it starts.
		below := &composeLoader{project: p, composeProject: &composeProject{services: map[string]*parser.Service{}}}
		if first := below.parse(base, dir, l.variables(dir)); first != nil && completes(doc, first) {
			l.merge(first, dir)
			l.include(first, dir)
			l.files = append(l.files, below.files...)
			l.holds = true
		}
	}
	l.merge(doc, dir)
	l.include(doc, dir)
	for _, s := range doc.Services {
		if s.Starts() {
			l.own = append(l.own, s.Name.Text)
		}
	}
	return l.composeProject
}

// firstOf returns the first file of some names that a folder has, "" for none.
func firstOf(fsys fs.FS, dir string, names []string) string {
	for _, name := range names {
		name = path.Join(dir, name)
		if isFile(fsys, name) {
			return name
		}
	}
	return ""
}

// completes reports whether a file is meant to be put on top of another one: a service in it has no image of its own, but one there.
func completes(doc, base *parser.Compose) bool {
	for _, s := range doc.Services {
		if s.Image.Text == "" && s.Build == nil && s.Extends == nil && slices.ContainsFunc(base.Services, func(other *parser.Service) bool {
			return other.Name.Text == s.Name.Text && (other.Image.Text != "" || other.Build != nil || other.Extends != nil)
		}) {
			return true
		}
	}
	return false
}

// A composeLoader reads the files of one Compose project.
type composeLoader struct {
	project *Project
	*composeProject
}

// parse reads one file, nil where it cannot be read or parsed: if it is looked at itself, that is said there.
func (l *composeLoader) parse(name, dir string, lookup parser.Lookup) *parser.Compose {
	if len(l.files) >= maxComposeFiles || !fs.ValidPath(name) {
		return nil
	}
	y, err := l.project.sources.get(name).yaml()
	if err != nil {
		return nil
	}
	if !slices.Contains(l.files, name) {
		l.files = append(l.files, name)
	}
	return parser.ParseCompose(y, dir, lookup)
}

// variables returns what is known of the variables of the place where Compose runs: those in .env of the project folder, and the folder.
func (l *composeLoader) variables(dir string) parser.Lookup {
	vars := l.project.dotenv(path.Join(dir, ".env"), nil)
	return func(name string) (string, bool) {
		value, known := vars[name]
		return value, known
	}
}

// dotenv reads a file of variables as Compose does, none where there is no such file.
func (p *Project) dotenv(name string, lookup parser.Lookup) map[string]string {
	if !fs.ValidPath(name) {
		return nil
	}
	src := p.sources.get(name)
	if src.err != nil {
		return nil
	}
	logrus.SetLevel(logrus.PanicLevel) // compose-go warns of variables that are not set
	vars, err := dotenv.ParseWithLookup(strings.NewReader(src.file.Src), func(name string) (string, bool) {
		if lookup == nil {
			return "", false
		}
		return lookup(name)
	})
	if err != nil {
		return nil
	}
	maps.DeleteFunc(vars, func(name, _ string) bool { return secret(name) })
	return vars
}

// secret reports whether a variable holds something that no report may show, going by its name. What it is does not matter for the start.
func secret(name string) bool {
	name = strings.ToUpper(name)
	return strings.Contains(name, "PASS") || strings.Contains(name, "SECRET") || strings.Contains(name, "TOKEN") ||
		strings.Contains(name, "CREDENTIAL") || strings.HasSuffix(name, "KEY")
}

// merge puts the services of a file on top of those that there are.
func (l *composeLoader) merge(doc *parser.Compose, dir string) {
	extended := map[string]*parser.Service{}
	for _, s := range doc.Services {
		extended[s.Name.Text] = l.extend(s, doc, dir, nil)
	}
	for name, s := range extended {
		l.services[name] = s.Over(l.services[name])
	}
}

// extend returns a service with what it extends below it.
func (l *composeLoader) extend(s *parser.Service, doc *parser.Compose, dir string, chain []*parser.Service) *parser.Service {
	if s.Extends == nil || slices.Contains(chain, s) || len(chain) > maxComposeFiles {
		return s
	}
	other, folder := doc, dir
	if file := s.Extends.File; file.Text != "" {
		name := path.Join(dir, file.Text)
		folder = path.Dir(name)
		if other = l.parse(name, folder, l.variables(dir)); other == nil {
			return s
		}
	}
	for _, base := range other.Services {
		if base.Name.Text == s.Extends.Service.Text {
			out := s.Over(l.extend(base, other, folder, append(chain, s)))
			out.Extends = s.Extends
			return out
		}
	}
	if base := l.services[s.Extends.Service.Text]; base != nil && s.Extends.File.Text == "" {
		return s.Over(base)
	}
	return s
}

// include adds the services of the projects that a file includes.
func (l *composeLoader) include(doc *parser.Compose, dir string) {
	for _, i := range doc.Includes {
		var folder string
		below := &composeLoader{project: l.project, composeProject: &composeProject{services: map[string]*parser.Service{}}}
		for n, file := range i.Paths {
			name := path.Join(dir, file.Text)
			if n == 0 {
				if folder = path.Dir(name); i.Folder.Text != "" {
					folder = path.Join(dir, i.Folder.Text)
				}
			}
			if slices.Contains(l.files, name) {
				continue
			}
			below.files = l.files
			other := below.parse(name, folder, l.variables(folder))
			l.files = below.files
			if other == nil {
				continue
			}
			l.included = append(l.included, name)
			below.merge(other, folder)
			below.include(other, folder)
			l.files = below.files
			for _, s := range other.Services {
				l.own = append(l.own, s.Name.Text)
			}
		}
		l.own = append(l.own, below.own...)
		l.included = append(l.included, below.included...)
		for name, s := range below.services {
			if l.services[name] == nil {
				l.services[name] = s
			} else {
				l.services[name] = l.services[name].Over(s)
			}
		}
	}
}

// servicesOf returns the launches of a Compose file: one for each service that starts a container.
func (p *Project) servicesOf(u unit) []unit {
	project := p.composeProject(u.path)
	if !project.holds {
		return nil // something else that has services
	}
	if u.sure || u.named {
		for _, m := range project.mistakes {
			p.problems = append(p.problems, problemOf(u.path, m))
		}
	}
	var units []unit
	seen := map[string]bool{}
	for _, name := range project.own {
		s := project.services[name]
		if seen[name] || s.Provided || s.Image.Text == "" && s.Build == nil {
			continue
		}
		if seen[name] = true; len(units) == maxServices {
			p.problems = append(p.problems, rules.Problem{Path: u.path, Span: s.Name.Span,
				Message: fmt.Sprintf("reading %s: it has more than %d services, and the rest is not looked at", u.path, maxServices)})
			break
		}
		one := u
		one.name = name
		units = append(units, one)
		if b := s.Build; b != nil {
			if dockerfile, folder, _ := whereBuilt(b); dockerfile != "" {
				p.noteContext(dockerfile, folder)
			}
		}
	}
	return units
}

// noteContext notes in which folder a Dockerfile is built, "" where Compose files differ.
func (p *Project) noteContext(dockerfile, folder string) {
	if before, noted := p.contexts[dockerfile]; noted && before != folder {
		folder = ""
	}
	if p.contexts == nil {
		p.contexts = map[string]string{}
	}
	p.contexts[dockerfile] = folder
}

// whereBuilt returns the Dockerfile and the build context of a service as paths of the project, or a clause on why they are not known.
func whereBuilt(b *parser.Build) (dockerfile, folder, why string) {
	context := b.Context.Text
	switch {
	case b.Context.Text != "" && !b.Context.Known:
		return "", "", "the build context " + context + " cannot be known"
	case strings.Contains(context, "://") || strings.HasPrefix(context, "git@") || strings.HasPrefix(context, "github.com/"):
		return "", "", "the image is built from " + context
	case path.IsAbs(context) || strings.HasPrefix(context, "~"):
		return "", "", "the build context " + context + " is not in the project"
	}
	if folder = path.Join(b.Dir, context); !fs.ValidPath(folder) {
		return "", "", "the build context " + context + " is outside of the project"
	}
	name := b.Dockerfile.Text
	switch {
	case name == "":
		name = "Dockerfile"
	case !b.Dockerfile.Known:
		return "", "", "which Dockerfile " + name + " is cannot be known"
	case path.IsAbs(name) || strings.Contains(name, "://"):
		return "", "", name + " is not in the project"
	}
	if dockerfile = path.Join(folder, name); !fs.ValidPath(dockerfile) {
		return "", "", name + " is outside of the project"
	}
	return dockerfile, folder, ""
}

// servicesThatRead returns the services of Compose files that the run is not about and that may read what is edited.
func (p *Project) servicesThatRead(edits []parser.Edit) []unit {
	p.list()
	var all []unit
	for _, name := range p.listing.composeFiles {
		if p.isUnit(name) {
			continue
		}
		project := p.composeProject(name)
		for _, service := range project.own {
			if s := project.services[service]; slices.ContainsFunc(edits, func(e parser.Edit) bool { return p.serviceReads(s, e.Span.File.Path) }) {
				all = append(all, unit{path: name, kind: process.KindCompose, name: service})
			}
		}
	}
	return all
}

func (p *Project) serviceReads(s *parser.Service, name string) bool {
	for _, m := range mountsOf(s) {
		if _, below := under(m.source, name); below || m.source == name || m.source == "." {
			return true
		}
	}
	if s.Build == nil {
		return false
	}
	dockerfile, _, _ := whereBuilt(s.Build)
	if dockerfile == "" || dockerfile == name {
		return dockerfile == name
	}
	src := p.sources.get(dockerfile)
	return src.err == nil && mayRead(src.file.Src, name)
}

// saysTheSame reports whether edits change nothing of what a Compose file says about a service: it need not be predicted again.
func (p *Project) saysTheSame(u unit, edited *Project, edits []parser.Edit) bool {
	if u.kind != process.KindCompose {
		return false
	}
	before := p.composeProject(u.path)
	if slices.ContainsFunc(edits, func(e parser.Edit) bool { return !slices.Contains(before.files, e.Span.File.Path) }) {
		return false
	}
	s, again := before.services[u.name], edited.composeProject(u.path).services[u.name]
	return s != nil && again != nil && s.Says() == again.Says()
}

// contextOf returns the folder that the Compose files above a Dockerfile build it in, "" where none does.
func (p *Project) contextOf(dockerfile string) string {
	if folder, noted := p.contexts[dockerfile]; noted {
		return folder
	}
	for dir := path.Dir(dockerfile); ; dir = path.Dir(dir) {
		if name := firstOf(p.sources.fsys, dir, composeNames); name != "" {
			project := p.composeProject(name)
			for _, service := range project.own {
				if b := project.services[service].Build; b != nil {
					if built, folder, _ := whereBuilt(b); built == dockerfile {
						return folder
					}
				}
			}
		}
		if dir == "." {
			return ""
		}
	}
}

// builtBy returns the service of a Compose project that builds an image, nil where there is none or more than one.
func (c *composeProject) builtBy(image string) *parser.Service {
	var found *parser.Service
	for _, s := range c.services {
		if s.Build != nil && s.Image.Text != "" && s.Image.Known && withTag(s.Image.Text) == withTag(image) {
			if found != nil && found.Build.Span != s.Build.Span {
				return nil
			}
			found = s
		}
	}
	return found
}

func withTag(image string) string {
	if colon := strings.LastIndexByte(image, ':'); colon > strings.LastIndexByte(image, '/') || strings.Contains(image, "@") {
		return image
	}
	return image + ":latest"
}
