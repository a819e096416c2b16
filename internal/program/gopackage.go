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
	modules   map[string]foreignPackage // what was found out of imports of other modules
	order     []*goPackage
	files     []*parser.File
	foreign   string // an import of which nothing is known, "" where there is none
	broken    bool   // a file cannot be parsed, or is not known
	escapes   bool   // it may become another program
	generated bool   // commands of the build may have written or changed source
}

// A foreignPackage is what the table of modules says of a package of another one.
type foreignPackage struct {
	goModule
	harmless bool
}

func (p *goProgram) moduleOf(imported string) foreignPackage {
	found, ok := p.modules[imported]
	if !ok {
		found.goModule, found.harmless = goModuleOf(imported)
		p.modules[imported] = found
	}
	return found
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
	maxGoPackages = 100
	maxGoFiles    = 250
)

// load reads the main package of a build and all packages of its module that it imports. It returns false where the main package is
// not found or is none.
func (p *goProgram) load(b goBuild) bool {
	dir := b.dir
	if path.IsAbs(dir) {
		p.findModule(dir)
	} else {
		p.findModule(b.from)
		rest, inside := strings.CutPrefix(dir+"/", p.module+"/")
		switch {
		case p.module != "" && inside:
			dir = path.Join(p.root, rest)
		case p.module == "":
			dir, p.root = path.Join(goPath, dir), goPath
		default:
			return false
		}
	}
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
		if at == "/" || at == goPath {
			p.root = at
			return
		}
	}
}

// goStandard are the first words of the packages of the standard library.
//
// Source: go list std, go 1.26.
const goStandard = " archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go hash html image index io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing text time unicode unique unsafe weak "

// follow reads a package that is imported, if it is one of the module.
func (p *goProgram) follow(imported string) {
	rest, inside := strings.CutPrefix(imported+"/", p.module+"/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case p.module == "" && p.root == goPath && p.read(path.Join(goPath, imported), nil) != nil:
	case p.module != "" && inside:
		if p.read(path.Join(p.root, rest), nil) == nil {
			p.foreign = imported
		}
	case imported == "C":
		p.foreign = "C"
	case strings.Contains(goStandard, " "+first+" "):
	default:
		if !p.moduleOf(imported).harmless {
			p.foreign = imported
		}
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

// escapes are calls by which a program becomes another one, loads one, or handles signals without the package for it.
var escapes = []string{"syscall.Exec(", "unix.Exec(", "plugin.Open(", "RT_SIGACTION"}

// add parses the imports of a file, unless its constraints leave it out.
func (p *goProgram) add(pkg *goPackage, file *parser.File) {
	tree, err := goparser.ParseFile(token.NewFileSet(), file.Path, file.Src, goparser.ImportsOnly|goparser.ParseComments)
	if err != nil {
		p.broken = true
		return
	}
	for _, group := range tree.Comments {
		for _, comment := range group.List {
			if comment.Pos() > tree.Package || !constraint.IsGoBuild(comment.Text) && !constraint.IsPlusBuild(comment.Text) {
				continue
			}
			if expr, err := constraint.Parse(comment.Text); err == nil && !expr.Eval(p.tagged) {
				// Tags can be given in ways that are not seen: GOFLAGS.
				p.broken = p.broken || strings.Contains(file.Src, catching) && expr.Eval(perhapsTagged)
				return
			}
		}
	}
	for _, text := range escapes {
		p.escapes = p.escapes || strings.Contains(file.Src, text)
	}
	f := &goFile{File: file, pkg: pkg, imports: map[string]string{}}
	for _, spec := range tree.Imports {
		imported := strings.Trim(spec.Path.Value, "`\"")
		name := path.Base(imported)
		if isMajor(name) {
			name = path.Base(path.Dir(imported))
		}
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

// perhapsTagged says whether a word of a build constraint may hold.
func perhapsTagged(tag string) bool {
	return tag != "ignore" && !strings.Contains(goSystems, " "+tag+" ") && !strings.Contains(goMachines, " "+tag+" ")
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

// named returns the name that a file knows an import by.
func (f *goFile) named(imported string) (string, bool) {
	for name, path := range f.imports {
		if path == imported && name[0] != '_' {
			return strings.TrimSuffix(name, imported), true
		}
	}
	return "", false
}

// function returns a function of a parsed file that is no method, nil where there is none of the name.
func (f *goFile) function(name string) *ast.FuncDecl {
	for _, d := range f.tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name && fn.Body != nil {
			return fn
		}
	}
	return nil
}
