package lint

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/pid1lint/pid1lint/internal/image"
)

// shown returns what echo and printf write.
func (r *runReader) shown(call *syntax.CallExpr, args []argument) content {
	words := make([]string, len(args))
	for n, arg := range args {
		if !arg.known {
			return content{}
		}
		words[n] = arg.text
	}
	written := content{at: r.script.Span(call.Args[len(call.Args)-1].Pos(), call.Args[len(call.Args)-1].End())}
	switch {
	case words[0] == "printf" && len(words) > 1:
		text, err := formatted(words[1], words[2:])
		written.text, written.known = text, err == nil
	case words[0] == "echo":
		written.text, written.known = r.echoed(words[1:])
	}
	return written
}

// formatted is printf: the format is used again as long as arguments are left.
func formatted(format string, args []string) (string, error) {
	var out strings.Builder
	for {
		// Not nil, which stands for one that all goroutines share.
		text, used, err := expand.Format(&expand.Config{}, format, args)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
		if args = args[min(used, len(args)):]; used == 0 || len(args) == 0 {
			return out.String(), nil
		}
	}
}

// echoed is echo, which differs between shells: dash knows no -e and always replaces escapes, bash and busybox replace them
// with -e only. Where the shell is not known, the text is known if all agree.
func (r *runReader) echoed(words []string) (string, bool) {
	all := strings.Join(words, " ")
	newline, escapes, options := "\n", false, false
	n := 0
	for ; n < len(words) && len(words[n]) > 1 && words[n][0] == '-' && strings.Trim(words[n][1:], "neE") == ""; n++ {
		for _, letter := range words[n][1:] {
			switch letter {
			case 'n':
				newline = ""
			case 'e':
				escapes, options = true, true
			case 'E':
				escapes, options = false, true
			}
		}
	}
	rest := strings.Join(words[n:], " ")
	family := r.shellFamily()
	switch family {
	case image.Bash, image.BashSh, image.Ash:
		if !escapes {
			return rest + newline, true
		}
	case image.Dash, image.DashDebian:
		if options {
			rest, newline = all, "\n"
		}
	default:
		if options || strings.Contains(rest, `\`) {
			return "", false
		}
		return rest + newline, true
	}
	text, _, err := expand.Format(&expand.Config{}, strings.ReplaceAll(rest, "%", "%%"), nil)
	return text + newline, err == nil
}

// shellFamily returns the family of the shell that runs the instruction, "" where it is not known.
func (r *runReader) shellFamily() string {
	if len(r.shell) == 0 {
		return r.base.Sh.Family
	}
	return shellFamilies[path.Base(r.shell[0].Text)]
}
