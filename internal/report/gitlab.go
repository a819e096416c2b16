package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/pid1lint/pid1lint/internal/fingerprint"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// GitLab writes findings as a Code Quality report of GitLab. Paths are relative to the root of the run, whatever Options.Path is.
//
// A fingerprint depends on the rule, the path and the text of the line, so that it stays when lines above are added. What
// has no place in a file is left out, since the format has no room for it.
//
// Source: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format".
func GitLab(w io.Writer, r rules.Result, o Options) error {
	var hashes fingerprint.Hashes
	seen := map[string]int{}
	issues := []gitlabIssue{}
	add := func(check, severity, description, path string, file *parser.File, line int) {
		key := check + "\x00" + path + "\x00" + hashes.Line(file, line)
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, seen[key]))
		issues = append(issues, gitlabIssue{
			Description: description, CheckName: check, Fingerprint: hex.EncodeToString(sum[:16]), Severity: severity,
			Location: gitlabLocation{Path: path, Lines: gitlabLines{Begin: max(line, 1)}},
		})
	}
	for _, p := range r.Problems {
		if p.Path != "" {
			add("pid1lint", "blocker", visible(problemMessage(p)), p.Path, p.Span.File, p.Span.Begin().Line)
		}
	}
	for _, f := range o.shown(r) {
		if at := placeOf(f); !at.IsZero() {
			add(f.Rule.ID, gitlabSeverity(f), summaryOf(f), at.File.Path, at.File, at.Begin().Line)
		}
	}
	return writeJSON(w, issues)
}

func gitlabSeverity(f foldedFinding) string {
	switch urgency(f) {
	case rules.Error:
		return "major"
	case rules.Warning:
		return "minor"
	}
	return "info"
}
