package program

import (
	"path"
	"slices"
	"strings"
)

// goBehaviour reads the source of a program that the go command builds in the image or in a stage of its build.
//
// What a Go program does without a handler: the runtime takes SIGHUP, SIGINT and SIGTERM as an order to end with status 2, SIGQUIT
// to print its stacks first, and drops the rest, as PID 1 and as any other process. Source: runtime/sigtab_linux_generic.go and
// os/signal's documentation, "Default behavior of signals in Go programs"; measured, go 1.26.
func goBehaviour(c Command, s Sources) *Behaviour {
	if path.IsAbs(c.File) {
		b, _ := goBuilt(c.File, s)
		return b
	}
	for _, dir := range []string{goBin, "/usr/local/bin", "/usr/bin", "/bin"} { // those of the PATH of most images
		if b, built := goBuilt(path.Join(dir, c.File), s); built {
			return b
		}
	}
	return nil
}

// goBuilt reads the source of the program at an absolute path. It returns false where the go command is not seen to build it.
func goBuilt(file string, s Sources) (*Behaviour, bool) {
	origin := s.Origin(file)
	if origin == nil {
		return nil, false
	}
	commands := made(origin.Commands("go", "make"), origin.Sources)
	for i, c := range slices.Backward(commands) {
		build, ok := goBuildOf(c, origin.Path)
		if !ok {
			continue
		}
		if build.below && !build.find(path.Base(origin.Path), origin.Sources) {
			return nil, true
		}
		p := &goProgram{sources: origin.Sources, tags: build.tags, packages: map[string]*goPackage{}, modules: map[string]foreignPackage{}}
		p.generated = generatesGo(commands[:i])
		if !p.load(build) {
			return nil, true
		}
		return p.behaviour(), true
	}
	return nil, false
}

// The places of the official images.
const (
	goBin  = "/go/bin"
	goPath = "/go/src"
)

// A goBuild is one package that go build or go install makes a program of.
type goBuild struct {
	dir   string   // absolute folder of the package; its import path where that is named
	below bool     // the package is one of those below dir, the one whose name is that of the program
	from  string   // working directory
	files []string // where files are named in its place
	tags  []string
}

// goValues are the options of go build that take an argument as a word of their own.
//
// Source: go help build.
const goValues = " -o -p -C -asmflags -buildmode -buildvcs -compiler -covermode -coverpkg -gccgoflags -gcflags -installsuffix -ldflags -mod -modfile -overlay -pgo -pkgdir -tags -toolexec "

// goBuildOf returns what a command builds, if that is the program of an absolute path.
func goBuildOf(c BuildCommand, target string) (goBuild, bool) {
	name := path.Base(c.Args[0].Text)
	if len(c.Args) < 2 || !c.Sure || name != "go" && name != "xx-go" && !strings.HasPrefix(name, "go1.") {
		return goBuild{}, false
	}
	verb := c.Args[1].Text
	if verb != "build" && verb != "install" {
		return goBuild{}, false
	}
	dir, out := c.Dir, ""
	var b goBuild
	var operands []string
	for i := 2; i < len(c.Args); i++ {
		word := c.Args[i]
		text := word.Text
		if len(operands) > 0 || !strings.HasPrefix(text, "-") {
			if !word.Known {
				return goBuild{}, false
			}
			operands = append(operands, text)
			continue
		}
		option, value, assigned := strings.Cut(strings.TrimPrefix(text, "-"), "=")
		option = "-" + strings.TrimPrefix(option, "-")
		known := word.Known
		if !assigned && strings.Contains(goValues, " "+option+" ") && i+1 < len(c.Args) {
			i++
			value, known = c.Args[i].Text, c.Args[i].Known
		}
		switch option {
		case "-o", "-C", "-tags", "-overlay", "-modfile":
			if !known {
				return goBuild{}, false
			}
		}
		switch option {
		case "-o":
			out = value
		case "-C":
			dir = absolute(dir, value)
		case "-tags":
			b.tags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		case "-overlay", "-modfile":
			return goBuild{}, false
		}
	}
	if dir == "" {
		return goBuild{}, false
	}
	b.from = dir
	if len(operands) == 1 && (path.Base(operands[0]) == "*" || path.Base(operands[0]) == "*.go") {
		if out == "" || verb != "build" {
			return goBuild{}, false // its name is that of the first file
		}
		operands[0] = absolute(dir, path.Dir(operands[0])) // all files of a package
	}
	if len(operands) > 0 && strings.HasSuffix(operands[0], ".go") {
		for _, name := range operands {
			b.files = append(b.files, absolute(dir, name))
		}
		b.dir = path.Dir(b.files[0])
		return b, verb == "build" && unmerged(target) == unmerged(output(dir, out, strings.TrimSuffix(path.Base(b.files[0]), ".go")))
	}
	if len(operands) == 0 {
		operands = []string{"."}
	}
	for _, operand := range operands {
		above, below := strings.CutSuffix(operand, "/...")
		if strings.Contains(above, "...") || strings.Contains(operand, "@") || below && operand[0] != '.' {
			continue
		}
		b.dir, b.below = absolute(dir, above), below
		if operand[0] != '.' && operand[0] != '/' {
			b.dir = operand // an import path
		}
		made := output(dir, out, "")
		switch {
		case verb == "install":
			made = goBin + "/"
		case below && out == "":
			continue // what is built is thrown away
		case below:
			made = absolute(dir, out) + "/"
		case out == "":
			made = dir + "/"
		case len(operands) > 1:
			made = absolute(dir, out) + "/"
		}
		// The name is that of the last part of the import path, which only go.mod tells for the root of a module.
		if unmerged(target) == unmerged(made) || strings.HasSuffix(made, "/") && unmerged(path.Dir(target)) == unmerged(path.Clean(made)) && (path.Base(target) == path.Base(b.dir) || len(operands) == 1) {
			return b, true
		}
	}
	return goBuild{}, false
}

// find looks for the package of a program below a folder. It returns false where there is none, or more than one.
func (b *goBuild) find(name string, s Sources) bool {
	found, left := "", maxNames
	several := false
	var look func(dir string, depth int)
	look = func(dir string, depth int) {
		for _, entry := range s.Names(dir) {
			if left--; left < 0 || depth > 10 {
				several = true
				return
			}
			switch below := path.Join(dir, entry); {
			case strings.Contains(entry, ".") || entry == "vendor" || entry == "testdata" || strings.HasPrefix(entry, "_"):
			default:
				if entry == name && slices.ContainsFunc(s.Names(below), func(file string) bool { return path.Ext(file) == ".go" }) {
					several = several || found != ""
					found = below
				}
				look(below, depth+1)
			}
		}
	}
	look(b.dir, 0)
	if found == "" || several {
		return false
	}
	b.dir = found
	return true
}

// output returns the file that go build -o writes, for a program that is called name without it. It ends in a slash where that is a folder.
func output(dir, out, name string) string {
	switch {
	case out == "":
		return path.Join(dir, name)
	case strings.HasSuffix(out, "/"):
		return absolute(dir, out) + "/"
	}
	return absolute(dir, out)
}

// unmerged returns a path as it is without the /usr that /bin and /sbin lead to in most images: both are the same file there.
func unmerged(name string) string {
	if rest, ok := strings.CutPrefix(name, "/usr"); ok && (strings.HasPrefix(rest, "/bin") || strings.HasPrefix(rest, "/sbin")) {
		return rest
	}
	return name
}

// absolute returns a path as it is found from a folder.
func absolute(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// quietCommands are commands that write no Go source into the project.
const quietCommands = " apk apt apt-get yum dnf microdnf cd mkdir ls echo printf cat set export rm chmod chown touch test [ true git update-ca-certificates adduser addgroup useradd groupadd ln upx strip file sha256sum curl wget date env pwd which uname unzip setcap id xx-apk xx-apt xx-apt-get xx-verify xx-info "

// generatesGo reports whether commands that run before a build may write or change Go source of the project.
func generatesGo(commands []BuildCommand) bool {
	for _, c := range commands {
		name := path.Base(c.Args[0].Text)
		if !c.Args[0].Known {
			return true
		}
		if name == "go" || name == "xx-go" {
			if len(c.Args) > 1 && (c.Args[1].Text == "generate" || c.Args[1].Text == "run") {
				return true
			}
			continue
		}
		if name == "git" && len(c.Args) > 1 && (c.Args[1].Text == "apply" || c.Args[1].Text == "am") {
			return true
		}
		if !strings.Contains(quietCommands, " "+name+" ") {
			return true
		}
	}
	return false
}
