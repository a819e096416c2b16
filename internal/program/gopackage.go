package program

import (
	"go/ast"
	"go/build/constraint"
	goparser "go/parser"
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A goProgram is a main package and what it imports of its own module.
type goProgram struct {
	sources   Sources
	tags      []string
	root      string // folder of the module
	module    string // its path, "" where packages stand under GOPATH
	packages  map[string]*goPackage
	order     []*goPackage
	files     []*parser.File
	foreign   string // an import of which nothing is known, "" where there is none
	broken    bool   // a file cannot be parsed, or is not known
	generated bool   // commands of the build may have written or changed source
}

// A goPackage is one package of a module.
type goPackage struct {
	dir   string
	files []*goFile
}

// A goFile is one source file. Its tree is parsed when it is asked for.
type goFile struct {
	*parser.File
	pkg     *goPackage
	imports map[string]string // name in the file -> path; "." and "_" have their path in the key
	tree    *ast.File
}

// The limits of one program.
const (
	maxGoPackages = 300
	maxGoFiles    = 1500
)

// load reads the main package of a build and all packages of its module that it imports. It returns false where the main package is
// not found or is none.
func (p *goProgram) load(b goBuild) bool {
	dir := b.dir
	if !path.IsAbs(dir) {
		return false
	}
	p.findModule(dir)
	main := p.read(dir, b.files)
	if main == nil || len(main.files) == 0 {
		return false
	}
	for i := 0; i < len(p.order); i++ {
		for _, file := range p.order[i].files {
			for _, imported := range file.imports {
				p.follow(imported)
			}
		}
	}
	return true
}

// findModule looks for go.mod in a folder and those above it.
func (p *goProgram) findModule(dir string) {
	for at := dir; ; at = path.Dir(at) {
		if file := p.sources.File(path.Join(at, "go.mod")); file != nil {
			p.root = at
			for line := range strings.Lines(file.Src) {
				if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "module" {
					p.module = strings.Trim(fields[1], `"`)
					return
				}
			}
			p.broken = true
			return
		}
		if at == "/" || at == "/go/src" {
			p.root = at
			return
		}
	}
}

// follow reads a package that is imported, if it is one of the module.
func (p *goProgram) follow(imported string) {
	rest, inside := imported, p.module == "" && p.root == "/go/src"
	if p.module != "" {
		rest, inside = strings.CutPrefix(imported+"/", p.module+"/")
	}
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case inside:
		if p.read(path.Join(p.root, rest), nil) == nil {
			p.foreign = imported
		}
	case imported == "C":
		p.foreign = "C"
	case !strings.Contains(first, "."): // of the standard library
	case !harmlessGo(imported):
		p.foreign = imported
	}
}

// read reads the package of a folder, or some of its files. It returns nil where there is none.
func (p *goProgram) read(dir string, names []string) *goPackage {
	dir = path.Clean(dir)
	if known, ok := p.packages[dir]; ok {
		return known
	}
	if len(p.packages) >= maxGoPackages || len(p.files) >= maxGoFiles {
		p.broken = true
		return nil
	}
	pkg := &goPackage{dir: dir}
	p.packages[dir] = nil
	if names == nil {
		for _, name := range p.sources.Names(dir) {
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name[0] != '_' && name[0] != '.' && p.forLinux(name) {
				names = append(names, path.Join(dir, name))
			}
		}
	}
	for _, name := range names {
		file := p.sources.File(name)
		if file == nil {
			p.broken = true
			continue
		}
		p.add(pkg, file)
	}
	if len(pkg.files) == 0 {
		return nil
	}
	p.packages[dir] = pkg
	p.order = append(p.order, pkg)
	return pkg
}

// add parses the imports of a file, unless its constraints leave it out.
func (p *goProgram) add(pkg *goPackage, file *parser.File) {
	tree, err := goparser.ParseFile(token.NewFileSet(), file.Path, file.Src, goparser.ImportsOnly|goparser.ParseComments)
	if err != nil {
		p.broken = true
		return
	}
	for _, group := range tree.Comments {
		for _, comment := range group.List {
			if comment.Pos() > tree.Package || !constraint.IsGoBuild(comment.Text) {
				continue
			}
			if expr, err := constraint.Parse(comment.Text); err == nil && !expr.Eval(p.tagged) {
				return
			}
		}
	}
	f := &goFile{File: file, pkg: pkg, imports: map[string]string{}}
	for _, spec := range tree.Imports {
		imported := strings.Trim(spec.Path.Value, "`\"")
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "_" || name == "." {
			name += imported
		}
		f.imports[name] = imported
	}
	pkg.files = append(pkg.files, f)
	p.files = append(p.files, file)
}

// goSystems and goMachines are the words at the end of a file name that keep it from a build for another system or machine.
//
// Source: internal/syslist/syslist.go of Go.
const (
	goSystems  = " aix android darwin dragonfly freebsd hurd illumos ios js nacl netbsd openbsd plan9 solaris wasip1 windows zos "
	goMachines = " 386 arm armbe arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm "
)

// forLinux reports whether the name of a file lets it be built for Linux on the machines that images are mostly for.
func (p *goProgram) forLinux(name string) bool {
	words := strings.Split(strings.TrimSuffix(name, ".go"), "_")
	for _, word := range words[max(1, len(words)-2):] {
		if word = " " + word + " "; strings.Contains(goSystems, word) || strings.Contains(goMachines, word) {
			return false
		}
	}
	return true
}

// tagged says whether a word of a build constraint holds.
func (p *goProgram) tagged(tag string) bool {
	switch tag {
	case "linux", "unix", "gc", "cgo", "amd64":
		return true
	}
	return strings.HasPrefix(tag, "go1.") || slices.Contains(p.tags, tag)
}

// parse parses all of a file, nil where that is not possible. Offsets in the tree are those in the file, plus one.
func (p *goProgram) parse(f *goFile) *ast.File {
	if f.tree == nil {
		tree, err := goparser.ParseFile(token.NewFileSet(), f.Path, f.Src, goparser.SkipObjectResolution)
		if err != nil {
			p.broken = true
			return nil
		}
		f.tree = tree
	}
	return f.tree
}

// span returns the place of a node. A file set of one file begins at 1.
func (f *goFile) span(n ast.Node) parser.Span {
	return parser.Span{File: f.File, Start: int(n.Pos()) - 1, End: int(n.End()) - 1}
}
