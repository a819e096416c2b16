package process

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// A psLine is one line that a program prints about processes. Where it is open, more than its text may stand there.
type psLine struct {
	text string
	open bool
}

// pipeParts returns the parts of a pipeline, nil where a statement is none of simple commands that only print.
func pipeParts(stmt *syntax.Stmt) []*syntax.CallExpr {
	if stmt.Negated || stmt.Background || stmt.Coprocess {
		return nil
	}
	for _, r := range stmt.Redirs {
		if r.Word == nil || r.Word.Lit() != "/dev/null" || r.N == nil || r.N.Value != "2" {
			return nil
		}
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		if len(cmd.Args) > 0 && len(cmd.Assigns) == 0 {
			return []*syntax.CallExpr{cmd}
		}
	case *syntax.BinaryCmd:
		if cmd.Op != syntax.Pipe {
			return nil
		}
		front, back := pipeParts(cmd.X), pipeParts(cmd.Y)
		if front != nil && back != nil {
			return append(front, back...)
		}
	}
	return nil
}

// killListed runs a pipeline such as ps -ef | grep app | awk '{print $1}' | xargs kill, and returns false where it is none, or
// what it would do cannot be known.
func (w *world) killListed(p *proc, script *parser.Script, stmt *syntax.Stmt) bool {
	parts := pipeParts(stmt)
	if w.stopAt < 0 || len(parts) < 2 {
		return false
	}
	last, known := w.words(p, script, parts[len(parts)-1])
	if !known || last[0].Text != "xargs" {
		return false
	}
	lines, known := w.listed(p, script, parts[:len(parts)-1])
	if !known {
		return false
	}
	last = last[1:]
	for len(last) > 0 && strings.HasPrefix(last[0].Text, "-") {
		switch option := last[0].Text; {
		case option == "-r" || option == "--no-run-if-empty" || option == "-t":
		case option == "-n1" || option == "-L1": // one call for each makes no difference
		case (option == "-n" || option == "-L") && len(last) > 1:
			last = last[1:]
		case (option == "-I{}" || option == "-i") && len(last) > 1 && last[len(last)-1].Text == "{}":
			last = last[:len(last)-1]
		case option == "-I" && len(last) > 2 && last[1].Text == last[len(last)-1].Text:
			last = last[1 : len(last)-1]
		default:
			return false
		}
		last = last[1:]
	}
	if len(last) == 0 || path.Base(last[0].Text) != "kill" {
		return false
	}
	argv := last[:len(last):len(last)]
	for _, line := range lines {
		for _, field := range strings.Fields(line.text) {
			argv = append(argv, parser.Word{Text: field, Span: last[0].Span, Known: true})
		}
	}
	p.sh.status, p.sh.doubtful = 0, false
	if len(argv) > len(last) {
		w.killBuiltin(p, simpleCommand{script: script, argv: argv, span: script.NodeSpan(stmt)})
	}
	return true
}

// words expands a simple command all of whose words are known.
func (w *world) words(p *proc, script *parser.Script, call *syntax.CallExpr) ([]parser.Word, bool) {
	var argv []parser.Word
	for _, word := range call.Args {
		// What awk is given is a program in quotes; variables and substitutions in it would be strange.
		argv = append(argv, w.expand(p, script, word)...)
	}
	for _, word := range argv {
		if !word.Known {
			return nil, false
		}
	}
	return argv, len(argv) > 0
}

// listed returns the lines that a pipeline prints which begins with ps, pgrep or pidof, or with cat of a PID file.
func (w *world) listed(p *proc, script *parser.Script, parts []*syntax.CallExpr) ([]psLine, bool) {
	first, known := w.words(p, script, parts[0])
	if !known {
		return nil, false
	}
	lines, known := w.printed(p, first)
	if !known {
		return nil, false
	}
	for _, part := range parts[1:] {
		argv, known := w.words(p, script, part)
		if !known {
			return nil, false
		}
		if lines, known = filterLines(parser.Texts(argv), lines); !known {
			return nil, false
		}
	}
	return lines, true
}

// printed returns what a program prints about the processes of the container.
func (w *world) printed(p *proc, argv []parser.Word) ([]psLine, bool) {
	texts := parser.Texts(argv)
	name := path.Base(texts[0])
	if name == "cat" && len(texts) == 2 {
		text, known := w.written[joinDir(p.dir, texts[1])]
		return []psLine{{text: text}}, known
	}
	if name != "ps" && name != "pgrep" && name != "pidof" || !w.hasTool(p, name) && !(name == "ps" && w.hasTool(p, "pgrep")) {
		return nil, false
	}
	if name == "ps" {
		return w.psLines(p, texts[1:])
	}
	full, exact := false, name == "pidof"
	pattern := ""
	for _, text := range texts[1:] {
		switch {
		case text == "-f" && name == "pgrep":
			full = true
		case text == "-x":
			exact = exact || name == "pgrep"
		case text == "-s" && name == "pidof":
		case strings.HasPrefix(text, "-") || pattern != "":
			return nil, false
		default:
			pattern = text
		}
	}
	if pattern == "" || strings.ContainsAny(pattern, `^$*+?[](){}|\`) {
		return nil, false
	}
	var lines []psLine
	for _, q := range w.procs {
		if !q.alive || q == p && p.sh == nil || len(q.argv) == 0 {
			continue
		}
		text, open := argumentsOf(q)
		if !full {
			text, open = commandName(q), false
		}
		switch {
		case exact && text == pattern, !exact && strings.Contains(text, pattern):
			lines = append(lines, psLine{text: strconv.Itoa(q.pid)})
		case open:
			return nil, false
		}
	}
	return lines, true
}

// psLines is what ps prints. Only what is the same in all releases is known.
//
// Source: busybox procps/ps.c, which takes no notice of these options and prints PID first; ps(1) of procps-ng.
func (w *world) psLines(p *proc, options []string) ([]psLine, bool) {
	option := ""
	if len(options) > 1 {
		return nil, false
	} else if len(options) == 1 {
		option = strings.TrimRight(strings.TrimPrefix(options[0], "-"), "w")
	}
	var header, format string // %d the process, %s its command line
	_, entry := w.find(p, "pgrep")
	switch {
	case (entry.Kind != Program || entry.Name == "busybox") && w.m.files.Lookup("/bin/sh").Shell.Family == image.Ash:
		if strings.Trim(option, "aAdeflux") != "" {
			return nil, false
		}
		header, format = "PID USER TIME COMMAND", "%d root 0:00 %s"
	case option == "ef":
		header, format = "UID PID PPID C STIME TTY TIME CMD", "root %d 0 0 00:00 ? 00:00:00 %s"
	case option == "aux":
		header, format = "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND", "root %d 0.0 0.0 1 1 ? Ss 00:00 0:00 %s"
	case option == "ax":
		header, format = "PID TTY STAT TIME COMMAND", "%d ? Ss 0:00 %s"
	default:
		return nil, false
	}
	lines := []psLine{{text: header}}
	for _, q := range w.procs {
		if q.alive && len(q.argv) > 0 {
			text, open := argumentsOf(q)
			lines = append(lines, psLine{fmt.Sprintf(format, q.pid, text), open})
		}
	}
	return lines, true
}

// argumentsOf returns the arguments of a process, and whether some of them are not known.
func argumentsOf(p *proc) (text string, open bool) {
	var words []string
	for _, word := range p.argv {
		if !word.Known {
			open = true
			continue
		}
		words = append(words, word.Text)
	}
	return strings.Join(words, " "), open
}

// commandName is what the kernel calls a process: the file name of the program or of the script.
func commandName(p *proc) string {
	if p.sh != nil && p.sh.script != nil && p.sh.script.Shebang != nil {
		return path.Base(name(p))
	}
	return path.Base(p.argv[0].Text)
}
