package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// Explain writes launches for people who need not know what PID 1 is.
func Explain(w io.Writer, r rules.Result, o Options) error {
	p := newPrinter(w, o)
	for i, l := range r.Launches {
		if i > 0 {
			p.line()
		}
		p.explain(l)
		p.afterFix(l, r.Findings)
	}
	if len(r.Launches) > 1 {
		p.line()
		p.line(verdicts(r.Launches))
	}
	return p.Flush()
}

func (p *printer) explain(l *process.Launch) {
	p.heading(l)
	p.line()
	p.story(l)
	p.line()
	p.verdict(l)
	if text := p.o.branches(l); text != "" {
		p.line()
		p.paragraph("  ", text)
	}
	if l.OneShot {
		p.line()
		p.paragraph("  ", onlyOnce)
	}
	if reasons := p.o.newReasons(l, func(string) bool { return true }); len(l.Unknown) > 0 {
		p.line()
		p.line("  What is not known:")
		for _, reason := range reasons {
			p.paragraph("    - ", reason)
		}
	}
}

// afterFix shows what fixes make of a launch.
func (p *printer) afterFix(l *process.Launch, findings []rules.Finding) {
	after, how := bestFix(l, findings)
	if after == nil {
		return
	}
	p.line()
	p.paragraph("  ", "After "+how+":")
	p.line()
	if after.Root != nil {
		p.drawTree(after, 4, p.treeColumn(4, after))
		p.line()
	}
	p.verdict(after)
}

// bestFix returns what fixes make of a launch, the safe ones or else an unsafe one, and the command that makes them; nil and
// "" where there are none.
func bestFix(l *process.Launch, findings []rules.Finding) (after *process.Launch, how string) {
	var best *rules.Fix
	for _, f := range findings {
		for i := range f.Fixes {
			if fix := &f.Fixes[i]; f.Launch == l && fix.After != nil && (best == nil || fix.Safe && !best.Safe) {
				best = fix
			}
		}
	}
	switch {
	case best == nil:
		return nil, ""
	case best.Safe:
		return best.After, "pid1lint --fix"
	}
	return best.After, "pid1lint --fix --unsafe-fixes"
}

// heading says where a launch is written and what is started.
func (p *printer) heading(l *process.Launch) {
	p.line(p.o.paint(strong, p.o.where(l)))
	p.line()
	field := func(name, value string) {
		if value != "" {
			p.paragraph(fmt.Sprintf("  %-13s", name), value)
		}
	}
	field("starts", command(l.Argv))
	field("base image", visible(baseOf(l)))
	field("from it", visible(strings.Join(l.FromBase, ", ")))
	field("shell", l.Shell.String())
	field("stop signal", fmt.Sprintf("%s, and %s to shut down", l.StopSignal(), seconds(l.GracePeriod())))
	if h := l.PreStop; h != nil {
		field("preStop", hookText(h))
	}
	if l.Init {
		field("init", "the container runtime puts its own in front")
	}
}

// where says where a launch is written: "Dockerfile:5 (stage prod)".
func (o Options) where(l *process.Launch) string {
	file, line := o.fileLine(l.Origin)
	where := visible(file) + ":" + strconv.Itoa(line)
	if l.Origin.IsZero() {
		where = "-"
	}
	if l.Target != "" {
		where += " (" + targetName(l) + " " + visible(l.Target) + ")"
	}
	return where
}

func baseOf(l *process.Launch) string {
	if l.BaseFile != "" {
		return l.Base + ", which " + l.BaseFile + " builds"
	}
	return l.Base
}

const onlyOnce = "The command ends by itself when it is done; this is what a stop while it runs would do."

// firstOf says which PID the first process of a container has.
func firstOf(l *process.Launch) string {
	if l.SharedPID.IsZero() {
		return "PID 1"
	}
	return "which is not PID 1 here"
}

// runsHook says that the hook comes before the stop signal, "" where there is none.
func runsHook(l *process.Launch) string {
	if l.PreStop == nil {
		return ""
	}
	return " runs the preStop hook and"
}

// hookText says what a hook does.
func hookText(h *process.Hook) string {
	switch {
	case len(h.Argv) > 0:
		return command(h.Argv)
	case h.Sleep > 0:
		return "waits " + seconds(h.Sleep)
	case h.Unknown != "":
		return "a request to the container"
	}
	return "nothing"
}

const takenAsPID1 = "No Dockerfile is seen to start this script, so it is taken to be what a container starts."

func targetName(l *process.Launch) string {
	switch l.Kind {
	case process.KindCompose:
		return "service"
	case process.KindKubernetes:
		return "container"
	}
	return "stage"
}

// story says what runs and what a stop does to it.
func (p *printer) story(l *process.Launch) {
	if l.Kind == process.KindScript {
		p.paragraph("  ", takenAsPID1)
		p.line()
	}
	switch {
	case l.Root == nil:
		p.paragraph("  ", noProcesses(l))
		return
	case !stops(l):
		p.paragraph("  ", "The container lives as long as its first process, "+firstOf(l)+". It ends before anybody stops it:")
	default:
		p.paragraph("  ", fmt.Sprintf("To stop the container, %s%s sends %s to its first process, %s, and to no other. "+
			"After %s all that still runs is killed:", stopper(l), runsHook(l), l.StopSignal(), firstOf(l), seconds(l.GracePeriod())))
	}
	p.line()
	p.drawTree(l, 4, p.treeColumn(4, l))
}

// noProcesses says why a launch has no processes.
func noProcesses(l *process.Launch) string {
	if l.Verdict == process.Undecided {
		return "It cannot be told which processes will run in the container."
	}
	return "No process is left in the container that a stop signal could reach."
}

// verdict says in plain words what happens, and why.
func (p *printer) verdict(l *process.Launch) {
	t := verdictTone(l)
	s, head := t.style(), p.g.mark(t)+" "+string(l.Verdict)+":"
	for i, part := range wrap(head+" "+meaning(l), max(p.o.Width-2, 0)) {
		if rest, ok := strings.CutPrefix(part, head); ok && i == 0 {
			part = p.o.paint(append(style{}, append(s, strong...)...), head) + rest
		}
		p.line("  ", part)
	}
	if l.Reason != "" {
		p.paragraph("  ", "Reason: "+visible(sentence(l.Reason)))
	}
}

func verdictTone(l *process.Launch) tone {
	switch {
	case l.Slow:
		return isSlow
	case l.Verdict == process.Graceful:
		return isGood
	case l.Verdict == process.Undecided:
		return isUnsure
	}
	return isBad
}

// meaning puts a verdict into words for people who never met it.
func meaning(l *process.Launch) string {
	limit := seconds(l.GracePeriod())
	switch l.Verdict {
	case process.Graceful:
		if l.Slow {
			return "the application hears of the stop and shuts down, but PID 1 stays on, so that every stop takes the whole " + limit + "."
		}
		return "the application hears of the stop and shuts down by itself."
	case process.Abrupt:
		return "the stop signal ends the application on the spot, in the middle of what it is doing."
	case process.Ignored:
		return "the application goes on as if nothing had happened, and is killed after " + limit + " in the middle of what it is doing."
	case process.Lost:
		return "the application is killed in the middle of what it is doing, before its " + limit + " are over."
	case process.EndsAtOnce:
		return "the container ends soon after its start, without being stopped."
	case process.FailsToStart:
		return "what the container is to start cannot be run."
	}
	return "what happens on a stop cannot be told from the files."
}

// verdicts counts launches: "3 launches: 2 graceful, 1 ignored.".
func verdicts(launches []*process.Launch) string {
	var parts []string
	for _, v := range []process.Verdict{process.Graceful, process.Abrupt, process.Ignored, process.Lost, process.EndsAtOnce, process.FailsToStart, process.Undecided} {
		n := 0
		for _, l := range launches {
			if l.Verdict == v {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return fmt.Sprintf("%d launches: %s.", len(launches), strings.Join(parts, ", "))
}
