package rules

import (
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// switchUser starts a command with gosu, su-exec or setpriv, whichever the image has, in the place of su or runuser, where they are
// given one plain command. They become the command. It is unsafe: they set less.
//
// Measured, util-linux 2.38 of Debian 12: su sets HOME, USER, LOGNAME and SHELL, runuser -u all but SHELL, with -p neither sets any;
// both take the limits of PAM. setpriv does none of that. Source: gosu README and su-exec su-exec.c: both set HOME.
func switchUser(l *process.Launch, su *process.Process, all program) (fixes []Fix) {
	if len(su.Argv) == 0 || su.Argv[0].Span.File == nil {
		return nil
	}
	for _, name := range su.Switchers {
		edit, keeps, ok := switchInScript(l, su, all, name)
		if !ok {
			edit, ok = switchInJSON(l, su, name)
		}
		if !ok || keeps && name != "setpriv" {
			continue
		}
		sets := "sets no variable but HOME, and takes no limits of PAM"
		switch {
		case keeps:
			sets = "takes no limits of PAM"
		case name == "setpriv":
			sets = "sets no variable, not even HOME, and takes no limits of PAM"
		}
		fixes = append(fixes, Fix{
			Title: "let " + name + " become the command; other than " + base(su.Argv[0].Text) + " it " + sets,
			Edits: []parser.Edit{edit},
		})
	}
	return fixes
}

// switchInJSON writes the command of su, as it stands in a JSON form, with gosu or su-exec; setpriv would need a shell to ask for the
// group of the user.
func switchInJSON(l *process.Launch, su *process.Process, name string) (parser.Edit, bool) {
	place := su.Argv[0].Span
	place.End = su.Argv[len(su.Argv)-1].Span.End
	if name == "setpriv" || !l.ShellForm.IsZero() || l.Inherited || su.Argv[len(su.Argv)-1].Span.File != place.File ||
		place.File != l.Origin.File || place.Start < l.Origin.Start || place.End > l.Origin.End || !strings.HasPrefix(place.Text(), `"`) {
		return parser.Edit{}, false
	}
	texts := parser.Texts(su.Argv)
	if len(texts) != 4 || texts[2] != "-c" || strings.HasPrefix(texts[1], "-") || slices.ContainsFunc(su.Argv, func(word parser.Word) bool { return !word.Known }) {
		return parser.Edit{}, false
	}
	words := append([]string{name, texts[1]}, wordsOf(simpleCommand(texts[3]))...)
	if len(words) == 2 {
		return parser.Edit{}, false
	}
	return parser.Edit{Span: place, New: strings.TrimSuffix(strings.TrimPrefix(jsonArray(words), "["), "]")}, true
}

// wordsOf returns the words of a command that has plain ones only.
func wordsOf(command string) (words []string) {
	tree, err := syntax.NewParser().Parse(strings.NewReader(command), "")
	if err != nil || len(tree.Stmts) != 1 {
		return nil
	}
	for _, arg := range tree.Stmts[0].Cmd.(*syntax.CallExpr).Args {
		text, plain := plainText(arg)
		if !plain {
			return nil
		}
		words = append(words, text)
	}
	return words
}

// switchInScript writes the command of su, as it stands in a script, with another program. keeps says that su was to keep the
// environment as it is.
func switchInScript(l *process.Launch, su *process.Process, all program, name string) (edit parser.Edit, keeps, ok bool) {
	script, way := all.findWord(su.Argv[0].Span)
	if way == nil || script.Whole.Start != 0 && script != l.Script || !slices.Contains([]lastness{leavesSome, surelyLast}, all.isLast(way, 0)) {
		return edit, false, false
	}
	args := way[len(way)-1].(*syntax.CallExpr).Args
	if args[0].Lit() == "exec" {
		args = args[1:]
	}
	if len(args) == 0 || script.NodeSpan(args[0]) != su.Argv[0].Span {
		return edit, false, false
	}
	text := func(words ...*syntax.Word) string {
		if len(words) == 0 {
			return ""
		}
		span := script.NodeSpan(words[0])
		span.End = script.NodeSpan(words[len(words)-1]).End
		return span.Text()
	}
	as, ok := suWords(base(su.Argv[0].Text), args[1:])
	if !ok {
		return edit, false, false
	}
	command := text(as.command...)
	if as.text != nil {
		plain, known := plainText(as.text)
		simple := ""
		if known {
			simple = simpleCommand(plain)
		}
		switch {
		case simple != "":
			command = simple
		case as.shell != nil && oneWord(as.text):
			command = text(as.shell) + " -c " + text(as.text)
		}
	}
	if command == "" {
		return edit, false, false
	}
	user := text(as.user)
	if name == "setpriv" {
		user = "--reuid " + user + ` --regid "$(id -g ` + user + `)" --init-groups`
	}
	command = name + " " + user + " " + command
	place := script.NodeSpan(args[0])
	place.End = script.NodeSpan(args[len(args)-1]).End
	if way[len(way)-1].(*syntax.CallExpr).Args[0].Lit() != "exec" {
		command = "exec " + command
	}
	return parser.Edit{Span: place, New: command}, as.keeps, true
}

// A suCommand is what su or runuser is told.
type suCommand struct {
	user    *syntax.Word
	shell   *syntax.Word // of -s
	text    *syntax.Word // of -c
	command []*syntax.Word
	keeps   bool // the environment
}

// suWords reads the words behind su or runuser. ok is false for what others cannot do in their place: a login shell, which starts in
// another folder and environment, other groups, no command at all.
func suWords(name string, args []*syntax.Word) (as suCommand, ok bool) {
	direct := false // runuser -u USER COMMAND...
	for i := 0; i < len(args); i++ {
		switch option := args[i].Lit(); {
		case option == "-c" && i+1 < len(args):
			i++
			as.text = args[i]
		case option == "-s" && i+1 < len(args):
			i++
			as.shell = args[i]
		case option == "-p" || option == "-m" || option == "--preserve-environment":
			as.keeps = true
		case option == "-u" && name == "runuser" && i+1 < len(args):
			i++
			as.user, direct = args[i], true
		case direct && (option == "--" || !strings.HasPrefix(option, "-")):
			if option == "--" {
				i++
			}
			as.command = args[i:]
			return as, as.text == nil && as.shell == nil && oneWord(as.user)
		case strings.HasPrefix(option, "-") || as.user != nil:
			return as, false
		default:
			as.user = args[i]
		}
	}
	return as, !direct && as.text != nil && as.user != nil && oneWord(as.user)
}

// oneWord reports whether a word is surely one argument: without anything in it that is expanded, or in double quotes.
func oneWord(word *syntax.Word) bool {
	if _, plain := plainText(word); plain {
		return true
	}
	if len(word.Parts) != 1 {
		return false
	}
	quoted, ok := word.Parts[0].(*syntax.DblQuoted)
	return ok && !quoted.Dollar && !slices.ContainsFunc(quoted.Parts, func(part syntax.WordPart) bool {
		pe, ok := part.(*syntax.ParamExp)
		return ok && (pe.Index != nil || pe.Param != nil && (pe.Param.Value == "@" || pe.Param.Value == "*"))
	})
}

// simpleCommand returns a text for a shell without an exec in front where it is one command of plain words that is no builtin, ""
// where it is anything else.
func simpleCommand(text string) string {
	tree, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err != nil || len(tree.Stmts) != 1 || strings.ContainsAny(text, "#\n") {
		return ""
	}
	stmt := tree.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background || stmt.Semicolon.IsValid() {
		return ""
	}
	args := call.Args
	if args[0].Lit() == "exec" {
		args = args[1:]
	}
	for i, arg := range args {
		if word, plain := plainText(arg); !plain || i == 0 && (word == "" || shellWords[word] || strings.HasPrefix(word, "-")) {
			return ""
		}
	}
	if len(args) == 0 {
		return ""
	}
	return text[args[0].Pos().Offset():args[len(args)-1].End().Offset()]
}
