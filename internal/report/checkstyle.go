package report

import (
	"encoding/xml"
	"io"

	"github.com/pid1lint/pid1lint/rules"
)

type checkstyleReport struct {
	XMLName xml.Name          `xml:"checkstyle"`
	Version string            `xml:"version,attr"`
	Files   []*checkstyleFile `xml:"file"`
}

type checkstyleFile struct {
	Name   string            `xml:"name,attr"`
	Errors []checkstyleError `xml:"error"`
}

type checkstyleError struct {
	Line     int    `xml:"line,attr"`
	Column   int    `xml:"column,attr,omitempty"`
	Severity string `xml:"severity,attr"`
	Message  string `xml:"message,attr"`
	Source   string `xml:"source,attr"`
}

// Checkstyle writes findings in the XML of Checkstyle, which Jenkins, reviewdog and many others read. Columns count bytes.
//
// Source: checkstyle/checkstyle, XMLLogger.java and SeverityLevel.java.
func Checkstyle(w io.Writer, r rules.Result, o Options) error {
	report := checkstyleReport{Version: "4.3"}
	index := map[string]*checkstyleFile{}
	add := func(file string, e checkstyleError) {
		f, ok := index[file]
		if !ok {
			f = &checkstyleFile{Name: visible(file)}
			if file == "" {
				f.Name = "pid1lint"
			}
			index[file] = f
			report.Files = append(report.Files, f)
		}
		f.Errors = append(f.Errors, e)
	}
	for _, p := range r.Problems {
		file, line := o.problemPlace(p)
		add(file, checkstyleError{Line: line, Severity: "error", Message: visible(problemMessage(p)), Source: "pid1lint"})
	}
	for _, f := range o.shown(r) {
		at := placeOf(f)
		file, line := o.fileLine(at)
		add(file, checkstyleError{line, at.Begin().Column, checkstyleSeverity(f), summaryOf(f), "pid1lint." + f.Rule.ID})
	}
	return writeXML(w, report)
}

func checkstyleSeverity(f foldedFinding) string {
	switch urgency(f) {
	case rules.Error:
		return "error"
	case rules.Warning:
		return "warning"
	case rules.Off:
		return "ignore"
	}
	return "info"
}
