package lint

import (
	"io/fs"
	"path"
	"runtime"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A trail is what happens to a file between the point that a search has come to and the end.
type trail struct {
	modes    []string // chmod, the last one first
	unclear  bool     // something may have changed the mode, or not
	stripped bool     // the carriage returns are gone
	more     []effect // what is appended, the last first
	maybe    string   // what may have put the file there after the point
}

// apply lets everything on the trail happen to what was found.
func (t *trail) apply(found entry) entry {
	if found.Kind == process.Unseen && found.maybe == "" {
		found.maybe = t.maybe
	}
	if found.Kind == process.Text && (len(t.more) > 0 || t.stripped) {
		found = found.parsed()
		if found.asIs = nil; len(t.more) > 0 {
			found = t.append(found)
		}
		if found.Kind == process.Text && t.stripped {
			found.Script = withoutCarriageReturns(found.Script)
		}
	}
	for i := len(t.modes) - 1; i >= 0; i-- {
		found.Mode, found.ModeKnown = chmod(found.Mode, found.ModeKnown, t.modes[i])
	}
	found.ModeKnown = found.ModeKnown && !t.unclear
	return found
}

// append adds what RUN echo >> appends, which makes a text that no file holds as it is.
func (t *trail) append(found entry) entry {
	var text strings.Builder
	text.WriteString(found.Script.Text)
	for i := len(t.more) - 1; i >= 0; i-- {
		if !t.more[i].what.known {
			found.Entry = process.Entry{Kind: process.Opaque, Origin: found.Origin, Reason: "what is appended to it cannot be known"}
			return found
		}
		text.WriteString(t.more[i].what.text)
	}
	found.Script = textScript(text.String(), found.Script.Whole)
	return found
}

// textScript parses a script that no file holds as it is.
func textScript(text string, whole parser.Span) *parser.Script {
	script := parser.ParseText(text, whole)
	script.Shebang = parser.Shebang(text)
	return script
}

// withoutCarriageReturns returns a script as it is after dos2unix. Each carriage return becomes a blank, so that all
// places stay exact; the tree has none of them anyway.
func withoutCarriageReturns(s *parser.Script) *parser.Script {
	if !strings.Contains(s.Text, "\r\n") {
		return s
	}
	changed := *s
	changed.Text = strings.ReplaceAll(s.Text, "\r\n", " \n")
	changed.Shebang = parser.Shebang(changed.Text)
	return &changed
}

// maxScriptSize is the size up to which a file without a shebang and without the name of a script is taken for one.
const maxScriptSize = 1 << 20

// contextEntry says what a file of the build context is once it stands in the image.
func (b *build) contextEntry(name string, origin parser.Span) entry {
	full := path.Join(b.context.dir, name)
	src := b.project.sources.get(full)
	if src.err != nil {
		return entry{Entry: process.Entry{Kind: process.Opaque, Origin: origin, Reason: name + " cannot be read: " + src.err.Error()}}
	}
	e := entry{Entry: process.Entry{Kind: process.Program, Origin: origin}}
	// No permission at all is what a file system without any reports: Windows, an archive, a buffer of an editor.
	if e.Mode = src.mode.Perm(); e.Mode != 0 && runtime.GOOS != "windows" {
		e.ModeKnown = true
	}
	if isBinary(src.file.Src) || len(src.file.Src) > maxScriptSize && parser.Shebang(src.file.Src) == nil {
		return e
	}
	e.Kind, e.asIs, e.source = process.Text, src, full
	return e
}

// isBinary reports whether the beginning of a file holds a zero byte, as every ELF header does and no script.
func isBinary(src string) bool {
	return strings.IndexByte(src[:min(len(src), 8<<10)], 0) >= 0
}

// chmod returns a mode after chmod was given a specification, "0755" or "u+x,g=r".
func chmod(mode fs.FileMode, known bool, spec string) (fs.FileMode, bool) {
	if number, ok := octal(spec); ok {
		return number, true
	}
	for _, clause := range strings.Split(spec, ",") {
		at := strings.IndexAny(clause, "+-=")
		if at < 0 {
			return mode, false
		}
		var who fs.FileMode
		for _, c := range clause[:at] {
			who |= map[rune]fs.FileMode{'u': 0o700, 'g': 0o070, 'o': 0o007, 'a': 0o777}[c]
		}
		if who == 0 {
			who = 0o777
		}
		var bits fs.FileMode
		for _, c := range clause[at+1:] {
			bits |= map[rune]fs.FileMode{'r': 0o444, 'w': 0o222, 'x': 0o111}[c]
		}
		switch clause[at] {
		case '+':
			mode |= who & bits
		case '-':
			mode &^= who & bits
		case '=':
			mode = mode&^who | who&bits
		}
		// Whether a file can be run is all that anybody asks, and this clause has settled it.
		if bits&0o111 != 0 && clause[at] != '-' || clause[at] == '=' && who == 0o777 {
			known = true
		}
	}
	return mode, known
}

func octal(spec string) (fs.FileMode, bool) {
	if spec == "" || len(spec) > 5 || strings.Trim(spec, "01234567") != "" {
		return 0, false
	}
	var mode fs.FileMode
	for _, digit := range spec {
		mode = mode<<3 | fs.FileMode(digit-'0')
	}
	return mode & 0o777, true
}
