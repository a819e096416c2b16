package report

import (
	"strings"

	"github.com/pid1lint/pid1lint/rules"
)

const (
	projectURI = "https://github.com/pid1lint/pid1lint"
	rulesURI   = projectURI + "/blob/main/rules/README.md#"
)

type sarifRule struct {
	ID               string              `json:"id"`
	Name             string              `json:"name"`
	ShortDescription sarifMessage        `json:"shortDescription"`
	FullDescription  sarifMessage        `json:"fullDescription"`
	HelpURI          string              `json:"helpUri"`
	Help             sarifMessage        `json:"help"`
	Default          sarifConfiguration  `json:"defaultConfiguration"`
	Properties       sarifRuleProperties `json:"properties"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifRuleProperties struct {
	Tags      []string `json:"tags"`
	Precision string   `json:"precision"`
	Severity  string   `json:"problem.severity"`
}

// add gives a rule the next index, unless it has one.
func (s *sarifWriter) add(r *rules.Rule) int {
	if i, ok := s.index[r.ID]; ok {
		return i
	}
	s.index[r.ID] = len(s.rules)
	precision := "high"
	if r.Preview {
		precision = "medium"
	}
	s.rules = append(s.rules, sarifRule{
		ID: r.ID, Name: pascalCase(r.ID),
		ShortDescription: sarifMessage{Text: sentence(r.Title)},
		FullDescription:  sarifMessage{Text: firstParagraph(r)},
		HelpURI:          rulesURI + r.ID,
		Help:             sarifMessage{Text: helpText(r), Markdown: helpMarkdown(r)},
		Default:          sarifConfiguration{sarifLevel(r.Severity)},
		Properties: sarifRuleProperties{
			Tags: []string{"container", "docker", "graceful-shutdown", "reliability"}, Precision: precision, Severity: problemSeverity(r.Severity),
		},
	})
	return s.index[r.ID]
}

// pascalCase turns no-exec into NoExec and stopsignal into StopsignalRule: the viewer of Visual Studio Code shows the name,
// which has to differ from the ID in more than its case.
func pascalCase(id string) string {
	var out strings.Builder
	for _, word := range strings.Split(id, "-") {
		out.WriteString(capital(word))
	}
	if !strings.Contains(id, "-") {
		out.WriteString("Rule")
	}
	return out.String()
}

// A description is cut by GitHub at 1024 characters.
const maxDescription = 1000

// firstParagraph is what a rule is about, in a few sentences.
func firstParagraph(r *rules.Rule) string {
	text, _, _ := strings.Cut(strings.TrimSpace(r.Doc), "\n\n")
	text = inline(strings.Join(strings.Fields(text), " "))
	if text == "" {
		text = r.Title
	}
	if len(text) > maxDescription {
		text = text[:strings.LastIndex(text[:maxDescription], ". ")+1]
	}
	return sentence(text)
}

// helpText is the page of a rule as plain text.
func helpText(r *rules.Rule) string {
	var page strings.Builder
	_ = Page(&page, r, Options{}) // a strings.Builder takes everything
	return page.String()
}

func helpMarkdown(r *rules.Rule) string {
	return sentence(r.Title) + "\n\n" + r.Markdown() + "\n[This page in the catalogue](" + rulesURI + r.ID + ")\n"
}

// sarifLevel is the level of a severity (SARIF 2.1.0, 3.27.10).
func sarifLevel(s rules.Severity) string {
	switch s {
	case rules.Error:
		return "error"
	case rules.Warning:
		return "warning"
	case rules.Note:
		return "note"
	}
	return "none"
}

// problemSeverity is the same in the words of GitHub.
func problemSeverity(s rules.Severity) string {
	if s == rules.Note {
		return "recommendation"
	}
	return sarifLevel(s)
}
