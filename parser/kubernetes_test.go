package parser

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"
)

// describe writes what was read of a manifest, one line for each container.
func describe(m *Manifest) string {
	var out strings.Builder
	for _, p := range m.Pods {
		fmt.Fprintf(&out, "%s %s", p.Kind, p.Name.Text)
		if p.Grace.Text != "" {
			fmt.Fprintf(&out, " grace=%s", p.Grace.Text)
		}
		out.WriteString("\n")
		for _, c := range p.Containers {
			fmt.Fprintf(&out, "  %s %s", c.Name.Text, c.Image.Text)
			if c.Sidecar {
				out.WriteString(" (sidecar)")
			} else if c.Init {
				out.WriteString(" (init)")
			}
			out.WriteString(describeWords("", c.Command) + describeWords("args", c.Args))
			if c.PreStop != nil {
				fmt.Fprintf(&out, " preStop %s", c.PreStop.Kind)
				for _, word := range c.PreStop.Command {
					fmt.Fprintf(&out, " %q", word.Text)
				}
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

func describeWords(name string, a Arguments) string {
	if !a.Set {
		return ""
	}
	var words []string
	for _, word := range a.Words {
		text := strconv.Quote(word.Text)
		if !word.Known {
			text += "?"
		}
		words = append(words, text)
	}
	return " " + name + "[" + strings.Join(words, " ") + "]"
}

func TestManifestKinds(t *testing.T) {
	const pod = `
  containers:
  - name: app
    image: debian:12
    command: [app]
`
	indented := func(n int) string { return strings.ReplaceAll(pod, "\n", "\n"+strings.Repeat(" ", n)) }
	for name, test := range map[string]struct{ src, want string }{
		"pod":        {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:" + pod, "Pod x\n  app debian:12 [\"app\"]\n"},
		"deployment": {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec:\n  template:\n    metadata: {name: inner}\n    spec:" + indented(4), "Deployment x\n  app debian:12 [\"app\"]\n"},
		"cronjob":    {"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:" + indented(8), "CronJob x\n  app debian:12 [\"app\"]\n"},
		"template":   {"apiVersion: v1\nkind: PodTemplate\nmetadata: {name: x}\ntemplate:\n  spec:" + indented(2), "PodTemplate x\n  app debian:12 [\"app\"]\n"},
		"unknown":    {"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x}\nspec:\n  template:\n    spec:" + indented(4), "Rollout x\n  app debian:12 [\"app\"]\n"},
		"knative without a name": {"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec:\n  template:\n    spec:\n      containers:\n      - image: a\n",
			"Service x\n   a\n"},
		"list": {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: x}\n  spec:" + indented(2) + "\n- apiVersion: v1\n  kind: Service\n  metadata: {name: y}\n", "Pod x\n  app debian:12 [\"app\"]\n"},
		"documents": {"# a\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:" + pod + "---\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: y}\nspec:" + pod,
			"Pod x\n  app debian:12 [\"app\"]\nPod y\n  app debian:12 [\"app\"]\n"},
		"json": {`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"},
	"spec": {
		"containers": [
			{"name": "app", "image": "debian:12", "command": ["sh", "-c", "echo \"a\"; exec app"]}
		]}}`, "Pod x\n  app debian:12 [\"sh\" \"-c\" \"echo \\\"a\\\"; exec app\"]\n"},
		"no kind":  {"a:\n  containers:\n  - {name: app, image: x}\n  - {name: other}\n", " \n  app x\n"},
		"patch":    {"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: app\n    command: [x]\n", ""},
		"resource": {"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  example:" + indented(2), ""},
		"anchors": {"x: &c\n  name: app\n  image: a\n  command: &run [sh, -c, exec app]\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - <<: *c\n    name: b\n  - *c\n  - name: d\n    image: e\n    args: *run\n",
			"Pod x\n  b a [\"sh\" \"-c\" \"exec app\"]\n  app a [\"sh\" \"-c\" \"exec app\"]\n  d e args[\"sh\" \"-c\" \"exec app\"]\n"},
		"twice":   {"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: app\n    image: a\n    command: [x]\n    command: [y]\n", "Pod \n  app a [\"y\"]\n"},
		"nothing": {"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: app\n    image: a\n    command: []\n    args: null\n", "Pod \n  app a\n"},
		"init": {"apiVersion: v1\nkind: Pod\nspec:\n  terminationGracePeriodSeconds: 60\n  initContainers:\n  - {name: i, image: a}\n  - {name: s, image: a, restartPolicy: Always}\n  containers:\n  - {name: c, image: a, lifecycle: {preStop: {exec: {command: [sh, -c, sleep 5]}}}}\n",
			"Pod  grace=60\n  i a (init)\n  s a (sidecar)\n  c a preStop exec \"sh\" \"-c\" \"sleep 5\"\n"},
		"templates": {"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: c, image: '{{ .Values.image }}', command: ['{{ x }}', b]}\n", "Pod \n  c {{ .Values.image }} [\"{{ x }}\"? \"b\"]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseManifest(&File{Path: "x.yaml", Src: test.src})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, describe(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManifestVariables has $(NAME) as Kubernetes resolves it.
func TestManifestVariables(t *testing.T) {
	for _, test := range []struct {
		text, want string
		known      bool
	}{
		{"$(A)-$(B)", "a-ab", true},
		{"$$(A) $$$(A) $$", "$(A) $a $", true},
		{"$(NONE) $A $(hostname -f) $(A", "$(NONE) $A $(hostname -f) $(A", true},
		{"$(FROM)", "$(FROM)", false},
		{"$(DB_SERVICE_HOST)", "$(DB_SERVICE_HOST)", false},
		{"$()", "$()", true},
	} {
		src := "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    image: i\n    env:\n    - {name: A, value: a}\n    - {name: B, value: $(A)b}\n" +
			"    - name: FROM\n      valueFrom: {fieldRef: {fieldPath: status.podIP}}\n    args: ['" + test.text + "']\n"
		m, err := ParseManifest(&File{Src: src})
		if err != nil {
			t.Fatal(err)
		}
		got := m.Pods[0].Containers[0].Args.Words[0]
		if got.Text != test.want || got.Known != test.known {
			t.Errorf("%q: %q, %v, want %q, %v", test.text, got.Text, got.Known, test.want, test.known)
		}
	}
}

// TestScalarScript reads back where the commands of a script stand in YAML.
func TestScalarScript(t *testing.T) {
	for name, test := range map[string]struct {
		src  string
		text string   // what the shell reads
		want []string // each command as it is written
	}{
		"plain":          {"a: echo x; exec app  # c\n", "echo x; exec app", []string{"echo x", "exec app"}},
		"plain lines":    {"a: echo x;\n   exec\n   app\nb: c\n", "echo x; exec app", []string{"echo x", "exec\n   app"}},
		"single":         {"a: 'echo ''x''; app'\n", "echo 'x'; app", []string{"echo ''x''", "app"}},
		"double":         {`a: "echo \"x\"\nexec \u0061pp \\\"é" # "` + "\n", "echo \"x\"\nexec app \\\"é", []string{`echo \"x\"`, `exec \u0061pp \\\"é`}},
		"double folded":  {"a: \"echo x;\n  app \\\n    y\"\n", "echo x; app y", []string{"echo x", "app \\\n    y"}},
		"folded escapes": {"a: \"echo \\\"x\\\"\\n\\n\n    \\ if y; then\\n\\\n  \\  z\\nfi\n\n\n  w\"\n", "echo \"x\"\n\n  if y; then\n  z\nfi\n\nw", []string{`echo \"x\"`, "y", "z", "w"}},
		"single lines":   {"a: 'echo\n\n  y  \n  z'\n", "echo\ny z", []string{"echo", "y  \n  z"}},
		"blank lines":    {"a: |-\n\n\n  x\n", "\n\nx", []string{"x"}},
		"literal":        {"a: |\n  echo x\n    app y\n\n  z\nb: c\n", "echo x\n  app y\n\nz\n", []string{"echo x", "app y", "z"}},
		"literal kept":   {"a: |+\n  app y\n\nb: c\n", "app y\n\n", []string{"app y"}},
		"literal strip":  {"a: |-\n  \n  app y\n\nb: c\n", "\napp y", []string{"app y"}},
		"folded":         {"a: >-\n  echo x;\n  app\n  y\n\n  z\n    w\n  v\nb: c\n", "echo x; app y\nz\n  w\nv", []string{"echo x", "app\n  y", "z", "w", "v"}},
		"windows":        {"a: |\r\n  echo x\r\n  app\r\nb: c\r\n", "echo x\napp\n", []string{"echo x", "app"}},
		"indented":       {"a: |2\n    app\n  b\n", "  app\nb\n", []string{"app", "b"}},
		"anchor":         {"a: &x !!str |- # header\n  app\n", "app", []string{"app"}},
		"json":           {`{"a": "echo\t\"x\"; \/app"}`, "echo\t\"x\"; /app", []string{`echo\t\"x\"`, `\/app`}},
		"end of file":    {"a: |\n  app", "app", []string{"app"}},
	} {
		t.Run(name, func(t *testing.T) {
			y, err := ParseYAML(&File{Src: test.src})
			if err != nil {
				t.Fatal(err)
			}
			s := y.Scalar(y.Documents[0].Content[1])
			if s.Text != test.text {
				t.Errorf("the text is %q, want %q", s.Text, test.text)
			}
			script := s.Script()
			if script.Err != nil || script.Base < 0 {
				t.Fatalf("base %d: %v", script.Base, script.Err)
			}
			var got []string
			syntax.Walk(script.Tree, func(n syntax.Node) bool {
				if call, ok := n.(*syntax.CallExpr); ok {
					got = append(got, script.NodeSpan(call).Text())
				}
				return true
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManifestMistakes has documents that are no YAML beside one that is.
func TestManifestMistakes(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: é}\nspec:\n  containers:\n  - {name: c, image: i, args: [x, y]}\n"
	for name, test := range map[string]struct {
		src  string
		pods int
		at   string // the text of the place of the error
	}{
		"tab":            {pod + "---\nkind: Pod\nspec:\n\tcontainers: []\n---\n" + pod, 2, "containers: []"},
		"template":       {"{{- if .x }}\n" + pod + "{{- end }}\n---\n" + pod, 1, ""},
		"alias":          {pod + "---\na: *b\n---\n" + pod + "---\na: [\n---\n" + pod, 2, "a: *b"},
		"no UTF-8":       {pod + "---\na: \xff\n---\n" + pod, 0, ""},
		"alias in alias": {"a: &a\n  containers: *a\n", 0, "*"},
		"nothing":        {"", 0, ""},
		"scalar":         {"x", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseManifest(&File{Src: test.src})
			if len(m.Pods) != test.pods {
				t.Errorf("%d pods, want %d", len(m.Pods), test.pods)
			}
			for _, p := range m.Pods {
				if got := p.Name.Span.Text() + p.Containers[0].Args.Words[1].Span.Text(); got != "éy" {
					t.Errorf("its places read %q", got)
				}
			}
			syntax := (*SyntaxError)(nil)
			if errors.As(err, &syntax) && test.at != "" && strings.TrimSpace(syntax.Span.Text()) != test.at || err == nil && test.at != "" {
				t.Errorf("the error is %v at %q, want %q", err, syntax.Span.Text(), test.at)
			}
		})
	}
}
