package rules_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pid1lint/pid1lint/rules"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestPages proves of every rule that its page is whole: it says what is found, why, how to fix it and when to ignore it.
func TestPages(t *testing.T) {
	var readme bytes.Buffer
	if err := rules.WriteReadme(&readme); err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, rule := range rules.All() {
		t.Run(rule.ID, func(t *testing.T) {
			if !word.MatchString(rule.ID) {
				t.Error("the ID is also the anchor of the rule in rules/README.md: small letters, digits and single hyphens")
			}
			for _, field := range []struct{ name, text, want string }{
				{"Title", rule.Title, "one line without a full stop: what is wrong"},
				{"Doc", rule.Doc, "what the rule finds, in one to three sentences"},
				{"Why", rule.Why, "what becomes of the application then, and how that is known: \"Measured: ...\" or \"Documented: ...\""},
				{"Fix", rule.Fix, "how to fix it: what to write in its place"},
				{"Ignore", rule.Ignore, "when a finding may stand"},
			} {
				if strings.TrimSpace(field.text) == "" {
					t.Errorf("the rule lacks %s: %s", field.name, field.want)
				}
			}
			if !strings.HasPrefix(rule.Ignore, "Never") && !strings.Contains(rule.Ignore, "ignore="+rule.ID+"; reason=") {
				t.Errorf("Ignore shows no comment in a real form, such as\n# pid1lint ignore=%s; reason=...\nbetween two lines of ~~~; or it begins with \"Never\", and says why", rule.ID)
			}
			if strings.HasSuffix(rule.Title, ".") || strings.Contains(rule.Title, "\n") {
				t.Error("Title is one line without a full stop")
			}
			if strings.ContainsAny(rule.Markdown(), "«»") {
				t.Error("code stands between « and »: one of the two is in a place where it is not replaced")
			}
			if !strings.Contains(readme.String(), "\n## "+rule.ID+"\n\n"+rule.Title) {
				t.Error("rules/README.md has no section for it")
			}
		})
	}
}

// TestIgnores proves of the comments that the pages show that they silence the bad example: above the line of the finding, or above
// the instruction that the container starts with where the page shows it there.
func TestIgnores(t *testing.T) {
	comment := regexp.MustCompile(`(?m)^# pid1lint .*; reason=(.+)$`)
	for _, rule := range rules.All() {
		for _, m := range comment.FindAllStringSubmatch(rule.Ignore, -1) {
			bad := found(run(t, rule.Bad), rule.ID)
			if len(bad) == 0 {
				continue // TestExamples says so
			}
			at := bad[0].Span
			if strings.Contains(rule.Ignore, "```dockerfile") {
				at = bad[0].Launch.Origin
			}
			archive := txtar.Parse([]byte(rule.Bad))
			for i, f := range archive.Files {
				if f.Name == at.File.Path {
					lines := strings.Split(string(f.Data), "\n")
					lines = slices.Insert(lines, at.Begin().Line-1, m[0])
					archive.Files[i].Data = []byte(strings.Join(lines, "\n"))
				}
			}
			result := run(t, string(txtar.Format(archive)))
			if left := found(result, rule.ID); len(left) > 0 {
				t.Errorf("%s: %q does not silence its example: %s", rule.ID, m[0], left[0].Message)
			}
			if !slices.ContainsFunc(result.Suppressed, func(s rules.Suppressed) bool { return s.Rule.ID == rule.ID && s.Reason == m[1] }) {
				t.Errorf("%s: with %q nothing is silenced for the reason %q", rule.ID, m[0], m[1])
			}
		}
	}
}

// TestReadme fails when rules/README.md does not say what the rules say. go generate rewrites it.
func TestReadme(t *testing.T) {
	var b bytes.Buffer
	if err := rules.WriteReadme(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("README.md", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), b.String()); diff != "" {
		t.Errorf("rules/README.md is stale, run go generate ./rules (-have +want)\n%s", diff)
	}
}
