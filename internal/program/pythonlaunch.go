package program

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A Started is a command that a script starts as its last act.
type Started struct {
	Args  []parser.Word // those that the source does not tell are not Known; the program itself always is
	Shell bool          // the only word is a text for sh -c
	Exec  bool          // the script becomes it; else it waits for it and passes no signal on
	Stops bool          // SIGINT ends the script while it waits, so that it has a handler for it
	Call  string        // what starts it: "subprocess.run"
	Span  parser.Span   // the call
	Edits []parser.Edit // what lets the script become it in place of waiting; none where that is not certain
}

// started returns the command that the last statement of a Python script starts, nil where that is anything else or not certain.
//
// Source: docs.python.org/3/library/subprocess.html, os.html; measured, CPython 3.11: run, call, check_call, Popen.wait and os.system wait
// for the command, and the interpreter has no handler for SIGTERM.
func (s *pyScan) started() *Started {
	for _, statement := range s.statements {
		for i, t := range statement.tokens {
			switch t.text {
			case "fork", "Thread", "Process", "chdir", "spawnlp", "spawnvp", "create_subprocess_exec", "create_subprocess_shell":
				if t.kind == wordToken && i+1 < len(statement.tokens) && statement.tokens[i+1].is("(") {
					return nil
				}
			}
		}
	}
	block, ok := s.lastBlock(s.statements, 0)
	if !ok || len(block) == 0 {
		return nil
	}
	last := block[len(block)-1].tokens
	var before []scriptToken
	if len(block) > 1 && block[len(block)-2].indent == block[len(block)-1].indent {
		before = block[len(block)-2].tokens
	}
	call := exited(last)
	if n := len(before); n > 2 && before[1].is("=") && before[0].kind == wordToken && len(call) > 0 && call[0].is(before[0].text) {
		// code = subprocess.call(...); sys.exit(code), child = subprocess.Popen(...); child.wait()
		rest := written(call[1:])
		value := before[2:]
		popen := strings.HasPrefix(s.callOf(value), "subprocess.Popen")
		if rest == "" && !popen || rest == ".returncode" && !popen || (rest == ".wait()" || rest == ".communicate()") && popen {
			return s.start(value, popen)
		}
		return nil
	}
	if n := len(call); n > 4 && written(call[n-4:]) == ".wait()" {
		return s.start(call[:n-4], true)
	}
	if n := len(call); n > 2 && written(call[n-2:]) == ".returncode" {
		call = call[:n-2]
	}
	return s.start(call, false)
}

// lastBlock returns the statements of the block in which a script ends: its own, those behind if __name__ == "__main__", or those of
// the function that is called there last.
func (s *pyScan) lastBlock(statements []pyStatement, depth int) ([]pyStatement, bool) {
	if len(statements) == 0 || depth > 3 {
		return nil, false
	}
	indent := statements[0].indent
	last := len(statements) - 1
	for last > 0 && statements[last].indent > indent {
		last--
	}
	tokens := statements[last].tokens
	if tokens[0].is("if") {
		if len(tokens) > 4 && tokens[1].is("__name__") && tokens[len(tokens)-1].is(":") {
			return s.lastBlock(statements[last+1:], depth+1)
		}
		return nil, false
	}
	if last < len(statements)-1 {
		return nil, false // it ends in a block of another kind
	}
	if call := exited(tokens); len(call) == 3 && call[1].is("(") && call[2].is(")") {
		for i, statement := range s.statements {
			if t := statement.tokens; statement.indent == 0 && len(t) > 2 && t[0].is("def") && t[1].is(call[0].text) {
				end := i + 1
				for end < len(s.statements) && s.statements[end].indent > 0 {
					end++
				}
				return s.lastBlock(s.statements[i+1:end], depth+1)
			}
		}
	}
	var block []pyStatement
	for _, statement := range statements {
		if statement.indent == indent {
			block = append(block, statement)
		} else {
			block = append(block, pyStatement{indent: statement.indent, tokens: statement.tokens})
		}
	}
	return block, true
}

// exited returns the expression that a statement evaluates: in sys.exit(...), return ... or alone.
func exited(tokens []scriptToken) []scriptToken {
	if len(tokens) == 0 {
		return nil
	}
	if tokens[0].is("return") {
		return tokens[1:]
	}
	for _, head := range [][]string{{"sys", ".", "exit", "("}, {"exit", "("}, {"raise", "SystemExit", "("}} {
		n := len(head)
		if len(tokens) <= n || !tokens[len(tokens)-1].is(")") {
			continue
		}
		if slices.EqualFunc(tokens[:n], head, scriptToken.is) {
			return tokens[n : len(tokens)-1]
		}
	}
	return tokens
}

func written(tokens []scriptToken) string {
	var text strings.Builder
	for _, t := range tokens {
		text.WriteString(t.text)
	}
	return text.String()
}

// callOf returns what the call at the start of an expression means: "subprocess.run"; "" where there is none.
func (s *pyScan) callOf(tokens []scriptToken) string {
	s.tokens = tokens
	for s.at = 0; s.at < len(tokens); s.at++ {
		if tokens[s.at].kind == wordToken && s.get(1).is("(") {
			name, first := s.meant()
			if s.at+first != 0 {
				return ""
			}
			return name
		}
		if tokens[s.at].kind != wordToken && !tokens[s.at].is(".") {
			return ""
		}
	}
	return ""
}

// start reads a call that starts a command.
func (s *pyScan) start(tokens []scriptToken, waited bool) *Started {
	name := s.callOf(tokens)
	if name == "" || !tokens[len(tokens)-1].is(")") {
		return nil
	}
	arguments := s.arguments()
	begin := &Started{Call: name, Stops: true, Span: s.span(tokens[0], tokens[len(tokens)-1])}
	switch name {
	case "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.Popen":
		if (name == "subprocess.Popen") != waited {
			return nil
		}
		if waited {
			begin.Call += " and wait"
		}
	case "os.system":
		begin.Shell = true
	case "os.execvp", "os.execv", "os.execvpe", "os.execve":
		begin.Exec = true
	default:
		return nil
	}
	for key, value := range arguments {
		switch key {
		case "0", "check", "env", "close_fds":
		case "1", "2":
			if !begin.Exec {
				return nil
			}
		case "shell":
			if written(value) == "True" {
				begin.Shell = true
			} else if written(value) != "False" {
				return nil
			}
		default:
			return nil // its output is read, it is limited in time, it runs elsewhere
		}
	}
	command := arguments["0"]
	if begin.Exec {
		command = arguments["1"]
	}
	if begin.Shell {
		if len(command) != 1 || command[0].kind != textToken || strings.Contains(command[0].text, `\`) {
			return nil
		}
		begin.Args = []parser.Word{s.argument(command)}
		return begin
	}
	if begin.Args = s.list(command); len(begin.Args) == 0 || !begin.Args[0].Known {
		return nil
	}
	if !begin.Exec && len(arguments) == 1 && !waited {
		list := s.span(command[0], command[len(command)-1]).Text()
		begin.Edits = append(s.importOS(), parser.Edit{Span: begin.Span, New: "os.execvp(" + begin.Args[0].Span.Text() + ", " + list + ")"})
	}
	return begin
}

// list takes a list of words apart.
func (s *pyScan) list(tokens []scriptToken) []parser.Word {
	if len(tokens) < 3 || !tokens[0].is("[") || !tokens[len(tokens)-1].is("]") {
		return nil
	}
	var words []parser.Word
	var part []scriptToken
	depth := 0
	for _, t := range tokens[1:] {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("}"), t.is("]"):
			depth--
		}
		if depth < 0 || depth == 0 && t.is(",") {
			if len(part) > 0 {
				words = append(words, s.argument(part))
			}
			part = nil
			continue
		}
		part = append(part, t)
	}
	return words
}

// argument returns one word of a command.
func (s *pyScan) argument(tokens []scriptToken) parser.Word {
	span := s.span(tokens[0], tokens[len(tokens)-1])
	if t := tokens[0]; len(tokens) == 1 && t.kind == textToken && !strings.Contains(t.text, `\`) {
		return parser.Word{Text: t.text, Span: span, Known: true}
	}
	return parser.Word{Text: span.Text(), Span: span}
}

// importOS returns the edit that imports os, none where that is imported.
func (s *pyScan) importOS() []parser.Edit {
	if s.modules["os"] == "os" {
		return nil
	}
	at := slices.IndexFunc(s.statements, func(statement pyStatement) bool {
		return statement.indent == 0 && statement.tokens[0].is("import")
	})
	if at < 0 {
		return nil
	}
	first := s.statements[at].tokens[0]
	return []parser.Edit{{Span: parser.Span{File: s.file, Start: first.start, End: first.start}, New: "import os\n"}}
}
