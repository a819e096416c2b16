package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/pid1lint/pid1lint/rules"
)

type junitReport struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Cases    []*junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitOutcome struct {
	Message string `xml:"message,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes findings in the XML of JUnit, which CI systems show as tests: a suite for each file, a case for each rule that
// found something in it. Errors and warnings are failures, notes pass and have their text as output, silenced findings are
// skipped, and what could not be read is an error. A file that launches are written in and nothing was found in passes, so
// that a run without findings is not one without tests.
//
// Source: testmoapp/junitxml, which describes what the readers of the format have in common.
func JUnit(w io.Writer, r rules.Result, o Options) error {
	report := junitReport{Name: "pid1lint"}
	suites := map[string]*junitSuite{}
	suite := func(file string) *junitSuite {
		s, ok := suites[file]
		if !ok {
			s = &junitSuite{Name: visible(file)}
			if file == "" {
				s.Name = "pid1lint"
			}
			suites[file] = s
			report.Suites = append(report.Suites, s)
		}
		return s
	}
	for _, p := range r.Problems {
		file, line := o.problemPlace(p)
		s := suite(file)
		c := s.add(&junitCase{Name: "pid1lint", File: visible(file), Line: line})
		c.Error = &junitOutcome{Message: visible(problemMessage(p)), Type: "error", Text: placePrefix(file, line) + visible(problemMessage(p))}
	}
	for _, f := range o.shown(r) {
		file, _ := o.fileLine(placeOf(f))
		o.addCase(suite(file), f)
	}
	for _, l := range r.Launches {
		file, _ := o.fileLine(l.Origin)
		if s := suite(file); len(s.Cases) == 0 {
			s.add(&junitCase{Name: "pid1lint", File: visible(file)})
		}
	}
	for _, s := range report.Suites {
		s.count()
		report.Tests += s.Tests
		report.Failures += s.Failures
		report.Errors += s.Errors
		report.Skipped += s.Skipped
	}
	return writeXML(w, report)
}

func (s *junitSuite) add(c *junitCase) *junitCase {
	c.Class = s.Name
	s.Cases = append(s.Cases, c)
	return c
}

// addCase puts a finding into the case of its rule. Readers take the first failure of a case only, so there is one for all.
func (o Options) addCase(s *junitSuite, f foldedFinding) {
	at := placeOf(f)
	file, line := o.fileLine(at)
	text := strings.Join(append([]string{
		fmt.Sprintf("%s:%d:%d: %s: %s", visible(file), line, at.Begin().Column, f.Severity, summaryOf(f)),
	}, o.elsewhere(f)...), "\n")
	kind := "failure"
	switch {
	case f.suppressed != nil:
		kind = "skipped"
	case f.Severity <= rules.Note:
		kind = "note"
	}
	var c *junitCase
	for _, other := range s.Cases {
		if other.Name == f.Rule.ID && other.kind() == kind {
			c = other
		}
	}
	if c == nil {
		c = s.add(&junitCase{Name: f.Rule.ID, File: visible(file), Line: line})
	}
	switch kind {
	case "note":
		c.Output = joinLines(c.Output, text)
	case "skipped":
		c.Skipped = c.Skipped.more(f.message(), "", text)
	default:
		c.Failure = c.Failure.more(f.message(), f.Severity.String(), text)
	}
}

func (c *junitCase) kind() string {
	switch {
	case c.Failure != nil:
		return "failure"
	case c.Skipped != nil:
		return "skipped"
	case c.Output != "":
		return "note"
	}
	return ""
}

func (outcome *junitOutcome) more(message, kind, text string) *junitOutcome {
	if outcome == nil {
		return &junitOutcome{message, kind, text}
	}
	outcome.Text = joinLines(outcome.Text, text)
	return outcome
}

func joinLines(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}

func (s *junitSuite) count() {
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

// writeXML writes a document whose texts are visible ones, so that XML can hold all of their characters.
func writeXML(w io.Writer, doc any) error {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	enc := xml.NewEncoder(&out)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}
