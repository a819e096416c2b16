package lint

import (
	"iter"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A localBase is an image that another Dockerfile of the project builds.
type localBase struct {
	path   string // of that Dockerfile
	files  *imageFiles
	config parser.Config
}

// maxBases is how many Dockerfiles of the project may be built on each other.
const maxBases = 8

// localBase finds the Dockerfile of the project that builds an image of which nothing is known, nil where none or more than one
// may be meant.
func (b *build) localBase(ref string) *localBase {
	if len(b.chain) > maxBases {
		return nil
	}
	var found string
	b.project.list()
	for name := range b.project.listing.named(imageName(ref)) {
		if slices.Contains(b.chain, name) || !standsFor(name, ref) {
			continue
		}
		if found != "" {
			return nil
		}
		found = name
	}
	if found == "" {
		return nil
	}
	src := b.project.sources.get(found)
	if src.err != nil {
		return nil
	}
	dockerfile, err := parser.ParseDockerfile(src.file)
	if err != nil || dockerfile.Escape == '`' {
		return nil
	}
	stage := dockerfile.Stage("")
	if stage == nil {
		return nil
	}
	inner := b.project.newBuild(found, dockerfile, building{}, b.chain)
	files := inner.files(stage)
	if files.base.Windows {
		return nil
	}
	return &localBase{path: found, files: files, config: files.config}
}

// standsFor reports whether a Dockerfile is there for an image, going by their names: base/Dockerfile or Dockerfile.base builds
// acme/base, and base/1.2/Dockerfile builds acme/base:1.2. A release of which no folder speaks may be any state of the project.
func standsFor(dockerfile, ref string) bool {
	ref, _, digest := strings.Cut(strings.ToLower(ref), "@")
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	name, tag, _ := strings.Cut(name, ":")
	if digest || name == "" {
		return false
	}
	dir, file := path.Split(strings.ToLower(dockerfile))
	folders := strings.Split(strings.Trim(dir, "/"), "/")
	last := len(folders) - 1
	if tag != "" && tag != "latest" {
		return folders[last] == tag && slices.Contains(folders[:last], name) && file == "dockerfile"
	}
	if file != "dockerfile" {
		return file == "dockerfile."+name || file == name+".dockerfile"
	}
	return folders[last] == name
}

// A listing is that of all Dockerfiles and Compose files of a project, made once and only when it is asked for. No edit changes it.
type listing struct {
	once         sync.Once
	found        []unit // what the run is about, if that is the whole project
	paths        []string
	names        []imageNamed // Dockerfiles by the names of images that they may stand for
	composeFiles []string
}

// An imageNamed is a name of an image that a Dockerfile may stand for.
type imageNamed struct {
	name       string
	dockerfile int // its index among the paths
}

// add adds a Dockerfile under the folders that it is in, and under what its name has beside "Dockerfile".
func (l *listing) add(dockerfile string) {
	l.paths = append(l.paths, dockerfile)
	dir, file := path.Split(dockerfile)
	parts := strings.Split(strings.ToLower(strings.TrimSuffix(dir, "/")), "/")
	if file = strings.ToLower(file); file != "dockerfile" {
		parts = append(parts, strings.TrimSuffix(strings.TrimPrefix(file, "dockerfile."), ".dockerfile"))
	}
	for i, part := range parts {
		if !slices.Contains(parts[:i], part) {
			l.names = append(l.names, imageNamed{part, len(l.paths) - 1})
		}
	}
}

// named returns the Dockerfiles that were added under a name, in their order.
func (l *listing) named(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		at, _ := slices.BinarySearchFunc(l.names, name, func(n imageNamed, name string) int { return strings.Compare(n.name, name) })
		for ; at < len(l.names) && l.names[at].name == name; at++ {
			if !yield(l.paths[l.names[at].dockerfile]) {
				return
			}
		}
	}
}

// imageName returns the last part of the name of an image, without its tag and digest, in lower case.
func imageName(ref string) string {
	ref, _, _ = strings.Cut(strings.ToLower(ref), "@")
	name, _, _ := strings.Cut(ref[strings.LastIndexByte(ref, '/')+1:], ":")
	return name
}

// dockerfiles lists the Dockerfiles of the whole project, whatever paths were given.
func (p *Project) dockerfiles() []string {
	p.list()
	return p.listing.paths
}

// maxListed is how many folders are looked into for the Dockerfiles of a project that a run is not about. Without a repository
// around it the root can be anybody's home.
const maxListed = 20_000

func (p *Project) list() {
	p.listing.once.Do(func() {
		units := p.listing.found
		if len(p.given) != 1 || p.given[0] != "." {
			f := &finder{fsys: p.sources.fsys, settings: p.settings, units: map[string]unit{}, plain: true, most: maxListed}
			f.walk(".", nil, true)
			f.dropLinks()
			units = f.sorted()
		}
		for _, u := range units {
			switch {
			case u.kind == process.KindDockerfile:
				p.listing.add(u.path)
			case u.kind == process.KindCompose && kindOfName(u.path) == composeName:
				p.listing.composeFiles = append(p.listing.composeFiles, u.path)
			}
		}
		slices.SortStableFunc(p.listing.names, func(a, b imageNamed) int { return strings.Compare(a.name, b.name) })
		p.listing.names, p.listing.found = slices.Clip(p.listing.names), nil
	})
}

// adopt makes a base image of what another Dockerfile builds.
func (b *baseImage) adopt(local *localBase) {
	inner := local.files.base
	name := b.Name
	b.Base, b.merged, b.local = inner.Base, inner.merged, local
	b.Name = name
	known := local.config.Entrypoint.Instruction != nil
	b.StartKnown = inner.StartKnown || known
	b.CmdKnown = inner.CmdKnown || known || local.config.Cmd.Form != parser.NoForm
	// It stands in another file: for what is FROM it, all of it comes from its FROM.
	config := &local.config
	config.Entrypoint, config.Cmd = inherit(config.Entrypoint, b.from), inherit(config.Cmd, b.from)
	config.StopSignal.Span, config.User.Span = b.from, b.from
	config.Healthcheck = nil
	b.Entrypoint, b.Cmd = parser.Texts(config.Entrypoint.Words), parser.Texts(config.Cmd.Words)
	b.User, b.Workdir = config.User.Text, config.Workdir
}

// inherit returns a command as an image passes it on: a list of words.
func inherit(c parser.Command, from parser.Span) parser.Command {
	words := c.Words
	if c.Form == parser.ShellForm {
		words = slices.Clone(c.Shell)
		if words == nil {
			words = []parser.Word{{Text: "/bin/sh", Known: true}, {Text: "-c", Known: true}}
		}
		words = append(words, parser.Word{Text: c.Instruction.Script().Text, Known: true})
	}
	if len(words) == 0 {
		return parser.Command{}
	}
	out := parser.Command{Form: parser.ExecForm}
	for _, word := range words {
		out.Words = append(out.Words, parser.Word{Text: word.Text, Span: from, Known: word.Known})
	}
	return out
}
