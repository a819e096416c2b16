package lint

import (
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// A unit is one launch that is looked for, or a file that may have several: see expand.
type unit struct {
	path   string
	kind   process.Kind // KindScript for a script that was named
	name   string       // the service or the container; "" for a whole file
	named  bool         // on the command line
	sure   bool         // its name says what it is, so that one that cannot be parsed is a problem
	around bool         // it stands here for the scripts that were named: only launches that touch one of these count
}

// A finder lists the units that the given paths lead to.
type finder struct {
	fsys     fs.FS
	settings *settings
	plain    bool // Dockerfiles and Compose files are all that is asked for: no other YAML file is opened
	most     int  // folders to look into, 0 for all
	folders  int  // that were looked into, where most is set

	mutex    sync.Mutex // held for what follows
	units    map[string]unit
	links    []string // units that are symbolic links
	problems []rules.Problem

	beside  sync.WaitGroup
	walkers atomic.Int32 // beside the first one
}

func (f *finder) add(u unit) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if old, ok := f.units[u.path]; ok {
		u.named, u.sure, u.around = u.named || old.named, u.sure || old.sure, u.around && old.around
	}
	f.units[u.path] = u
}

func (f *finder) problem(name, format string, args ...any) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.problems = append(f.problems, rules.Problem{Path: name, Message: fmt.Sprintf(format, args...)})
}

// find lists what the paths given on the command line lead to. A file that is named is taken whatever its name says.
func (f *finder) find(paths []string) {
	scripts := false
	for _, name := range paths {
		name = path.Clean(name)
		if !fs.ValidPath(name) {
			f.problem(name, "reading %s: it is outside of the project: run pid1lint from a folder above it", name)
			continue
		}
		kind, err := typeOf(f.fsys, name)
		switch {
		case err != nil:
			f.problem(name, "reading %s: %v: check the path", name, reason(err))
		case kind.IsDir():
			f.walk(name, f.ignoreListsAbove(name), false)
		default:
			scripts = f.named(name) || scripts
		}
	}
	if scripts {
		f.walk(".", nil, true)
	}
	f.dropLinks()
}

// named adds a file that was named on the command line, and reports whether it is a script.
func (f *finder) named(name string) bool {
	kind := kindOfName(name)
	switch kind {
	case besideName:
		return false
	case dockerfileName:
		f.add(unit{path: name, kind: process.KindDockerfile, named: true, sure: true})
		return false
	case scriptName:
		f.add(unit{path: name, kind: process.KindScript, named: true})
		return true
	}
	text, _, err := readFile(f.fsys, name)
	switch {
	case err != nil:
		f.problem(name, "reading %s: %v", name, err)
	case kind == templateName:
		// It may be a Dockerfile all the same; if not, pre-commit passes it along with the others and nobody meant it.
		f.add(unit{path: name, kind: process.KindDockerfile, named: true})
	case strings.HasPrefix(text, "#!"):
		f.add(unit{path: name, kind: process.KindScript, named: true})
		return true
	case looksLikeDockerfile(text):
		f.add(unit{path: name, kind: process.KindDockerfile, named: true, sure: true})
	case kindOfText(text) != "":
		f.add(unit{path: name, kind: kindOfText(text), named: true, sure: true})
	case kind == composeName || kind == yamlName:
		// Nor did anybody mean this one: pre-commit passes all YAML files along.
	default:
		f.problem(name, "reading %s: it is neither a Dockerfile, a script, a Compose file nor a manifest: its first instruction is not FROM and it does not start with #!", name)
	}
	return false
}

// walk lists the Dockerfiles, the Compose files and the manifests in a folder and below it, on all processors. Symbolic links to
// folders are not followed, so that no walk is endless.
func (f *finder) walk(dir string, ignores []ignoreList, around bool) {
	f.folder(dir, ignores, around)
	f.beside.Wait()
}

// below walks a folder, beside who asks for it where a processor is free. Where there is a most of folders it is the first ones.
func (f *finder) below(dir string, ignores []ignoreList, around bool) {
	free := int32(runtime.GOMAXPROCS(0)) - 1
	if n := f.walkers.Load(); f.most > 0 || n >= free || !f.walkers.CompareAndSwap(n, n+1) {
		f.folder(dir, ignores, around)
		return
	}
	f.beside.Go(func() {
		defer f.walkers.Add(-1)
		f.folder(dir, ignores, around)
	})
}

func (f *finder) folder(dir string, ignores []ignoreList, around bool) {
	if f.most > 0 {
		if f.folders++; f.folders > f.most {
			return
		}
	}
	entries, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		if !around {
			f.problem(dir, "listing the folder %s: %v", dir, reason(err))
		}
		return
	}
	if list, ok := f.ignoreList(dir); ok {
		ignores = append(slices.Clip(ignores), list)
	}
	settings := f.settings.in(dir)
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if entry.IsDir() {
			if !f.foreignFolder(name) && !ignored(ignores, name, true) && !settings.excludes(name) {
				f.below(name, ignores, around)
			}
			continue
		}
		kind := kindOfName(name)
		if kind != dockerfileName && kind != likeDockerfile && kind != composeName && kind != yamlName || ignored(ignores, name, false) || settings.excludes(name) {
			continue
		}
		switch entry.Type() {
		case 0:
		case fs.ModeSymlink:
			if !isFile(f.fsys, name) {
				continue // it leads out of the project, in a circle or to a folder
			}
			f.mutex.Lock()
			f.links = append(f.links, name)
			f.mutex.Unlock()
		default:
			continue
		}
		u := unit{path: name, kind: process.KindDockerfile, sure: kind == dockerfileName, around: around}
		if kind == composeName || kind == yamlName {
			if f.plain && kind == yamlName {
				continue
			}
			if u.kind = f.kindOfYAML(name, kind); u.kind == "" {
				continue
			}
			u.sure = u.kind == process.KindCompose && surelyCompose(name)
		}
		f.add(u)
	}
}

// foreignFolder reports whether a folder holds what belongs to a tool or to others. A folder called vendor does if Go or
// Composer have made it: the name alone is also that of a brand or of a department.
func (f *finder) foreignFolder(name string) bool {
	switch path.Base(name) {
	case ".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", ".venv", ".tox", ".nox", "site-packages",
		"__pycache__", ".terraform", ".direnv", ".cache":
		return true
	case "venv", "env":
		return f.exists(path.Join(name, "pyvenv.cfg"))
	case "vendor":
		return f.exists(path.Join(name, "modules.txt")) || f.exists(path.Join(name, "autoload.php"))
	}
	return false
}

func (f *finder) exists(name string) bool {
	_, err := typeOf(f.fsys, name)
	return err == nil
}

// ignoreListsAbove returns the .gitignore files of the folders above dir, the outermost first.
func (f *finder) ignoreListsAbove(dir string) []ignoreList {
	var lists []ignoreList
	for dir != "." {
		dir = path.Dir(dir)
		if list, ok := f.ignoreList(dir); ok {
			lists = append(lists, list)
		}
	}
	slices.Reverse(lists)
	return lists
}

func (f *finder) ignoreList(dir string) (ignoreList, bool) {
	text, _, err := readFile(f.fsys, path.Join(dir, ".gitignore"))
	if err != nil {
		return ignoreList{}, false
	}
	return parseIgnoreList(dir, text), true
}

// dropLinks drops symbolic links to files that are listed themselves.
func (f *finder) dropLinks() {
	slices.Sort(f.links)
	for _, name := range f.links {
		target, err := fs.ReadLink(f.fsys, name)
		if err != nil || path.IsAbs(target) || f.units[name].named {
			continue
		}
		if target = path.Join(path.Dir(name), target); target == name {
			continue
		}
		if _, listed := f.units[target]; listed {
			delete(f.units, name)
		}
	}
}

// sorted returns the units in the order of their paths.
func (f *finder) sorted() []unit {
	units := make([]unit, 0, len(f.units))
	for _, u := range f.units {
		units = append(units, u)
	}
	slices.SortFunc(units, func(a, b unit) int { return strings.Compare(a.path, b.path) })
	return units
}
