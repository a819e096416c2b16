package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// UnusedIgnore finds comments that ask for silence about something that nobody says.
var UnusedIgnore = register(Rule{
	ID:       "unused-ignore",
	Title:    "A comment ignores what is not there",
	Severity: Note,
	OfFile:   true,
	Doc: `A comment such as «# pid1lint ignore=no-exec» silences a rule for the lines that it is about, and this one silences nothing. It
is said only where that is certain: all launches that the file belongs to were looked at, and each is known.`,
	Why: `Such a comment has outlived its reason, or never had one. It hides the next finding of that rule, which nobody has looked at.`,
	Fix: `Remove the comment, or the rule that is not found from its list. «pid1lint --fix» does it.`,
	Ignore: `If the file belongs to launches that pid1lint is not shown, such as a script that other repositories copy:

~~~sh
# pid1lint global ignore=unused-ignore; reason=others use this script, too
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
# pid1lint ignore=shell-form; reason=it is exec form by now
CMD ["server"]
`,
	Good: `-- Dockerfile --
FROM debian:12
CMD ["server"]
`,
})

// Unused returns the finding about names in a comment that silence nothing, for the rule UnusedIgnore as a project has set it.
func Unused(rule *Rule, launch *process.Launch, comment parser.Ignore, unused []parser.Word) Finding {
	at := unused[0].Span
	at.End = unused[len(unused)-1].Span.End
	what, verb := parser.Texts(unused), " is"
	if len(what) > 1 {
		verb = " are"
	}
	return Finding{
		Rule: rule, Launch: launch, Severity: rule.Severity,
		Span:    at,
		Label:   "silences nothing",
		Message: strings.Join(what, " and ") + verb + " not found here, so this comment only hides what comes later",
		Remedy:  "remove it",
		Fixes:   []Fix{{Title: "remove " + removed(comment, unused), Safe: true, Edits: []parser.Edit{{Span: withoutNames(comment, unused), New: keptNames(comment, unused)}}}},
	}
}

func removed(comment parser.Ignore, unused []parser.Word) string {
	if len(unused) == len(comment.Names) {
		return "the comment"
	}
	return strings.Join(parser.Texts(unused), " and ") + " from the comment"
}

// keptNames returns the list of names that stay.
func keptNames(comment parser.Ignore, unused []parser.Word) string {
	var kept []string
	for _, name := range comment.Names {
		if !slices.Contains(unused, name) {
			kept = append(kept, name.Text)
		}
	}
	return strings.Join(kept, ",")
}

// withoutNames returns what is replaced by the names that stay: the list; all of the comment where none stays, with its line
// where it has one for itself.
func withoutNames(comment parser.Ignore, unused []parser.Word) parser.Span {
	span := comment.Names[0].Span
	span.End = comment.Names[len(comment.Names)-1].Span.End
	if len(unused) < len(comment.Names) {
		return span
	}
	span = comment.Span
	src := span.File.Src
	for span.Start > 0 && (src[span.Start-1] == ' ' || src[span.Start-1] == '\t') {
		span.Start--
	}
	for span.End < len(src) && src[span.End] != '\n' && src[span.End] != '\r' {
		span.End++
	}
	if span.Start > 0 && src[span.Start-1] != '\n' {
		return span // it stands behind a command
	}
	rest := src[span.End:]
	switch {
	case strings.HasPrefix(rest, "\r\n"):
		span.End += 2
	case strings.HasPrefix(rest, "\n"):
		span.End++
	}
	return span
}
