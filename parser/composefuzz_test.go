package parser

import (
	"errors"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// FuzzCompose lets any text be a Compose file: it must neither panic nor take long, and all places must be in the file.
func FuzzCompose(f *testing.F) {
	for _, text := range []string{
		"services:\n  a: &a\n    build: {context: ., args: [A=b, C]}\n    command: >-\n      sh -c \"a &&\n        b $$X ${Y:-z}\"\n  b:\n    <<: [*a, {init: true}]\n    entrypoint: [\"a\", 'b''c', |\n     d\n    ]\n",
		"include: [a, {path: b, project_directory: c}]\nservices: {a: {extends: {service: b, file: c}, volumes: ['a:b:ro', {type: bind, source: x, target: y}], env_file: [{path: a, format: raw}]}}\n",
		"services:\n  a:\n    command: !override\n    - |2+\n        x\n       y\n\n    - 'z\n\n      w'\n    environment: {A: 1, B: ~}\n    depends_on: {b: {condition: service_completed_successfully}}\n---\nservices: ~\n",
		"services:\r\n  a:\r\n    build:\r\n      dockerfile_inline: |\r\n        FROM x\r\n        CMD y\r\n    pre_stop: [{command: x}]\r\n",
		"\ufeffservices:\n  é: {image: \"\\u00e9\\n\\x41\", command: \"a \\\n    b\"}\n", "a: &a [*a]", "services: [", "{", "?", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		begin := time.Now()
		file := &File{Path: "compose.yaml", Src: text}
		in := func(what string, s Span) {
			if s.File != nil && (s.Start < 0 || s.Start > s.End || s.End > len(text)) {
				t.Errorf("%s is at [%d, %d) of %d", what, s.Start, s.End, len(text))
			}
		}
		y, err := ParseYAML(file)
		if syntax := (*SyntaxError)(nil); errors.As(err, &syntax) {
			in("the mistake", syntax.Span)
		}
		nodes := 0
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			in(n.Value, y.Span(n))
			for _, child := range n.Content {
				if nodes++; nodes < 1000 {
					walk(child)
				}
			}
		}
		for _, top := range y.Documents {
			walk(top)
		}
		c := ParseCompose(y, ".", func(name string) (string, bool) { return name, len(name)%2 == 0 })
		for _, m := range c.Mistakes {
			in("the mistake", m.Span)
		}
		for _, s := range c.Services {
			in("the service", s.Name.Span)
			in("the fields", s.Fields)
			for _, command := range []*ServiceCommand{s.Entrypoint, s.Command} {
				if command == nil {
					continue
				}
				in("the command", command.Span)
				in("what is dropped", command.Dropped)
				for _, w := range command.Words {
					in(w.Text, w.Span)
					if script := w.Script(); script != nil && script.Tree != nil {
						for _, st := range script.Tree.Stmts {
							in("a statement", script.NodeSpan(st))
						}
					}
				}
			}
			if s.Build != nil && s.Build.Inline.Text != "" {
				if d, err := ParseInline(s.Build.Inline); err == nil {
					for _, stage := range d.Stages {
						in("FROM", stage.From.Span)
					}
				}
			}
			_ = s.Over(s).Says()
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
