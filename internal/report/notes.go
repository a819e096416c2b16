package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// Problems writes what could not be read or makes no sense, one line each.
func Problems(w io.Writer, problems []rules.Problem, o Options) error {
	p := newPrinter(w, o)
	for _, problem := range problems {
		p.line(p.o.paint(severityStyle(rules.Error), "error:"), " ", placePrefix(o.problemPlace(problem)), visible(problemMessage(problem)))
	}
	return p.Flush()
}

// Warning writes a line about a run that is no problem.
func Warning(w io.Writer, message string, o Options) error {
	p := newPrinter(w, o)
	p.line(p.o.paint(severityStyle(rules.Warning), "warning:"), " ", visible(message))
	return p.Flush()
}

// problemMessage leaves out the file that the place of the problem names anyway, and names as it is seen from the current folder.
func problemMessage(p rules.Problem) string {
	if p.Path == "" {
		return p.Message
	}
	return strings.Replace(p.Message, " "+p.Path+": ", ": ", 1)
}

func placePrefix(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return visible(file) + ": "
	}
	return visible(file) + ":" + strconv.Itoa(line) + ": "
}

// unknowns writes one note for each launch that nothing can be said of, with the reasons that were not given yet for the
// same file. It reports whether there was any.
func (p *printer) unknowns(launches []*process.Launch) bool {
	said := map[[2]string]bool{}
	wrote := false
	for _, l := range launches {
		if l.Verdict != process.Undecided || l.Inherited && l.Kind != process.KindDockerfile {
			continue // an image from elsewhere that is used as it is: nothing here could be better
		}
		file, line := p.o.fileLine(l.Origin)
		reasons := p.o.newReasons(l, func(reason string) bool {
			key := [2]string{file, reason}
			defer func() { said[key] = true }()
			return !said[key]
		})
		if len(reasons) == 0 {
			continue
		}
		note := p.o.paint(severityStyle(rules.Note), "note:") + " "
		text := placePrefix(file, line) + "cannot tell what happens on stop: " + strings.Join(reasons, "; ")
		for i, part := range wrap("note: "+text, p.o.Width) {
			if rest, ok := strings.CutPrefix(part, "note: "); ok && i == 0 {
				part = note + rest
			}
			p.line(part)
		}
		wrote = true
	}
	return wrote
}

// newReasons returns why nothing can be said of a launch, each with its place where that is not the place of the launch.
func (o Options) newReasons(l *process.Launch, isNew func(string) bool) []string {
	file, line := o.fileLine(l.Origin)
	var out []string
	for _, gap := range l.Unknown {
		reason := visible(gap.Reason)
		if !isNew(reason) {
			continue
		}
		if at, n := o.fileLine(gap.Span); n > 0 && (at != file || n != line) {
			reason += fmt.Sprintf(" (%s:%d)", visible(at), n)
		}
		out = append(out, reason)
	}
	if len(l.Unknown) == 0 && l.Reason != "" && isNew(l.Reason) {
		out = append(out, visible(l.Reason))
	}
	return out
}

// closing writes the last lines: what was fixed, what there is, and what fixes it.
func (p *printer) closing(findings []foldedFinding, r rules.Result) {
	findings = slices.DeleteFunc(slices.Clone(findings), func(f foldedFinding) bool { return f.suppressed != nil })
	if p.o.Fixed != "" {
		p.line("Made ", p.o.Fixed, ".")
	}
	p.line(summary(findings, r, p.o.Elapsed) + fixCommand(findings, visible(p.o.FixCommand)))
}

// fixCommand says how what can be fixed is fixed, as the end of the closing line.
func fixCommand(findings []foldedFinding, command string) string {
	safe, unsafe := 0, 0
	for _, f := range findings {
		switch {
		case len(f.Fixes) == 0:
		case f.Fixes[0].Safe:
			safe++
		default:
			unsafe++
		}
	}
	switch {
	case command == "" || safe+unsafe == 0:
		return ""
	case safe == 0:
		return " With a look at it: " + command + " --unsafe-fixes"
	case safe == 1 && len(findings) == 1:
		return " Fix it: " + command
	case safe == len(findings):
		return " Fix them: " + command
	}
	return fmt.Sprintf(" Fix %d of them: %s", safe, command)
}

// summary counts: "1 error and 2 notes in 2 files (0.01s), 1 ignored.".
func summary(findings []foldedFinding, r rules.Result, elapsed time.Duration) string {
	count := map[rules.Severity]int{}
	for _, f := range findings {
		count[f.Severity]++
	}
	var parts []string
	for s := rules.Error; s > rules.Off; s-- {
		if count[s] > 0 {
			parts = append(parts, plural(count[s], s.String()))
		}
	}
	what := "No findings"
	if n := len(parts); n > 1 {
		what = strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	} else if n == 1 {
		what = parts[0]
	}
	text := fmt.Sprintf("%s in %s (%.2fs)", what, plural(r.Files, "file"), elapsed.Seconds())
	if n := len(foldSuppressed(r.Suppressed)); n > 0 {
		text += fmt.Sprintf(", %d ignored", n)
	}
	if n := len(r.Problems); n > 0 {
		text += ", " + plural(n, "problem")
	}
	return text + "."
}
