package program

import (
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A scriptFile is what one file of a program in a scripting language does with signals, as far as its text tells.
type scriptFile struct {
	file     *parser.File
	handlers []handler
	imports  []imported
	dynamic  bool                   // a handler is set for signals that a variable holds
	names    map[string]parser.Span // signals that are named elsewhere than where a handler is set or a signal is sent
	doubt    parser.Span            // what may set a handler that cannot be seen; zero where there is nothing of the kind
	lives    bool                   // something in it goes on until it is stopped: a server, a timer, a loop
	serves   parser.Span            // where it begins to take requests
	servers  []serving              // what handles signals for it

	interrupt parser.Span // where Python catches KeyboardInterrupt, which SIGINT raises
	runs      []flaskRun  // calls of Python that may run an application of flask
	debug     bool        // the debug mode of flask may be set
	started   *Started    // the command that the file starts as its last act, if it is run
}

// A handler is set for one signal.
type handler struct {
	signal string // "SIGTERM"
	span   parser.Span
	body   handlerBody
	again  []parser.Edit // what sets it for SIGTERM, too, for one on SIGINT; none where that is not certain
	always bool          // it is set whenever the file is loaded
}

// A handlerBody says what a handler does, where that can be seen.
type handlerBody uint8

const (
	unseen  handlerBody = iota
	nothing             // it is empty, or the signal is set to be ignored
	exits               // it ends the program, and does nothing else but print
)

// An imported is what a file needs: "./lib/db", "express".
type imported struct {
	name     string
	span     parser.Span
	optional bool // it may be something in a module of Python, and no module itself
}

func (f *scriptFile) span(from, to scriptToken) parser.Span {
	return parser.Span{File: f.file, Start: from.start, End: to.end}
}

// unsure notes the first thing that may set a handler unseen.
func (f *scriptFile) unsure(t scriptToken) {
	if f.doubt.IsZero() {
		f.doubt = f.span(t, t)
	}
}

// name notes that a signal is named.
func (f *scriptFile) name(signal string, t scriptToken) {
	if f.names == nil {
		f.names = map[string]parser.Span{}
	}
	if _, known := f.names[signal]; !known {
		f.names[signal] = f.span(t, t)
	}
}

// scanNode reads what a program for Node does with signals. It returns nil where its text cannot be taken apart.
//
// Source: nodejs.org/api/process.html, Signal events; events.html, EventEmitter.
func scanNode(file *parser.File) *scriptFile {
	tokens, err := readJavaScript(file.Src)
	if err != nil {
		return nil
	}
	f := &scriptFile{file: file}
	s := jsScan{scriptFile: f, tokens: tokens}
	for s.at = 0; s.at < len(tokens); s.at++ {
		switch t := tokens[s.at]; t.kind {
		case wordToken:
			s.word(t)
		case textToken:
			if isSignalName(t.text) && !s.sends() {
				f.name(t.text, t)
			}
		}
	}
	f.started = s.started()
	return f
}

func isSignalName(s string) bool {
	return len(s) >= 5 && len(s) <= 10 && strings.HasPrefix(s, "SIG") && strings.Trim(s[3:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// A jsScan looks through the tokens of a file.
type jsScan struct {
	*scriptFile
	tokens []scriptToken
	at     int
}

// get returns the token at a distance from the one that is looked at, a mark without text where there is none.
func (s *jsScan) get(distance int) scriptToken {
	if i := s.at + distance; i >= 0 && i < len(s.tokens) {
		return s.tokens[i]
	}
	return scriptToken{kind: markToken}
}

func (s *jsScan) dot(distance int) bool { return s.get(distance).is(".") || s.get(distance).is("?.") }

// sends reports whether the string that is looked at is the signal of a call that sends one: process.kill(pid, "SIGTERM").
func (s *jsScan) sends() bool {
	for distance := -1; distance >= -8; distance-- {
		t := s.get(distance)
		if t.is("(") {
			before := s.get(distance - 1)
			return before.kind == wordToken && (before.text == "kill" || before.text == "emit")
		}
		if t.is(")") || t.is("{") || t.is(";") {
			return false
		}
	}
	return false
}

func (s *jsScan) word(t scriptToken) {
	if s.dot(-1) && t.text != "process" {
		s.member(t)
		return
	}
	if isSignalName(t.text) {
		s.name(t.text, t)
		return
	}
	switch t.text {
	case "process":
		s.process(t)
	case "require":
		s.require(t)
	case "import":
		s.importing(t)
	case "export":
		s.exporting()
	case "eval":
		if s.get(1).is("(") {
			s.unsure(t)
		}
	case "Function":
		if s.get(1).is("(") || s.get(-1).is("new") {
			s.unsure(t)
		}
	case "createRequire", "Reflect", "Deno", "Bun":
		s.unsure(t)
	case "WebSocketServer":
		if s.get(-1).is("new") {
			s.server(t)
		}
	case "setInterval":
		s.lives = s.lives || s.get(1).is("(")
	case "while", "for":
		s.lives = s.lives || s.get(1).is("(") && (s.get(2).is("true") || s.get(2).text == "1" || s.get(2).is(";") && s.get(3).is(";"))
	}
}

// member looks at a name behind a dot.
func (s *jsScan) member(t scriptToken) {
	if isSignalName(t.text) {
		s.name(t.text, t)
		return
	}
	if !s.get(1).is("(") {
		return
	}
	switch t.text {
	case "listen":
		s.server(t)
	case "consume", "subscribe", "schedule", "start":
		s.lives = true
	case "Server":
		s.server(t)
	case "enableShutdownHooks": // of NestJS: handlers for all signals that stop a program
		for _, signal := range []string{"SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"} {
			s.handlers = append(s.handlers, handler{signal: signal, span: s.span(t, t)})
		}
	case "require":
		if s.get(2).kind != textToken {
			s.unsure(t)
		} else {
			s.imports = append(s.imports, imported{name: s.get(2).text, span: s.span(s.get(2), s.get(2))})
		}
	}
}

// server notes where the program begins to take requests.
func (f *scriptFile) server(t scriptToken) {
	f.lives = true
	if f.serves.IsZero() {
		f.serves = f.span(t, t)
	}
}

// process looks at the object process: a handler, or a use of it that cannot be followed.
func (s *jsScan) process(t scriptToken) {
	if s.dot(-1) && !s.get(-2).is("globalThis") && !s.get(-2).is("global") {
		return // queue.process
	}
	next := s.get(1)
	switch {
	case s.dot(1):
		switch s.get(2).text {
		case "on", "once", "addListener", "prependListener", "prependOnceListener":
			s.on(t)
		case "binding", "dlopen", "mainModule":
			s.unsure(t)
		}
	case next.is(":"), next.is("from"): // a key; import process from "process"
	case next.is("=") && (s.get(2).is("require") || s.get(2).is("global") || s.get(2).is("globalThis")):
	case next.is("(") && s.get(-1).is("function"), next.is("!") && s.dot(2):
	case s.get(-1).is("typeof"):
	case next.is(";") && s.get(-1).is("=") && s.get(-2).is("}"), s.get(-1).is("=") && s.get(-2).is("}"):
		for distance := -3; !s.get(distance).is("{"); distance-- { // const { env } = process
			if name := s.get(distance); s.at+distance <= 0 || name.is("on") || name.is("once") || name.is("addListener") || name.is("...") {
				s.unsure(t)
				return
			}
		}
	default:
		s.unsure(t)
	}
}

// require looks at require(...).
func (s *jsScan) require(t scriptToken) {
	switch {
	case s.get(1).is("(") && s.get(2).kind == textToken && s.get(3).is(")"):
		s.imports = append(s.imports, imported{name: s.get(2).text, span: s.span(s.get(2), s.get(2))})
	case s.dot(1) && (s.get(2).is("main") || s.get(2).is("cache")):
	default:
		s.unsure(t)
	}
}

// importing looks at a declaration or a call with import.
func (s *jsScan) importing(t scriptToken) {
	switch {
	case s.dot(1): // import.meta
	case s.get(1).is("("):
		if s.get(2).kind != textToken {
			s.unsure(t)
			return
		}
		s.imports = append(s.imports, imported{name: s.get(2).text, span: s.span(s.get(2), s.get(2))})
	case s.get(1).kind == textToken:
		s.imports = append(s.imports, imported{name: s.get(1).text, span: s.span(s.get(1), s.get(1))})
	case s.get(1).is("type") && !s.get(2).is("from") && !s.get(2).is(","): // of TypeScript: it leaves nothing behind
	default:
		s.from()
	}
}

// exporting looks at export ... from "...".
func (s *jsScan) exporting() {
	if s.get(1).is("*") || s.get(1).is("{") {
		s.from()
	}
}

// from finds the module of a declaration.
func (s *jsScan) from() {
	for distance := 1; distance < 2000; distance++ {
		t := s.get(distance)
		switch {
		case t.is("from") && s.get(distance+1).kind == textToken:
			module := s.get(distance + 1)
			s.imports = append(s.imports, imported{name: module.text, span: s.span(module, module)})
			return
		case t.is("=") && s.get(distance+1).is("require"): // import x = require("x") of TypeScript
			return
		case t.kind == wordToken, t.is("{"), t.is("}"), t.is(","), t.is("*"):
		default:
			return
		}
	}
}
