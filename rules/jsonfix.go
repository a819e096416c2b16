package rules

import (
	"encoding/json"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// jsonForShell writes the shell form of an instruction as a JSON array, where that starts the very same: one command of plain
// words that is no builtin of the shell.
func jsonForShell(l *process.Launch) []Fix {
	script := l.Script
	if script == nil || script.Base < 0 || script.Tree == nil || len(script.Tree.Stmts) != 1 || !l.IgnoredCmd.IsZero() {
		return nil
	}
	if l.App != nil && l.App.Doubt.Reason != "" {
		return nil // a shell runs a file without #!, the kernel does not
	}
	if l.ScriptArg != 2 || l.Argv[0].Text != "/bin/sh" || l.Argv[1].Text != "-c" || strings.ContainsAny(script.Whole.Text(), "#\n") {
		return nil // another SHELL may set something up, and comments and the layout of lines that go on would be lost
	}
	stmt := script.Tree.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(call.Args) == 0 || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background || stmt.Coprocess {
		return nil
	}
	var words []string
	for _, arg := range call.Args {
		text, plain := plainText(arg)
		if !plain {
			return nil
		}
		words = append(words, text)
	}
	if words[0] == "" || shellWords[words[0]] {
		return nil
	}
	place := script.NodeSpan(stmt)
	return []Fix{{Title: "write it as a JSON array", Safe: true, Edits: []parser.Edit{{Span: place, New: jsonArray(words)}}}}
}

// shellWords are what a shell does itself, or does otherwise than the program of that name.
var shellWords = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(". : [ alias bg break cd command continue echo eval exec exit export false fg getopts hash jobs kill let local printf pwd read readonly return set shift source test time times trap true type ulimit umask unalias unset wait") {
		names[name] = true
	}
	return names
}()

// plainText returns what a word is to a shell where nothing in it is expanded.
func plainText(word *syntax.Word) (string, bool) {
	var text strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if !unescape(&text, part.Value, "") {
				return "", false
			}
		case *syntax.SglQuoted:
			if part.Dollar {
				return "", false
			}
			text.WriteString(part.Value)
		case *syntax.DblQuoted:
			if part.Dollar {
				return "", false
			}
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok || !unescape(&text, lit.Value, "\"\\$`") {
					return "", false
				}
			}
		default:
			return "", false
		}
	}
	return text.String(), true
}

// unescape resolves the backslashes of a text: before any character where special is "", else before those of special only.
// It returns false where a backslash is followed by what this program will not judge.
func unescape(out *strings.Builder, text, special string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case special == "" && strings.IndexByte("*?[~{}`", c) >= 0:
			return false // it is expanded
		case c != '\\':
			out.WriteByte(c)
		case i+1 == len(text):
			return false
		case text[i+1] == '\n' || text[i+1] == '\r':
			return false // a line that goes on: its layout is worth keeping
		case special != "" && strings.IndexByte(special, text[i+1]) < 0:
			out.WriteByte(c)
		default:
			i++
			out.WriteByte(text[i])
		}
	}
	return true
}

// jsonArray writes words as the JSON form of an instruction.
func jsonArray(words []string) string {
	var quoted []string
	for _, word := range words {
		var out strings.Builder
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if encoder.Encode(word) != nil {
			return ""
		}
		quoted = append(quoted, strings.TrimSuffix(out.String(), "\n"))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
