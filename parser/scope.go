package parser

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// A Scope is what is in force just before an instruction.
type Scope struct {
	Stage  *Stage // the stage being made: that of the instruction, or for an ONBUILD instruction the one that triggers it
	Config Config // as far as it is set by then

	escape   byte
	vars     map[string]variable
	unset    map[string]bool // ARGs without a value: not set unless they are given from outside
	complete bool            // a variable that is not in vars is surely not set
	hasCmd   bool            // the stage itself has a CMD
}

// A variable is the value of an ARG or ENV. Where it is not known its text is what is known of it, "" for nothing.
type variable struct {
	text  string
	known bool
}

// Resolve takes a word of an instruction as it is written, such as the text of its span, and returns it with quotes and variables
// resolved. A variable that is not known stays as it is written. For a word of a JSON form take its Text.
func (s *Scope) Resolve(text string) (value string, known bool) { return expand(text, s.escape, s) }

// Variable returns the value of a variable, where that is known: as Resolve does of "${name}".
func (s *Scope) Variable(name string) (value string, known bool) {
	v, set := s.vars[name]
	switch {
	case set:
		return v.text, v.known && len(v.text) <= maxValue
	case s.unset[name]:
		return "", false
	}
	return "", s.complete
}

// BuildKit's lexers are larger than most words, and a Dockerfile has many words.
var (
	backslashLexers = sync.Pool{New: func() any { return shell.NewLex('\\') }}
	backtickLexers  = sync.Pool{New: func() any { return shell.NewLex('`') }}
)

// expand resolves quotes, and the variables of a scope if there is one.
func expand(text string, escape byte, scope *Scope) (value string, known bool) {
	if strings.IndexByte(text, '\n') >= 0 {
		text = readLine(&File{Src: text}, 0, escape).text
	}
	if !strings.ContainsAny(text, `$'"`) && strings.IndexByte(text, escape) < 0 {
		return text, true
	}
	// BuildKit's lexer would complain about these on standard error.
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
		return text, false
	}
	env := &lookup{scope: scope}
	lexers := &backslashLexers
	if escape == '`' {
		lexers = &backtickLexers
	}
	lex := lexers.Get().(*shell.Lex)
	defer lexers.Put(lex)
	lex.SkipUnsetEnv = true
	result, err := lex.ProcessWordWithMatches(text, env)
	if err != nil || env.given > maxValue {
		return text, false
	}
	if len(result.Unmatched) == 0 {
		return result.Result, !env.doubtful
	}
	for name := range result.Unmatched {
		if !scope.settles(name, text) {
			return result.Result, false
		}
	}
	lex.SkipUnsetEnv = false
	again, err := lex.ProcessWordWithMatches(text, env)
	if err != nil || env.given > maxValue {
		return result.Result, false
	}
	return again.Result, !env.doubtful
}

// settles reports whether text means the same whatever is given from outside, although a variable in it has no value: the text says
// itself what stands in for it, or the variable is surely not set.
func (s *Scope) settles(name, text string) bool {
	if s == nil {
		return false
	}
	if _, set := s.vars[name]; set { // to something that depends on the machine
		return false
	}
	switch {
	case s.unset[name]:
		return !usedPlainly(name, text)
	case s.Stage == nil: // FROM with a variable that no ARG declares is a mistake
		return s.complete && !usedPlainly(name, text)
	}
	return s.complete
}

// usedPlainly reports whether a variable is used otherwise than as ${name-default} or ${name+other}.
func usedPlainly(name, text string) bool {
	for {
		_, rest, found := strings.Cut(text, "$")
		if !found {
			return false
		}
		text = rest
		rest, braces := strings.CutPrefix(rest, "{")
		rest, found = strings.CutPrefix(rest, name)
		if !found || rest != "" && isNameByte(rest[0]) {
			continue
		}
		rest = strings.TrimPrefix(rest, ":")
		if !braces || rest == "" || rest[0] != '-' && rest[0] != '+' {
			return true
		}
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// A lookup answers BuildKit's lexer.
type lookup struct {
	scope    *Scope
	doubtful bool // a variable was used whose value is not known
	given    int  // bytes so far
}

// maxValue is how many bytes of variables are put into one word. More is no value that anybody means, and doubles with each line that
// says A=$A$A.
const maxValue = 64 << 10

func (l *lookup) Get(name string) (string, bool) {
	if l.scope == nil {
		return "", false
	}
	v := l.scope.vars[name]
	if l.given += len(v.text); l.given > maxValue {
		return "", true
	}
	if !v.known && v.text != "" {
		l.doubtful = true
	}
	return v.text, v.known || v.text != ""
}

func (l *lookup) Keys() []string { return nil }
