package parser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"
)

func TestShellForm(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"one line", "CMD a b", "a b"},
		{"blank before", "CMD a \\\n b", "a    b"},
		{"blank behind", "CMD a\\\n b", "a   b"},
		{"no blank", "CMD a\\\nb", "a\\\nb"},
		{"blanks behind the escape", "CMD a\\ \t\nb", "a\\\n\\\nb"},
		{"carriage returns", "CMD a \\\r\n b && c\\\r\nd", "a     b && c\\\r\nd"},
		{"comments and empty lines", "CMD a && \\\n# b\n\n  # c\n  d", "a &&                d"},
		{"operator", "CMD a &&\\\nb;\\\n(c\\\n)", "a &&  b;\\\n(c  )"},
		{"divided operator", "CMD a &\\\n& b", "a &\\\n& b"},
		{"double quotes", "CMD \"a \\\n b\\\n# c\n d\"", "\"a \\\n b\\\n\\\n\\\n d\""},
		{"single quotes", "CMD 'a; \\\n b' 'c\\\nd'", "'a;    b' 'c\\\nd'"},
		{"command in double quotes", "CMD \"$(a 'b \\\n c' \\\n d)\\\n e\"", "\"$(a 'b    c'    d)\\\n e\""},
		{"comment", "CMD a # b \\\n c\\\nd", "a # b    c  d"},
		{"comment behind an operator", "CMD a >#b\\\nc", "a >#b  c"},
		{"no comment", "CMD a#b$# \"#\" \\# \\\n c\\\nd", "a#b$# \"#\" \\#    c\\\nd"},
		{"escaped blank", "CMD a\\ \\\nb", "a\\ \\\nb"},
		{"comment in backquotes", "CMD a `# b` c\\\nd `# (e\\\nf` g\\\nh", "a `# b` c\\\nd `# (e  f` g\\\nh"},
		{"backquotes", "CMD `a \\\n b`\\\nc", "`a    b`\\\nc"},
		{"nothing", "CMD", ""},
		{"broken JSON", "CMD ['a']", "['a']"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := parse(t, "FROM a\n"+test.src+"\n")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, d.Stages[0].Instructions[0].Script().Text); diff != "" {
				t.Error(diff)
			}
		})
	}
	d, err := parse(t, "FROM a\nCMD [\"a\"]\nSHELL ['a']\nUSER a\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range d.Stages[0].Instructions {
		if i.Script() != nil {
			t.Errorf("%s has a script", i.Span.Text())
		}
	}
}

func TestShellFormPlaces(t *testing.T) {
	d, err := parse(t, "\uFEFFFROM a\r\nCMD exec \\  \r\n  # why\r\n\r\n  \"$a\" é \\\r\n  | f\\\r\noo\r\n")
	if err != nil {
		t.Fatal(err)
	}
	s := d.Stages[0].Instructions[0].Script()
	if diff := cmp.Diff([]string{"exec", `"$a"`, "é", "foo@f\\\r\noo"}, words(s)); diff != "" {
		t.Error(diff)
	}
	if begin := s.NodeSpan(s.Tree.Stmts[0].Cmd.(*syntax.BinaryCmd).Y).Begin(); begin != (Position{6, 5}) {
		t.Errorf("foo is at %v", begin)
	}
}

// TestDividedEscape checks that a backslash and what it escapes stay together where a line ends between them.
func TestDividedEscape(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{"CMD a\\`\nb `\n c", `a\b  c`},
		{"CMD a\\`\n b", `a\ b`},
		{"CMD \"a\\`\n$b\"", `"a\$b"`},
		{"RUN cat <<E >a\\`\n$\nb\nE", "cat <<E >a\\$\nb\nE"},
	} {
		d, err := parse(t, "# escape=`\nFROM a\n"+test.src+"\n")
		if err != nil {
			t.Fatal(err)
		}
		s := d.Stages[0].Instructions[0].Script()
		if diff := cmp.Diff(test.want, s.Text); diff != "" || s.Err != nil {
			t.Errorf("%q: %v, base %d %s", test.src, s.Err, s.Base, diff)
		}
	}
}

func TestRunHeredoc(t *testing.T) {
	for _, test := range []struct {
		name, src string
		base      bool // the script stands in the file as it is
		shebang   []string
		words     []string
	}{
		{"script", "RUN <<EOF\nset -e\n# c\nexec \"a\"\nEOF\n", true, nil, []string{"set", "-e", "exec", `"a"`}},
		{"script of another shell", "RUN <<'EOF'\n#!/bin/bash -e\na\nEOF\n", true, []string{"/bin/bash", "-e"}, []string{"a"}},
		{"tabs", "RUN <<-EOF\n\t#!/bin/sh\n\tif a; then\n\t\tb\n\tfi\n\tEOF\n", true, []string{"/bin/sh"}, []string{"a", "b"}},
		{"tabs that matter", "RUN <<-EOF\n\tcat <<E\n\tb\n\tE\n\tc\n\tEOF\n", false, nil, nil},
		{"input", "RUN --mount=type=tmpfs,target=/t cat <<EOF >b &&  \\\n # c\n d \t\n$x\nEOF\n", true, nil, []string{"cat", "EOF", "$x\n@$x\nEOF", "b", "d"}},
		{"two", "RUN cat <<A - <<-B\n1\nA\n\t2\n\tB\n", true, nil, []string{"cat", "-", "A", "1\n@1\nA", "B", "\t2\n\t@\t2\n\tB"}},
		{"carriage returns", "RUN cat <<A\r\nb\r\nA\r\n", true, nil, []string{"cat", "A", "b\n@b\r\nA"}},
		{"behind ONBUILD", "ONBUILD RUN <<E\na\nE\n", true, nil, []string{"a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := parse(t, "FROM a\n"+test.src+"WORKDIR /end\n")
			if err != nil {
				t.Fatal(err)
			}
			s := d.Stages[0].Instructions[0].Script()
			if s.Err != nil {
				t.Fatalf("%q: %v", s.Text, s.Err)
			}
			if (s.Base >= 0) != test.base {
				t.Errorf("the script %q is at %d", s.Text, s.Base)
			}
			if diff := cmp.Diff(test.shebang, s.Shebang); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.words, words(s)); diff != "" && test.words != nil {
				t.Error(diff)
			}
		})
	}
}
