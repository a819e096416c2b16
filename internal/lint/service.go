package lint

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// connectService returns the start of a service of a Compose file, nil where it starts no container.
func (p *Project) connectService(u unit) *connected {
	project := p.composeProject(u.path)
	s := project.services[u.name]
	if s == nil || s.Provided || s.Image.Text == "" && s.Build == nil {
		return nil
	}
	reads := &reads{}
	reads.note(u.path)
	for _, file := range project.files {
		reads.note(file)
	}
	over := p.overrideOf(s)
	over.oneShot = project.awaited[s.Name.Text]
	build, image := s.Build, s.Image
	if build == nil && image.Known {
		if builder := project.builtBy(image.Text); builder != nil {
			build = builder.Build
		}
	}
	var c *connected
	why := ""
	switch {
	case build == nil:
		c = p.connectImage(image, over, reads)
	case build.Inline.Text != "":
		c, why = p.connectInline(build, over, reads)
	default:
		c, why = p.connectBuild(build, over, reads)
	}
	if why != "" {
		start := process.Start{Kind: over.kind, Target: over.name, Origin: over.origin, Grace: over.grace, Env: map[string]string{},
			Gaps: append(over.gaps, process.Gap{Span: over.origin, Reason: why})}
		return &connected{start, scriptFiles{p, reads}, reads}
	}
	if c == nil {
		return nil
	}
	if mounts := mountsOf(s); len(mounts) > 0 {
		c.files = mountedFiles{c.files, p, mounts, reads}
	}
	return c
}

// overrideOf returns what a service says about the start of its image.
func (p *Project) overrideOf(s *parser.Service) *override {
	over := &override{
		kind: process.KindCompose, name: s.Name.Text, origin: s.Name.Span,
		signal: s.StopSignal, user: s.User, dir: s.WorkingDir, fields: s.Fields,
		init: s.Init.Text == "true", input: s.TTY.Text == "true" || s.StdinOpen.Text == "true",
	}
	switch {
	case s.Entrypoint != nil && len(s.Entrypoint.Words) > 0:
		over.origin = s.Entrypoint.Span
	case s.Command != nil && len(s.Command.Words) > 0:
		over.origin = s.Command.Span
	case s.Build != nil && s.Build.Span.File != nil:
		over.origin = s.Build.Span
	case s.Image.Text != "":
		over.origin = s.Image.Span
	}
	over.env, over.unresolved = p.environmentOf(s)
	over.moreEnv = slices.ContainsFunc(s.EnvFiles, func(file parser.EnvFile) bool {
		return !file.Path.Known || file.Raw || p.sources.get(path.Join(file.Dir, file.Path.Text)).err != nil
	})
	before := ""
	if s.Entrypoint != nil && len(s.Entrypoint.Words) > 0 {
		before = s.Entrypoint.Words[len(s.Entrypoint.Words)-1].Text
	}
	over.entrypoint, over.cmd = over.commandOf(s.Entrypoint, ""), over.commandOf(s.Command, before)
	if s.StopGrace.Text != "" {
		if grace, ok := parser.ParseGrace(s.StopGrace.Text); ok && s.StopGrace.Known {
			over.grace, over.graceAt = max(grace, time.Nanosecond), s.StopGrace.Span
		}
	}
	if s.PID.Text != "" {
		over.sharedPID = s.PID.Span
	}
	if !s.PreStop.IsZero() {
		over.gap(s.PreStop, "what the pre_stop hook does before the stop signal is sent cannot be known")
	}
	for _, c := range []*parser.ServiceCommand{s.Entrypoint, s.Command} {
		if c == nil {
			continue
		}
		if c.Broken {
			over.gap(c.Span, "Compose cannot split it into words")
		}
		if over.dropped.IsZero() {
			over.dropped = c.Dropped
		}
	}
	return over
}

// commandOf returns an entrypoint or command as a list of words, nil where nothing is said. before is the word in front of it.
func (o *override) commandOf(c *parser.ServiceCommand, before string) *parser.Command {
	if c == nil {
		return nil
	}
	if len(c.Words) == 0 {
		return &parser.Command{}
	}
	command := &parser.Command{Form: parser.ExecForm}
	for _, word := range c.Words {
		if takesProgram(before) || strings.ContainsAny(word.Text, " \n") && word.Known {
			o.program(&word)
		}
		command.Words = append(command.Words, word.Word)
		before = word.Text
	}
	return command
}

// takesProgram reports whether an option is one of a shell that a program follows: -c, -ec, -lc.
func takesProgram(option string) bool {
	return len(option) > 1 && option[0] == '-' && option[1] != '-' && strings.HasSuffix(option, "c")
}

// maxArgument is the length in bytes of the longest argument that the kernel lets a program have. Source: MAX_ARG_STRLEN, execve(2).
const maxArgument = 128 << 10

// program notes the script that a word is. A variable that Compose puts into it is the same to the shell as one of its own that is not
// known.
func (o *override) program(word *parser.Scalar) {
	if len(word.Text) > maxArgument {
		return
	}
	if !word.Known {
		word.Known = true
		for text := word.Text; ; {
			_, rest, found := strings.Cut(text, "$")
			if !found {
				break
			}
			text = strings.TrimPrefix(rest, "{")
			if name := text[:nameLength(text)]; name != "" {
				delete(o.env, name)
				o.unresolved = append(o.unresolved, name)
			}
		}
	}
	if o.scripts == nil {
		o.scripts = map[parser.Word]*parser.Script{}
	}
	o.scripts[word.Word] = word.Script()
}

// environmentOf returns the variables that a service sets, and the names of those whose value is not known.
func (p *Project) environmentOf(s *parser.Service) (env map[string]string, unresolved []string) {
	env = map[string]string{}
	for _, file := range s.EnvFiles {
		if file.Path.Known && !file.Raw {
			for name, value := range p.dotenv(path.Join(file.Dir, file.Path.Text), nil) {
				env[name] = value
			}
		}
	}
	for _, v := range s.Environ {
		if v.Given && (v.Value.Known || v.Value.Text == "") && !secret(v.Name) {
			env[v.Name] = v.Value.Text
			unresolved = slices.DeleteFunc(unresolved, func(name string) bool { return name == v.Name })
			continue
		}
		delete(env, v.Name)
		unresolved = append(unresolved, v.Name)
	}
	return env, unresolved
}

// connectImage returns the start of an image that is used as it is: as if a Dockerfile had nothing but its FROM.
func (p *Project) connectImage(image parser.Word, over *override, reads *reads) *connected {
	dockerfile, err := parser.ParseDockerfile(&parser.File{Path: image.Span.File.Path, Src: "FROM image\n"})
	if err != nil {
		return nil
	}
	b := p.newBuild("", dockerfile, building{folder: path.Dir(image.Span.File.Path), image: image}, nil)
	return p.connectStage(b, dockerfile.Stages[0], over, reads)
}

// connectBuild returns the start of an image that a service builds from a Dockerfile, or a clause on why it is not known.
func (p *Project) connectBuild(b *parser.Build, over *override, reads *reads) (c *connected, why string) {
	name, folder, why := whereBuilt(b)
	if why != "" {
		return nil, why
	}
	src := p.sources.get(name)
	if src.err != nil {
		return nil, name + " cannot be read: " + src.err.Error()
	}
	reads.note(name)
	dockerfile, err := parser.ParseDockerfile(src.file)
	if err != nil {
		return nil, name + " cannot be parsed"
	}
	return p.connectTarget(name, dockerfile, b, folder, over, reads)
}

// connectInline returns the start of an image whose Dockerfile stands in the Compose file.
func (p *Project) connectInline(b *parser.Build, over *override, reads *reads) (c *connected, why string) {
	_, folder, why := whereBuilt(b)
	if why != "" {
		return nil, why
	}
	dockerfile, err := parser.ParseInline(b.Inline)
	if err != nil {
		return nil, "the Dockerfile in the Compose file cannot be parsed: " + err.Error()
	}
	return p.connectTarget("", dockerfile, b, folder, over, reads)
}

func (p *Project) connectTarget(name string, dockerfile *parser.Dockerfile, b *parser.Build, folder string, over *override, reads *reads) (c *connected, why string) {
	stage := dockerfile.Stage(b.Target.Text)
	if stage == nil || !b.Target.Known && b.Target.Text != "" {
		return nil, "the Dockerfile has no stage " + b.Target.Text
	}
	args := map[string]string{}
	for _, a := range b.Args {
		if a.Given && a.Value.Known {
			args[a.Name] = a.Value.Text
		} else {
			delete(args, a.Name)
		}
	}
	return p.connectStage(p.newBuild(name, dockerfile, building{folder: folder, args: args}, nil), stage, over, reads), ""
}

// A mount is a path of the image that is covered by something else.
type mount struct {
	target string // absolute and clean
	source string // in the project, "" where it is not
	why    string // a clause on what it is that is not in the project
	at     parser.Span
}

// mountsOf returns the mounts of a service that hide what the image has, those of longer paths first. A volume that is made for the
// service starts with what the image has there, and hides nothing.
func mountsOf(s *parser.Service) []mount {
	var all []mount
	for _, m := range s.Mounts {
		if !m.Target.Known || !path.IsAbs(m.Target.Text) {
			continue
		}
		one := mount{target: path.Clean(m.Target.Text), at: m.Span}
		all = slices.DeleteFunc(all, func(other mount) bool { return other.target == one.target })
		source := m.Source.Text
		switch m.Type {
		case "bind":
			for _, here := range []string{"$PWD", "${PWD}"} {
				if rest, ok := strings.CutPrefix(source, here); ok && (rest == "" || rest[0] == '/') {
					source, m.Source.Known = "."+rest, true
				}
			}
			one.source = path.Join(m.Dir, source)
			switch {
			case !m.Source.Known:
				one.source, one.why = "", "comes from "+source
			case path.IsAbs(source) || strings.HasPrefix(source, "~") || strings.Contains(source, `\`) || !fs.ValidPath(one.source):
				one.source, one.why = "", "is mounted from "+source+", which is not in the project"
			}
			all = append(all, one)
		case "volume", "tmpfs":
		default:
			one.why = "is mounted"
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b mount) int { return len(b.target) - len(a.target) })
	return all
}

// mountedFiles are the files of an image with mounts over them.
type mountedFiles struct {
	process.Files
	project *Project
	mounts  []mount
	reads   *reads
}

// Lookup implements process.Files.
func (f mountedFiles) Lookup(name string) process.Entry {
	for _, m := range f.mounts {
		rest, below := under(m.target, name)
		if name == m.target {
			rest, below = "", true
		}
		if !below {
			continue
		}
		if m.source == "" {
			return process.Entry{Kind: process.Opaque, Origin: m.at, Reason: name + " " + m.why}
		}
		return f.mounted(m, path.Join(m.source, rest), name)
	}
	return f.Files.Lookup(name)
}

// mounted says what stands at a path that a file or a folder of the project covers.
func (f mountedFiles) mounted(m mount, source, name string) process.Entry {
	kind, err := typeOf(f.project.sources.fsys, source)
	switch {
	case err != nil:
		// It may be made outside of what is kept with the project: by an installation, by a build.
		if path.Ext(name) == ".sh" {
			return process.Entry{Kind: process.Opaque, Origin: m.at, Reason: name + " is mounted from " + source + ", which is not there"}
		}
		return process.Entry{}
	case kind.IsDir():
		return process.Entry{Kind: process.Folder, Origin: m.at}
	}
	b := &build{project: f.project, context: &buildContext{fsys: f.project.sources.fsys, dir: "."}}
	found := b.contextEntry(source, m.at)
	f.reads.note(found.source)
	return found.parsed().Entry
}

// Behaviour implements process.SourceReader.
func (f mountedFiles) Behaviour(c program.Command) *program.Behaviour {
	if files, ok := f.Files.(launchFiles); ok {
		return files.behaviour(c, f.mounts)
	}
	return nil
}

// List implements process.Lister.
func (f mountedFiles) List(dir string) (names []string, known bool) {
	for _, m := range f.mounts {
		rest, below := under(m.target, dir)
		if dir == m.target {
			rest, below = "", true
		}
		if !below {
			continue
		}
		if m.source == "" {
			return nil, false
		}
		return folderNames(f.project.sources.fsys, path.Join(m.source, rest)), false
	}
	if lister, ok := f.Files.(process.Lister); ok {
		return lister.List(dir)
	}
	return nil, false
}

// maxFixedYAML is the size in bytes up to which a YAML file is fixed: each proof of a fix reads all of it once more.
const maxFixedYAML = 256 << 10

// writable drops the fixes that would not mean in a Compose file what they mean in a script: Compose puts in a variable for a dollar
// sign, and a line of its own needs the indentation of its place.
func writable(found []rules.Finding) []rules.Finding {
	for i := range found {
		found[i].Fixes = slices.DeleteFunc(found[i].Fixes, func(f rules.Fix) bool {
			return slices.ContainsFunc(f.Edits, func(e parser.Edit) bool {
				kind := kindOfName(e.Span.File.Path)
				return (kind == composeName || kind == yamlName) &&
					(e.Span != found[i].Launch.Fields && strings.ContainsAny(e.New, "$\n") || len(e.Span.File.Src) > maxFixedYAML)
			})
		})
	}
	return found
}
