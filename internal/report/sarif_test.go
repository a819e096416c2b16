package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// sarifSchema compiles the schema of SARIF 2.1.0.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open("testdata/sarif-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat() // that a URI is one, too
	if err := c.AddResource("sarif-2.1.0.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, doc []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// TestSARIFSchema holds the log of every sample against the schema of SARIF 2.1.0.
func TestSARIFSchema(t *testing.T) {
	schema := sarifSchema(t)
	all := append(samples(), sample{name: "mixed", result: mixed()}, sample{name: "smuggled", result: smuggled(smuggling)})
	for _, sample := range all {
		for _, show := range []bool{false, true} {
			log := written(t, report.SARIF, sample.result, report.Options{ShowSuppressed: show, Version: "v1.2.3"})
			if err := validate(t, schema, log); err != nil {
				t.Errorf("%s: %v", sample.name, err)
			}
		}
	}
}

// TestSARIFSchemaRefuses checks that the validation notices what is wrong.
func TestSARIFSchemaRefuses(t *testing.T) {
	schema := sarifSchema(t)
	log := string(written(t, report.SARIF, mixed(), report.Options{}))
	for _, test := range []struct{ what, from, to string }{
		{"another version", `"version": "2.1.0"`, `"version": "2.2"`},
		{"an unknown level", `"level": "note"`, `"level": "info"`},
		{"an unknown property", `"ruleIndex"`, `"rulesIndex"`},
		{"a line of 0", `"startLine": 3`, `"startLine": 0`},
		{"a URI with half an escape", "old%20stuff", "old%2/stuff"},
	} {
		broken := strings.Replace(log, test.from, test.to, 1)
		if broken == log {
			t.Fatalf("%s: there is no %s", test.what, test.from)
		}
		if validate(t, schema, []byte(broken)) == nil {
			t.Errorf("%s is not noticed", test.what)
		}
	}
}

type sarifText struct{ Text, Markdown string }

// TestSARIFRules checks what GitHub wants of rules: all of them in every log, each with all texts, none too long.
func TestSARIFRules(t *testing.T) {
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Rules []struct {
						ID, Name, HelpURI                       string
						ShortDescription, FullDescription, Help sarifText
						DefaultConfiguration                    struct{ Level string }
						Properties                              map[string]any
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
			}
		}
	}
	if err := json.Unmarshal(written(t, report.SARIF, mixed(), report.Options{ShowSuppressed: true}), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if got, want := len(run.Tool.Driver.Rules), len(rules.All()); got != want {
		t.Fatalf("%d rules, want %d", got, want)
	}
	for i, r := range run.Tool.Driver.Rules {
		if want := rules.All()[i].ID; r.ID != want {
			t.Errorf("rule %d is %s, want %s", i, r.ID, want)
		}
		if !regexp.MustCompile(`^([A-Z][a-z0-9]*)+$`).MatchString(r.Name) || strings.EqualFold(r.Name, r.ID) {
			t.Errorf("%s: name %q", r.ID, r.Name)
		}
		for _, text := range []string{r.ShortDescription.Text, r.FullDescription.Text} {
			if len(text) < 20 || len(text) > 1024 || strings.Contains(text, "\n") || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: description %q", r.ID, text)
			}
		}
		if !strings.Contains(r.Help.Markdown, "**Bad**") || !strings.Contains(r.Help.Markdown, "**Good**") || r.Help.Text == "" {
			t.Errorf("%s: help %+v", r.ID, r.Help)
		}
		if r.HelpURI != "https://github.com/pid1lint/pid1lint/blob/main/rules/README.md#"+r.ID {
			t.Errorf("%s: %s", r.ID, r.HelpURI)
		}
		if _, security := r.Properties["security-severity"]; security || r.Properties["precision"] == "" || r.Properties["problem.severity"] == "" {
			t.Errorf("%s: properties %v", r.ID, r.Properties)
		}
	}
	for _, r := range run.Results {
		if got := run.Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID {
			t.Errorf("rule %d is %s, want %s", r.RuleIndex, got, r.RuleID)
		}
	}
}

var messageLink = regexp.MustCompile(`\[[^\[\]]+\]\(([^)]*)\)|\]\(|\{\d+\}`)

// TestSARIFLinks checks that a message links to each of its related locations once, and to nothing else: no text of a project
// is taken for a link or a placeholder.
func TestSARIFLinks(t *testing.T) {
	for _, r := range []rules.Result{mixed(), smuggled(smuggling), shared()} {
		var log struct {
			Runs []struct {
				Results []struct {
					Message sarifText
					Related []struct{ ID int } `json:"relatedLocations"`
				}
			}
		}
		if err := json.Unmarshal(written(t, report.SARIF, r, report.Options{ShowSuppressed: true}), &log); err != nil {
			t.Fatal(err)
		}
		for _, r := range log.Runs[0].Results {
			var got, want []string
			for _, link := range messageLink.FindAllStringSubmatch(r.Message.Text, -1) {
				got = append(got, link[1])
			}
			for _, related := range r.Related {
				want = append(want, strconv.Itoa(related.ID))
			}
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("%q links to %q, want %q", r.Message.Text, got, want)
			}
		}
	}
}

// TestSARIFDeterministic checks that two equal runs write the same bytes.
func TestSARIFDeterministic(t *testing.T) {
	first := written(t, report.SARIF, mixed(), report.Options{ShowSuppressed: true})
	for range 5 {
		if !bytes.Equal(first, written(t, report.SARIF, mixed(), report.Options{ShowSuppressed: true})) {
			t.Fatal("two runs differ")
		}
	}
}
