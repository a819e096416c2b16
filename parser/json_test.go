package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBrokenJSON(t *testing.T) {
	for _, test := range []struct {
		args   string
		at     string   // what stands at the place of the fault
		reason string   // "" where nothing is broken
		words  []string // what was meant: "text@place", the place only where it differs; nil where it is not certain
	}{
		// Not broken: JSON, or commands that start with a bracket.
		{`["a", "b"]`, "", "", nil},
		{`[]`, "", "", nil},
		{`[ "$x" ]`, "", "", nil},
		{`"/usr/bin/run.sh"`, "", "", nil},
		{`[ -f x ] && foo`, "", "", nil},
		{`[ ! -f "a,b" ] || foo`, "", "", nil},
		{`[ "$a" = "b" ] && c`, "", "", nil},
		{`[ "$a" = "b,c" ]`, "", "", nil},
		{`[ "$a" = b,c ]`, "", "", nil},
		{`[ "$a" -eq 1 ] && c`, "", "", nil},
		{`[ "$a" ] && b`, "", "", nil},
		{`[ 'a' ] && b`, "", "", nil},
		{`[ x"$a" = x"b,c" ]`, "", "", nil},
		{`[ $a = b,c ]`, "", "", nil},
		{`[ "$(b "x,y")" = z ]`, "", "", nil},
		{`[[ "$a" == "b" ]] && c`, "", "", nil},
		{`[[ $a =~ ^(b,c)$ ]]`, "", "", nil},
		{`[`, "", "", nil},
		{`[]a`, "", "", nil},
		{`[a-z]* b`, "", "", nil},

		{`['a', 'b c']`, `'a'`, "the quotes are single quotes", []string{"a@'a'", "b c@'b c'"}},
		{`[ 'a' ]`, `'a'`, "the quotes are single quotes", []string{"a@'a'"}},
		{`["a", 'b"c']`, `'b"c'`, "the quotes are single quotes", []string{`a@"a"`, `b"c@'b"c'`}},
		{`['a\b']`, `'a\b'`, "the quotes are single quotes", nil},
		{`['it's', 'b']`, `'it'`, "the quotes are single quotes", nil},
		{`[“a”, “b”]`, `“a”`, "the quotes are typographic quotes", []string{"a@“a”", "b@“b”"}},
		{`["a", "b”]`, `"b”`, "the quotes are typographic quotes", []string{`a@"a"`, `b@"b”`}},
		{`[‘a’]`, `‘a’`, "the quotes are typographic quotes", []string{"a@‘a’"}},
		{`[“a", "b"]`, `“a"`, "the quotes are typographic quotes", []string{`a@“a"`, `b@"b"`}},
		{`["a", "b",]`, `,`, "a comma stands before the closing bracket", []string{`a@"a"`, `b@"b"`}},
		{`["a",, "b"]`, `,`, "there is a comma too many", []string{`a@"a"`, `b@"b"`}},
		{`["a" "b"]`, `"b"`, "a comma is missing", []string{`a@"a"`, `b@"b"`}},
		{`["a""b"]`, `"b"`, "a comma is missing", []string{`a@"a"`, `b@"b"`}},
		{`["a" -b, "c"]`, `-b`, "-b is not in quotes", nil},
		{`["/root/tini","--", /root/start.sh"]`, `/root/start.sh"`, "the opening quote is missing",
			[]string{`/root/tini@"/root/tini"`, `--@"--"`, `/root/start.sh@/root/start.sh"`}},
		{`[a", "b"]`, `a"`, "the opening quote is missing", []string{`a@a"`, `b@"b"`}},
		{`["a", "b]`, `"b`, "the closing quote is missing", []string{`a@"a"`, `b@"b`}},
		{`["a]`, `"a`, "the closing quote is missing", []string{`a@"a`}},
		{`["a, "b"]`, `"a, "`, "a quote is missing or too many", nil},
		{`["a", b]`, `b`, "b is not in quotes", []string{`a@"a"`, `b`}},
		{`[a, b]`, `a`, "a is not in quotes", []string{"a", "b"}},
		{`[nginx]`, `nginx`, "nginx is not in quotes", []string{"nginx"}},
		{`["a", b c]`, `b c`, "b c is not in quotes", nil},
		{`["a", $b]`, `$b`, "$b is not in quotes", nil},
		{`["C:\app\run.exe", "\\b"]`, `\a`, `\a is no escape of JSON: a backslash is written twice`, nil}, // \r is one
		{`["C:\app\x.exe", "\\b"]`, `\a`, `\a is no escape of JSON: a backslash is written twice`, []string{`C:\app\x.exe@"C:\app\x.exe"`, `\b@"\\b"`}},
		{`["a\u12"]`, `"a\u12"`, "an escape in the string is not complete", nil},
		{"[\"a\tb\"]", "\t", "a control character stands in the string, such as a tab", []string{"a\tb@\"a\tb\""}},
		{`["a", "b"`, `[`, "the bracket is not closed", []string{`a@"a"`, `b@"b"`}},
		{`["a", `, `[`, "the bracket is not closed", nil},
		{`["a", "b"]]`, `]`, "text follows the closing bracket", []string{`a@"a"`, `b@"b"`}},
		{`["a"] # b`, `# b`, "text follows the closing bracket", []string{`a@"a"`}},
		{`["a"] b`, `b`, "text follows the closing bracket", nil},
		{`["a", "b"] && c`, `&& c`, "text follows the closing bracket", nil},
		{"[\"a\",\u00a0\"b\"]", "\u00a0", "a space that JSON does not know stands between the strings", []string{`a@"a"`, `b@"b"`}},
		{"['a', \\\n  # c\n  'b\\\nc']", `'a'`, "the quotes are single quotes", []string{"a@'a'", "bc@'b\\\nc'"}},
	} {
		d, err := parse(t, "FROM a\nENTRYPOINT "+test.args+"\n")
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		broken := d.Stages[0].Instructions[0].Broken
		if broken == nil {
			if test.reason != "" {
				t.Errorf("%s is not broken", test.args)
			}
			continue
		}
		if broken.Span.Text() != test.at || broken.Reason != test.reason {
			t.Errorf("%s: %s, at %q; want %s, at %q", test.args, broken.Reason, broken.Span.Text(), test.reason, test.at)
		}
		var words []string
		for _, w := range broken.Words {
			if place := w.Span.Text(); place != w.Text {
				w.Text += "@" + place
			}
			words = append(words, w.Text)
		}
		if diff := cmp.Diff(test.words, words); diff != "" {
			t.Errorf("%s:\n%s", test.args, diff)
		}
	}
}

func TestBrokenJSONOfOtherInstructions(t *testing.T) {
	for src, want := range map[string]bool{"CMD ['a']": true, "RUN ['a']": true, "SHELL ['a']": true, "COPY ['a', 'b']": false, "HEALTHCHECK CMD ['a']": false, "ONBUILD CMD ['a']": true} {
		d, err := parse(t, "FROM a\n"+src+"\n")
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		i := d.Stages[0].Instructions[0]
		if got := i.Broken != nil; got != want {
			t.Errorf("%s is broken: %t", src, got)
		}
		if i.Name == "CMD" && i.Script().Text != strings.TrimPrefix(strings.TrimPrefix(src, "ONBUILD "), "CMD ") {
			t.Errorf("the shell does not read %s as it stands", src)
		}
	}
}
