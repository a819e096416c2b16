package program

import (
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A pyScan looks through the statements of a file.
type pyScan struct {
	*scriptFile
	statements []pyStatement
	tokens     []scriptToken // of the statement that is looked at
	at         int
	modules    map[string]string // what a name stands for: "s" for "signal", "run" for "uvicorn.run"
}

// scanPython reads what a Python program does with signals. It returns nil where its text cannot be taken apart.
//
// Source: docs.python.org/3/library/signal.html, asyncio-eventloop.html.
func scanPython(file *parser.File) *scriptFile {
	statements, err := readPython(file.Src)
	if err != nil {
		return nil
	}
	f := &scriptFile{file: file}
	s := pyScan{scriptFile: f, statements: statements, modules: map[string]string{}}
	for _, statement := range statements {
		s.importing(statement.tokens)
	}
	for _, statement := range statements {
		s.tokens = statement.tokens
		if first := s.tokens[0]; first.is("import") || first.is("from") {
			continue
		}
		for s.at = 0; s.at < len(s.tokens); s.at++ {
			switch t := s.tokens[s.at]; t.kind {
			case wordToken:
				s.word(t)
			case textToken:
				if isSignalName(t.text) {
					f.name(t.text, t)
				}
				if t.text == "FLASK_DEBUG" || t.text == "FLASK_ENV" || t.text == "DEBUG" && s.get(1).is("]") {
					f.debug = true
				}
			}
		}
	}
	f.started = s.started()
	return f
}

func (s *pyScan) get(distance int) scriptToken {
	if i := s.at + distance; i >= 0 && i < len(s.tokens) {
		return s.tokens[i]
	}
	return scriptToken{kind: markToken}
}

// importing takes the imports of a statement apart. One may stand behind a colon.
func (s *pyScan) importing(tokens []scriptToken) {
	for i, t := range tokens {
		if i > 0 && !tokens[i-1].is(":") && !tokens[i-1].is(";") {
			continue
		}
		switch {
		case t.is("import"):
			s.importNames(tokens[i+1:], "")
		case t.is("from"):
			j, module := i+1, ""
			for ; j < len(tokens) && !tokens[j].is("import"); j++ {
				module += tokens[j].text
			}
			if j >= len(tokens) || module == "" {
				continue // yield from, raise from
			}
			s.imports = append(s.imports, imported{name: module, span: s.span(t, tokens[j])})
			s.importNames(tokens[j+1:], module)
		}
	}
}

// importNames takes "a.b as c, d" apart: what is imported, from a module where one is given.
func (s *pyScan) importNames(tokens []scriptToken, from string) {
	for len(tokens) > 0 && !tokens[0].is(";") {
		n := 0
		var name string
		for ; n < len(tokens) && !tokens[n].is(",") && !tokens[n].is(";") && !tokens[n].is("as"); n++ {
			if !tokens[n].is("(") && !tokens[n].is(")") {
				name += tokens[n].text
			}
		}
		bound, _, _ := strings.Cut(name, ".")
		meant := bound
		if from != "" {
			bound, meant = name, from+"."+name
		}
		if n+1 < len(tokens) && tokens[n].is("as") {
			bound = tokens[n+1].text
			if from == "" {
				meant = name
			}
			n += 2
		}
		switch {
		case name == "":
		case from == "":
			s.imports = append(s.imports, imported{name: name, span: s.span(tokens[0], tokens[0])})
		case name == "*" && from == "signal":
			s.unsure(tokens[0])
		case strings.HasSuffix(from, "."):
			s.imports = append(s.imports, imported{name: from + name, span: s.span(tokens[0], tokens[0]), optional: true})
		default:
			s.imports = append(s.imports, imported{name: from + "." + name, span: s.span(tokens[0], tokens[0]), optional: true})
		}
		if bound != "" {
			s.modules[bound] = meant
		}
		for n < len(tokens) && (tokens[n].is(")") || tokens[n].is(",")) {
			n++
		}
		tokens = tokens[min(max(n, 1), len(tokens)):]
	}
}

// meant returns what the dotted name that ends at the token that is looked at stands for: "signal.signal", and where it began.
func (s *pyScan) meant() (string, int) {
	first, name := 0, s.get(0).text
	for s.get(first-1).is(".") && s.get(first-2).kind == wordToken {
		first -= 2
		name = s.get(first).text + "." + name
	}
	if s.get(first - 1).is(".") {
		return "?." + name, first
	}
	head, rest, dotted := strings.Cut(name, ".")
	if module, ok := s.modules[head]; ok {
		name = module
		if dotted {
			name += "." + rest
		}
	}
	return name, first
}

func (s *pyScan) word(t scriptToken) {
	if isSignalName(t.text) && !s.sends() {
		s.name(t.text, t)
		return
	}
	s.debug = s.debug || s.setsDebug(t)
	switch {
	case t.is("while"):
		s.lives = s.lives || s.get(1).is("True") || s.get(1).text == "1"
	case t.is("except"):
		for distance := 1; distance < 8; distance++ {
			if s.get(distance).is("KeyboardInterrupt") && s.interrupt.IsZero() {
				s.interrupt = s.span(t, s.get(distance))
			}
		}
	}
	if !s.get(1).is("(") || s.get(-1).is("def") || s.get(-1).is("class") {
		return
	}
	name, first := s.meant()
	_, last, _ := cutLast(name, ".")
	switch name {
	case "signal.signal":
		s.handler(s.get(first), true)
		return
	case "exec", "eval", "__import__", "compile", "signal.sigwait", "signal.sigwaitinfo", "signal.sigtimedwait", "signal.set_wakeup_fd", "signal.pthread_sigmask":
		s.unsure(t)
	case "signal.pause":
		s.lives = true
	case "getattr", "vars":
		if module := s.modules[s.get(2).text]; module == "signal" || strings.HasSuffix(module, "signal") {
			s.dynamic = true
			s.unsure(t)
		}
	}
	switch last {
	case "add_signal_handler":
		s.handler(t, false)
		return
	case "serve_forever", "run_forever", "start_consuming", "wait_for_termination":
		s.lives = true
	case "BlockingScheduler":
		s.lives = true
	case "listen":
		s.server(t)
	}
	s.serving(t, name)
}

// sends reports whether the signal that is looked at is an argument of a call that sends one: os.kill(pid, signal.SIGTERM).
func (s *pyScan) sends() bool {
	for distance := -1; distance >= -10; distance-- {
		if t := s.get(distance); t.is("(") {
			switch s.get(distance - 1).text {
			case "kill", "killpg", "send_signal", "raise_signal", "pthread_kill", "signal", "add_signal_handler":
				return true
			}
			return false
		}
	}
	return false
}

// setsDebug reports whether a name may set the debug mode of flask, which brings a handler along. The argument of app.run is looked at there.
func (s *pyScan) setsDebug(t scriptToken) bool {
	switch t.text {
	case "FLASK_DEBUG", "FLASK_ENV", "from_object", "from_pyfile", "from_envvar", "from_file", "from_mapping", "from_prefixed_env":
		return true
	case "debug":
		return s.get(-1).is(".") && s.get(1).is("=") && !s.get(2).is("=")
	case "DEBUG":
		return s.get(1).is("=") && (s.get(-1).is("(") || s.get(-1).is(","))
	}
	return false
}

// cutLast cuts around the last separator; before is "" where there is none.
func cutLast(s, sep string) (before, after string, found bool) {
	if at := strings.LastIndex(s, sep); at >= 0 {
		return s[:at], s[at+len(sep):], true
	}
	return "", s, false
}
