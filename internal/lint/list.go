package lint

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// List implements process.Lister.
func (f launchFiles) List(dir string) (names []string, known bool) { return f.files.list(dir, 0) }

// List implements process.Lister.
func (f scriptFiles) List(dir string) (names []string, known bool) {
	name := strings.TrimPrefix(dir, "/")
	if name == "" {
		name = "."
	}
	return folderNames(f.project.sources.fsys, name), false
}

func folderNames(fsys fs.FS, dir string) []string {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// maxStages is how many stages a folder is followed through.
const maxStages = 20

// list says what instructions put into a folder of the image and is not removed again, and whether nothing else can have come into it.
func (s *imageFiles) list(dir string, depth int) (names []string, known bool) {
	names, known = s.put(dir, depth)
	return slices.DeleteFunc(names, func(name string) bool { return s.lookup(path.Join(dir, name)).Kind == process.Missing }), known
}

// put says what instructions put into a folder of the image, and whether nothing else can have come into it.
func (s *imageFiles) put(dir string, depth int) (names []string, known bool) {
	if depth > maxStages {
		return nil, false
	}
	known = true
	seen := map[string]bool{"": true, ".": true}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, st := range s.steps {
		if st.copy == nil {
			if s.mentions(st, dir) {
				for _, e := range s.run(st).effects {
					switch {
					case e.kind == chmods || e.kind == strips || e.kind == removes || e.kind == blurs:
					case e.to == dir && e.from != "":
						add(path.Base(e.from))
					case path.Dir(e.to) == dir && !e.into:
						add(path.Base(e.to))
					}
				}
			}
			continue
		}
		c := st.copy
		if c.dest == "" {
			continue
		}
		if rest, below := under(dir, c.dest); below {
			first, _, _ := strings.Cut(rest, "/")
			if first != rest || !c.into {
				add(first)
			}
		}
		rest, inside := under(c.dest, dir)
		if c.dest == dir {
			rest, inside = "", true
		}
		if !inside {
			continue
		}
		for _, source := range c.sources {
			found, sure := s.listSource(c, source, rest, depth)
			known = known && sure
			for _, name := range found {
				add(name)
			}
		}
	}
	return names, known
}

// mentions reports whether a RUN instruction may put something into a folder, as far as its text tells.
func (s *imageFiles) mentions(st *step, dir string) bool {
	return st.effect != nil || strings.Contains(st.text(), path.Base(dir))
}

// listSource says what one source of COPY puts into the folder rest below its destination.
func (s *imageFiles) listSource(c *copying, source, rest string, depth int) (names []string, known bool) {
	context := s.build.context
	switch {
	case source == "":
		return nil, false
	case strings.HasPrefix(source, "<<"):
		return []string{strings.Trim(strings.TrimLeft(source, "<-"), `"'`)}, true
	case c.hasFrom:
		other := s.build.dockerfile.Stage(c.from)
		if c.from == "" || other == nil || other.Index >= c.stage.Index || isPattern(source) {
			return nil, false
		}
		names, known = s.build.files(other).list(path.Join("/", source, rest), depth+1)
		if rest == "" && len(names) == 0 {
			names = []string{path.Base(source)}
		}
		return names, known
	case c.Name == "ADD" && (isRemote(source) || isArchive(source)):
		return []string{path.Base(source)}, !isArchive(source)
	}
	for _, match := range context.expand(inContext(source)) {
		kind, there := context.typeOf(match)
		switch {
		case !there:
		case kind.IsDir():
			names = append(names, folderNames(context.fsys, path.Join(context.dir, match, rest))...)
		case rest == "":
			names = append(names, path.Base(match))
		}
	}
	return names, true
}
