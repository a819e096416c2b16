package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/lint"
)

// A place is where a run takes place: the folder that everything is read from, and what is looked at in it.
type place struct {
	root  string   // absolute
	cwd   string   // absolute
	paths []string // slash-separated, relative to the root
	stdin string   // the path that standard input stands for, relative to the root; "" where it is not read
}

// locate finds the root for the paths of a command line: the nearest folder above the first path that holds .git, else the
// common parent of the paths and the current folder. Symbolic links in folders are resolved, so that one file has one path.
func locate(args []string, stdinName string) (*place, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the current folder: %w", err)
	}
	p := &place{cwd: resolve(cwd)}
	if len(args) == 0 {
		args = []string{"."}
	}
	stdin := ""
	var paths, folders []string
	for _, arg := range args {
		if arg == "-" {
			if stdinName == "" {
				stdinName = "<stdin>"
			}
			arg = stdinName
			stdin = physical(p.cwd, arg)
		}
		full := physical(p.cwd, arg)
		folder := full
		if info, err := os.Stat(full); err != nil || !info.IsDir() {
			folder = filepath.Dir(full)
		}
		paths, folders = append(paths, full), append(folders, folder)
	}
	p.root = rootOf(p.cwd, folders)
	for _, full := range paths {
		p.paths = append(p.paths, relative(p.root, full))
	}
	if stdin != "" {
		p.stdin = relative(p.root, stdin)
	}
	return p, nil
}

// rootOf returns the root of a run that looks at folders.
func rootOf(cwd string, folders []string) string {
	for dir := folders[0]; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	root := commonParent(append([]string{cwd}, folders...))
	if root == filepath.Dir(root) {
		// Paths that have nothing to do with the current folder do not make the whole file system the project.
		root = commonParent(folders)
	}
	return root
}

func commonParent(folders []string) string {
	parent := folders[0]
	for _, folder := range folders[1:] {
		for parent != filepath.Dir(parent) && folder != parent && !strings.HasPrefix(folder, parent+string(filepath.Separator)) {
			parent = filepath.Dir(parent)
		}
	}
	return parent
}

// physical returns the absolute path of a command-line argument without symbolic links, except for a file that is one itself.
func physical(cwd, arg string) string {
	if !filepath.IsAbs(arg) {
		arg = filepath.Join(cwd, arg)
	}
	arg = filepath.Clean(arg)
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return resolve(arg)
	}
	return filepath.Join(resolve(filepath.Dir(arg)), filepath.Base(arg))
}

func resolve(dir string) string {
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		return target
	}
	return dir
}

// relative returns a path as seen from a folder, with forward slashes; the path itself where there is no way.
func relative(from, full string) string {
	rel, err := filepath.Rel(from, full)
	if err != nil {
		rel = full
	}
	return filepath.ToSlash(rel)
}

// show returns a path relative to the root as it is printed.
func (p *place) show(name string) string {
	if name == p.stdin && strings.HasSuffix(name, "<stdin>") {
		return "<stdin>"
	}
	return relative(p.cwd, filepath.Join(p.root, filepath.FromSlash(name)))
}

// maxInput is how much is read from standard input. No Dockerfile is that long.
const maxInput = 4 << 20

// open loads the project at a place.
func (s *session) open(p *place, from source) (*lint.Project, error) {
	settings, err := p.settings(from.config)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return nil, fmt.Errorf("opening the project: %w", err)
	}
	fsys := root.FS() // no link in it leads out of the root
	if p.stdin != "" {
		text, err := io.ReadAll(io.LimitReader(s.stdin, maxInput+1))
		if err == nil && len(text) > maxInput {
			err = errors.New("it is longer than 4 MiB")
		}
		if err != nil {
			return nil, fmt.Errorf("reading standard input: %w", err)
		}
		fsys = lint.Overlay(fsys, map[string]string{p.stdin: string(text)})
	}
	project, err := lint.Load(fsys, settings, p.paths)
	if err != nil {
		return nil, err
	}
	project.Target = from.target
	return project, nil
}

// misspeltCommand returns an error for an argument that is no file but looks like the name of a command.
func misspeltCommand(args, commands []string) error {
	for _, arg := range args {
		if _, err := os.Lstat(arg); !errors.Is(err, fs.ErrNotExist) || arg == "-" || slices.Contains(commands, arg) || strings.ContainsAny(arg, `./\`) {
			continue
		}
		if near := nearest(arg, commands); near != "" {
			return usagef("%q is neither a file nor a command (did you mean %q?)", arg, near)
		}
	}
	return nil
}
