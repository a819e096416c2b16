package rules

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:generate go test -run TestReadme -update

const preamble = `# Rules

Generated from the rules themselves by «go generate ./rules». «pid1lint rules no-exec» prints one page of it.

An error: the application never gets to finish, or the container does not run. A warning: the application finishes only under some
conditions, or a line has no effect. A note: nothing is lost, but something is worth knowing. About a command that ends by itself,
such as a migration, and about one that is inherited from the base image, a finding is a note at most.

A comment silences a finding. It stands alone on a line above it, in a Dockerfile above the instruction, or at the end of the line in
scripts and YAML; or else above the instruction that the container starts with, for a file that cannot hold comments or that others use,
too. The reason is optional, and appears in reports.

~~~sh
# pid1lint ignore=no-exec,no-trap; reason=a test run, which ends by itself
# pid1lint global ignore=shell-form; reason=for the whole file
~~~

«.pid1lint.yaml» gives a rule another severity, or turns it «off».

| rule | severity | what it finds |
| --- | --- | --- |
`

// WriteReadme writes the catalogue of all rules as Markdown: a section per rule, under the anchor of its ID.
func WriteReadme(out io.Writer) error {
	w := &strings.Builder{}
	w.WriteString(markCode(preamble))
	for _, r := range All() {
		fmt.Fprintf(w, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Title)
	}
	for _, r := range All() {
		preview := ""
		if r.Preview {
			preview = ", only with `--preview`"
		}
		fmt.Fprintf(w, "\n## %s\n\n%s (%s%s).\n\n%s", r.ID, r.Title, r.Severity, preview, r.Markdown())
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// Markdown returns the page of a rule without its heading: what it finds, why, an example of it and the same put right, how to fix it,
// and when to ignore it. The names of these parts are bold lines, not headings, so that their anchors are not repeated in the catalogue.
func (r *Rule) Markdown() string {
	w := &strings.Builder{}
	for _, part := range []struct{ name, text string }{
		{"What it finds", r.Doc},
		{"Why", r.Why},
		{"Bad", example(r.Bad)},
		{"Good", example(r.Good)},
		{"How to fix it", r.Fix},
		{"When to ignore it", r.Ignore},
	} {
		if part.text != "" {
			fmt.Fprintf(w, "**%s**\n\n%s\n\n", part.name, strings.TrimSpace(part.text))
		}
	}
	if len(r.Aliases) > 0 {
		fmt.Fprintf(w, "Known elsewhere as %s, whose ignore comments count, too.\n", strings.Join(r.Aliases, " and "))
	}
	return strings.TrimSpace(w.String()) + "\n"
}

// example shows the files of a txtar archive, each below its name.
func example(archive string) string {
	w := &strings.Builder{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		text := strings.ReplaceAll(strings.TrimRight(string(f.Data), "\n"), "\r", "␍")
		fmt.Fprintf(w, "`%s`\n\n```%s\n%s\n```\n\n", f.Name, language(f.Name), text)
	}
	return w.String()
}

// language is what Markdown calls the language of a file, for its colours.
func language(name string) string {
	switch ext := strings.TrimPrefix(path.Ext(name), "."); ext {
	case "":
		return "dockerfile"
	case "conf":
		return "ini"
	default:
		return ext
	}
}

// markCode puts code into the backticks of Markdown, which a raw string of Go cannot hold: «code» and blocks between lines of ~~~.
func markCode(text string) string {
	return marks.Replace(text)
}

var marks = strings.NewReplacer("«", "`", "»", "`", "~~~", "```")
