package lint

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/pid1lint/pid1lint/parser"
)

// A buildContext is the folder whose files COPY and ADD of a Dockerfile can reach.
type buildContext struct {
	fsys    fs.FS
	dir     string                         // relative to the root
	ignore  *patternmatcher.PatternMatcher // nil where there is no .dockerignore
	ignorer string                         // the name of the file that ignore is from
	others  []string                       // further folders that it may be as well, for nothing tells them apart
}

// chooseContext returns the folder that a Dockerfile is most probably built in: of the Dockerfile's own folder and those
// above it up to the root the one in which the most of its COPY and ADD sources exist, and of equals the nearest.
//
// A Dockerfile is built in one single folder, so all sources are looked at together, those of earlier stages too. What is
// there only after a build says nothing, and what exists in several folders (README, src) is outvoted by what does not. Where
// all is copied with "." the folders above stay in the running, until a file is asked for that only one of them has.
func chooseContext(fsys fs.FS, dockerfile string, sources []string) *buildContext {
	telling := slices.DeleteFunc(slices.Clone(sources), func(source string) bool { return source == "." })
	best, most := path.Dir(dockerfile), -1
	var above []string
	for dir := best; most < len(telling) || most == 0; dir = path.Dir(dir) {
		context := &buildContext{fsys: fsys, dir: dir}
		count := 0
		for _, source := range telling {
			if context.has(source) {
				count++
			}
		}
		if count > most {
			best, most = dir, count
		}
		if above = append(above, dir); dir == "." {
			break
		}
	}
	context := &buildContext{fsys: fsys, dir: best}
	if most == 0 && slices.Contains(sources, ".") {
		context.others = above[1:]
	}
	context.readIgnore(dockerfile)
	return context
}

// settle decides between the folders that the context may be, by a file that is asked for.
func (c *buildContext) settle(name, dockerfile string) {
	for _, dir := range c.others {
		if isFile(c.fsys, path.Join(dir, name)) {
			c.dir, c.others, c.ignore = dir, nil, nil
			c.readIgnore(dockerfile)
			return
		}
	}
}

// localSources lists what the COPY and ADD instructions of a Dockerfile take from the build context.
func (b *build) localSources() []string {
	var sources []string
	inner, seen := map[*parser.Stage]bool{}, map[*parser.Instruction]bool{}
	for _, stage := range b.dockerfile.Stages {
		if _, parent := stage.BaseFor(b.args); parent != nil {
			inner[parent] = true
		}
	}
	for _, stage := range b.dockerfile.Stages {
		if inner[stage] {
			continue // its steps are among those of the stages that are FROM it
		}
		for _, st := range b.files(stage).steps {
			if st.copy == nil || st.copy.hasFrom || seen[st.Instruction] {
				continue
			}
			seen[st.Instruction] = true
			for _, source := range st.copy.sources {
				if source == "" || strings.HasPrefix(source, "<<") || isRemote(source) {
					continue
				}
				if source = inContext(source); !slices.Contains(sources, source) {
					sources = append(sources, source)
				}
			}
		}
	}
	return sources
}

// inContext returns a source as a path relative to the build context. As in BuildKit no ".." leads out of it.
func inContext(source string) string {
	if source = path.Join("/", source); source == "/" {
		return "."
	}
	return source[1:]
}

// isRemote reports whether a source of ADD is fetched from elsewhere.
func isRemote(source string) bool {
	return strings.Contains(source, "://") || strings.HasPrefix(source, "git@")
}

// has reports whether a source, which may be a pattern, exists, ignored or not.
func (c *buildContext) has(source string) bool {
	if isPattern(source) {
		return len(c.expand(source)) > 0
	}
	_, there := c.typeOf(source)
	return there
}

// typeOf returns the type bits of what stands at a path of the context; false where there is nothing.
func (c *buildContext) typeOf(name string) (fs.FileMode, bool) {
	if c.dir != "." {
		name = path.Join(c.dir, name)
	}
	kind, err := typeOf(c.fsys, name)
	return kind, err == nil
}

// leftOut reports whether .dockerignore keeps a path from the build.
func (c *buildContext) leftOut(name string) bool {
	if c.ignore == nil || name == "." {
		return false
	}
	matched, err := c.ignore.MatchesOrParentMatches(name)
	return matched && err == nil
}

// readIgnore reads the ignore file that is in force: the one that belongs to the Dockerfile goes before that of the context.
//
// Source: BuildKit, frontend/dockerui/config.go, DockerIgnorePatterns; Podman knows .containerignore too.
func (c *buildContext) readIgnore(dockerfile string) {
	for _, name := range []string{dockerfile + ".dockerignore", path.Join(c.dir, ".dockerignore"), path.Join(c.dir, ".containerignore")} {
		text, _, err := readFile(c.fsys, name)
		if err != nil {
			continue
		}
		patterns, err := ignorefile.ReadAll(strings.NewReader(text))
		if err != nil {
			return
		}
		// No path is matched by these, and the matcher would complain about them on standard error.
		patterns = slices.DeleteFunc(patterns, func(p string) bool { return strings.IndexByte(p, 0) >= 0 || !utf8.ValidString(p) })
		if matcher, err := patternmatcher.New(patterns); err == nil {
			c.ignore, c.ignorer = matcher, path.Base(name)
		}
		return
	}
}

// maxMatches is how many files one pattern is expanded to, so that "**" in a huge folder ends.
const maxMatches = 10000

// expand returns the paths of the context that match a pattern, in order. Each component of a pattern matches one of a path.
func (c *buildContext) expand(pattern string) []string {
	matches := []string{"."}
	for _, part := range strings.Split(pattern, "/") {
		var next []string
		for _, dir := range matches {
			if !isPattern(part) {
				if _, there := c.typeOf(path.Join(dir, part)); there {
					next = append(next, path.Join(dir, part))
				}
				continue
			}
			entries, err := fs.ReadDir(c.fsys, path.Join(c.dir, dir))
			if err != nil {
				continue
			}
			for _, entry := range entries {
				if matched, _ := path.Match(part, entry.Name()); matched && len(next) < maxMatches {
					next = append(next, path.Join(dir, entry.Name()))
				}
			}
		}
		matches = next
	}
	return matches
}

// isPattern reports whether a path holds what path.Match does not take literally.
func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }
