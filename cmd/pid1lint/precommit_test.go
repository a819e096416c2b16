package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// A hook is an entry of .pre-commit-hooks.yaml. The keys that pre-commit knows are those of MANIFEST_HOOK_DICT in its
// clientlib.py; it warns of others.
type hook struct {
	ID            string   `yaml:"id"`
	Name          string   `yaml:"name"`
	Description   string   `yaml:"description"`
	Language      string   `yaml:"language"`
	Entry         string   `yaml:"entry"`
	TypesOr       []string `yaml:"types_or"`
	Exclude       string   `yaml:"exclude"`
	RequireSerial bool     `yaml:"require_serial"`
}

func readHooks(t *testing.T) []hook {
	t.Helper()
	file, err := os.Open("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var hooks []hook
	loader := yaml.NewDecoder(file)
	loader.KnownFields(true)
	if err := loader.Decode(&hooks); err != nil {
		t.Fatalf("reading .pre-commit-hooks.yaml: %v", err)
	}
	return hooks
}

// TestHooks checks the hooks for pre-commit without pre-commit: each of them runs pid1lint over the names of the files that a
// commit changes, in the root of a repository.
func TestHooks(t *testing.T) {
	languages := map[string]string{}
	for _, h := range readHooks(t) {
		languages[h.ID] = h.Language
		if h.Language != "docker_image" && h.Entry != "pid1lint" || h.Language == "docker_image" && h.Entry != "ghcr.io/pid1lint/pid1lint:latest" {
			t.Errorf("%s runs %s", h.ID, h.Entry)
		}
		if h.Name == "" || h.Description == "" || !h.RequireSerial {
			t.Errorf("%s has no name or description, or may run several times at once", h.ID)
		}
	}
	want := map[string]string{"pid1lint": "golang", "pid1lint-docker": "docker_image", "pid1lint-system": "system"}
	if diff := cmp.Diff(want, languages); diff != "" {
		t.Errorf("languages by id (-want +got):\n%s", diff)
	}
}

// TestHookFiles runs pid1lint over each kind of file that pre-commit calls a Dockerfile, a script or YAML: nothing that stands in a project
// may keep somebody from committing because pid1lint can make nothing of it.
//
// The names are those with the tags dockerfile and shell in identify 2.6.19 (extensions.py and interpreters.py).
func TestHookFiles(t *testing.T) {
	exclude := regexp.MustCompile(readHooks(t)[0].Exclude)
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	for text, names := range map[string][]string{
		"FROM scratch\nCMD [\"/app\"]\n": {"Dockerfile", "Containerfile", "Dockerfile.dev", "api/api.Dockerfile", "my.Containerfile"},
		"#!/bin/sh\necho done\n":         {"start.sh", "lib.bash", "run.zsh", "bin/start", ".docker/start.sh"},
	} {
		for _, name := range names {
			put(t, dir, name, text)
			if exclude.MatchString(name) {
				t.Errorf("%s is excluded", name)
			}
			if out, status := runIn(t, dir, "pid1lint", name); status != statusClean {
				t.Errorf("%s: exit status %d\n%s", name, status, out)
			}
		}
	}
	for name, text := range map[string]string{
		".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    services:\n      db: {image: postgres}\n", "mkdocs.yml": "nav: []\n", "empty.yaml": "",
		"two.yaml": "a: 1\n---\nb: 2\n", "values.yaml": "image: {{ image }}\n", "config/services.yaml": "services:\n  _defaults: {autowire: true}\n",
	} {
		put(t, dir, name, text)
		if out, status := runIn(t, dir, "pid1lint", name); status != statusClean || exclude.MatchString(name) {
			t.Errorf("%s: exit status %d\n%s", name, status, out)
		}
	}
	for _, name := range []string{
		"a.bats", "a.csh", ".bash_aliases", ".bash_profile", ".bashrc", ".cshrc", ".envrc", ".zlogin", ".zlogout", ".zprofile", ".zshrc", ".zshenv",
		"home/.bashrc", "direnvrc", "PKGBUILD", "Dockerfile.dockerignore", "Dockerfile.j2", "Dockerfile.tmpl", "Dockerfile.in", "Dockerfile.md",
		"docs/Dockerfile.rst", "Dockerfile.txt", "Dockerfile.json",
	} {
		text := "x=1\n"
		if filepath.Ext(name) == ".bats" || filepath.Ext(name) == ".csh" {
			text = "#!/usr/bin/env " + strings.TrimPrefix(filepath.Ext(name), ".") + "\n" + text
		}
		put(t, dir, name, text)
		if out, status := runIn(t, dir, "pid1lint", name); !exclude.MatchString(name) && status != statusClean {
			t.Errorf("%s: exit status %d\n%s", name, status, out)
		}
	}
}

// TestPreCommit runs the real pre-commit in a repository, on commits that change nothing but a script.
func TestPreCommit(t *testing.T) {
	need(t, "pre-commit")
	t.Setenv("PRE_COMMIT_HOME", t.TempDir())
	hooks := t.TempDir() // the repository that the hooks come from
	for name, value := range map[string]string{"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"} {
		t.Setenv(name, value)
	}
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put(t, hooks, ".pre-commit-hooks.yaml", string(text))
	git(t, hooks, "init", "--quiet")
	git(t, hooks, "add", ".")
	git(t, hooks, "commit", "--quiet", "--message", "hooks")
	git(t, hooks, "tag", "v0")

	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	put(t, dir, "Dockerfile", "FROM debian:12\nCOPY --chmod=755 start /start\nENTRYPOINT [\"/start\"]\n")
	put(t, dir, "start", "#!/bin/sh\nexec app\n")
	if err := os.Chmod(filepath.Join(dir, "start"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := func(args string) {
		put(t, dir, ".pre-commit-config.yaml", "repos:\n- repo: "+hooks+"\n  rev: v0\n  hooks:\n  - id: pid1lint-system\n    args: ["+args+"]\n")
		git(t, dir, "add", ".pre-commit-config.yaml")
	}
	config("")
	if out, status := runIn(t, dir, "pre-commit", "validate-manifest", filepath.Join(hooks, ".pre-commit-hooks.yaml")); status != 0 {
		t.Fatalf("the hooks are not valid:\n%s", out)
	}
	if out, status := runIn(t, dir, "pre-commit", "install"); status != 0 {
		t.Fatalf("pre-commit install:\n%s", out)
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "--message", "good")

	bad := "#!/bin/sh\n# changed\napp\n"
	put(t, dir, "start", bad)
	git(t, dir, "add", ".")
	out, status := runIn(t, dir, "git", "commit", "--message", "bad")
	if status == 0 || !strings.Contains(out, "start:3:1") || !strings.Contains(out, "Dockerfile:3") {
		t.Errorf("committing a script without exec: exit status %d\n%s", status, out)
	}
	config("--fix")
	out, status = runIn(t, dir, "git", "commit", "--message", "bad")
	if status == 0 || !strings.Contains(out, "files were modified by this hook") {
		t.Errorf("committing what --fix changes: exit status %d\n%s", status, out)
	}
	if got := get(t, dir, "start"); got != strings.Replace(bad, "\napp", "\nexec app", 1) {
		t.Errorf("--fix makes %q", got)
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "--quiet", "--message", "fixed")
}
