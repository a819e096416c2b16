package parser

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes an instruction: what stands at each of its places, and what is made of it where that is something else.
func show(i *Instruction, escape byte) []string {
	lines := []string{i.Name + " " + fmt.Sprintf("%q", i.Args.Text())}
	if i.OnBuild {
		lines[0] = "ONBUILD " + lines[0]
	}
	add := func(kind string, words []Word) {
		for _, w := range words {
			line := kind + " " + w.Span.Text()
			if w.Text != w.Span.Text() {
				line += " = " + w.Text
			}
			if !w.Known {
				line += " ?"
			}
			lines = append(lines, line)
		}
	}
	add("flag", i.Flags)
	add("exec", i.Exec)
	words := slices.Clone(i.Words)
	if i.Name != "HEALTHCHECK" && i.Name != "MAINTAINER" { // in those BuildKit expands nothing
		for n, w := range words {
			words[n].Text, words[n].Known = (&Scope{escape: escape}).Resolve(w.Text)
		}
	}
	add("word", words)
	for _, h := range i.Heredocs {
		lines = append(lines, fmt.Sprintf("heredoc %s %q expand=%t", h.Name, h.Text, h.Expand))
	}
	return lines
}

func TestInstructions(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"exec form", `CMD ["a", "b c","\u00e9\"\n"]`, `
			CMD "[\"a\", \"b c\",\"\\u00e9\\\"\\n\"]"
			exec "a" = a
			exec "b c" = b c
			exec "\u00e9\"\n" = é"¶`},
		{"exec form over lines", "ENTRYPOINT [ \\\n # one\n \"a\",  \\  \n\n\"b\\\nc\" ]", `
			ENTRYPOINT "[ \\\n # one\n \"a\",  \\  \n\n\"b\\\nc\" ]"
			exec "a" = a
			exec "b\¶c" = bc`},
		{"empty exec form", `CMD [ ]`, `CMD "[ ]"`},
		{"no arguments", "CMD  ", `CMD ""`},
		{"shell form", "CMD  exec a  \t", `CMD "exec a"`},
		{"quotes are no exec form", `CMD "/usr/bin/run.sh"`, `CMD "\"/usr/bin/run.sh\""`},
		{"lower case", "cmd a", `CMD "a"`},
		{"indented", "\t CMD a", `CMD "a"`},
		{"keyword over lines", "C\\\nMD \\\n a", `CMD "a"`},
		{"two escapes join nothing", "CMD a \\\\\nUSER b", `CMD "a \\\\"`},
		{"flags", "RUN --mount=type=cache,target=/x --network=\"no\\\"ne\" \\\n--security=$x a --b", `
			RUN "a --b"
			flag --mount=type=cache,target=/x
			flag --network="no\"ne" = --network=no"ne
			flag --security=$x ?`},
		{"end of flags", "COPY --link -- --a b", `
			COPY "--a b"
			flag --link
			word --a
			word b`},
		{"copy", "COPY --from=build a 'b c' \"d\\e\" $x ${y:-z}/ /d", `
			COPY "a 'b c' \"d\\e\" $x ${y:-z}/ /d"
			flag --from=build
			word a
			word 'b ?
			word c' ?
			word "d\e" = d\e
			word $x ?
			word ${y:-z}/ ?
			word /d`},
		{"copy of an array", `ADD ["a b", "$x", "/"]`, `
			ADD "[\"a b\", \"$x\", \"/\"]"
			word "a b" = a b
			word "$x" = $x ?
			word "/" = /`},
		{"env", `ENV a=1 b="2 3" c='4 $x' d=5\ 6 e="$x" f= g=\$x`, `
			ENV "a=1 b=\"2 3\" c='4 $x' d=5\\ 6 e=\"$x\" f= g=\\$x"
			word a=1
			word b="2 3" = b=2 3
			word c='4 $x' = c=4 $x
			word d=5\ 6 = d=5 6
			word e="$x" = e=$x ?
			word f=
			word g=\$x = g=$x`},
		{"old env", "ENV a  b \"c\" \\\n  d=e", `
			ENV "a  b \"c\" \\\n  d=e"
			word a  b "c" \¶  d=e = a=b c   d=e`},
		{"arg", `ARG a b=c d="e f"`, `
			ARG "a b=c d=\"e f\""
			word a
			word b=c
			word d="e f" = d=e f`},
		{"label", `LABEL a.b="c d"`, `
			LABEL "a.b=\"c d\""
			word a.b="c d" = a.b=c d`},
		{"one word", `WORKDIR /a b`, `
			WORKDIR "/a b"
			word /a b`},
		{"quoted word", `USER "$u:g"`, `
			USER "\"$u:g\""
			word "$u:g" = $u:g ?`},
		{"words", "EXPOSE 80  \t443/udp", `
			EXPOSE "80  \t443/udp"
			word 80
			word 443/udp`},
		{"health check", "HEALTHCHECK --interval=1s CMD  curl $x | a", `
			HEALTHCHECK "CMD  curl $x | a"
			flag --interval=1s
			word CMD
			word curl $x | a`},
		{"health check in exec form", `HEALTHCHECK CMD ["a", "b"]`, `
			HEALTHCHECK "CMD [\"a\", \"b\"]"
			word CMD
			word "a" = a
			word "b" = b`},
		{"onbuild", `OnBuild  Copy --from=a b c`, `
			ONBUILD COPY "b c"
			flag --from=a
			word b
			word c`},
		{"here-documents", "COPY <<a <<-\"b\" c /d/\n$x\na\n\tb c\n b\n\t\tb", `
			COPY "<<a <<-\"b\" c /d/"
			word <<a
			word <<-"b" = <<-b
			word c
			word /d/
			heredoc a "$x\n" expand=true
			heredoc b "b c\n b\n" expand=false`},
		{"here-document of nothing", "RUN <<E\nE", `
			RUN "<<E"
			heredoc E "" expand=true`},
		{"no here-document", "CMD cat <<E", `CMD "cat <<E"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, variant := range []struct{ before, lineEnd, escape string }{
				{"FROM a\n", "\n", `\`},
				{"FROM a\n", "\r\n", `\`},
				{"\uFEFF# syntax=x\n# Escape = \\\nFROM a\n\n# c\n", "\n", `\`},
			} {
				src := strings.ReplaceAll(variant.before+test.src+"\nWORKDIR /end\n", "\n", variant.lineEnd)
				d, err := parse(t, src)
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Join(show(d.Stages[0].Instructions[0], d.Escape), "\n")
				got = strings.ReplaceAll(strings.ReplaceAll(got, "\r\n", "\n"), `\r\n`, `\n`)
				var want []string
				for line := range strings.Lines(strings.TrimSpace(test.want)) {
					want = append(want, strings.ReplaceAll(strings.TrimSpace(line), "¶", "\n"))
				}
				if diff := cmp.Diff(strings.Join(want, "\n"), got); diff != "" {
					t.Errorf("%q:\n%s", src, diff)
				}
				if all := d.Stages[0].Instructions; len(all) < 2 || all[len(all)-1].Span.Text() != "WORKDIR /end" {
					t.Errorf("%q: the instruction behind it is lost", src)
				}
			}
		})
	}
}

func TestEscapeAtTheEndOfTheFile(t *testing.T) {
	for _, src := range []string{"FROM a\nCMD b \\", "FROM a\nCMD b \\\n", "FROM a\nCMD b \\\r\n# c\r\n\r\n"} {
		d, err := parse(t, src)
		if err != nil {
			t.Fatal(err)
		}
		if cmd := d.Stages[0].Instructions[0]; cmd.Span.Text() != "CMD b" || cmd.Script().Text != "b" {
			t.Errorf("%q: %q", src, cmd.Span.Text())
		}
	}
}

func TestBacktickEscape(t *testing.T) {
	d, err := parse(t, "# escape=`\nFROM a\nCMD a `\n  b `  \r\n# c\r\n c\\ d\nENV a=`$x b=\"`\"\"\nCOPY a\\ b\\\n")
	if err != nil {
		t.Fatal(err)
	}
	cmd := d.Stages[0].Instructions[0].Script()
	if diff := cmp.Diff([]string{"a", "b", `c\ d`}, words(cmd)); diff != "" || d.Escape != '`' {
		t.Errorf("escape %q, %q:\n%s", d.Escape, cmd.Text, diff)
	}
	want := []string{"ENV \"a=`$x b=\\\"`\\\"\\\"\"", "word a=`$x = a=$x", "word b=\"`\"\" = b=\""}
	if diff := cmp.Diff(want, show(d.Stages[0].Instructions[1], d.Escape)); diff != "" {
		t.Error(diff)
	}
}

func TestFlag(t *testing.T) {
	d, err := parse(t, "FROM a\nCOPY --link --from=\"a b\" --chown=$x:y --chmod= a b\n")
	if err != nil {
		t.Fatal(err)
	}
	copied := d.Stages[0].Instructions[0]
	for _, test := range []struct {
		name, text, place string
		known             bool
	}{
		{"from", "a b", `"a b"`, true},
		{"chown", "$x:y", "$x:y", false},
		{"link", "", "", true},
		{"chmod", "", "", true},
	} {
		got, ok := copied.Flag(test.name)
		if !ok || got.Text != test.text || got.Span.Text() != test.place || got.Known != test.known {
			t.Errorf("--%s is %q at %q, known %t", test.name, got.Text, got.Span.Text(), got.Known)
		}
	}
	if got, ok := copied.Flag("fro"); ok {
		t.Errorf("--fro is %q", got.Text)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, test := range []struct {
		src     string
		at      string // what stands at the place, behind its line
		message string
	}{
		{"", "1:", "file with no instructions"},
		{"\n# a\n\n", "3:", "file with no instructions"},
		{"ARG a\n", "1:ARG a", "dockerfile contains no stages to build"},
		{"ARG a\nCMD b\nFROM c", "2:CMD b", "no build stage in current context: FROM must come before CMD"},
		{"ONBUILD ARG a\nFROM c", "1:ARG a", "no build stage in current context: FROM must come before ARG"},
		{"# escape=x\nFROM a", "1:# escape=x", "invalid escape token 'x' does not match ` or \\"},
		{"\uFEFF# escape=x\nFROM a", "1:# escape=x", "invalid escape token 'x' does not match ` or \\"},
		{"# syntax=a\n# syntax=b\nFROM a", "2:# syntax=b", "only one syntax parser directive can be used"},
		{"FROM a\n\n  {{ if }}\n", "3:{{", "unknown instruction: {{"},
		{"FROM a\r\nCMD\u00a0b\r\n", "2:CMD\u00a0b", "unknown instruction: CMD\u00a0b"},
		{"FROM a\nRUN b\\\nFOO \\\nc", "2:RUN b\\\nFOO \\\nc", ""},
		{"FROM a\nENV b\n", "2:ENV b", "ENV must have two arguments"},
		{"FROM a\nLABEL b=c d\n", "2:LABEL b=c d", "Syntax error - can't find = in \"d\". Must be of the form: name=value"},
		{"FROM a\nENV b=c =d\n", "2:=d", "ENV names can not be blank"},
		{"FROM a\nCMD [\"a\", 1]\n", "2:CMD [\"a\", 1]", "when using JSON array syntax, arrays must be comprised of strings only"},
		{"FROM a\nRUN <<E\nb\n", "2:RUN <<E", "unterminated heredoc"},
		{"FROM a AS 1b", "1:1b", "invalid name for build stage: \"1b\", name can't start with a number or contain symbols"},
		{"FROM a b", "1:FROM a b", "FROM requires either one or three arguments"},
		{"FROM a\nENTRYPOINT --init b", "2:--init", "unknown flag: --init"},
		{"FROM a\nSHELL bash -c", "2:SHELL bash -c", "SHELL requires the arguments to be in JSON form"},
		{"FROM a\nUSER", "2:USER", "USER requires exactly one argument"},
		{"FROM a\nCOPY b", "2:COPY b", "COPY requires at least two arguments, but only one was provided. Destination could not be determined"},
		{"FROM a\nCOPY b <<E\nE", "2:<<E", "COPY cannot accept a heredoc as a destination"},
		{"FROM a\nHEALTHCHECK b c", "2:b", "Unknown type b in HEALTHCHECK (try CMD)"},
		{"FROM a\nONBUILD ONBUILD CMD b", "2:ONBUILD CMD b", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
		{"FROM a\n" + strings.Repeat("x", 1<<16), "2:" + strings.Repeat("x", 1<<16), "dockerfile line greater than max allowed size of 65535"},
	} {
		_, err := parse(t, test.src)
		if test.message == "" {
			if err != nil {
				t.Errorf("%q: %v", test.src, err)
			}
			continue
		}
		var syntaxError *SyntaxError
		if !errors.As(err, &syntaxError) {
			t.Errorf("%.80q: no error", test.src)
			continue
		}
		at := fmt.Sprintf("%d:%s", syntaxError.Span.Begin().Line, syntaxError.Span.Text())
		if at != test.at || syntaxError.Message != test.message {
			t.Errorf("%.80q: %.80q at %.80q, want %.80q at %.80q", test.src, syntaxError.Message, at, test.message, test.at)
		}
	}
}

// A Dockerfile is read once and used by many goroutines.
func TestScriptIsParsedOnce(t *testing.T) {
	d, err := parse(t, "FROM a\nCMD exec b\n")
	if err != nil {
		t.Fatal(err)
	}
	file := &File{Src: d.File.Src}
	if d, err = ParseDockerfile(file); err != nil {
		t.Fatal(err)
	}
	scripts := make([]*Script, 8)
	var wait sync.WaitGroup
	for n := range scripts {
		wait.Go(func() { scripts[n] = d.Stages[0].Instructions[0].Script() })
	}
	wait.Wait()
	for _, s := range scripts {
		if s == nil || s != scripts[0] {
			t.Error("the script is another at each call")
		}
	}
}
