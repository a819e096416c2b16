package program

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// nodeStarters are the functions of child_process that start a command which the script then waits for; those whose name ends in Sync let
// nothing else happen until it has ended.
//
// Source: nodejs.org/api/child_process.html; measured, node 20.20: none of them passes a signal on, and node has no handler for any.
var nodeStarters = []string{"spawn", "spawnSync", "execFileSync", "execSync"}

// started returns the command that a script starts as its last act, nil where that is anything else or not certain. That of spawn may stand
// anywhere, where it is the only one and the script has nothing else to do.
func (s *jsScan) started() *Started {
	names, modules := s.childProcess()
	if len(names)+len(modules) == 0 && !slices.ContainsFunc(s.tokens, func(t scriptToken) bool { return isChildProcess(t.text) }) {
		return nil
	}
	var found *Started
	var last int
	for s.at = 0; s.at < len(s.tokens); s.at++ {
		t := s.tokens[s.at]
		if t.kind != wordToken || !s.get(1).is("(") {
			continue
		}
		name, first := t.text, s.at
		switch {
		case !s.dot(-1):
			name = names[name]
		case modules[s.get(-2).text] && !s.dot(-3):
			first -= 2
		case s.get(-2).is(")") && s.get(-3).kind == textToken && isChildProcess(s.get(-3).text) && s.get(-4).is("(") && s.get(-5).is("require"):
			first -= 5
		default:
			continue
		}
		if name == "fork" || name == "exec" || name == "execFile" {
			return nil
		}
		if !slices.Contains(nodeStarters, name) {
			continue
		}
		if found != nil && !found.sync() {
			return nil // several at the same time
		}
		if found, last = s.call(name, first), 0; found != nil {
			last = s.at + 1
		}
	}
	if found == nil {
		return nil
	}
	s.at = last
	if !found.sync() {
		if s.lives || s.named("kill", "disconnect", "unref", "detached", "setTimeout") {
			return nil
		}
		return found
	}
	// Behind it, the script may say something and hand on the status.
	depth := 0
	for ; s.at < len(s.tokens); s.at++ {
		t := s.get(0)
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if depth == 0 && t.is(")") {
			break
		}
	}
	for s.at++; s.at < len(s.tokens); s.at++ {
		if t := s.get(0); t.kind == wordToken && s.get(1).is("(") && !(s.dot(-1) && (s.get(-2).is("process") && t.is("exit") || s.get(-2).is("console"))) || t.is("{") || t.is("=>") {
			return nil
		}
	}
	return found
}

// sync reports whether nothing else happens in the script while the command runs.
func (b *Started) sync() bool { return strings.HasSuffix(b.Call, "Sync") }

func isChildProcess(text string) bool { return text == "child_process" || text == "node:child_process" }

// named reports whether one of some words stands anywhere in the file.
func (s *jsScan) named(words ...string) bool {
	return slices.ContainsFunc(s.tokens, func(t scriptToken) bool { return t.kind == wordToken && slices.Contains(words, t.text) })
}

// childProcess returns by what names the file knows the functions of child_process, and the module itself.
func (s *jsScan) childProcess() (names map[string]string, modules map[string]bool) {
	names, modules = map[string]string{}, map[string]bool{}
	for s.at = 0; s.at < len(s.tokens); s.at++ {
		if s.get(0).kind != textToken || !isChildProcess(s.get(0).text) {
			continue
		}
		var end int // where what is declared ends
		switch {
		case s.get(-1).is("from"):
			end = -2
		case s.get(-1).is("(") && s.get(-2).is("require") && s.get(-3).is("=") && !s.dot(2):
			end = -4
		default:
			continue
		}
		if t := s.get(end); t.kind == wordToken {
			modules[t.text] = true // const cp =, import cp from, import * as cp from
			continue
		}
		for at := end - 1; s.at+at >= 0 && !s.get(at).is("{"); at-- {
			if t := s.get(at); t.kind == wordToken && !t.is("as") {
				name := t.text
				if s.get(at-1).is(":") || s.get(at-1).is("as") {
					at -= 2
				}
				names[name] = s.get(at).text
			}
		}
	}
	return names, modules
}

// call reads the call of a starter whose name is looked at and whose expression begins at an index. It returns nil where it may not be
// reached, or what it starts is not told.
func (s *jsScan) call(name string, first int) *Started {
	at := s.at
	before := scriptToken{}
	if first > 0 {
		before = s.tokens[first-1]
	}
	s.at = first
	outermost := s.outermost()
	if before.is("(") && first > 3 && s.calls(-4, "process", "exit") {
		s.at = first - 4
		outermost = s.outermost()
	}
	s.at = at
	if !outermost || before.is("await") || before.is("new") {
		return nil
	}
	var arguments [][]scriptToken
	var part []scriptToken
	end, depth := 2, 0
	for ; s.at+end < len(s.tokens); end++ {
		t := s.get(end)
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		}
		if depth < 0 || depth == 0 && t.is(",") {
			if len(part) > 0 {
				arguments = append(arguments, part)
			}
			part = nil
			if depth < 0 {
				break
			}
			continue
		}
		part = append(part, t)
	}
	if len(arguments) == 0 || depth >= 0 {
		return nil
	}
	begin := &Started{Call: name, Shell: name == "execSync", Span: s.span(s.tokens[first], s.get(end))}
	command := s.argument(arguments[0])
	if written(arguments[0]) == "process.execPath" {
		command.Text, command.Known = "node", true
	}
	if !command.Known || command.Text == "" {
		return nil
	}
	begin.Args = []parser.Word{command}
	rest := arguments[1:]
	if len(rest) > 0 && rest[0][0].is("[") {
		if begin.Shell || !rest[0][len(rest[0])-1].is("]") {
			return nil
		}
		var word []scriptToken
		depth := 0
		for _, t := range append(slices.Clone(rest[0][1:len(rest[0])-1]), scriptToken{kind: markToken, text: ","}) {
			switch {
			case t.is("("), t.is("["), t.is("{"):
				depth++
			case t.is(")"), t.is("]"), t.is("}"):
				depth--
			}
			if depth == 0 && t.is(",") {
				if len(word) > 0 {
					begin.Args = append(begin.Args, s.argument(word))
				}
				word = nil
				continue
			}
			word = append(word, t)
		}
		rest = rest[1:]
	}
	options := map[string]string{}
	if len(rest) > 1 || len(rest) == 1 && !nodeOptions(rest[0], options) {
		return nil
	}
	for option, value := range options {
		switch option {
		case "stdio", "env", "encoding", "windowsHide":
		case "shell":
			if value == "true" && len(begin.Args) == 1 {
				begin.Shell = true
			} else if value != "false" {
				return nil
			}
		default:
			return nil // it is limited in time, it runs elsewhere
		}
	}
	if begin.sync() && options["stdio"] != "inherit" {
		return nil // its output is wanted, so it ends by itself
	}
	return begin
}

// nodeOptions takes an object apart: the text of values that are one token, "" for others. It returns false where another object is part of it.
func nodeOptions(tokens []scriptToken, options map[string]string) bool {
	if !tokens[0].is("{") || !tokens[len(tokens)-1].is("}") {
		return false
	}
	depth, key, length := 0, "", 0
	for _, t := range tokens[1 : len(tokens)-1] {
		switch {
		case depth == 0 && t.is(","):
			key, length = "", 0
			continue
		case depth == 0 && key == "":
			if t.kind != wordToken && t.kind != textToken {
				return false
			}
			key = t.text
			options[key] = ""
			continue
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		}
		if t.is(":") && length == 0 {
			continue
		}
		if length++; length == 1 {
			options[key] = t.text
		} else {
			options[key] = ""
		}
	}
	return true
}

// argument returns one word of a command.
func (s *jsScan) argument(tokens []scriptToken) parser.Word {
	span := s.span(tokens[0], tokens[len(tokens)-1])
	if t := tokens[0]; len(tokens) == 1 && t.kind == textToken && !strings.Contains(t.text, `\`) {
		return parser.Word{Text: t.text, Span: span, Known: true}
	}
	return parser.Word{Text: span.Text(), Span: span}
}
