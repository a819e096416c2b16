package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// The JSON documents are a contract: fields are added, never renamed or removed, and the order stays. Lists are never null.

type jsonReport struct {
	Version  int           `json:"version"`
	Findings []jsonFinding `json:"findings"`
	Launches []jsonLaunch  `json:"launches"`
	Problems []jsonProblem `json:"problems"`
}

type jsonExplanation struct {
	Version  int          `json:"version"`
	Launches []jsonLaunch `json:"launches"`
}

type jsonFinding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	jsonPlace
	Verdict process.Verdict `json:"verdict"`
	Related []jsonRelated   `json:"related"`
	Fixes   []jsonFix       `json:"fixes"`
	Launch  int             `json:"launch"`

	Suppressed *jsonSuppressed `json:"suppressed,omitempty"` // only in what is silenced
}

type jsonSuppressed struct {
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

type jsonPlace struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
	StartByte int    `json:"startByte"`
	EndByte   int    `json:"endByte"`
}

type jsonRelated struct {
	Message string `json:"message"`
	jsonPlace
}

type jsonFix struct {
	Title        string          `json:"title"`
	Safe         bool            `json:"safe"`
	Edits        []jsonEdit      `json:"edits"`
	VerdictAfter process.Verdict `json:"verdictAfter"` // "" where the fix was not proven
}

type jsonEdit struct {
	File      string `json:"file"`
	StartByte int    `json:"startByte"`
	EndByte   int    `json:"endByte"`
	NewText   string `json:"newText"`
}

type jsonLaunch struct {
	File         string          `json:"file"`
	Line         int             `json:"line"`
	Target       string          `json:"target"`
	Kind         process.Kind    `json:"kind"`
	Base         string          `json:"base"`
	Shell        string          `json:"shell"`
	Argv         []string        `json:"argv"`
	Signal       string          `json:"signal"`
	GraceSeconds float64         `json:"graceSeconds"`
	Verdict      process.Verdict `json:"verdict"`
	Slow         bool            `json:"slow"`
	OneShot      bool            `json:"oneShot"`
	Reason       string          `json:"reason"`
	Processes    *jsonProcess    `json:"processes"` // null where nothing starts
	Unknown      []jsonGap       `json:"unknown"`
}

type jsonProcess struct {
	Argv     []string       `json:"argv"`
	Role     process.Role   `json:"role"`
	Start    process.How    `json:"start"`
	File     string         `json:"file"`
	Line     int            `json:"line"`
	Receives string         `json:"receives"`
	Children []*jsonProcess `json:"children"`
}

type jsonGap struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type jsonProblem struct {
	Message string `json:"message"`
	File    string `json:"file"`
	Line    int    `json:"line"`
}

// JSON writes findings, launches and problems as one JSON document.
func JSON(w io.Writer, r rules.Result, o Options) error {
	doc := jsonReport{Version: 1, Findings: []jsonFinding{}, Problems: []jsonProblem{}}
	launches := r.Launches
	index := map[*process.Launch]int{}
	for i, l := range launches {
		index[l] = i
	}
	add := func(f rules.Finding, suppressed *jsonSuppressed) {
		launch, ok := index[f.Launch]
		if !ok {
			launch = len(launches)
			index[f.Launch] = launch
			launches = append(launches[:launch:launch], f.Launch)
		}
		finding := o.jsonFinding(f, launch)
		finding.Suppressed = suppressed
		doc.Findings = append(doc.Findings, finding)
	}
	for _, f := range r.Findings {
		add(f, nil)
	}
	if o.ShowSuppressed {
		for _, f := range r.Suppressed {
			add(f.Finding, &jsonSuppressed{f.Kind, f.Reason})
		}
	}
	for _, p := range r.Problems {
		file, line := o.problemPlace(p)
		doc.Problems = append(doc.Problems, jsonProblem{Message: problemMessage(p), File: file, Line: line})
	}
	doc.Launches = o.jsonLaunches(launches)
	return writeJSON(w, doc)
}

// ExplainJSON writes launches as one JSON document.
func ExplainJSON(w io.Writer, r rules.Result, o Options) error {
	return writeJSON(w, jsonExplanation{Version: 1, Launches: o.jsonLaunches(r.Launches)})
}

func (o Options) jsonFinding(f rules.Finding, launch int) jsonFinding {
	out := jsonFinding{
		Rule: f.Rule.ID, Severity: f.Severity.String(), Message: f.Message, jsonPlace: o.jsonPlace(f.Span),
		Verdict: f.Launch.Verdict, Related: []jsonRelated{}, Fixes: []jsonFix{}, Launch: launch,
	}
	for _, related := range f.Related {
		out.Related = append(out.Related, jsonRelated{related.Message, o.jsonPlace(related.Span)})
	}
	for _, fix := range f.Fixes {
		j := jsonFix{Title: fix.Title, Safe: fix.Safe, Edits: []jsonEdit{}}
		for _, e := range fix.Edits {
			j.Edits = append(j.Edits, jsonEdit{o.path(e.Span.File), e.Span.Start, e.Span.End, e.New})
		}
		if fix.After != nil {
			j.VerdictAfter = fix.After.Verdict
		}
		out.Fixes = append(out.Fixes, j)
	}
	return out
}

func (o Options) jsonPlace(s parser.Span) jsonPlace {
	if s.IsZero() {
		return jsonPlace{}
	}
	begin, end := s.Begin(), s.Finish()
	return jsonPlace{o.path(s.File), begin.Line, begin.Column, end.Line, end.Column, s.Start, s.End}
}

func (o Options) jsonLaunches(launches []*process.Launch) []jsonLaunch {
	out := []jsonLaunch{}
	for _, l := range launches {
		file, line := o.fileLine(l.Origin)
		j := jsonLaunch{
			File: file, Line: line, Target: l.Target, Kind: l.Kind, Base: l.Base, Shell: l.Shell.String(),
			Argv: parser.Texts(l.Argv), Signal: l.StopSignal().String(), GraceSeconds: l.GracePeriod().Seconds(),
			Verdict: l.Verdict, Slow: l.Slow, OneShot: l.OneShot, Reason: l.Reason,
			Processes: o.jsonProcess(l, l.Root), Unknown: []jsonGap{},
		}
		for _, gap := range l.Unknown {
			file, line := o.fileLine(gap.Span)
			j.Unknown = append(j.Unknown, jsonGap{file, line, gap.Reason})
		}
		out = append(out, j)
	}
	return out
}

func (o Options) jsonProcess(l *process.Launch, p *process.Process) *jsonProcess {
	if p == nil {
		return nil
	}
	span := p.Span
	if span.IsZero() {
		span = l.Origin
	}
	file, line := o.fileLine(span)
	out := &jsonProcess{
		Argv: parser.Texts(p.Argv), Role: p.Role, Start: p.How, File: file, Line: line,
		Receives: receives(p), Children: []*jsonProcess{},
	}
	for _, child := range p.Children {
		out.Children = append(out.Children, o.jsonProcess(l, child))
	}
	return out
}

// receives names the answer to whether the stop signal reaches a process.
func receives(p *process.Process) string {
	switch p.Receives {
	case image.Yes:
		return "yes"
	case image.No:
		return "no"
	}
	return "unknown"
}

// fileLine returns a place as the printed path and the one-based line, "" and 0 for no place.
func (o Options) fileLine(s parser.Span) (string, int) {
	if s.IsZero() {
		return "", 0
	}
	return o.path(s.File), s.Begin().Line
}

// problemPlace returns where a problem is; the line is 0 where it concerns the whole file.
func (o Options) problemPlace(p rules.Problem) (string, int) {
	if !p.Span.IsZero() {
		return o.fileLine(p.Span)
	}
	if p.Path == "" {
		return "", 0
	}
	return o.show(p.Path), 0
}

func writeJSON(w io.Writer, doc any) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := w.Write(escapeControls(out.Bytes()))
	return err
}

// escapeControls writes as \uXXXX what encoding/json leaves as it is but a terminal or a CI system may obey. Such
// characters stand within strings only, so the value stays the same.
func escapeControls(doc []byte) []byte {
	doc = ciCommand.ReplaceAll(doc, []byte(`#\u0023$1`))
	out := make([]byte, 0, len(doc))
	for len(doc) > 0 {
		r, size := utf8.DecodeRune(doc)
		if r != '\n' && unsafeRune(r) && r < 0x10000 {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = append(out, doc[:size]...)
		}
		doc = doc[size:]
	}
	return out
}
