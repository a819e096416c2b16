package report

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A row is one process of a drawn tree.
type row struct {
	left  string // branches and command
	style style
	mark  string
	why   string
}

const pid1 = "PID 1  "

// rows draws the processes of a launch from PID 1 down.
func (p *printer) rows(l *process.Launch, room int) []row {
	if l == nil || l.Root == nil {
		return nil
	}
	var out []row
	var walk func(at *process.Process, first, rest string)
	walk = func(at *process.Process, first, rest string) {
		r := p.row(l, at)
		r.left = shorten(first+command(at.Argv), room, p.g.dots)
		out = append(out, r)
		for i, child := range at.Children {
			branch, below := p.g.branch, p.g.trunk
			if i == len(at.Children)-1 {
				branch, below = p.g.last, "   "
			}
			walk(child, rest+branch, rest+below)
		}
	}
	first := pid1
	if !l.SharedPID.IsZero() {
		first = "first  " // of the container, and not of its PID namespace
	}
	walk(l.Root, first, strings.Repeat(" ", len(first)))
	return out
}

// row says of a process what becomes of it.
func (p *printer) row(l *process.Launch, at *process.Process) row {
	t := processTone(l, at)
	return row{style: t.style(), mark: p.g.mark(t), why: fate(l, at)}
}

// processTone says how good it is what becomes of a process. One that handles nothing and ends is nothing bad as long as
// the application is well: a sleeping helper, the shell behind an init that tells the whole group. A shell that ends by
// itself is, where that is what kills the application.
func processTone(l *process.Launch, at *process.Process) tone {
	well := l.Verdict == process.Graceful
	switch {
	case at.End == process.Stuck, !well && at.End != "" && (at == l.At || at == l.App && at.End != process.Finished), !stops(l) && at == l.Root:
		return isBad
	case at.Receives == image.Unknown:
		return isUnsure
	case at.End == process.Finished:
		return isGood
	case at.End == "" || well:
		return isAside
	}
	return isBad
}

// stops reports whether a launch still runs when somebody stops it.
func stops(l *process.Launch) bool {
	return l.Verdict != process.EndsAtOnce && l.Verdict != process.FailsToStart
}

// fate says what becomes of a process.
func fate(l *process.Launch, at *process.Process) string {
	if at.Why != "" {
		return at.Why
	}
	name := l.StopSignal().String()
	switch at.End {
	case process.Finished:
		return "receives " + name + " and shuts down"
	case process.ByDefault:
		return name + " ends it at once"
	case process.Killed:
		return "is killed"
	case process.Stuck:
		if at.Receives == image.No {
			return "never hears of it, killed after " + seconds(l.GracePeriod())
		}
		return "does not end, killed after " + seconds(l.GracePeriod())
	}
	return ""
}

// treeColumn returns how wide the commands of launches are, so that what becomes of them stands in one column below each other.
func (p *printer) treeColumn(indent int, launches ...*process.Launch) int {
	widest := 0
	for _, l := range launches {
		for _, r := range p.rows(l, p.commandRoom(indent)) {
			widest = max(widest, textWidth(r.left))
		}
	}
	return widest
}

// commandRoom is how wide a command may be so that what becomes of the process has room beside it.
func (p *printer) commandRoom(indent int) int {
	if p.o.Width == 0 {
		return 72
	}
	return max((p.o.Width-indent)/2, 24)
}

// drawTree draws the processes of a launch, commands to the left of column, and what becomes of them behind it.
func (p *printer) drawTree(l *process.Launch, indent, column int) {
	pad := strings.Repeat(" ", indent)
	for _, r := range p.rows(l, p.commandRoom(indent)) {
		room := 0
		if p.o.Width > 0 {
			room = max(p.o.Width-indent-column-2-3, 16)
		}
		for i, part := range wrap(visible(r.why), room) {
			if i == 0 {
				gap := strings.Repeat(" ", column+2-textWidth(r.left))
				p.line(pad, r.left, gap, p.o.paint(r.style, r.mark), strings.Repeat(" ", 3-textWidth(r.mark)), part)
			} else {
				p.line(pad, strings.Repeat(" ", column+2+3), part)
			}
		}
	}
}

// command writes words as a shell would take them. A word that is not known stays as it is written.
func command(words []parser.Word) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = visible(w.Text)
		if w.Known && (w.Text == "" || strings.ContainsAny(w.Text, " \t\n\r'\"\\$`&|;<>()*?[]{}#~!")) {
			out[i] = "'" + strings.ReplaceAll(visible(w.Text), "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}
