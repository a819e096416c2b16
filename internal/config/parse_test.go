package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want Config
	}{
		"empty":    {"", Config{}},
		"comments": {"# nothing yet\n", Config{}},
		"all": {`
rules:
  no-exec: warning
  shell-form: off
preview: true
exclude: [legacy/**, "*.old"]
images:
  registry.corp/base: debian:12
  registry.corp/*:edge: alpine:3.20
fail-on: error
grace: 1m30s
`, Config{
			Rules: map[string]string{"no-exec": "warning", "shell-form": "off"}, Preview: true, Exclude: []string{"legacy/**", "*.old"},
			Images: map[string]string{"registry.corp/base": "debian:12", "registry.corp/*:edge": "alpine:3.20"}, FailOn: "error", Grace: 90 * time.Second}},
		"seconds":   {"grace: 2.5\n", Config{Grace: 2500 * time.Millisecond}},
		"an anchor": {"images: &a\n  x: y\n", Config{Images: map[string]string{"x": "y"}}},
		"no rules":  {"rules:\n", Config{}},
		"crlf":      {"fail-on: never\r\nrules: {no-exec: note}\r\n", Config{FailOn: "never", Rules: map[string]string{"no-exec": "note"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, mistakes := Parse(test.text, []string{"no-exec", "shell-form"})
			if len(mistakes) > 0 {
				t.Fatalf("mistakes: %v", mistakes)
			}
			if diff := cmp.Diff(test.want, *got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	severities, failures := []string{"off", "note", "warning", "error"}, []string{"note", "warning", "error", "never"}
	for name, test := range map[string]struct {
		text string
		want []Mistake
	}{
		"a setting":    {"preview: true\nfailon: note\n", []Mistake{{2, `there is no setting "failon"`, "failon", []string{"exclude", "fail-on", "grace", "images", "preview", "rules"}}}},
		"a rule":       {"rules:\n  no-exce: note\n", []Mistake{{2, `there is no rule "no-exce"`, "no-exce", []string{"no-exec"}}}},
		"a severity":   {"rules: {no-exec: warn}\n", []Mistake{{1, `there is no severity "warn"`, "warn", severities}}},
		"a failure":    {"fail-on: off\n", []Mistake{{1, `there is no severity "off"`, "off", failures}}},
		"no value":     {"rules:\n  no-exec:\nfail-on:\n", []Mistake{{2, "no-exec needs a value", "", nil}, {3, "fail-on needs a value", "", nil}}},
		"no list":      {"exclude: legacy\n", []Mistake{{1, "exclude is to be a list of patterns, such as [legacy/**]", "", nil}}},
		"no pattern":   {"exclude: ['[']\nimages:\n  'a[': b\n", []Mistake{{1, `"[" is not a valid pattern`, "", nil}, {3, `"a[" is not a valid pattern`, "", nil}}},
		"no mapping":   {"- rules\n", []Mistake{{1, `the file is to be a mapping, lines of "key: value"`, "", nil}}},
		"rules listed": {"rules: [no-exec]\n", []Mistake{{1, `rules is to be a mapping, lines of "key: value"`, "", nil}}},
		"no boolean":   {"preview: maybe\n", []Mistake{{1, `preview is to be true or false, not "maybe"`, "", nil}}},
		"no time":      {"grace: soon\n", []Mistake{{1, `grace is to be a time such as 30s, not "soon"`, "", nil}}},
		"time is up":   {"grace: 0\n", []Mistake{{1, `grace is to be a time such as 30s, not "0"`, "", nil}}},
		"twice":        {"grace: 1s\ngrace: 2s\n", []Mistake{{2, `"grace" stands there twice`, "", nil}}},
		"no YAML":      {"grace: 1s\nimages: a: b\n", []Mistake{{2, "it is not YAML: mapping values are not allowed in this context", "", nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, mistakes := Parse(test.text, []string{"no-exec"})
			if diff := cmp.Diff(test.want, mistakes); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"rules: {no-exec: off}", "images: *a", "a: &a [*a]", "<<: {grace: 1s}", "exclude: [1, [2]]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, mistakes := Parse(text, []string{"no-exec"})
		for _, m := range mistakes {
			if m.Message == "" || m.Line < 0 {
				t.Errorf("%q: %+v", text, m)
			}
		}
	})
}
