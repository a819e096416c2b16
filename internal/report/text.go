package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// Text writes findings for people, then what is not known, then the counts.
func Text(w io.Writer, r rules.Result, o Options) error {
	p := newPrinter(w, o)
	told := map[*process.Launch]string{}
	folded := o.shown(r)
	for _, f := range folded {
		p.finding(f, told)
		p.line()
	}
	if !o.Quiet {
		if p.unknowns(r.Launches) {
			p.line()
		}
		p.closing(folded, r)
	}
	return p.Flush()
}

// A foldedFinding is one that several launches share: a script that many Dockerfiles start is wrong once.
type foldedFinding struct {
	rules.Finding
	others     []*process.Launch
	suppressed *rules.Suppressed // how the project has silenced it; nil for one that counts
}

// shown returns the findings that are to be shown, those that are silenced last.
func (o Options) shown(r rules.Result) []foldedFinding {
	all := make([]foldedFinding, len(r.Findings))
	for i, f := range r.Findings {
		all[i] = foldedFinding{Finding: f}
	}
	all = fold(all)
	if o.ShowSuppressed {
		all = append(all, foldSuppressed(r.Suppressed)...)
	}
	return all
}

// foldSuppressed puts silenced findings that say the same of the same place together.
func foldSuppressed(silenced []rules.Suppressed) []foldedFinding {
	all := make([]foldedFinding, len(silenced))
	for i := range silenced {
		all[i] = foldedFinding{Finding: silenced[i].Finding, suppressed: &silenced[i]}
	}
	return fold(all)
}

// fold puts findings that say the same of the same place together.
func fold(all []foldedFinding) []foldedFinding {
	type key struct {
		rule, file, message, silenced string
		start, end                    int
	}
	type start struct {
		finding      int
		file, target string
		at           int
	}
	startOf := func(finding int, l *process.Launch) start {
		if l == nil || l.Origin.File == nil {
			return start{finding: finding}
		}
		return start{finding, l.Origin.File.Path, l.Target, l.Origin.Start}
	}
	index := map[key]int{}
	starts := map[start]bool{} // a Compose file is read with each that includes it, and its services start at the same place each time
	var out []foldedFinding
	for _, f := range all {
		k := key{rule: f.Rule.ID, message: f.Message, silenced: f.silenced(), start: f.Span.Start, end: f.Span.End}
		if f.Span.File != nil {
			k.file = f.Span.File.Path
		}
		i, ok := index[k]
		if !ok {
			index[k] = len(out)
			starts[startOf(len(out), f.Launch)] = true
			out = append(out, f)
			continue
		}
		if at := startOf(i, f.Launch); !starts[at] {
			starts[at] = true
			out[i].others = append(out[i].others, f.Launch)
		}
		if f.Severity > out[i].Severity {
			out[i].Severity = f.Severity
		}
	}
	return out
}

// silenced marks a finding that is shown although the project has silenced it: "(ignored: reason)", "" for one that counts.
func (f foldedFinding) silenced() string {
	switch {
	case f.suppressed == nil:
		return ""
	case f.suppressed.Reason != "":
		return "(ignored: " + f.suppressed.Reason + ")"
	case f.suppressed.Kind == "external":
		return "(ignored: it is in the baseline)"
	}
	return "(ignored)"
}

// message is the message with the mark of a finding that is silenced, as one line.
func (f foldedFinding) message() string {
	return strings.TrimSuffix(visible(f.Message)+" "+visible(f.silenced()), " ")
}

// finding writes one finding. The processes of a launch are drawn at its first finding only; told has that one's name.
func (p *printer) finding(f foldedFinding, told map[*process.Launch]string) {
	accent := severityStyle(f.Severity)
	name := f.Severity.String() + "[" + f.Rule.ID + "]:"
	for i, part := range wrap(name+" "+f.message(), p.o.Width) {
		if rest, ok := strings.CutPrefix(part, name); ok && i == 0 {
			part = p.o.paint(accent, name) + p.o.paint(strong, rest)
		} else {
			part = p.o.paint(strong, part)
		}
		p.line(part)
	}
	p.line()

	fs := frames(places(f.Finding))
	numbers := 1
	for _, fr := range fs {
		numbers = max(numbers, len(strconv.Itoa(fr.lines[len(fr.lines)-1])))
	}
	p.drawFrames(fs, numbers, accent)

	indent := numbers + 2
	pad := strings.Repeat(" ", indent)
	after := []*process.Launch{f.Launch}
	for _, fix := range f.Fixes {
		after = append(after, fix.After)
	}
	column := p.treeColumn(indent+2, after...)
	if first, ok := told[f.Launch]; f.Rule.OfFile {
		// It is about the file, not about what runs.
	} else if ok {
		p.line()
		p.paragraph(pad, "The processes are those at "+first+" above.")
	} else {
		told[f.Launch] = name[:len(name)-1]
		p.stop(f.Launch, indent, column)
	}
	p.others(f.others, pad)
	if f.Remedy != "" && len(f.Fixes) == 0 {
		p.line()
		p.paragraph(pad, "Help: "+visible(f.Remedy))
	}
	for _, fix := range f.Fixes {
		p.fix(f.Finding, fix, indent, column)
	}
	p.line()
	p.line(pad, p.o.paint(quiet, "Why: pid1lint rules "+f.Rule.ID))
}

// The launches that are listed with a finding that they share.
const maxOthers = 10

// others lists launches that share a finding.
func (p *printer) others(launches []*process.Launch, pad string) {
	if text := p.o.otherPlaces(launches); text != "" {
		p.line()
		p.paragraph(pad, text)
	}
}

// places returns what is drawn of a finding. The place where the container starts belongs to it, whether the rule names it or not.
func places(f rules.Finding) []place {
	var out []place
	if !f.Span.IsZero() {
		out = append(out, newPlace(f.Span, f.Label, true))
	}
	for _, r := range f.Related {
		if !r.Span.IsZero() {
			out = append(out, newPlace(r.Span, r.Message, false))
		}
	}
	origin := f.Launch.Origin
	if origin.IsZero() || f.Rule.OfFile {
		return out
	}
	for _, at := range out {
		if at.span.File.Path == origin.File.Path && at.span.Start <= origin.End && origin.Start <= at.span.End {
			return out
		}
	}
	return append(out, newPlace(origin, startsHere(f.Launch), false))
}

// startsHere says what the origin of a launch is.
func startsHere(l *process.Launch) string {
	if l.Inherited {
		return "what starts is inherited from here"
	}
	return "the container starts here"
}

// stop writes what happens to the processes of a launch when the container is stopped.
func (p *printer) stop(l *process.Launch, indent, column int) {
	pad := strings.Repeat(" ", indent)
	p.line()
	if l.Kind == process.KindScript {
		p.paragraph(pad, takenAsPID1)
		p.line()
	}
	if l.Root == nil {
		p.paragraph(pad, "Nothing starts: "+visible(startFailure(l)))
	} else {
		p.paragraph(pad, strings.TrimSuffix(stopSentence(l), ".")+":")
	}
	if l.Root != nil {
		p.line()
		p.drawTree(l, indent+2, column)
	}
	if text := p.o.branches(l); text != "" {
		p.line()
		p.paragraph(pad, text)
	}
}

// stopSentence says what the runtime does to the processes of a launch.
func stopSentence(l *process.Launch) string {
	if !stops(l) {
		return "The container ends by itself, before anybody stops it."
	}
	return fmt.Sprintf("On stop %s%s sends %s to %s, waits %s, then kills everything.", stopper(l), runsHook(l), l.StopSignal(), firstProcess(l), seconds(l.GracePeriod()))
}

// branches says under which conditions a launch ends as it does.
func (o Options) branches(l *process.Launch) string {
	var out []string
	for _, c := range l.Branch {
		file, line := o.fileLine(c.Span)
		text := shorten(visible(strings.TrimRight(c.Span.Text(), "; \n")), 60, o.glyphs().dots)
		how := "matches " + visible(c.Taken)
		if c.Taken == "true" || c.Taken == "false" {
			how = "is " + c.Taken
		}
		out = append(out, fmt.Sprintf("%s (%s:%d) %s", text, visible(file), line, how))
	}
	if len(out) == 0 {
		return ""
	}
	return "This is so when " + strings.Join(out, ", and ") + "."
}

func startFailure(l *process.Launch) string {
	switch {
	case l.Reason != "":
		return sentence(l.Reason)
	case l.Failure != nil:
		return sentence(l.Failure.Reason)
	}
	return "what the container starts fails."
}

func stopper(l *process.Launch) string {
	switch l.Kind {
	case process.KindCompose:
		return "Docker Compose"
	case process.KindKubernetes:
		return "Kubernetes"
	}
	return "Docker"
}
