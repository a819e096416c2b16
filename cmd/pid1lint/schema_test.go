package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/rules"
)

// schemaOf compiles a schema of the folder schema. They refer to each other by their published addresses; nothing is fetched.
func schemaOf(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	files, err := filepath.Glob("../../schema/*.schema.json")
	if err != nil || len(files) != 3 {
		t.Fatalf("%d schemas: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		address := "https://raw.githubusercontent.com/pid1lint/pid1lint/main/schema/" + filepath.Base(file)
		if id := doc.(map[string]any)["$id"]; id != address {
			t.Errorf("%s has the $id %v, want %s", file, id, address)
		}
		if err := c.AddResource(address, doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile("https://raw.githubusercontent.com/pid1lint/pid1lint/main/schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestJSONSchema holds what the commands print as JSON against its schema: of every case of every rule, and of what the tests of
// the command line look at.
func TestJSONSchema(t *testing.T) {
	lint, explain := schemaOf(t, "lint.schema.json"), schemaOf(t, "explain.schema.json")
	dir := t.TempDir()
	unpack(t, dir, "../../testdata/rules", "../../testdata/cli")
	t.Chdir(dir)
	getenv := func(string) string { return "" }
	findings, suppressed, problems := 0, 0, 0
	for _, args := range [][]string{{"--format", "json", "--preview", "--show-suppressed", "."}, {"explain", "--format", "json", "."}} {
		var stdout, stderr bytes.Buffer
		run(args, strings.NewReader(""), &stdout, &stderr, getenv)
		value, err := jsonschema.UnmarshalJSON(&stdout)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, &stderr)
		}
		schema := lint
		if args[0] == "explain" {
			schema = explain
		} else {
			for _, finding := range value.(map[string]any)["findings"].([]any) {
				findings++
				if finding.(map[string]any)["suppressed"] != nil {
					suppressed++
				}
			}
			problems = len(value.(map[string]any)["problems"].([]any))
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	if findings < 50 || suppressed == 0 || problems == 0 {
		t.Errorf("%d findings, %d of them suppressed, and %d problems are too few to prove anything", findings, suppressed, problems)
	}
}

// unpack writes the files of archives below a folder, each archive into a folder of its own.
func unpack(t *testing.T, dir string, from ...string) {
	t.Helper()
	for _, folder := range from {
		err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			archive, err := txtar.ParseFile(name)
			if err != nil {
				return err
			}
			for _, f := range archive.Files {
				if first, _, _ := strings.Cut(f.Name, "/"); filepath.Base(f.Name) == ".pid1lint.yaml" || first == "want" || first == "fixed" || first == "unsafe" {
					continue // what is wanted, not input; and settings, some of which are wrong on purpose
				}
				out := filepath.Join(dir, strings.TrimSuffix(strings.TrimPrefix(name, "../../testdata/"), ".txtar"), f.Name)
				if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
					return err
				}
				if err := os.WriteFile(out, f.Data, 0o644); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestJSONSchemaRefuses checks that a document that is wrong in one place is noticed.
func TestJSONSchemaRefuses(t *testing.T) {
	t.Chdir("../../testdata/demo")
	var lint, explain bytes.Buffer
	getenv := func(string) string { return "" }
	run([]string{"--format", "json"}, nil, &lint, &bytes.Buffer{}, getenv)
	run([]string{"explain", "--format", "json"}, nil, &explain, &bytes.Buffer{}, getenv)
	t.Chdir("../../cmd/pid1lint")
	for _, test := range []struct{ schema, doc, from, to string }{
		{"lint.schema.json", lint.String(), "", ""},
		{"explain.schema.json", explain.String(), "", ""},
		{"lint.schema.json", lint.String(), `"version": 1`, `"version": 2`},
		{"lint.schema.json", lint.String(), `"severity": "error"`, `"severity": "fatal"`},
		{"lint.schema.json", lint.String(), `"safe": true,`, ``},
		{"lint.schema.json", lint.String(), `"rule":`, `"id": "x", "rule":`},
		{"lint.schema.json", lint.String(), `"role": "app"`, `"role": "application"`}, // in the other schema
		{"lint.schema.json", lint.String(), `"problems": []`, `"problems": null`},
		{"explain.schema.json", explain.String(), `"children": []`, `"children": null`},
		{"explain.schema.json", explain.String(), `"verdict": "ignored"`, `"verdict": "maybe"`},
		{"explain.schema.json", explain.String(), `"graceSeconds": 10`, `"graceSeconds": "10s"`},
	} {
		doc := strings.Replace(test.doc, test.from, test.to, 1)
		if test.from != "" && doc == test.doc {
			t.Fatalf("%s: there is no %s", test.schema, test.from)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if err := schemaOf(t, test.schema).Validate(value); (err != nil) != (test.from != "") {
			t.Errorf("%s with %s: %v", test.schema, test.to, err)
		}
	}
}

// TestSettingsSchema checks that the schema of .pid1lint.yaml names every rule with its title and severity, and that it takes
// and refuses what the parser of the settings does.
func TestSettingsSchema(t *testing.T) {
	const name = "../../schema/pid1lint.schema.json"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	known := map[string]any{}
	for _, r := range rules.All() {
		known[r.ID] = map[string]any{"$ref": "#/$defs/severity", "description": r.Title + ".", "default": r.Severity.String()}
	}
	doc["properties"].(map[string]any)["rules"].(map[string]any)["properties"] = known
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want.String(), string(text)); diff != "" {
		t.Errorf("%s is stale (go test ./cmd/pid1lint -run TestSettingsSchema -update):\n%s", name, diff)
	}

	schema := schemaOf(t, "pid1lint.schema.json")
	for _, test := range []struct {
		text string
		ok   bool
	}{
		{"", true},
		{"# nothing yet\n", true},
		{"rules: {no-exec: warning, shell-form: off}\npreview: true\nexclude: [legacy/**]\nimages: {registry.corp/*: debian:12}\nfail-on: never\ngrace: 1m30s\n", true},
		{"rules:\nimages:\n", true},
		{"grace: 2.5\n", true},
		{"grace: 30\n", true},
		{"grace: '30'\n", true},
		{"grace: 1.5h\n", true},
		{"failon: note\n", false},
		{"rules: {no-exce: note}\n", false},
		{"rules: {no-exec: warn}\n", false},
		{"rules: {no-exec: }\n", false},
		{"rules: [no-exec]\n", false},
		{"- rules\n", false},
		{"fail-on: off\n", false},
		{"fail-on:\n", false},
		{"preview: maybe\n", false},
		{"exclude: legacy\n", false},
		{"exclude: ['']\n", false},
		{"images: {a: }\n", false},
		{"grace: soon\n", false},
		{"grace: 0\n", false},
		{"grace: -1s\n", false},
		{"grace: 10 s\n", false},
	} {
		if _, mistakes := config.Parse(test.text, rules.IDs(rules.All())); (len(mistakes) == 0) != test.ok {
			t.Errorf("%q: the parser says %v", test.text, mistakes)
		}
		var value any
		if err := yaml.Unmarshal([]byte(test.text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != test.ok {
			t.Errorf("%q: the schema says %v", test.text, err)
		}
	}
}
