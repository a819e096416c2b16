package process

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// fields builds the fields that a word expands to.
type fields struct {
	done    []parser.Word
	text    strings.Builder
	unknown bool
	open    bool // a field has begun, if only with an empty string in quotes
	span    parser.Span
}

func (f *fields) add(text string, known bool) {
	if f.text.Len()+len(text) > maxWord {
		text, known = "", false
	}
	f.text.WriteString(text)
	f.unknown = f.unknown || !known
	f.open = true
}

func (f *fields) end() {
	if f.open {
		f.done = append(f.done, parser.Word{Text: f.text.String(), Span: f.span, Known: !f.unknown})
	}
	f.text.Reset()
	f.unknown, f.open = false, false
}

// split adds what an unquoted expansion yields.
func (f *fields) split(text string) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
	if text == "" {
		return
	}
	if strings.ContainsRune(" \t\n", rune(text[0])) {
		f.end()
	}
	for i, part := range parts {
		if i > 0 {
			f.end()
		}
		f.add(part, true)
	}
	if len(parts) > 0 && strings.ContainsRune(" \t\n", rune(text[len(text)-1])) {
		f.end()
	}
}

// maxWord is the length in bytes from which on a word is not known any more: A=$A$A doubles it with each line, and the kernel starts
// nothing with a word of more than 128 KiB (MAX_ARG_STRLEN in Linux, include/uapi/linux/binfmts.h).
const maxWord = 128 << 10

// expand returns the fields that a word becomes.
func (w *world) expand(p *proc, script *parser.Script, word *syntax.Word) []parser.Word {
	span := script.NodeSpan(word)
	if len(word.Parts) == 1 {
		switch part := word.Parts[0].(type) {
		case *syntax.Lit:
			if strings.IndexByte(part.Value, '\\') < 0 {
				// Which files a pattern stands for is not known.
				return []parser.Word{{Text: part.Value, Span: span, Known: !strings.ContainsAny(part.Value, "*?") && !strings.HasPrefix(part.Value, "~")}}
			}
		case *syntax.SglQuoted:
			if !part.Dollar {
				return []parser.Word{{Text: part.Value, Span: span, Known: true}}
			}
		}
	}
	f := &fields{span: span}
	for _, part := range word.Parts {
		w.expandPart(p, script, f, part, false)
	}
	f.end()
	return f.done
}

// carried returns the words of a command with the carriage return that a file with Windows line ends leaves at the end
// of its line, which a shell takes for a part of the last word.
func carried(script *parser.Script, call *syntax.CallExpr, argv []parser.Word) []parser.Word {
	end := int(call.End().Offset())
	// mvdan/sh counts the carriage return as a part of the word's place, but not of its value.
	if len(argv) == 0 || end < 1 || end > len(script.Text) || script.Text[end-1] != '\r' {
		return argv
	}
	argv[len(argv)-1].Text += "\r"
	return argv
}

// single returns a word as one string, without splitting, as in an assignment or behind case.
func (w *world) single(p *proc, script *parser.Script, word *syntax.Word) parser.Word {
	if word == nil {
		return parser.Word{Known: true}
	}
	f := &fields{span: script.NodeSpan(word)}
	for _, part := range word.Parts {
		w.expandPart(p, script, f, part, true)
	}
	text := f.text.String()
	known := !f.unknown
	for i := len(f.done) - 1; i >= 0; i-- {
		text = f.done[i].Text + " " + text
		known = known && f.done[i].Known
	}
	if len(f.done) > 0 {
		text = strings.TrimSuffix(text, " ")
	}
	return parser.Word{Text: text, Span: f.span, Known: known}
}

func (w *world) expandPart(p *proc, script *parser.Script, f *fields, part syntax.WordPart, quoted bool) {
	switch part := part.(type) {
	case *syntax.Lit:
		f.add(unescape(part.Value, false), true)
	case *syntax.SglQuoted:
		if part.Dollar && strings.Contains(part.Value, `\`) {
			f.add(part.Value, false)
			return
		}
		f.add(part.Value, true)
	case *syntax.DblQuoted:
		f.open = true
		if len(part.Parts) == 1 {
			if pe, ok := part.Parts[0].(*syntax.ParamExp); ok && isList(pe) {
				f.open = f.text.Len() > 0
				w.expandList(p, script, f, pe)
				return
			}
		}
		for _, inner := range part.Parts {
			if lit, ok := inner.(*syntax.Lit); ok {
				f.add(unescape(lit.Value, true), true)
				continue
			}
			w.expandPart(p, script, f, inner, true)
		}
	case *syntax.ParamExp:
		if isList(part) {
			w.expandList(p, script, f, part)
			return
		}
		value, state := w.parameter(p, script, part)
		switch {
		case state == isKnown && quoted:
			f.add(value, true)
		case state == isKnown:
			f.split(value)
		case state == isUnset && !quoted && f.text.Len() == 0 && !f.open:
			// Nothing sets it: as long as the user does not, no word is left.
			f.add(script.NodeSpan(part).Text(), false)
		default:
			f.add(script.NodeSpan(part).Text(), false)
		}
	case *syntax.CmdSubst:
		value, known := w.substitute(p, script, part)
		switch {
		case known && quoted:
			f.add(value, true)
		case known:
			f.split(value)
		default:
			f.add(script.NodeSpan(part).Text(), false)
		}
	case *syntax.ArithmExp:
		value, known := w.arithmetic(p, part.X)
		if known {
			f.add(strconv.Itoa(value), true)
		} else {
			f.add(script.NodeSpan(part).Text(), false)
		}
	case *syntax.ProcSubst:
		f.add("/dev/fd/63", true)
		w.processSubst(p, script, part)
	default:
		f.add(script.NodeSpan(part).Text(), false)
	}
}

// unescape removes the backslashes that quote, inside double quotes only those that do there.
func unescape(text string, quoted bool) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			next := text[i+1]
			if next == '\n' {
				i++
				continue
			}
			if !quoted || strings.IndexByte("$`\"\\", next) >= 0 {
				i++
				b.WriteByte(next)
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// isList reports whether an expansion yields a word for each element: $@, $*, ${array[@]}.
func isList(pe *syntax.ParamExp) bool {
	if pe.Param == nil || pe.Length || pe.Excl {
		return false
	}
	switch pe.Param.Value {
	case "@", "*":
		return true
	}
	if word, ok := pe.Index.(*syntax.Word); ok {
		lit := word.Lit()
		return lit == "@" || lit == "*"
	}
	return false
}

func (w *world) expandList(p *proc, script *parser.Script, f *fields, pe *syntax.ParamExp) {
	s := p.sh
	list, more := s.args, s.more
	if pe.Param.Value != "@" && pe.Param.Value != "*" {
		v, ok := s.vars.entries[pe.Param.Value]
		if !ok {
			more = true
			list = nil
		} else {
			list, more = v.words, false
		}
		if pe.Index == nil {
			list = list[:min(1, len(list))]
		}
	}
	if pe.Exp != nil && len(list) == 0 && !more {
		switch pe.Exp.Op {
		case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
			if pe.Exp.Word != nil {
				for _, part := range pe.Exp.Word.Parts {
					w.expandPart(p, script, f, part, false)
				}
			}
			return
		}
	}
	if pe.Exp != nil && (pe.Exp.Op == syntax.AlternateUnset || pe.Exp.Op == syntax.AlternateUnsetOrNull) {
		if len(list) > 0 && pe.Exp.Word != nil {
			for _, part := range pe.Exp.Word.Parts {
				w.expandPart(p, script, f, part, false)
			}
		}
		return
	}
	if pe.Slice != nil {
		offset, known := w.arithmetic(p, pe.Slice.Offset)
		if known && pe.Slice.Length == nil && offset >= 0 {
			if pe.Param.Value == "@" || pe.Param.Value == "*" {
				offset-- // $@ begins at 1
			}
			list = list[min(max(offset, 0), len(list)):]
		} else {
			more, list = true, nil
		}
	} else if pe.Repl != nil || pe.Exp != nil {
		more, list = true, nil
	}
	for i, word := range list {
		if i > 0 {
			f.end()
		}
		if f.text.Len() == 0 && !f.unknown {
			f.end()
			f.done = append(f.done, word)
			continue
		}
		f.add(word.Text, word.Known)
	}
	if more {
		f.end()
		f.add(script.NodeSpan(pe).Text(), false)
		f.end()
	}
}

// paramState says what is known of a parameter.
type paramState uint8

const (
	isKnown   paramState = iota
	isUnknown            // it may have any value
	isUnset              // nothing sets it; the user may
)

// lookup returns the value of a variable or special parameter.
func (w *world) lookup(p *proc, name string) (string, paramState) {
	s := p.sh
	if name == "" {
		return "", isUnknown
	}
	if name[0] >= '0' && name[0] <= '9' {
		n, _ := strconv.Atoi(name)
		if n == 0 {
			return s.zero.Text, state(s.zero.Known)
		}
		if n <= len(s.args) {
			return s.args[n-1].Text, state(s.args[n-1].Known)
		}
		return "", state(!s.more)
	}
	switch name {
	case "$":
		return strconv.Itoa(s.main), isKnown
	case "!":
		if s.lastJob == 0 {
			if s.id.Family == image.Zsh {
				return "0", isKnown
			}
			return "", isKnown
		}
		return strconv.Itoa(s.lastJob), isKnown
	case "?":
		return strconv.Itoa(s.status), state(!s.doubtful)
	case "#":
		return strconv.Itoa(len(s.args)), state(!s.more)
	case "-", "_":
		return "", isUnknown
	case "BASHPID":
		return strconv.Itoa(p.pid), isKnown
	case "PPID":
		return strconv.Itoa(p.parent), isKnown
	case "PWD":
		return p.dir, state(p.dir != "")
	case "BASH_SOURCE":
		if script := s.running(); script != nil {
			if name := w.m.names[script]; name != "" {
				return name, isKnown
			}
		}
		return s.zero.Text, state(s.zero.Known)
	case "FUNCNAME", "RANDOM", "SECONDS", "UID", "EUID", "HOSTNAME", "LINENO", "OSTYPE", "HOSTTYPE", "MACHTYPE", "IFS", "OPTIND", "REPLY":
		if _, ok := s.vars.entries[name]; !ok {
			if name == "UID" || name == "EUID" {
				uid, known := p.uid()
				return uid, state(known)
			}
			return "", isUnknown
		}
	}
	if v, ok := s.vars.entries[name]; ok {
		if len(v.words) == 0 {
			return "", isKnown
		}
		return v.words[0].Text, state(v.words[0].Known)
	}
	if s.unset.entries[name] {
		return "", isKnown
	}
	if v, ok := s.env.get(name); ok {
		return v.Text, state(v.Known)
	}
	if w.closed(p, name) {
		if s.nounset {
			w.unbound = name
		}
		return "", isKnown
	}
	return "", isUnset
}

// closed reports whether a variable that nothing has set is surely not set: the environment is known, or it is a variable
// of the script's own. By convention such a one is in lower case; what comes from outside is not, proxies aside. So is one
// that the script sets to $!.
func (w *world) closed(p *proc, name string) bool {
	if w.m.start.Closed {
		return true
	}
	script := p.sh.running()
	if script == nil || strings.HasSuffix(name, "_proxy") {
		return false
	}
	job, own := w.m.assigns(script)[name]
	return own && (job || name == strings.ToLower(name))
}

// assigns returns the variables that a script gives a value, true for those that it sets to $!, none where it reads in what
// may give it to them as well.
func (m *machine) assigns(script *parser.Script) map[string]bool {
	if set, ok := m.assigned[script]; ok {
		return set
	}
	set, open := map[string]bool{}, false
	if script.Tree != nil {
		syntax.Walk(script.Tree, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if n.Name != nil && !n.Naked {
					set[n.Name.Value] = set[n.Name.Value] || n.Value != nil && lastJob(n.Value)
				}
			case *syntax.CallExpr:
				if len(n.Args) > 0 {
					name := n.Args[0].Lit()
					open = open || name == "." || name == "source" || name == "eval"
				}
			}
			return true
		})
		if open {
			clear(set)
		}
	}
	if m.assigned == nil {
		m.assigned = map[*parser.Script]map[string]bool{}
	}
	m.assigned[script] = set
	return set
}

// lastJob reports whether a word is $!.
func lastJob(word *syntax.Word) bool {
	parts := word.Parts
	if len(parts) == 1 {
		if quoted, ok := parts[0].(*syntax.DblQuoted); ok {
			parts = quoted.Parts
		}
	}
	if len(parts) != 1 {
		return false
	}
	pe, ok := parts[0].(*syntax.ParamExp)
	return ok && pe.Param != nil && pe.Param.Value == "!"
}

// running returns the script whose statements run now.
func (s *shell) running() *parser.Script {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if s.frames[i].script != nil {
			return s.frames[i].script
		}
	}
	return s.script
}

func state(known bool) paramState {
	if known {
		return isKnown
	}
	return isUnknown
}

// parameter returns the value of a parameter expansion.
func (w *world) parameter(p *proc, script *parser.Script, pe *syntax.ParamExp) (string, paramState) {
	if pe.Param == nil || pe.Excl || pe.Width || pe.Flags != nil || pe.NestedParam != nil || pe.Names != 0 {
		return "", isUnknown
	}
	value, known := w.lookup(p, pe.Param.Value)
	if pe.Exp != nil && w.unbound == pe.Param.Value {
		w.unbound = ""
	}
	if known == isKnown && value == "" && pe.Exp != nil && w.closed(p, pe.Param.Value) && !w.isSet(p, pe.Param.Value) {
		known = isUnset
	}
	if pe.Index != nil {
		v, ok := p.sh.vars.entries[pe.Param.Value]
		index, ok2 := w.arithmetic(p, pe.Index)
		if pe.Param.Value == "BASH_SOURCE" {
			ok2 = false
			if index == 0 {
				return w.lookup(p, "BASH_SOURCE")
			}
		}
		if !ok || !v.array || !ok2 || index < 0 || index >= len(v.words) {
			return "", isUnknown
		}
		value, known = v.words[index].Text, state(v.words[index].Known)
	}
	if pe.Length {
		return strconv.Itoa(len(value)), known
	}
	if pe.Slice != nil {
		offset, ok := w.arithmetic(p, pe.Slice.Offset)
		length, ok2 := len(value), true
		if pe.Slice.Length != nil {
			length, ok2 = w.arithmetic(p, pe.Slice.Length)
		}
		if known != isKnown || !ok || !ok2 || offset < 0 || length < 0 {
			return "", isUnknown
		}
		offset = min(offset, len(value))
		return value[offset:min(offset+length, len(value))], isKnown
	}
	if pe.Repl != nil {
		return "", isUnknown
	}
	if pe.Exp == nil {
		return value, known
	}
	word := func() (string, paramState) {
		v := w.single(p, script, pe.Exp.Word)
		return v.Text, state(v.Known)
	}
	switch pe.Exp.Op {
	case syntax.DefaultUnset, syntax.AssignUnset:
		if known == isUnset {
			return word()
		}
		return value, known
	case syntax.DefaultUnsetOrNull, syntax.AssignUnsetOrNull:
		if known == isUnset || known == isKnown && value == "" {
			result, st := word()
			if pe.Exp.Op == syntax.AssignUnsetOrNull {
				w.assign(p, pe.Param.Value, []parser.Word{{Text: result, Known: st == isKnown, Span: script.NodeSpan(pe)}}, false)
			}
			return result, st
		}
		return value, known
	case syntax.AlternateUnset:
		switch known {
		case isUnset:
			return "", isUnset
		case isKnown:
			return word()
		}
		return "", isUnknown
	case syntax.AlternateUnsetOrNull:
		switch {
		case known == isKnown && value == "":
			return "", isKnown
		case known == isKnown:
			return word()
		}
		return "", known
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		return value, known
	}
	if known != isKnown {
		return "", isUnknown
	}
	cut := w.single(p, script, pe.Exp.Word)
	if !cut.Known {
		return "", isUnknown
	}
	switch pe.Exp.Op {
	case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
		if !w.m.fits(len(value), len(value), len(cut.Text)) {
			return "", isUnknown
		}
		return w.m.trimPattern(value, cut.Text, pe.Exp.Op)
	}
	return "", isUnknown
}

func (m *machine) trimPattern(value, glob string, op syntax.ParExpOperator) (string, paramState) {
	prefix := op == syntax.RemSmallPrefix || op == syntax.RemLargePrefix
	large := op == syntax.RemLargePrefix || op == syntax.RemLargeSuffix
	if !pattern.HasMeta(glob, 0) {
		if prefix {
			return strings.TrimPrefix(value, glob), isKnown
		}
		return strings.TrimSuffix(value, glob), isKnown
	}
	re := m.globRegexp(glob)
	if re == nil {
		return "", isUnknown
	}
	n := len(value)
	for i := 0; i <= n; i++ {
		length := i
		if large {
			length = n - i
		}
		if prefix && re.MatchString(value[:length]) {
			return value[length:], isKnown
		}
		if !prefix && re.MatchString(value[n-length:]) {
			return value[:n-length], isKnown
		}
	}
	return value, isKnown
}

// globRegexp returns a pattern of the shell as a regular expression, nil where it is none: each is made once in a prediction.
func (m *machine) globRegexp(glob string) *regexp.Regexp {
	re, known := m.globs[glob]
	if known {
		return re
	}
	if expr, err := pattern.Regexp(glob, pattern.EntireString); err == nil {
		re, _ = regexp.Compile(expr)
	}
	if m.globs == nil {
		m.globs = map[string]*regexp.Regexp{}
	}
	m.globs[glob] = re
	return re
}

// matches says whether a pattern of a case fits.
func (w *world) matches(p *proc, script *parser.Script, subject parser.Word, word *syntax.Word) image.Answer {
	quoted := false
	for _, part := range word.Parts {
		switch part.(type) {
		case *syntax.DblQuoted, *syntax.SglQuoted:
			quoted = true
		}
	}
	if lit := word.Lit(); lit == "*" {
		return image.Yes
	}
	glob := w.single(p, script, word)
	if !w.m.fits(len(subject.Text), len(glob.Text)) {
		return image.Unknown
	}
	return w.m.match(subject, glob, quoted)
}

// maxMatching is how much work it may be to match one pattern: about a tenth of a second.
const maxMatching = 10_000_000

// fits counts the work of matching a pattern, which is the product of some lengths, and reports whether it is little enough to be done.
func (m *machine) fits(lengths ...int) bool {
	work := 1
	for _, n := range lengths {
		if work *= n + 1; work > maxMatching {
			return false
		}
	}
	m.steps += work / 500
	return true
}

func (m *machine) match(subject, glob parser.Word, literal bool) image.Answer {
	if !subject.Known || !glob.Known {
		return image.Unknown
	}
	if !pattern.HasMeta(glob.Text, 0) || literal && !strings.Contains(glob.Text, "*") {
		return answer(subject.Text == glob.Text)
	}
	re := m.globRegexp(glob.Text)
	if re == nil {
		return image.Unknown
	}
	return answer(re.MatchString(subject.Text))
}

func answer(yes bool) image.Answer {
	if yes {
		return image.Yes
	}
	return image.No
}

// arithmetic evaluates an expression as far as it is known.
func (w *world) arithmetic(p *proc, x syntax.ArithmExpr) (int, bool) {
	switch x := x.(type) {
	case *syntax.Word:
		lit := x.Lit()
		if n, err := strconv.Atoi(lit); err == nil {
			return n, true
		}
		var text string
		var st paramState
		if lit != "" {
			text, st = w.lookup(p, lit)
		} else if script := p.sh.running(); script != nil {
			word := w.single(p, script, x)
			text, st = word.Text, state(word.Known)
		}
		if st != isKnown {
			return 0, false
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		return n, err == nil
	case *syntax.ParenArithm:
		return w.arithmetic(p, x.X)
	case *syntax.UnaryArithm:
		n, ok := w.arithmetic(p, x.X)
		if word, isWord := x.X.(*syntax.Word); isWord && (x.Op == syntax.Inc || x.Op == syntax.Dec) {
			next := n + 1
			if x.Op == syntax.Dec {
				next = n - 1
			}
			w.assign(p, word.Lit(), []parser.Word{{Text: strconv.Itoa(next), Known: ok}}, false)
			if !x.Post {
				n = next
			}
			return n, ok
		}
		switch x.Op {
		case syntax.Minus:
			return -n, ok
		case syntax.Plus:
			return n, ok
		case syntax.Not:
			return truth(n == 0), ok
		}
	case *syntax.BinaryArithm:
		a, ok := w.arithmetic(p, x.X)
		b, ok2 := w.arithmetic(p, x.Y)
		if !ok || !ok2 {
			return 0, false
		}
		switch x.Op {
		case syntax.Add:
			return a + b, true
		case syntax.Sub:
			return a - b, true
		case syntax.Mul:
			return a * b, true
		case syntax.Quo:
			if b != 0 {
				return a / b, true
			}
		case syntax.Rem:
			if b != 0 {
				return a % b, true
			}
		case syntax.Eql:
			return truth(a == b), true
		case syntax.Neq:
			return truth(a != b), true
		case syntax.Lss:
			return truth(a < b), true
		case syntax.Leq:
			return truth(a <= b), true
		case syntax.Gtr:
			return truth(a > b), true
		case syntax.Geq:
			return truth(a >= b), true
		case syntax.AndArit:
			return truth(a != 0 && b != 0), true
		case syntax.OrArit:
			return truth(a != 0 || b != 0), true
		}
	}
	return 0, false
}

func truth(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// isSet reports whether a variable is surely set, if only to nothing.
func (w *world) isSet(p *proc, name string) bool {
	s := p.sh
	if _, ok := s.vars.entries[name]; ok {
		return true
	}
	if s.unset.entries[name] {
		return false
	}
	if _, ok := s.env.get(name); ok {
		return true
	}
	if n, err := strconv.Atoi(name); err == nil {
		return n <= len(s.args)
	}
	return !isName(name)
}
