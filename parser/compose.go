package parser

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A Compose is one Compose file as far as it says what containers start.
type Compose struct {
	File     *File
	Services []*Service
	Includes []Include
	Mistakes []*SyntaxError // what Compose refuses
}

// An Include is a Compose project that another one takes its services from.
type Include struct {
	Paths  []Word // the file and its overrides
	Folder Word   // its project folder, Text is "" for the one that the first file is in
}

// A Service is what a Compose file says about one service, or several files on top of each other. Relative paths in it start from the Dir
// beside them.
type Service struct {
	Name       Word // its key
	Fields     Span // the empty place at the end of its line, behind which its fields begin; zero where they stand between brackets
	Image      Word // as in all words, Text is "" where nothing is said
	Build      *Build
	Entrypoint *ServiceCommand // nil where nothing is said, or null
	Command    *ServiceCommand
	Environ    []Variable // a later one goes before an earlier one
	EnvFiles   []EnvFile
	Mounts     []Mount // a later one goes before an earlier one of the same target
	StopSignal Word
	StopGrace  Word
	User       Word
	WorkingDir Word
	PID        Word
	Init       Word // "true" or "false"
	TTY        Word
	StdinOpen  Word
	PreStop    Span     // a hook that runs before the stop signal is sent; zero where there is none
	Extends    *Extends // nil where there is none
	Provided   bool     // something else than a container: provider
	Awaited    []string // the services that must have ended well before it starts
	Restart    Word

	reset []string // the fields that the file takes back from the ones before it
}

// A Build is what is said about how the image of a service is built.
type Build struct {
	Context    Word // "" for the folder itself
	Dockerfile Word
	Inline     Word // the text of a Dockerfile
	Target     Word
	Args       []Variable
	Dir        string // that Context starts from
	Span       Span
}

// An Extends names the service that another one begins with.
type Extends struct{ Service, File Word }

// A Variable is one variable of an environment or one build argument. Without a value it is taken from where Compose runs.
type Variable struct {
	Name  string
	Value Word
	Given bool // it has a value
}

// An EnvFile is a file with variables for the container.
type EnvFile struct {
	Path Word
	Dir  string
	Raw  bool // nothing in it is expanded
}

// A Mount is something that covers a path of the image.
type Mount struct {
	Type           string // "bind", "volume", "tmpfs" or another one
	Source, Target Word
	Dir            string
	Span           Span
}

// A ServiceCommand is the entrypoint or the command of a service.
type ServiceCommand struct {
	Span    Span // all of the value
	Words   []Scalar
	IsText  bool // written as one string, which Compose splits into words
	Dropped Span // of a string: what stands behind the first operator of a shell, which Compose leaves out; zero where nothing does
	Broken  bool // a string that cannot be split
}

// Lookup returns the value of a variable of the place where Compose runs, as far as it is known.
type Lookup func(name string) (value string, known bool)

// ParseCompose reads the documents of a Compose file. dir is the folder that its relative paths start from, lookup knows the variables
// that Compose puts in: ${TAG:-latest}. What Compose would refuse is listed in the result, and the rest is read all the same.
func ParseCompose(y *YAML, dir string, lookup Lookup) *Compose {
	r := &composeReader{YAML: y, dir: dir, lookup: lookup, doc: &Compose{File: y.File}}
	for _, top := range y.Documents {
		for _, field := range r.fields(top, "the file") {
			switch field.key.Value {
			case "services":
				r.services(field.value)
			case "include":
				r.includes(field.value)
			}
		}
	}
	return r.doc
}

// HasServices reports whether what a file calls services are some: maps with an image, a build or another field that only Compose has.
func (c *Compose) HasServices() bool {
	for _, s := range c.Services {
		if s.Image.Text != "" || s.Build != nil || s.Extends != nil {
			return true
		}
	}
	return len(c.Includes) > 0
}

// A composeReader makes a typed document of the nodes of a Compose file.
type composeReader struct {
	*YAML
	dir    string
	lookup Lookup
	doc    *Compose
}

type composeField struct{ key, value *yaml.Node }

func (r *composeReader) mistake(at Span, message string) {
	r.doc.Mistakes = append(r.doc.Mistakes, &SyntaxError{at, message})
}

// target returns what a node stands for.
func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

// fields returns what is in a map, what it merges with "<<" included: what it says itself goes before that.
func (r *composeReader) fields(node *yaml.Node, what string) []composeField {
	node = target(node)
	if node.Kind != yaml.MappingNode {
		if !isNull(node) {
			r.mistake(r.at(node), what+" must be a map")
		}
		return nil
	}
	var own, merged []composeField
	index := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := target(node.Content[i]), target(node.Content[i+1])
		if key.Tag == "!!merge" {
			sources := []*yaml.Node{value}
			if value.Kind == yaml.SequenceNode {
				sources = value.Content
			}
			for _, source := range sources {
				merged = append(merged, r.fields(source, "what << merges")...)
			}
			continue
		}
		if index[key.Value] {
			r.mistake(r.Span(node.Content[i]), key.Value+" is there twice")
			continue
		}
		index[key.Value] = true
		own = append(own, composeField{key, value})
	}
	for _, field := range merged {
		if !index[field.key.Value] {
			index[field.key.Value] = true
			own = append(own, field)
		}
	}
	return own
}

func (r *composeReader) services(node *yaml.Node) {
	for _, field := range r.fields(node, "services") {
		s := &Service{Name: Word{field.key.Value, r.Span(field.key), true}}
		if isNull(field.value) {
			r.doc.Services = append(r.doc.Services, s)
			continue
		}
		if field.value.Kind == yaml.MappingNode && field.value.Style&yaml.FlowStyle == 0 && len(field.value.Content) > 0 {
			s.Fields = r.behindLine(s.Name.Span)
		}
		for _, f := range r.fields(field.value, "the service "+s.Name.Text) {
			if f.value.Tag == "!reset" {
				s.reset = append(s.reset, f.key.Value)
				continue
			}
			if f.value.Tag == "!override" {
				s.reset = append(s.reset, f.key.Value)
			}
			r.serviceField(s, f.key.Value, f.value)
		}
		r.doc.Services = append(r.doc.Services, s)
	}
}

func (r *composeReader) serviceField(s *Service, name string, value *yaml.Node) {
	switch name {
	case "image":
		s.Image = r.text(value)
	case "build":
		s.Build = r.build(value)
	case "entrypoint":
		s.Entrypoint = r.command(value, name)
	case "command":
		s.Command = r.command(value, name)
	case "environment":
		s.Environ = r.variables(value)
	case "env_file":
		s.EnvFiles = r.envFiles(value)
	case "volumes":
		s.Mounts = r.mounts(value)
	case "stop_signal":
		s.StopSignal = r.text(value)
	case "stop_grace_period":
		s.StopGrace = r.text(value)
	case "user":
		s.User = r.text(value)
	case "working_dir":
		s.WorkingDir = r.text(value)
	case "pid":
		s.PID = r.text(value)
	case "init":
		s.Init = r.text(value)
	case "tty":
		s.TTY = r.text(value)
	case "stdin_open":
		s.StdinOpen = r.text(value)
	case "pre_stop":
		if !isNull(value) && len(value.Content) > 0 {
			s.PreStop = r.Span(value)
		}
	case "depends_on":
		s.Awaited = r.awaited(value)
	case "restart":
		s.Restart = r.text(value)
	case "provider":
		s.Provided = true
	case "extends":
		s.Extends = r.extends(value)
	}
}

// behindLine returns the empty place at the end of the line that something stands on, in front of what ends it.
func (r *composeReader) behindLine(at Span) Span {
	rest := r.File.Src[at.End:]
	if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
		return Span{r.File, at.End + end, at.End + end}
	}
	return Span{}
}

// text returns a scalar with the variables of Compose put in, the zero Word for null and for what is no scalar.
func (r *composeReader) text(node *yaml.Node) Word {
	node = target(node)
	if node.Kind != yaml.ScalarNode || isNull(node) {
		return Word{}
	}
	word := Word{node.Value, r.Span(node), true}
	if strings.Contains(word.Text, "$") {
		word.Text, word.Known, _ = interpolate(word.Text, r.lookup)
	}
	return word
}

// list returns the items of a list, or the one value that stands for a list of one.
func list(node *yaml.Node) []*yaml.Node {
	switch node = target(node); {
	case node.Kind == yaml.SequenceNode:
		return node.Content
	case isNull(node):
		return nil
	}
	return []*yaml.Node{node}
}

func (r *composeReader) includes(node *yaml.Node) {
	for _, item := range list(node) {
		item = target(item)
		if item.Kind == yaml.ScalarNode {
			r.doc.Includes = append(r.doc.Includes, Include{Paths: []Word{r.text(item)}})
			continue
		}
		include := Include{}
		for _, f := range r.fields(item, "what include lists") {
			switch f.key.Value {
			case "path":
				for _, path := range list(f.value) {
					include.Paths = append(include.Paths, r.text(path))
				}
			case "project_directory":
				include.Folder = r.text(f.value)
			}
		}
		if len(include.Paths) > 0 {
			r.doc.Includes = append(r.doc.Includes, include)
		}
	}
}

func (r *composeReader) extends(node *yaml.Node) *Extends {
	if node.Kind == yaml.ScalarNode {
		return &Extends{Service: r.text(node)}
	}
	e := &Extends{}
	for _, f := range r.fields(node, "extends") {
		switch f.key.Value {
		case "service":
			e.Service = r.text(f.value)
		case "file":
			e.File = r.text(f.value)
		}
	}
	return e
}

// awaited returns the services that depends_on waits for until they have ended.
func (r *composeReader) awaited(node *yaml.Node) []string {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	var names []string
	for _, f := range r.fields(node, "depends_on") {
		for _, condition := range r.fields(f.value, "what depends_on lists") {
			if condition.key.Value == "condition" && condition.value.Value == "service_completed_successfully" {
				names = append(names, f.key.Value)
			}
		}
	}
	return names
}

func (r *composeReader) build(node *yaml.Node) *Build {
	if isNull(node) {
		return nil
	}
	b := &Build{Dir: r.dir, Span: r.Span(node)}
	if node.Kind == yaml.ScalarNode {
		b.Context = r.text(node)
		return b
	}
	for _, f := range r.fields(node, "build") {
		switch f.key.Value {
		case "context":
			b.Context = r.text(f.value)
		case "dockerfile":
			b.Dockerfile = r.text(f.value)
		case "dockerfile_inline":
			b.Inline = r.text(f.value)
		case "target":
			b.Target = r.text(f.value)
		case "args":
			b.Args = r.variables(f.value)
		}
	}
	return b
}

// variables reads NAME=value in a list, or a map of them.
func (r *composeReader) variables(node *yaml.Node) []Variable {
	var all []Variable
	if node = target(node); node.Kind == yaml.MappingNode {
		for _, f := range r.fields(node, "the environment") {
			all = append(all, Variable{f.key.Value, r.text(f.value), !isNull(f.value)})
		}
		return all
	}
	for _, item := range list(node) {
		word := r.text(item)
		name, value, given := strings.Cut(word.Text, "=")
		word.Text = value
		all = append(all, Variable{name, word, given})
	}
	return all
}

func (r *composeReader) envFiles(node *yaml.Node) []EnvFile {
	var all []EnvFile
	for _, item := range list(node) {
		file := EnvFile{Dir: r.dir}
		if item = target(item); item.Kind == yaml.ScalarNode {
			file.Path = r.text(item)
		} else {
			for _, f := range r.fields(item, "what env_file lists") {
				switch f.key.Value {
				case "path":
					file.Path = r.text(f.value)
				case "format":
					file.Raw = f.value.Value == "raw"
				}
			}
		}
		all = append(all, file)
	}
	return all
}

func (r *composeReader) mounts(node *yaml.Node) []Mount {
	var all []Mount
	for _, item := range list(node) {
		item = target(item)
		m := Mount{Dir: r.dir, Span: r.Span(item)}
		if item.Kind == yaml.ScalarNode {
			m.read(r.text(item))
		} else {
			for _, f := range r.fields(item, "what volumes lists") {
				switch f.key.Value {
				case "type":
					m.Type = f.value.Value
				case "source":
					m.Source = r.text(f.value)
				case "target":
					m.Target = r.text(f.value)
				}
			}
		}
		all = append(all, m)
	}
	return all
}

// read reads the short form of a mount: source:target:options, or a target alone.
func (m *Mount) read(word Word) {
	parts := strings.Split(word.Text, ":")
	if len(parts) > 1 && len(parts[0]) == 1 && strings.IndexAny(parts[1], `/\`) == 0 { // a drive
		parts = append([]string{parts[0] + ":" + parts[1]}, parts[2:]...)
	}
	m.Type, m.Target = "volume", word
	if len(parts) == 1 {
		m.Target.Text = parts[0]
		return
	}
	m.Source, m.Target.Text = word, parts[1]
	m.Source.Text = parts[0]
	m.Source.Known = word.Known || !strings.Contains(parts[0], "$")
	m.Target.Known = word.Known || !strings.Contains(parts[1], "$")
	if strings.HasPrefix(parts[0], ".") || strings.HasPrefix(parts[0], "~") || strings.ContainsAny(parts[0], `/\$`) {
		m.Type = "bind"
	}
}

// command reads the two forms of a command. In a string, "$$" and variables are put in before it is split.
func (r *composeReader) command(node *yaml.Node, what string) *ServiceCommand {
	if isNull(node) {
		return nil
	}
	c := &ServiceCommand{Span: r.Span(node)}
	if node.Kind == yaml.MappingNode {
		r.mistake(c.Span, what+" must be a string or a list of strings")
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		c.IsText = true
		r.split(c, r.Scalar(node))
		if c.Broken {
			r.mistake(c.Span, what+" cannot be split into words: a quote or a bracket is not closed, or there is a bracket where none can be")
		}
		return c
	}
	for _, item := range node.Content {
		if target(item).Kind != yaml.ScalarNode {
			r.mistake(r.Span(item), what+" must be a list of strings")
			continue
		}
		word := r.Scalar(item)
		if isNull(target(item)) {
			word.Text, word.at = "", nil
		} else if strings.Contains(word.Text, "$") {
			var from []int
			word.Text, word.Known, from = interpolate(word.Text, r.lookup)
			if word.at != nil {
				at := make([]int, len(from))
				for n, k := range from {
					at[n] = word.at[k]
				}
				word.at = at
			}
		}
		c.Words = append(c.Words, word)
	}
	return c
}

// Over returns the service with what another file says before it: what it says itself takes its place, and lists are added to.
// Source: mergeSpecials in override/merge.go of compose-go.
func (s *Service) Over(base *Service) *Service {
	if base == nil {
		return s
	}
	out := *base
	for _, name := range s.reset {
		out.clear(name)
	}
	word := func(to *Word, from Word) {
		if !from.Span.IsZero() {
			*to = from
		}
	}
	word(&out.Image, s.Image)
	word(&out.StopSignal, s.StopSignal)
	word(&out.StopGrace, s.StopGrace)
	word(&out.User, s.User)
	word(&out.WorkingDir, s.WorkingDir)
	word(&out.PID, s.PID)
	word(&out.Init, s.Init)
	word(&out.TTY, s.TTY)
	word(&out.StdinOpen, s.StdinOpen)
	word(&out.Restart, s.Restart)
	out.Awaited = append(append([]string(nil), out.Awaited...), s.Awaited...)
	if s.Build != nil {
		out.Build = s.Build.over(out.Build)
	}
	if s.Entrypoint != nil {
		out.Entrypoint = s.Entrypoint
	}
	if s.Command != nil {
		out.Command = s.Command
	}
	out.Environ = append(append([]Variable(nil), out.Environ...), s.Environ...)
	out.EnvFiles = append(append([]EnvFile(nil), out.EnvFiles...), s.EnvFiles...)
	out.Mounts = append(append([]Mount(nil), out.Mounts...), s.Mounts...)
	if !s.PreStop.IsZero() {
		out.PreStop = s.PreStop
	}
	out.Provided = out.Provided || s.Provided
	out.Extends = s.Extends
	out.Name, out.Fields = s.Name, s.Fields
	return &out
}

// Starts reports whether the service says something about what starts, or how it is stopped; a file that is put on top of another one
// may have nothing but other ports.
func (s *Service) Starts() bool {
	for _, word := range []Word{s.Image, s.StopSignal, s.StopGrace, s.User, s.WorkingDir, s.PID, s.Init, s.TTY, s.StdinOpen} {
		if !word.Span.IsZero() {
			return true
		}
	}
	return s.Build != nil || s.Entrypoint != nil || s.Command != nil || len(s.Mounts) > 0 || s.Extends != nil || !s.PreStop.IsZero() || len(s.reset) > 0
}

// Says returns all that a service says, without its places: two services of which it is the same start alike.
func (s *Service) Says() string {
	var out strings.Builder
	say := func(words ...Word) {
		for _, w := range words {
			fmt.Fprintf(&out, "%q%t ", w.Text, w.Known)
		}
		out.WriteByte('\n')
	}
	say(s.Name, s.Image, s.StopSignal, s.StopGrace, s.User, s.WorkingDir, s.PID, s.Init, s.TTY, s.StdinOpen, s.Restart)
	for _, c := range []*ServiceCommand{s.Entrypoint, s.Command} {
		if c != nil {
			for _, w := range c.Words {
				say(w.Word)
			}
			fmt.Fprintln(&out, c.Broken, c.Dropped.Text())
		}
	}
	for _, v := range s.Environ {
		fmt.Fprint(&out, v.Name, v.Given)
		say(v.Value)
	}
	for _, f := range s.EnvFiles {
		say(f.Path)
	}
	for _, m := range s.Mounts {
		say(Word{Text: m.Type}, m.Source, m.Target)
	}
	if b := s.Build; b != nil {
		say(b.Context, b.Dockerfile, b.Inline, b.Target)
		for _, v := range b.Args {
			fmt.Fprint(&out, v.Name, v.Given)
			say(v.Value)
		}
	}
	return out.String()
}

// clear takes back what is said in a field.
func (s *Service) clear(field string) {
	switch field {
	case "image":
		s.Image = Word{}
	case "build":
		s.Build = nil
	case "entrypoint":
		s.Entrypoint = nil
	case "command":
		s.Command = nil
	case "environment":
		s.Environ = nil
	case "env_file":
		s.EnvFiles = nil
	case "volumes":
		s.Mounts = nil
	case "stop_signal":
		s.StopSignal = Word{}
	case "stop_grace_period":
		s.StopGrace = Word{}
	case "user":
		s.User = Word{}
	case "working_dir":
		s.WorkingDir = Word{}
	case "pid":
		s.PID = Word{}
	case "init":
		s.Init = Word{}
	case "tty":
		s.TTY = Word{}
	case "stdin_open":
		s.StdinOpen = Word{}
	case "pre_stop":
		s.PreStop = Span{}
	}
}

func (b *Build) over(base *Build) *Build {
	if base == nil {
		return b
	}
	out := *base
	if !b.Context.Span.IsZero() {
		out.Context, out.Dir = b.Context, b.Dir
	}
	if !b.Dockerfile.Span.IsZero() {
		out.Dockerfile = b.Dockerfile
	}
	if !b.Inline.Span.IsZero() {
		out.Inline = b.Inline
	}
	if !b.Target.Span.IsZero() {
		out.Target = b.Target
	}
	out.Args = append(append([]Variable(nil), out.Args...), b.Args...)
	return &out
}

// ParseGrace reads a stop_grace_period, such as "1m30s"; false where it is none.
func ParseGrace(text string) (time.Duration, bool) {
	grace, err := time.ParseDuration(strings.TrimSpace(text))
	return grace, err == nil && grace >= 0
}

// ParseInline parses a Dockerfile that stands in a YAML file as a block scalar, with exact places there. The error is a *SyntaxError: also
// for a scalar of another style.
func ParseInline(block Word) (*Dockerfile, error) {
	file, text := block.Span.File, block.Span.Text()
	begin := strings.LastIndexByte(file.Src[:block.Span.Start], '\n') + 1
	if indent := file.Src[begin:block.Span.Start]; strings.TrimLeft(indent, " ") != "" ||
		strings.ReplaceAll(text, "\n"+indent, "\n") != strings.TrimRight(block.Text, "\n") {
		return nil, &SyntaxError{block.Span, "it is not written as a block"}
	}
	// All around it becomes blank, and the indentation of an instruction means nothing.
	blank := []byte(file.Src)
	for at := range blank {
		if (at < block.Span.Start || at >= block.Span.End) && blank[at] != '\n' && blank[at] != '\r' {
			blank[at] = ' '
		}
	}
	around := &File{Path: file.Path, Src: string(blank)}
	dockerfile, err := ParseDockerfile(around)
	around.Src = file.Src
	return dockerfile, err
}
