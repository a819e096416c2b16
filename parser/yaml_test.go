package parser

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// TestYAMLSpan reads the places of all nodes back.
func TestYAMLSpan(t *testing.T) {
	for _, test := range []struct {
		src  string
		want []string
	}{
		{"a: b c # d\ne: 'f''g'\nh: \"i\\\"j\"\n", []string{"a", "b c", "e", "'f''g'", "h", `"i\"j"`}},
		{"\ufeffé: {ü: x, y: [z, \"w\" ] }\n", []string{"é", `{ü: x, y: [z, "w" ] }`, "ü", "x", "y", `[z, "w" ]`, "z", `"w"`}},
		{"a: &x !!str\n  foo\nb: *x\nc: !t [ ]\n", []string{"a", "foo", "b", "*x", "c", "[ ]"}},
		{"a:\n  - b\n  - c: d\n", []string{"a", "b\n  - c: d", "b", "c: d", "c", "d"}},
		{"a: foo\n  bar\n\n  baz\nb:\nc: 1\n", []string{"a", "foo\n  bar\n\n  baz", "b", "", "c", "1"}},
		{"a: |\n  x\n   y\n\n  z\n\nb: >-\r\n\r\n    u\r\n  v: w\n", nil},
		{"a: |\n  x\n   y\n\n  z\n\nb: >-\r\n\r\n    u\r\nv: w\n", []string{"a", "x\n   y\n\n  z", "b", "u", "v", "w"}},
		{"- |\n x\n- |+\n\n- >\n  y", []string{"x", "|", "y"}},
		{"- a: |\n  b: |2\n     x\n    y\n", []string{"a: |\n  b: |2\n     x\n    y", "a", "|", "b", " x\n    y"}},
		{"a:\n  b: |2\n    x\n  c: d\n", []string{"a", "b: |2\n    x\n  c: d", "b", "x", "c", "d"}},
		{"a: b\u2028c: d\u0085e: f\rg: h", []string{"a", "b", "c", "d", "e", "f", "g", "h"}},
		{"a: b\n---\n# x\nc: d\n...\n", []string{"a", "b", "c", "d"}},
		{"a: ''\nb: \"\"\nc: ~\n", []string{"a", "''", "b", `""`, "c", "~"}},
	} {
		y, err := ParseYAML(&File{Src: test.src})
		if err != nil {
			// What is no YAML any more is asked for its first document only.
			t.Logf("%q: %v", test.src, err)
		}
		var got []string
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			for _, child := range n.Content {
				got = append(got, y.Span(child).Text())
				walk(child)
			}
		}
		for _, d := range y.Documents {
			walk(d)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: spans (-want +got):\n%s", test.src, diff)
		}
	}
}

func TestYAMLMistakes(t *testing.T) {
	bomb := "a0: &a0 [x, x]\n"
	for n := range 40 {
		before := "*a" + string(rune('0'+n%10)) + strings.Repeat("x", n/10)
		after := "a" + string(rune('0'+(n+1)%10)) + strings.Repeat("x", (n+1)/10)
		bomb += after + ": &" + after + " [" + before + ", " + before + "]\n"
	}
	for src, want := range map[string]string{
		"a:\n\tb: c\n":               "\tb: c",
		"a: b\n---\nc: [\n":          "",
		"a: *nowhere\n":              "a: *nowhere",
		bomb:                         "",
		"a: &a [*a]\n":               "*",
		"a: \xff\n":                  "",
		strings.Repeat("[", 200_000): "",
	} {
		_, err := ParseYAML(&File{Src: src})
		syntax := (*SyntaxError)(nil)
		switch {
		case !errors.As(err, &syntax):
			t.Errorf("%.40q: the error is %v", src, err)
		case want != "" && strings.TrimSpace(syntax.Span.Text()) != strings.TrimSpace(want):
			t.Errorf("%.40q: the error %v is at %q, want %q", src, err, syntax.Span.Text(), want)
		case syntax.Span.File == nil || syntax.Message == "":
			t.Errorf("%.40q: %+v", src, syntax)
		}
	}
}

// TestLongLine checks that the places on a line are right however long it is, and whatever stands in front of them.
func TestLongLine(t *testing.T) {
	for _, begin := range []string{"", "\ufeff", "# é\n", "a: b\n---\n"} {
		src := begin + "[" + strings.Repeat("é, 'ß', a, ", 1000) + "z]\n"
		y, err := ParseYAML(&File{Path: "x.yaml", Src: src})
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range y.Documents[len(y.Documents)-1].Content {
			if got := strings.Trim(y.Span(node).Text(), "'"); got != node.Value {
				t.Fatalf("%q at column %d stands at %q", node.Value, node.Column, got)
			}
		}
	}
}
