package lint

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/internal/process"
)

func TestKindOfText(t *testing.T) {
	for text, want := range map[string]process.Kind{
		"services:\n  a:\n    image: x\n":                    process.KindCompose,
		"\ufeffinclude:\n  - a.yaml\n":                       process.KindCompose,
		"# x\nkind: Pod\napiVersion: v1\n":                   process.KindKubernetes,
		"items:\n- apiVersion: v1\n  kind: Pod\n":            process.KindKubernetes,
		"spec:\n  services:\n    a: b\nkind: Whatever\n":     "",
		`{"apiVersion": "v1", "kind": "List", "items": []}`:  process.KindKubernetes,
		"{\n\t\"name\": \"x\",\n\t\"version\": \"1.0\"\n}\n": "",
		"": "",
	} {
		if got := kindOfText(text); got != want {
			t.Errorf("kindOfText(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestBrokenYAML has files that are no YAML: a problem with its place only where the file is surely meant to be one of ours.
func TestBrokenYAML(t *testing.T) {
	const broken = "services:\n  a:\n\timage: x\n"
	const template = "apiVersion: v1\nkind: Pod\nspec: {{ .Values }}\n  x: y\n"
	const manifest = "apiVersion: v1\nkind: Pod\nspec: x\n  y: z\n"
	files := map[string]string{
		"k8s/pod.yaml": manifest, "compose.yaml": broken, "a/docker-compose.prod.yml": broken, "chart/pod.yaml": template, "ci.yml": "a: [\n", "k.yaml": broken,
	}
	for _, test := range []struct {
		paths, want []string
	}{
		{nil, []string{"compose.yaml:3"}},
		{[]string{"a/docker-compose.prod.yml", "k.yaml", "ci.yml"}, []string{"a/docker-compose.prod.yml:3", "k.yaml:3"}},
		{[]string{"chart/pod.yaml"}, nil},
		{[]string{"k8s/pod.yaml"}, []string{"k8s/pod.yaml:4"}},
	} {
		_, result := run(t, files, test.paths...)
		var got []string
		for _, problem := range result.Problems {
			got = append(got, fmt.Sprintf("%s:%d", problem.Path, problem.Span.Begin().Line))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v: problems (-want +got):\n%s", test.paths, diff)
		}
	}
}
