package program

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pid1lint/pid1lint/parser"
)

// made returns commands with those of the recipes in place of "make build", where they can be read; others stay as they are.
func made(commands []BuildCommand, s Sources) []BuildCommand {
	var all []BuildCommand
	for _, c := range commands {
		if recipes, ok := recipesOf(c, s); ok {
			all = append(all, recipes...)
		} else {
			all = append(all, c)
		}
	}
	return all
}

// recipesOf returns the commands that a command of make runs, if that is one. It returns false where it is not, or that cannot be told.
func recipesOf(c BuildCommand, s Sources) ([]BuildCommand, bool) {
	if path.Base(c.Args[0].Text) != "make" || c.Dir == "" {
		return nil, false
	}
	dir, given := c.Dir, map[string]string{}
	var targets []string
	for i := 1; i < len(c.Args); i++ {
		word := c.Args[i]
		name, value, assigned := strings.Cut(word.Text, "=")
		switch {
		case assigned && makeName().MatchString(name):
			if given[name] = value; !word.Known {
				given[name] = unknownPart
			}
		case !word.Known:
			return nil, false
		case word.Text == "-C" && i+1 < len(c.Args) && c.Args[i+1].Known:
			i++
			dir = absolute(dir, c.Args[i].Text)
		case strings.HasPrefix(word.Text, "-j"), word.Text == "-s", word.Text == "-B":
		case strings.HasPrefix(word.Text, "-"):
			return nil, false
		default:
			targets = append(targets, word.Text)
		}
	}
	for _, name := range []string{"GNUmakefile", "makefile", "Makefile"} { // GNU make manual, Makefile Names
		file := s.File(path.Join(dir, name))
		if file == nil {
			continue
		}
		m := readMakefile(file.Src)
		if m == nil {
			return nil, false
		}
		m.dir, m.given = dir, given
		if len(targets) == 0 {
			targets = []string{m.first}
		}
		for _, target := range targets {
			if !m.make(target, c.Sure, 0) {
				return nil, false
			}
		}
		return m.commands, true
	}
	return nil, false
}

// A makefile is what the plain lines of a Makefile say: variables that are set to texts, and rules. Includes, templates and functions that
// make up rules are not read at all.
//
// Source: GNU make manual 4.4.
type makefile struct {
	variables map[string]string // unknownPart where it depends on something
	rules     map[string]*makeRule
	first     string

	dir      string
	given    map[string]string // on the command line, which counts more
	commands []BuildCommand
	expanded int // how many texts were expanded
}

// How much is expanded: variables can be written so that each doubles the next.
const (
	maxExpanded   = 10000
	maxExpandable = 4096
)

// A makeRule is how one target is made.
type makeRule struct {
	needs     []string
	recipe    []string
	variables map[string]string
	unsure    bool // it is written twice, or under a condition
	done      bool
}

// unknownPart stands in a text for what is not known of it.
const unknownPart = "\x00"

var (
	makeName       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`) })
	makeAssignment = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\s*(?:(?:export|override)\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(\?=|\+=|::?=|!=|=)\s*(.*)$`)
	})
	makeReference = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\$(?:\(([A-Za-z_][A-Za-z0-9_.-]*)\)|\{([A-Za-z_][A-Za-z0-9_.-]*)\})`)
	})
)

// readMakefile returns nil for what is more than plain lines.
func readMakefile(src string) *makefile {
	if slices.ContainsFunc([]string{"$(eval", "${eval", "$(call", ".ONESHELL", "GOFLAGS", "SHELL ", "SHELL:"}, func(word string) bool { return strings.Contains(src, word) }) {
		return nil
	}
	m := &makefile{variables: map[string]string{}, rules: map[string]*makeRule{}}
	src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\\\n", " ")
	var current []*makeRule
	depth := 0 // of conditions
	for line := range strings.SplitSeq(src, "\n") {
		if strings.HasPrefix(line, "\t") {
			for _, rule := range current {
				rule.recipe = append(rule.recipe, strings.TrimSpace(line))
				rule.unsure = rule.unsure || depth > 0
			}
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "":
			continue
		case "ifeq", "ifneq", "ifdef", "ifndef":
			depth++
			continue
		case "else":
			continue
		case "endif":
			depth--
			continue
		case "include", "-include", "sinclude", "define", "vpath":
			return nil
		}
		if a := makeAssignment().FindStringSubmatch(line); a != nil {
			current = nil
			m.set(m.variables, a, depth > 0)
			continue
		}
		targets, rest, ok := strings.Cut(line, ":")
		if !ok {
			current = nil
			continue
		}
		if current = nil; strings.HasPrefix(rest, ":") || strings.Contains(targets, "$") {
			return nil // what it makes is not told
		}
		a := makeAssignment().FindStringSubmatch(rest)
		needs, recipe, direct := strings.Cut(rest, ";")
		for _, target := range strings.Fields(targets) {
			rule, known := m.rules[target]
			if !known {
				rule = &makeRule{variables: map[string]string{}}
				m.rules[target] = rule
			}
			if m.first == "" && target[0] != '.' && a == nil {
				m.first = target
			}
			rule.unsure = rule.unsure || depth > 0
			if a != nil {
				m.set(rule.variables, a, depth > 0)
				continue
			}
			rule.unsure = rule.unsure || len(rule.recipe) > 0
			for _, need := range strings.Fields(needs) {
				if need != "|" {
					rule.needs = append(rule.needs, need)
				}
			}
			if direct {
				rule.recipe = append(rule.recipe, strings.TrimSpace(recipe))
			}
			current = append(current, rule)
		}
	}
	return m
}

// set takes an assignment. One under a condition or to a variable of the environment is not known; GO is taken for that of the image.
func (m *makefile) set(variables map[string]string, a []string, conditional bool) {
	name, operator, value := a[1], a[2], strings.TrimSpace(a[3])
	switch _, again := variables[name]; {
	case conditional, operator == "+=", operator == "!=", again:
		value = unknownPart
	case operator == "?=" && name != "GO" && name != "GOCMD":
		value = unknownPart
	}
	variables[name] = value
}

// make adds the commands that make a target, what it needs first. It returns false where that is not told.
func (m *makefile) make(target string, sure bool, depth int) bool {
	rule := m.rules[target]
	if rule == nil {
		for pattern := range m.rules {
			if strings.Contains(pattern, "%") {
				m.commands = append(m.commands, BuildCommand{Args: []parser.Word{{Text: pattern}}}) // it may make it
				break
			}
		}
		return depth > 0
	}
	if rule.unsure || depth > 10 || strings.Contains(target, "%") {
		return false
	}
	if rule.done {
		return true
	}
	rule.done = true
	for _, need := range rule.needs {
		if strings.Contains(need, "$") {
			m.commands = append(m.commands, BuildCommand{Args: []parser.Word{{Text: need}}})
			continue
		}
		if !m.make(need, sure, depth+1) {
			return false
		}
	}
	for _, line := range rule.recipe {
		m.line(strings.TrimLeft(line, "@+- \t"), target, rule, sure)
	}
	return true
}

// expand replaces the variables of a text.
func (m *makefile) expand(text, target string, rule *makeRule, depth int) string {
	if m.expanded++; m.expanded > maxExpanded || len(text) > maxExpandable {
		return unknownPart
	}
	text = strings.NewReplacer("$@", target, "$$", unknownPart).Replace(text)
	text = makeReference().ReplaceAllStringFunc(text, func(reference string) string {
		name := reference[2 : len(reference)-1]
		value, ok := m.given[name]
		if !ok {
			if value, ok = rule.variables[name]; !ok {
				value, ok = m.variables[name]
			}
			if ok && depth < 10 {
				return m.expand(value, target, rule, depth+1)
			}
			return unknownPart
		}
		return value
	})
	return strings.ReplaceAll(functions(text), "$", unknownPart)
}

// functions replaces the calls of functions in a text, which may be nested, by what is not known.
func functions(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) || text[i+1] != '(' && text[i+1] != '{' {
			out.WriteByte(text[i])
			continue
		}
		for depth := 0; i < len(text); i++ {
			if text[i] == '(' || text[i] == '{' {
				depth++
			} else if text[i] == ')' || text[i] == '}' {
				if depth--; depth == 0 {
					break
				}
			}
		}
		out.WriteString(unknownPart)
	}
	return out.String()
}

// line takes the line of a recipe apart, which a shell of its own runs.
func (m *makefile) line(text, target string, rule *makeRule, sure bool) {
	opaque := BuildCommand{Args: []parser.Word{{Text: text}}}
	text = m.expand(text, target, rule, 0)
	dir := m.dir
	var words []parser.Word
	end := func() bool {
		for len(words) > 0 {
			name, _, assigned := strings.Cut(words[0].Text, "=")
			if !assigned || !makeName().MatchString(name) {
				break
			}
			words = words[1:]
		}
		if len(words) == 0 {
			return true
		}
		if words[0].Text == "cd" {
			if len(words) != 2 || !words[1].Known {
				return false
			}
			dir = absolute(dir, words[1].Text)
		}
		if words[0].Text == "go" && len(words) > 1 && words[1].Text == "install" {
			if _, moved := m.variables["GOBIN"]; moved {
				return false
			}
		}
		m.commands = append(m.commands, BuildCommand{Args: words, Dir: dir, Sure: sure})
		words = nil
		return true
	}
	var word strings.Builder
	started, known := false, true
	flush := func() {
		if started {
			words = append(words, parser.Word{Text: word.String(), Known: known})
		}
		word.Reset()
		started, known = false, true
	}
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == unknownPart[0]:
			started, known = true, false
			word.WriteByte('$')
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'':
			word.WriteByte(c)
		case c == '\\' && i+1 < len(text):
			i++
			started = true
			word.WriteByte(text[i])
		case quote != 0 && c != '`':
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, started = c, true
		case c == ' ' || c == '\t':
			flush()
		case c == ';', c == '&' && i+1 < len(text) && text[i+1] == '&':
			if c == '&' {
				i++
			}
			if flush(); !end() {
				m.commands = append(m.commands, opaque)
				return
			}
		case slices.Contains([]byte("|&<>()`*?[]{}~#"), c):
			m.commands = append(m.commands, opaque)
			return
		default:
			started = true
			word.WriteByte(c)
		}
	}
	if flush(); quote != 0 || !end() {
		m.commands = append(m.commands, opaque)
	}
}
