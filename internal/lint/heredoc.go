package lint

import (
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

func (s *imageFiles) copiedHeredoc(c *copying, source, name string) (entry, bool) {
	delimiter := strings.Trim(strings.TrimPrefix(strings.TrimPrefix(source, "<<"), "-"), `"'`)
	for n, doc := range c.Heredocs {
		if doc.Name == delimiter && (name == c.dest && !c.into || name == path.Join(c.dest, delimiter)) {
			script := scriptAt(doc.Span, c.docs[n])
			return entry{Entry: process.Entry{Kind: process.Text, Script: script, Mode: 0o644, ModeKnown: true, Origin: c.Span}}, true
		}
	}
	return entry{}, false
}

// scriptAt parses a script that stands at a place of a Dockerfile, exact in its places where the place holds it as it is.
func scriptAt(at parser.Span, text string) *parser.Script {
	if at.Text() != text {
		return textScript(text, at)
	}
	script := parser.ParseBody(at.File, at.Start, text)
	script.Shebang = parser.Shebang(text)
	return script
}

// expandHeredoc replaces the variables of a here-document of COPY as BuildKit does: those that are not set by nothing,
// and a backslash keeps a dollar sign.
func expandHeredoc(text string, scope *parser.Scope) string {
	var out strings.Builder
	for {
		at := strings.IndexAny(text, `$\`)
		if at < 0 || at == len(text)-1 {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at])
		text = text[at:]
		length := 2
		switch {
		case text[0] == '\\' && (text[1] == '$' || text[1] == '\\'):
			out.WriteByte(text[1])
		case text[0] == '\\':
			out.WriteString(text[:2])
		case text[1] == '{' && strings.IndexByte(text, '}') > 0:
			length = strings.IndexByte(text, '}') + 1
			if value, known := scope.Resolve(text[:length]); known {
				out.WriteString(value)
			}
		case nameLength(text[1:]) > 0:
			length = 1 + nameLength(text[1:])
			if value, known := scope.Resolve(text[:length]); known {
				out.WriteString(value)
			}
		case strings.IndexByte("@*#?-$!0123456789", text[1]) >= 0:
		default:
			out.WriteString(text[:2])
		}
		text = text[length:]
	}
}
