package lint

import (
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A copying is one COPY or ADD instruction with its words resolved.
type copying struct {
	*step
	sources []string // "" where one is not known
	dest    string   // absolute and clean; "" where it is not known
	into    bool     // the destination is surely a folder
	from    string
	hasFrom bool
	chmod   string
	parents bool
	exclude []string
	docs    []string // the texts of the here-documents
}

func newCopying(st *step, scope *parser.Scope, base *baseImage) *copying {
	c := &copying{step: st}
	var words []string
	for _, w := range st.Words {
		text, known := scope.Resolve(w.Text)
		if !known {
			text = ""
		}
		words = append(words, text)
	}
	if len(words) < 2 {
		return c
	}
	c.sources = words[:len(words)-1]
	if dest := words[len(words)-1]; dest != "" {
		c.into = strings.HasSuffix(dest, "/") || path.Base(dest) == "." || len(c.sources) > 1
		c.dest = base.canonical(inDir(st.dir, dest))
	}
	if from, ok := st.Flag("from"); ok {
		c.from, _ = scope.Resolve(from.Text)
		c.hasFrom = true
	}
	if mode, ok := st.Flag("chmod"); ok {
		c.chmod, _ = scope.Resolve(mode.Text)
	}
	if parents, ok := st.Flag("parents"); ok {
		c.parents = parents.Text != "false"
	}
	for _, flag := range st.Flags {
		if pattern, ok := strings.CutPrefix(flag.Text, "--exclude="); ok {
			c.exclude = append(c.exclude, pattern)
		}
	}
	for _, doc := range st.Heredocs {
		text := doc.Text
		if doc.Expand {
			text = expandHeredoc(text, scope)
		}
		c.docs = append(c.docs, text)
	}
	return c
}

// copied says what a COPY or ADD instruction puts at a path. It returns false where it puts nothing there, or only may.
func (s *imageFiles) copied(st *step, name string) (entry, bool) {
	c := st.copy
	if c.dest == "" {
		return entry{}, false
	}
	if _, below := under(c.dest, name); !below && name != c.dest {
		return entry{}, false
	}
	var maybe string
	for n := len(c.sources) - 1; n >= 0; n-- {
		found, copied := s.copiedFrom(c, c.sources[n], name)
		if copied {
			if found.Origin.IsZero() {
				found.Origin = c.Span
			}
			if c.chmod != "" && found.Kind != process.Opaque {
				found.Mode, found.ModeKnown = chmod(found.Mode, found.ModeKnown, c.chmod)
			}
			return found, true
		}
		if maybe == "" {
			maybe = found.maybe
		}
	}
	return entry{maybe: maybe}, false
}

func (s *imageFiles) copiedFrom(c *copying, source, name string) (entry, bool) {
	switch {
	case source == "":
		return entry{maybe: "what " + c.Name + " takes cannot be known"}, false
	case strings.HasPrefix(source, "<<"):
		return s.copiedHeredoc(c, source, name)
	case c.hasFrom:
		return s.copiedStage(c, source, name)
	case c.Name == "ADD" && isRemote(source):
		return c.fetched(source, name)
	}
	source = inContext(source)
	if !isPattern(source) {
		return s.copiedLocal(c, source, name, false)
	}
	matches := s.build.context.expand(source)
	var maybe string
	for n := len(matches) - 1; n >= 0; n-- {
		found, copied := s.copiedLocal(c, matches[n], name, len(matches) > 1)
		if copied {
			return found, true
		}
		if maybe == "" {
			maybe = found.maybe
		}
	}
	if len(matches) == 0 && c.names(source, name) {
		found := opaque("no file in the build context matches " + source)
		found.made = s.outside(source)
		return found, true
	}
	return entry{maybe: maybe}, false
}

func opaque(reason string) entry {
	return entry{Entry: process.Entry{Kind: process.Opaque, Reason: reason}}
}

// names reports whether a source that is a single file ends up at a path. A destination without a slash at its end is the
// file itself or a folder that is there already; nobody starts a folder, so either may be what is asked for.
func (c *copying) names(source, name string) bool {
	if !c.into && name == c.dest {
		return true
	}
	if c.parents {
		return name == path.Join(c.dest, c.kept(source))
	}
	if path.Dir(name) != c.dest {
		return false
	}
	matched, _ := path.Match(path.Base(source), path.Base(name))
	return matched || path.Base(source) == path.Base(name)
}

// kept returns the part of the path of a source that COPY --parents keeps: what is behind "/./", else all.
func (c *copying) kept(source string) string {
	for _, written := range c.sources {
		if pivot, _, pivoted := strings.Cut(written, "/./"); pivoted {
			if rest, below := under(inContext(pivot), source); below {
				return rest
			}
		}
	}
	return source
}

// under returns the part of a path that stands below a folder.
func under(dir, name string) (string, bool) {
	if dir == "/" {
		return strings.TrimPrefix(name, "/"), name != "/"
	}
	return strings.CutPrefix(name, dir+"/")
}

func (s *imageFiles) copiedLocal(c *copying, source, name string, into bool) (entry, bool) {
	context := s.build.context
	kind, there := context.typeOf(source)
	leftOut := context.leftOut(source)
	switch {
	case there && kind.IsDir():
		dir := c.dest
		if c.parents {
			dir = path.Join(dir, c.kept(source))
		}
		rest, below := under(dir, name)
		if !below {
			return entry{}, false
		}
		for _, pattern := range c.exclude {
			if matched, _ := path.Match(pattern, rest); matched {
				return entry{}, false
			}
		}
		file := path.Join(source, rest)
		kind, there := context.typeOf(file)
		if !there && source == "." {
			context.settle(file, s.build.dockerfile.File.Path)
			kind, there = context.typeOf(file)
		}
		if !there || kind.IsDir() {
			return entry{}, false
		}
		if context.leftOut(file) {
			return entry{maybe: file + " is not in the build context: " + context.ignorer + " leaves it out"}, false
		}
		return s.build.contextEntry(file, c.Span), true
	case c.Name == "ADD" && isArchive(source):
		if _, below := under(c.dest, name); below {
			return entry{maybe: name + " may come out of " + source}, false
		}
		return entry{}, false
	case there && !leftOut:
		if into && name == c.dest || !c.names(source, name) {
			return entry{}, false
		}
		found := s.build.contextEntry(source, c.Span)
		if found.Kind == process.Program {
			found.made = s.outside(source)
		}
		return found, true
	}
	reason := source + " is not in the build context"
	if leftOut {
		reason += ": " + context.ignorer + " leaves it out"
	}
	if c.names(source, name) {
		found := opaque(reason)
		found.made = s.outside(source)
		return found, true
	}
	return entry{maybe: name + " may be in " + source + ", which is not in the build context"}, false
}

// isArchive reports whether ADD unpacks a file. Docker looks at its content; the name says the same.
func isArchive(name string) bool {
	for _, ending := range []string{".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz", ".tbz2", ".tar.zst", ".tzst"} {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return true
		}
	}
	return false
}

// copiedStage says what COPY --from puts at a path. Whether a source is a file or a folder is not written anywhere, so the
// other stage is asked for both.
func (s *imageFiles) copiedStage(c *copying, source, name string) (entry, bool) {
	source = path.Join("/", source)
	other := s.build.dockerfile.Stage(c.from)
	if c.from == "" || other == nil || other.Index >= c.stage.Index {
		return s.copiedImage(c, source, name)
	}
	files := s.build.files(other)
	var candidates []string
	rest, below := under(c.dest, name)
	switch {
	case isPattern(source) && below:
		first, deeper, _ := strings.Cut(rest, "/")
		if matched, _ := path.Match(path.Base(source), first); matched {
			candidates = append(candidates, path.Join(path.Dir(source), rest))
		}
		if deeper != "" {
			// The pattern matches folders, whose content is what is copied.
			candidates = append(candidates, path.Join(path.Dir(source), rest))
		}
	case isPattern(source):
	default:
		if below {
			candidates = append(candidates, path.Join(source, rest))
		}
		if c.names(source, name) {
			candidates = append(candidates, source)
		}
	}
	var maybe string
	var origin made
	for _, candidate := range candidates {
		found := files.follow(candidate, 0)
		if found.Kind != process.Unseen && found.Kind != process.Missing {
			return found, true
		}
		origin = found.made
		if maybe == "" {
			maybe = found.maybe
		}
	}
	if c.names(source, name) && !isPattern(source) && path.Ext(name) != ".sh" {
		// It is copied by name, so it is there, and what the other stage makes is compiled.
		return entry{Entry: process.Entry{Kind: process.Program}, made: origin}, true
	}
	if c.names(source, name) && path.Ext(name) == ".jar" {
		// One of those that the pattern matches: a build has one, and names it after its version.
		return entry{Entry: process.Entry{Kind: process.Program}, made: files.follow(source, 0).made}, true
	}
	return entry{maybe: maybe}, false
}

// copiedImage says what COPY --from puts at a path when it takes from an image.
func (s *imageFiles) copiedImage(c *copying, source, name string) (entry, bool) {
	if c.names(source, name) {
		if shell, isShell := s.build.project.shellOf(c.from, path.Base(source), s.build.dockerfile.File.Path); isShell {
			return shell, true
		}
		return download(path.Base(source), name, "comes from the image "+c.from, 0), true
	}
	if _, below := under(c.dest, name); below && path.Ext(source) == "" {
		return entry{maybe: name + " may come from the image " + c.from}, false
	}
	return entry{}, false
}
