package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pid1lint/pid1lint/internal/fingerprint"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

type sarifResult struct {
	RuleID       string              `json:"ruleId"`
	RuleIndex    int                 `json:"ruleIndex"`
	Level        string              `json:"level"`
	Message      sarifMessage        `json:"message"`
	Locations    []sarifLocation     `json:"locations"`
	Fingerprints map[string]string   `json:"partialFingerprints,omitempty"`
	Related      []sarifLocation     `json:"relatedLocations,omitempty"`
	CodeFlows    []sarifCodeFlow     `json:"codeFlows,omitempty"`
	Fixes        []sarifFix          `json:"fixes,omitempty"`
	Suppressions *[]sarifSuppression `json:"suppressions,omitempty"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification,omitempty"`
}

type sarifCodeFlow struct {
	Message     sarifMessage      `json:"message"`
	ThreadFlows []sarifThreadFlow `json:"threadFlows"`
}

type sarifThreadFlow struct {
	Locations []sarifStep `json:"locations"`
}

type sarifStep struct {
	Location     sarifLocation `json:"location"`
	NestingLevel int           `json:"nestingLevel"`
}

func (s *sarifWriter) results(findings []foldedFinding) []sarifResult {
	out := []sarifResult{}
	for _, f := range findings {
		r := sarifResult{RuleID: f.Rule.ID, RuleIndex: s.add(f.Rule), Level: sarifLevel(f.Severity), Locations: []sarifLocation{}}
		if at := placeOf(f); !at.IsZero() {
			r.Locations = append(r.Locations, locationOf(at))
			if hash := s.hashes.Line(at.File, at.Begin().Line); hash != "" {
				r.Fingerprints = map[string]string{fingerprint.Name: hash}
			}
		}
		r.Message.Text, r.Related = s.message(f)
		r.CodeFlows = s.codeFlows(f)
		for _, fix := range f.Fixes {
			if written, ok := sarifFixOf(fix); ok {
				r.Fixes = append(r.Fixes, written)
			}
		}
		if s.o.ShowSuppressed {
			// Either no result of a run has the property, or all have (SARIF 2.1.0, 3.27.23).
			r.Suppressions = &[]sarifSuppression{}
			if f.suppressed != nil {
				*r.Suppressions = append(*r.Suppressions, sarifSuppression{f.suppressed.Kind, visible(f.suppressed.Reason)})
			}
		}
		out = append(out, r)
	}
	return out
}

// message says what is wrong in its first sentence, which GitHub takes for the title, then what to do, and links to the
// other places.
func (s *sarifWriter) message(f foldedFinding) (string, []sarifLocation) {
	var related []sarifLocation
	link := func(span parser.Span, text, label string) string {
		at := locationOf(span)
		at.ID, at.Message = len(related)+1, &sarifMessage{Text: sentence(capital(plainMessage(label)))}
		related = append(related, at)
		return fmt.Sprintf("[%s](%d)", strings.NewReplacer("[", "(", "]", ")").Replace(plainMessage(text)), at.ID)
	}
	parts := []string{sentence(plainMessage(f.Message))}
	if f.Launch != nil && f.Launch.Kind == process.KindScript {
		parts = append(parts, takenAsPID1)
	}
	if text := advice(f); text != "" {
		parts = append(parts, plainMessage(text))
	}
	primary := placeOf(f)
	var links []string
	for _, p := range places(f.Finding) {
		if !p.primary && p.span != primary {
			text := link(p.span, p.label, p.label)
			if primary.IsZero() || p.span.File.Path != primary.File.Path {
				text += " (" + plainMessage(p.span.File.Path) + ")"
			}
			links = append(links, text)
		}
	}
	if len(links) > 0 {
		parts = append(parts, "Related: "+strings.Join(links, ", ")+".")
	}
	links = nil
	for i, l := range f.others {
		if i == maxOthers && len(f.others) > maxOthers+1 {
			links = append(links, fmt.Sprintf("and %d more places", len(f.others)-i))
			break
		}
		if !l.Origin.IsZero() {
			links = append(links, link(l.Origin, fmt.Sprintf("%s, line %d", l.Origin.File.Path, l.Origin.Begin().Line), startsHere(l)))
		}
	}
	if len(links) > 0 {
		parts = append(parts, "The same happens to what starts at "+strings.Join(links, "; ")+".")
	}
	return strings.Join(parts, " "), related
}

var placeholder = regexp.MustCompile(`\{(\d+)\}`)

// plainMessage keeps text that comes from outside from being taken for a link or a placeholder (SARIF 2.1.0, 3.11.5 and
// 3.11.6), which consumers escape differently or not at all.
func plainMessage(text string) string {
	return placeholder.ReplaceAllString(strings.ReplaceAll(visible(text), "](", "] ("), "{ $1 }")
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// codeFlows is the way of the stop signal: the processes of the launch as a tree, PID 1 first, each with what it does with
// the signal. The viewer of Visual Studio Code indents by nestingLevel and numbers the steps; GitHub has "Show paths".
func (s *sarifWriter) codeFlows(f foldedFinding) []sarifCodeFlow {
	l := f.Launch
	if l == nil || l.Root == nil || f.Rule.OfFile {
		return nil
	}
	printer := newPrinter(nil, Options{})
	var steps []sarifStep
	var walk func(p *process.Process, at parser.Span, level int)
	walk = func(p *process.Process, at parser.Span, level int) {
		if !p.Span.IsZero() {
			at = p.Span
		}
		if !at.IsZero() {
			step := sarifStep{Location: locationOf(at), NestingLevel: level}
			text := shorten(command(p.Argv), 72, "...")
			if level == 0 {
				text = "PID 1, " + text
			}
			if why := visible(printer.row(l, p).why); why != "" {
				text += ": " + why
			}
			step.Location.Message = &sarifMessage{Text: sentence(plainMessage(text))}
			steps = append(steps, step)
		}
		for _, child := range p.Children {
			walk(child, at, level+1)
		}
	}
	walk(l.Root, l.Origin, 0)
	if len(steps) == 0 {
		return nil
	}
	return []sarifCodeFlow{{Message: sarifMessage{Text: stopSentence(l)}, ThreadFlows: []sarifThreadFlow{{Locations: steps}}}}
}
