package parser

import (
	"math"
	"path"
	"slices"
	"strings"
)

// An Ignore is a comment that asks for silence about some lines.
type Ignore struct {
	Span     Span   // the comment, without the blanks around it
	From, To int    // the lines that it is about: one-based, both included
	Names    []Word // the rules, as they are written
	Reason   string
	Global   bool   // it is about the whole file
	Tool     string // whose comment it is: "pid1lint", "hadolint", or "check" for one of BuildKit
	Wrong    string // a clause: why it cannot be understood; "" where it can be
}

// Covers reports whether the comment is about a one-based line.
func (i Ignore) Covers(line int) bool { return i.From <= line && line <= i.To }

// Ignores returns the comments of a file that ask for silence:
//
//	# pid1lint ignore=no-exec,no-trap; reason=it is a one-shot job
//	# pid1lint global ignore=no-exec
//
// The files of languages that have // for it have that in the place of #. One in a line of its own is about the next line that is neither empty nor a comment, with the lines that continue it; one at
// the end of a line, in scripts and YAML, about its own. In a Dockerfile it is about the instruction below it, and the
// comments of hadolint ("# hadolint ignore=DL3025", documented in its README) and BuildKit ("# check=skip=JSONArgsRecommended",
// documented in docs.docker.com/build/checks) are returned too. d is the Dockerfile that the file was parsed to, nil for all else.
func Ignores(f *File, d *Dockerfile) []Ignore {
	if !strings.Contains(f.Src, "pid1lint") && (d == nil || !strings.Contains(f.Src, "hadolint") && !strings.Contains(f.Src, "check")) {
		return nil
	}
	r := &ignoreReader{file: f, mark: commentMark(f.Path), yaml: slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(f.Path))), directives: d != nil}
	if d != nil {
		r.instructions = d.blocks()
	}
	f.Position(0)
	for line := range f.lines {
		r.read(line + 1)
	}
	return r.found
}

type ignoreReader struct {
	file         *File
	mark         string // what a comment begins with
	yaml         bool
	directives   bool    // all lines so far are directives of BuildKit
	instructions []block // of a Dockerfile, nil for other files
	found        []Ignore
}

// commentMark returns what begins a comment up to the end of its line in a file of that name.
func commentMark(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".go", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".java", ".kt", ".scala", ".groovy", ".cs", ".fs", ".rs":
		return "//"
	}
	return "#"
}

// A block is an instruction with its here-documents, in one-based lines, both included.
type block struct {
	from, to int
	heredocs [][2]int
}

// blocks lists the instructions in their order.
func (d *Dockerfile) blocks() []block {
	all := slices.Clone(d.Args)
	for _, s := range d.Stages {
		all = append(append(all, s.From), s.Instructions...)
	}
	blocks := []block{} // not nil: it is a Dockerfile
	for _, i := range all {
		b := block{from: i.Span.Begin().Line, to: i.Span.Finish().Line}
		if i.line.file != nil {
			b.to = max(b.to, d.File.Position(i.line.next-1).Line)
		}
		for _, h := range i.Heredocs {
			lines := [2]int{h.Span.Begin().Line, d.File.Position(h.Span.End - 1).Line}
			if h.Span.Start == h.Span.End {
				lines[1] = lines[0]
			}
			b.heredocs = append(b.heredocs, lines)
			b.to = max(b.to, lines[1])
		}
		blocks = append(blocks, b)
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return a.from - b.from })
	return blocks
}

// read looks for a comment in one line.
func (r *ignoreReader) read(line int) {
	text := r.file.Line(line)
	if line == 1 {
		text = strings.TrimPrefix(text, byteOrderMark)
	}
	trimmed := strings.TrimLeft(text, " \t")
	start := r.file.lines[line-1] + len(r.file.Line(line)) - len(trimmed)
	whole := strings.HasPrefix(trimmed, r.mark)
	directive := r.directives && whole && strings.Contains(trimmed, "=")
	r.directives = directive
	in, inHeredoc := r.instructionAt(line)
	if !whole {
		if r.instructions != nil && !inHeredoc {
			return // a Dockerfile has no comments at the end of a line
		}
		at := r.trailingComment(trimmed)
		if at < 0 {
			return
		}
		trimmed, start = trimmed[at:], start+at
	}
	trimmed = strings.TrimRight(trimmed, " \t\r")
	i := Ignore{Span: Span{r.file, start, start + len(trimmed)}}
	if !i.parse(trimmed, r.mark, r.instructions != nil && !inHeredoc) {
		return
	}
	if i.Tool == "check" && directive {
		i.Global = true
	}
	switch {
	case i.Global:
		i.From, i.To = 1, math.MaxInt
	case !whole:
		i.From, i.To = line, r.end(line)
	case r.instructions != nil && !inHeredoc && in != nil && in.from < line:
		i.From, i.To = line, in.to // between the lines of an instruction
	case r.instructions != nil && !inHeredoc:
		for _, b := range r.instructions {
			if b.from > line {
				i.From, i.To = b.from, b.to
				break
			}
		}
	default:
		i.From = line + 1
		for i.From <= len(r.file.lines) && r.isComment(r.file.Line(i.From)) {
			i.From++
		}
		i.To = r.end(i.From)
	}
	r.found = append(r.found, i)
}

// instructionAt returns the instruction that a line belongs to, and whether the line is in a here-document of it.
func (r *ignoreReader) instructionAt(line int) (*block, bool) {
	for n, b := range r.instructions {
		if b.from > line || line > b.to {
			continue
		}
		return &r.instructions[n], slices.ContainsFunc(b.heredocs, func(h [2]int) bool { return h[0] <= line && line <= h[1] })
	}
	return nil, false
}

// trailingComment returns where a comment for pid1lint begins at the end of a line, -1 where there is none.
func (r *ignoreReader) trailingComment(text string) int {
	for at := range len(text) {
		if rest, ok := strings.CutPrefix(text[at:], r.mark); ok && at > 0 && (text[at-1] == ' ' || text[at-1] == '\t') && strings.HasPrefix(strings.TrimLeft(rest, " \t"), "pid1lint") {
			return at
		}
	}
	return -1
}

func (r *ignoreReader) isComment(text string) bool {
	text = strings.TrimLeft(text, " \t\r")
	return text == "" || strings.HasPrefix(text, r.mark)
}

// end returns the last line of what begins in a line: a command that goes on, or a value of YAML that is indented below its key.
func (r *ignoreReader) end(line int) int {
	if !r.yaml {
		for ; line < len(r.file.lines); line++ {
			text := r.file.Line(line)
			if at := r.trailingComment(text); at >= 0 {
				text = text[:at]
			}
			text = strings.TrimRight(text, " \t")
			if !strings.HasSuffix(text, "\\") && !strings.HasSuffix(text, "|") && !strings.HasSuffix(text, "&&") {
				break
			}
		}
		return line
	}
	first := r.file.Line(line)
	indent := indentation(first)
	for next := line + 1; next <= len(r.file.lines); next++ {
		text := r.file.Line(next)
		switch {
		case strings.TrimSpace(text) == "":
			continue
		case indentation(text) > indent:
		case indentation(text) == indent && strings.HasPrefix(text[indent:], "- ") && !strings.HasPrefix(first[indent:], "- "):
		default:
			return line
		}
		line = next
	}
	return line
}

func indentation(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

// parse reads a comment from its mark on. It returns false for one that is for nobody here.
func (i *Ignore) parse(comment, mark string, dockerfile bool) bool {
	text := strings.TrimLeft(comment[len(mark):], " \t")
	first, rest := cutWord(text)
	switch first {
	case "pid1lint":
		i.Tool = first
	case "pid1lint:":
		i.Wrong = "there is a colon behind pid1lint"
		word, _ := cutWord(rest)
		i.Tool = "pid1lint"
		return isIgnoreWord(word)
	case "hadolint":
		i.Tool = first
	default:
		i.Tool = "check"
		key, options, ok := strings.Cut(text, "=")
		return dockerfile && ok && strings.EqualFold(strings.TrimSpace(key), "check") && i.check(comment, options)
	}
	if i.Tool == "hadolint" && !dockerfile {
		return false
	}
	word, after := cutWord(rest)
	if i.Global = word == "global"; i.Global {
		rest = after
		word, _ = cutWord(rest)
	}
	key, value, ok := strings.Cut(rest, "=")
	if !ok || strings.TrimSpace(key) != "ignore" {
		i.Wrong = "ignore= with the names of rules is missing"
		return i.Tool == "pid1lint" && isIgnoreWord(word)
	}
	list, reason, hasReason := strings.Cut(value, ";")
	i.names(list, len(comment)-len(value))
	key, reason, ok = strings.Cut(reason, "=")
	if i.Reason = strings.TrimSpace(reason); hasReason && (!ok || strings.TrimSpace(key) != "reason") {
		i.Wrong = "only reason= can stand behind the semicolon"
	}
	return true
}

// check reads the options of BuildKit's directive, the end of a comment: "skip=JSONArgsRecommended;error=true".
func (i *Ignore) check(comment, options string) bool {
	at := len(comment) - len(options)
	for option := range strings.SplitSeq(options, ";") {
		if key, list, _ := strings.Cut(option, "="); strings.EqualFold(strings.TrimSpace(key), "skip") {
			i.names(list, at+len(option)-len(list))
		}
		at += len(option) + 1
	}
	return len(i.Names) > 0
}

// names reads a list of rules that starts at an offset of the comment.
func (i *Ignore) names(list string, at int) {
	for part := range strings.SplitSeq(list, ",") {
		name := strings.TrimSpace(part)
		switch {
		case name == "":
			i.Wrong = "the name of a rule is missing"
		case strings.ContainsAny(name, " \t"):
			i.Wrong = "rules are separated by commas, and a reason stands behind \"; reason=\""
		}
		start := i.Span.Start + at + strings.Index(part, name)
		i.Names = append(i.Names, Word{Text: name, Span: Span{i.Span.File, start, start + len(name)}, Known: true})
		at += len(part) + 1
	}
}

// isIgnoreWord reports whether somebody who writes this behind the name of a linter means an ignore comment.
func isIgnoreWord(word string) bool {
	word, _, _ = strings.Cut(strings.ToLower(word), "=")
	word, _, _ = strings.Cut(word, "[")
	return slices.Contains([]string{"ignore", "disable", "skip", "noqa", "nolint", "off"}, word)
}

func cutWord(text string) (word, rest string) {
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeft(text[end:], " \t")
}
