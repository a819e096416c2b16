package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// yamlBlock reads the first YAML block of docs/ci.md that has a text.
func yamlBlock(t *testing.T, has string, into any) {
	t.Helper()
	for _, b := range blocks(t, "docs/ci.md") {
		if b.language == "yaml" && strings.Contains(b.text, has) {
			if err := yaml.Unmarshal([]byte(b.text), into); err != nil {
				t.Fatalf("reading the block with %s: %v", has, err)
			}
			return
		}
	}
	t.Fatalf("docs/ci.md has no block with %s", has)
}

// TestCIHooks looks up the hooks that docs/ci.md names.
func TestCIHooks(t *testing.T) {
	var config struct {
		Repos []struct{ Hooks []struct{ ID string } }
	}
	yamlBlock(t, "repos:", &config)
	for _, used := range config.Repos[0].Hooks {
		if !slices.ContainsFunc(readHooks(t), func(h hook) bool { return h.ID == used.ID }) {
			t.Errorf("there is no hook %q", used.ID)
		}
	}
}

// TestCIWorkflow looks up the inputs of the action that docs/ci.md names, and holds its table against action.yml.
func TestCIWorkflow(t *testing.T) {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]string
			}
		}
	}
	yamlBlock(t, "uses: pid1lint/pid1lint@", &workflow)
	inputs := readAction(t).Inputs
	for _, s := range workflow.Jobs["pid1lint"].Steps {
		if !strings.HasPrefix(s.Uses, "pid1lint/") {
			continue
		}
		for name := range s.With {
			if _, ok := inputs[name]; !ok {
				t.Errorf("the action has no input %q", name)
			}
		}
	}
	page := get(t, top, "docs/ci.md")
	for name := range inputs {
		if !strings.Contains(page, "\n| `"+name+"` |") {
			t.Errorf("docs/ci.md says nothing of the input %q", name)
		}
	}
}

// TestCIGitLab runs the job for GitLab, with wget replaced by a program that copies a release from a folder.
func TestCIGitLab(t *testing.T) {
	for _, program := range []string{"sh", "tar", "sha256sum"} {
		need(t, program)
	}
	var jobs map[string]struct {
		Variables map[string]string
		Before    []string `yaml:"before_script"`
		Script    []string
		Artifacts struct{ Reports struct{ Codequality string } }
	}
	yamlBlock(t, "codequality:", &jobs)
	job := jobs["pid1lint"]
	pid1lint, err := exec.LookPath("pid1lint")
	if err != nil {
		t.Fatal(err)
	}
	archive := string(archived(t, "pid1lint", "#!/bin/sh\nexec "+pid1lint+` "$@"`+"\n"))
	release, bin, dir := t.TempDir(), t.TempDir(), t.TempDir()
	put(t, release, "pid1lint_linux_amd64.tar.gz", archive)
	sum := sha256.Sum256([]byte(archive))
	put(t, release, "checksums.txt", fmt.Sprintf("%x  pid1lint_linux_amd64.tar.gz\n%x  pid1lint_linux_amd64.tar.gz.sbom.json\n", sum, sum))
	put(t, bin, "wget", "#!/bin/sh\nshift\nfor url; do cp \""+release+"/${url##*/}\" .; done\n")
	if err := os.Chmod(filepath.Join(bin, "wget"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range slices.Sorted(maps.Keys(job.Variables)) {
		t.Setenv(name, job.Variables[name])
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(top, "testdata/demo"))); err != nil {
		t.Fatal(err)
	}
	out, status := runIn(t, dir, "sh", "-e", "-c", strings.Join(slices.Concat(job.Before, job.Script), "\n"))
	if status != 1 || !strings.Contains(out, "pid1lint_linux_amd64.tar.gz: OK") || !strings.Contains(out, "error[no-exec]") {
		t.Errorf("exit status %d\n%s", status, out)
	}
	var found []struct {
		Check string `json:"check_name"`
	}
	if err := json.Unmarshal([]byte(get(t, dir, job.Artifacts.Reports.Codequality)), &found); err != nil || len(found) != 1 || found[0].Check != "no-exec" {
		t.Errorf("the report has %v: %v", found, err)
	}
}
