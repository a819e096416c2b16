package program

import (
	"encoding/json"
	"path"
	"strings"
)

// nodeBehaviour reads the source of a program that node, ts-node or tsx runs, with what it imports of its own.
//
// It says that there is no handler only where nothing that is imported can have one. Source: nodejs.org/api/process.html, Signal
// events; as PID 1 without a handler node ignores SIGTERM and SIGINT: measured, node 20.20 and 22.23.
func nodeBehaviour(c Command, s Sources) *Behaviour {
	switch path.Base(c.Args[0]) {
	case "node", "nodejs", "ts-node", "tsx":
	default:
		return nil
	}
	runtime, _ := RuntimeNamed("node")
	at, _ := runtime.Script(c.Args)
	if at >= len(c.Args) || !path.IsAbs(c.Dir) && !path.IsAbs(c.Args[at]) {
		return nil
	}
	p := &scriptProgram{sources: s, scan: scanNode, without: term | intr}
	p.resolve, p.stranger = p.nodeModule, nodeStranger
	var preloads []imported // what node loads before the program
	for i, option := range c.Args[1:at] {
		name, value, assigned := strings.Cut(option, "=")
		switch name {
		case "-r", "--require", "--import":
			if !assigned && i+2 < at {
				value = c.Args[i+2]
			}
			preloads = append(preloads, imported{name: value})
		case "--loader", "--experimental-loader", "--test", "--watch", "--run":
			return nil
		}
	}
	if c.Variable("NODE_OPTIONS") != "" || c.Variable("NODE_PATH") != "" {
		return nil
	}
	entry := p.nodeFile(joined(c.Dir, c.Args[at]))
	if entry == nil {
		return nil
	}
	p.walk(entry, preloads, c.Dir)
	return p.behaviour()
}

// joined returns a path as it is found from a folder.
func joined(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// nodeFile returns the file that node loads for a path: the path itself, with an extension, or what stands in the folder of that name.
//
// Source: nodejs.org/api/modules.html, All together; ts-node and tsx look for TypeScript, too.
func (p *scriptProgram) nodeFile(name string) *placed {
	if file := p.at(name); file != nil {
		return file
	}
	if stem, ok := strings.CutSuffix(name, ".js"); ok {
		if file := p.at(stem + ".ts"); file != nil {
			return file
		}
	}
	extensions := []string{".js", ".ts", ".mjs", ".cjs", ".json"}
	for _, ext := range extensions {
		if file := p.at(name + ext); file != nil {
			return file
		}
	}
	if pkg := p.packageJSON(name); pkg != nil && pkg.Main != "" && path.Clean(pkg.Main) != "." {
		return p.nodeFile(path.Join(name, pkg.Main))
	}
	for _, ext := range extensions[:4] {
		if file := p.at(path.Join(name, "index"+ext)); file != nil {
			return file
		}
	}
	return nil
}

// nodeModule takes an import of a file apart: it returns the files that it loads, or false where what it loads is not known.
//
// tsx and ts-node/register let node read TypeScript and install no handler: measured, tsx 4.23, ts-node 10.9.
func (p *scriptProgram) nodeModule(from *scriptFile, i imported, dir string) ([]*placed, bool) {
	name, builtin := strings.CutPrefix(i.name, "node:")
	switch {
	case !builtin && (strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") || name == "." || name == ".."):
		file := p.nodeFile(joined(dir, name))
		if file == nil {
			return nil, false
		}
		switch path.Ext(file.path) {
		case ".json":
			return nil, true
		case "", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts":
			return []*placed{file}, true
		}
		return nil, false
	case lists(nodeBuiltins, name), name == "tsx", name == "ts-node/register":
		return nil, true
	case builtin:
		return nil, false
	}
	pkg, rest := packageOf(name)
	switch {
	case lists(nodeInstalls, pkg):
		p.installed = append(p.installed, serving{graceful: term | intr, span: i.span, does: "catches it through " + pkg})
		return nil, true
	case lists(nodeWithout, pkg) || lists(nodeElsewhere, pkg) && (rest == "" || pkg == "dotenv"):
		return nil, p.fromRegistry(pkg, dir, strings.HasSuffix(path.Ext(from.file.Path), "ts"))
	}
	return nil, false
}

// nodeStranger names the package of an import, "" for a file, and for what the configuration of a compiler may give another meaning.
func nodeStranger(i imported) string {
	name, _ := packageOf(i.name)
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, ":#~") || strings.HasPrefix(name, "@/") {
		return ""
	}
	return name
}

// A nodePackage is what a package.json says about the package and what it needs.
type nodePackage struct {
	Main            string
	Dependencies    map[string]string
	DevDependencies map[string]string
}

// packageJSON returns what the package.json of a folder says, nil where there is none that can be read.
func (p *scriptProgram) packageJSON(dir string) *nodePackage {
	file := p.sources.File(path.Join(dir, "package.json"))
	if file == nil {
		return nil
	}
	pkg := &nodePackage{}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(file.Src, "\ufeff")), pkg); err != nil {
		return nil
	}
	return pkg
}

// fromRegistry reports whether the package of a name is the one of the registry. package.json can give the name to another one, and the
// configuration of TypeScript to a file.
func (p *scriptProgram) fromRegistry(name, dir string, typed bool) bool {
	for at := dir; ; at = path.Dir(at) {
		if pkg := p.packageJSON(at); pkg != nil {
			if version := pkg.Dependencies[name] + pkg.DevDependencies[name]; version != "" {
				return !strings.ContainsAny(version, ":/") && version != "*"
			}
		}
		if at == "/" || at == "." {
			return !typed
		}
	}
}
