package program

import (
	"path"
	"slices"
	"strings"
)

// pythonBehaviour reads the source of a program that python runs, with what it imports of its own.
//
// It says that there is no handler only where nothing that is imported can have one. Without a handler python as PID 1 ignores SIGTERM;
// it installs one for SIGINT itself, which raises KeyboardInterrupt: measured, CPython 3.11 and 3.13.
func pythonBehaviour(c Command, s Sources) *Behaviour {
	name := path.Base(c.Args[0])
	runtime, ok := RuntimeNamed(name)
	if !ok || !runtime.Follow || !strings.HasPrefix(runtime.Names, "python") {
		return nil
	}
	at, module := runtime.Script(c.Args)
	if at >= len(c.Args) || !path.IsAbs(c.Dir) && (module || !path.IsAbs(c.Args[at])) {
		return nil
	}
	p := &scriptProgram{sources: s, scan: scanPython, without: unhandled}
	var entry *placed
	if module {
		p.roots = []string{c.Dir}
		file := joined(c.Dir, strings.ReplaceAll(c.Args[at], ".", "/"))
		if entry = p.at(file + ".py"); entry == nil {
			entry = p.at(path.Join(file, "__main__.py"))
		}
	} else {
		file := joined(c.Dir, c.Args[at])
		if entry = p.at(file); entry == nil {
			entry, file = p.at(path.Join(file, "__main__.py")), path.Join(file, "__main__.py")
		}
		p.roots = []string{path.Dir(file)}
	}
	if entry == nil {
		return nil
	}
	for dir := range strings.SplitSeq(c.Variable("PYTHONPATH"), ":") {
		if dir != "" {
			p.roots = append(p.roots, joined(c.Dir, dir))
		}
	}
	p.resolve, p.stranger = p.pythonModule, pythonStranger
	var packages []imported
	if module { // the packages around a module are loaded with it
		parts := strings.Split(c.Args[at], ".")
		for i := range parts {
			packages = append(packages, imported{name: strings.Join(parts[:i+1], "."), optional: true})
		}
	}
	p.walk(entry, packages, path.Dir(entry.path))
	p.flask(c)
	return p.behaviour()
}

// pythonModule takes an import of a file apart: it returns the files that it loads, or false where what it loads is not known.
//
// Source: docs.python.org/3/reference/import.html. A module of the program goes before one of the same name of the library.
func (p *scriptProgram) pythonModule(_ *scriptFile, i imported, dir string) ([]*placed, bool) {
	name := i.name
	roots := p.roots
	if rest := strings.TrimLeft(name, "."); rest != name {
		for range len(name) - len(rest) - 1 {
			dir = path.Dir(dir)
		}
		roots, name = []string{dir}, rest
	}
	parts := strings.Split(name, ".")
	for _, root := range roots {
		var files []*placed
		at, found := root, name == ""
		if found {
			if init := p.at(path.Join(at, "__init__.py")); init != nil {
				files = append(files, init)
			}
		}
		for n, part := range parts {
			if name == "" {
				break
			}
			at = path.Join(at, part)
			if init := p.at(path.Join(at, "__init__.py")); init != nil {
				files, found = append(files, init), true
				continue
			}
			if file := p.at(at + ".py"); file != nil {
				return append(files, file), n == len(parts)-1 || i.optional && n == len(parts)-2
			}
			if found && n == len(parts)-1 && i.optional {
				break // a name in the package
			}
			if len(p.sources.Names(at)) == 0 {
				if found {
					return files, false
				}
				files = nil
				break
			}
			found = found || n < len(parts)-1 // a package without __init__.py
			if n == len(parts)-1 && !i.optional {
				return files, true
			}
		}
		if found {
			return files, true
		}
	}
	if len(roots) == 1 && i.name[0] == '.' {
		return nil, i.optional
	}
	top := parts[0]
	switch {
	case lists(pythonLibrary, top):
		return nil, true
	case lists(pythonWithout, top):
		return nil, true
	case top == "google":
		return nil, name == "google" || strings.HasPrefix(name, "google.protobuf")
	}
	return nil, false
}

// pythonStranger names the package of an import, "" for a module of the program, and for those of Python that load other code.
func pythonStranger(i imported) string {
	name, _, _ := strings.Cut(i.name, ".")
	switch name {
	case "importlib", "imp", "runpy", "pkgutil", "code", "codeop", "ctypes", "cffi", "unittest", "pdb":
		return ""
	case "google": // many packages share the name
		parts := strings.Split(i.name, ".")
		return strings.Join(parts[:min(len(parts), 3)], ".")
	}
	return name
}

// A pythonServer is a call that serves until it is stopped, and installs handlers of its own or none.
type pythonServer struct {
	call     string // what it means, with the module in front
	graceful Signals
	none     Signals
	except   string // arguments that change that, between blanks
	why      string
}

// pythonServers are called by the program itself.
//
// Source: uvicorn 0.17 server.py:294; aiohttp 3.8 web_runner.py:273; cherrypy 18 __init__.py quickstart; twisted 22
// internet/_signals.py; waitress 2.1 and 3.0, which install none and return on KeyboardInterrupt: server.py:357, measured.
var pythonServers = []pythonServer{
	{call: "uvicorn.run", graceful: term | intr},
	{call: "uvicorn.Server", graceful: term | intr},
	{call: "aiohttp.web.run_app", graceful: term | intr, except: " handle_signals "},
	{call: "aiohttp.web._run_app", graceful: term | intr, except: " handle_signals "},
	{call: "cherrypy.quickstart", graceful: term | intr},
	{call: "twisted.internet.reactor.run", graceful: term | intr, except: " 0 installSignalHandlers "},
	{call: "waitress.serve", graceful: intr, none: term, why: "waitress installs no handler for it"},
}

// A flaskRun is a call of a method run, which starts the server of flask where the object is an application of it.
type flaskRun struct {
	token scriptToken
	debug string // what stands behind debug= or use_reloader=; "" where neither does
}

// serving looks at a call that may serve until it is stopped.
func (s *pyScan) serving(t scriptToken, name string) {
	for _, server := range pythonServers {
		if server.call != name {
			continue
		}
		arguments := s.arguments()
		for argument := range strings.FieldsSeq(server.except) {
			if _, given := arguments[argument]; given {
				s.unsure(t)
				return
			}
		}
		s.server(t)
		found := serving{span: s.span(t, t), graceful: server.graceful, none: server.none, why: server.why}
		if server.graceful&term != 0 {
			found.does = "catches it in " + name
		}
		s.servers = append(s.servers, found)
		return
	}
	object, last, method := cutLast(name, ".")
	module, _, _ := strings.Cut(object, ".")
	switch {
	case last == "run_simple": // of werkzeug
		if _, given := s.arguments()["use_reloader"]; given {
			s.unsure(t)
		}
		s.server(t)
	case last != "run" || !method || lists(pythonLibrary, module):
	default:
		arguments := s.arguments()
		r := flaskRun{token: t}
		for _, key := range []string{"debug", "use_reloader"} {
			if value := arguments[key]; len(value) == 1 {
				r.debug += value[0].text
			} else if len(value) > 1 {
				r.debug += "?"
			}
		}
		for key, value := range arguments {
			if key == "reloader" || key == "server" || key == "2" || len(value) > 0 && value[0].is("*") { // of bottle; the third argument of flask is debug
				r.debug = "?"
			}
		}
		s.runs = append(s.runs, r)
	}
}

// flask decides what the server of flask does, which the program runs itself: without the reloader of the debug mode it installs no handler.
//
// Source: measured, flask 3.1.1; flask/app.py run, werkzeug/_reloader.py:427.
func (p *scriptProgram) flask(c Command) {
	imports := func(name string) bool {
		return slices.ContainsFunc(p.files, func(f *scriptFile) bool {
			return slices.ContainsFunc(f.imports, func(i imported) bool { return i.name == name })
		})
	}
	if !imports("flask") && !imports("bottle") {
		return
	}
	set := c.Variable("FLASK_DEBUG") != "" || c.Variable("FLASK_ENV") != ""
	for _, root := range p.roots {
		set = set || p.sources.File(path.Join(root, ".flaskenv")) != nil || p.sources.File(path.Join(root, ".env")) != nil
	}
	for _, f := range p.files {
		set = set || f.debug
	}
	for _, f := range p.files {
		for _, r := range f.runs {
			f.server(r.token)
			switch {
			case r.debug == "False", r.debug == "FalseFalse", r.debug == "" && !set:
				p.installed = append(p.installed, serving{span: f.span(r.token, r.token), graceful: intr, none: term})
			case r.debug == "True" && !set && !imports("bottle"):
				p.installed = append(p.installed, serving{span: f.span(r.token, r.token), abrupt: term, why: "the reloader of flask's debug mode exits on it"})
			default:
				p.unknown = true // it depends on the mode
			}
		}
	}
}
