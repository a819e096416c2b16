package report

import (
	"io"
	"net/url"
	"strings"

	"github.com/pid1lint/pid1lint/internal/fingerprint"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// The parts of SARIF 2.1.0 that are written, each as its consumers want it: GitHub code scanning (docs.github.com, "SARIF
// support for code scanning"), the SARIF Viewer of Visual Studio Code (microsoft/sarif-vscode-extension), GitLab, reviewdog.
//
// What is left out is left out on purpose: byteOffset makes the viewer take the file for a binary one, security-severity
// turns findings into security alerts, and times would make two equal runs different.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool               sarifTool           `json:"tool"`
	Invocations        []sarifInvocation   `json:"invocations"`
	OriginalURIBaseIDs map[string]struct{} `json:"originalUriBaseIds"`
	AutomationDetails  sarifAutomation     `json:"automationDetails"`
	ColumnKind         string              `json:"columnKind"`
	Results            []sarifResult       `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name            string      `json:"name"`
	Version         string      `json:"version,omitempty"`
	SemanticVersion string      `json:"semanticVersion,omitempty"`
	InformationURI  string      `json:"informationUri"`
	Rules           []sarifRule `json:"rules"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifLocation struct {
	ID       int            `json:"id,omitempty"`
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Message  *sarifMessage  `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *region       `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId"`
}

// The root of the run, in SARIF: it has no address, so that a log does not depend on where it was written.
const sourceRoot = "%SRCROOT%"

// SARIF writes findings as a log of SARIF 2.1.0. Its paths are relative to the root of the run, whatever Options.Path is.
func SARIF(w io.Writer, r rules.Result, o Options) error { return writeSARIF(w, r, o, rules.All()) }

// writeSARIF writes a log with a catalogue of some rules and of those that have findings.
func writeSARIF(w io.Writer, r rules.Result, o Options, catalogue []*rules.Rule) error {
	s := &sarifWriter{o: o, index: map[string]int{}}
	for _, rule := range catalogue {
		s.add(rule)
	}
	run := sarifRun{
		Invocations:        []sarifInvocation{{ExecutionSuccessful: len(r.Problems) == 0, Notifications: s.notifications(r.Problems)}},
		OriginalURIBaseIDs: map[string]struct{}{sourceRoot: {}},
		AutomationDetails:  sarifAutomation{"pid1lint/"},
		ColumnKind:         "utf16CodeUnits",
		Results:            s.results(o.shown(r)),
	}
	number := strings.TrimPrefix(o.Version, "v")
	if number == "" {
		number = "0.0.0-devel" // readers compare versions, and a log without any looks broken to some
	}
	run.Tool.Driver = sarifDriver{
		Name: "pid1lint", Version: number, SemanticVersion: number, InformationURI: projectURI, Rules: s.rules,
	}
	return writeJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

// A sarifWriter makes the parts of one log.
type sarifWriter struct {
	o      Options
	rules  []sarifRule
	index  map[string]int // of rules, by their IDs
	hashes fingerprint.Hashes
}

func (s *sarifWriter) notifications(problems []rules.Problem) []sarifNotification {
	var out []sarifNotification
	for _, p := range problems {
		n := sarifNotification{Level: "error", Message: sarifMessage{Text: sentence(plainMessage(problemMessage(p)))}}
		switch {
		case !p.Span.IsZero():
			n.Locations = []sarifLocation{locationOf(p.Span)}
		case p.Path != "":
			n.Locations = []sarifLocation{{Physical: &sarifPhysical{Artifact: artifactOf(p.Path)}}}
		}
		out = append(out, n)
	}
	return out
}

// locationOf is a place on one line.
func locationOf(s parser.Span) sarifLocation {
	at := regionOf(tight(s))
	return sarifLocation{Physical: &sarifPhysical{Artifact: artifactOf(s.File.Path), Region: &at}}
}

// artifactOf makes a path relative to the root a URI relative to it.
func artifactOf(path string) sarifArtifact {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(part), ":", "%3A") // what stands before a colon would be a scheme
	}
	return sarifArtifact{strings.Join(parts, "/"), sourceRoot}
}
