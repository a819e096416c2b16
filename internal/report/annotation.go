package report

import (
	"fmt"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// summaryOf is a finding in a few sentences on one line, for formats that have nothing but a message.
func summaryOf(f foldedFinding) string {
	text := sentence(f.message())
	if f.Launch != nil && f.Launch.Kind == process.KindScript {
		text += " " + takenAsPID1
	}
	if advice := advice(f); advice != "" {
		text += " " + visible(advice)
	}
	return text
}

// advice is a sentence that says what to do about a finding, "" where nobody knows.
func advice(f foldedFinding) string {
	text := f.Remedy
	if len(f.Fixes) > 0 && f.suppressed == nil {
		how := "pid1lint --fix"
		if !f.Fixes[0].Safe {
			how += " --unsafe-fixes"
		}
		text = f.Fixes[0].Title + "; " + how + " does it"
	}
	if text == "" {
		return ""
	}
	return "To fix it, " + sentence(text)
}

// elsewhere names the other places of a finding, one line each.
func (o Options) elsewhere(f foldedFinding) []string {
	var out []string
	primary := placeOf(f)
	for _, p := range places(f.Finding) {
		if !p.primary && p.span != primary {
			file, line := o.fileLine(p.span)
			out = append(out, fmt.Sprintf("%s:%d: %s", visible(file), line, visible(p.label)))
		}
	}
	if text := o.otherPlaces(f.others); text != "" {
		out = append(out, text)
	}
	return out
}

// otherPlaces lists launches that share a finding, "" for none.
func (o Options) otherPlaces(launches []*process.Launch) string {
	var places []string
	for i, l := range launches {
		if i == maxOthers && len(launches) > maxOthers+1 {
			places = append(places, fmt.Sprintf("and %d more places", len(launches)-i))
			break
		}
		file, line := o.fileLine(l.Origin)
		place := fmt.Sprintf("%s:%d", visible(file), line)
		if l.Target != "" {
			place += " (" + targetName(l) + " " + visible(l.Target) + ")"
		}
		places = append(places, place)
	}
	if len(places) == 0 {
		return ""
	}
	return "The same happens to what starts at " + strings.Join(places, ", ") + "."
}
