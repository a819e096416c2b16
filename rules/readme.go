package rules

import (
	"fmt"
	"io"
	"strings"
)

//go:generate go test -run TestReadme -update

// WriteReadme writes the catalogue of all rules as Markdown: a section per rule, under the anchor of its ID.
func WriteReadme(out io.Writer) error {
	w := &strings.Builder{}
	w.WriteString("# Rules\n\nGenerated from the rules themselves by `go generate ./rules`.\n\n| rule | severity | what it finds |\n| --- | --- | --- |\n")
	for _, r := range All() {
		fmt.Fprintf(w, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Title)
	}
	for _, r := range All() {
		fmt.Fprintf(w, "\n## %s\n\n%s (%s).\n\n%s\n", r.ID, r.Title, r.Severity, strings.TrimSpace(r.Doc))
		if len(r.Aliases) > 0 {
			fmt.Fprintf(w, "\nKnown elsewhere as %s.\n", strings.Join(r.Aliases, " and "))
		}
		fmt.Fprintf(w, "\nBad:\n\n%s\nGood:\n\n%s", fence(r.Bad), fence(r.Good))
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// fence quotes a txtar archive as Markdown.
func fence(archive string) string {
	return "```text\n" + strings.ReplaceAll(strings.TrimRight(archive, "\n"), "\r", "␍") + "\n```\n"
}
