package lint

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/internal/process"

	"github.com/pid1lint/pid1lint/internal/config"
)

// tree makes a file system of files that are readable and, as in one that knows no permissions, not executable.
func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// found lists the units of a project: scripts in parentheses, what stands only around a script with a question mark.
func found(p *Project) []string {
	var names []string
	for _, u := range p.units {
		name := u.path
		if u.kind == process.KindScript {
			name = "(" + name + ")"
		}
		if u.around {
			name += "?"
		}
		names = append(names, name)
	}
	return names
}

func messages(p *Project) []string {
	var list []string
	for _, problem := range p.problems {
		list = append(list, problem.Message)
	}
	return list
}

func TestFind(t *testing.T) {
	project := tree(map[string]string{
		"Dockerfile":                       "FROM alpine\n",
		"Dockerfile.j2":                    "FROM {{ base }}\n",
		"Dockerfile.dockerignore":          "*\n",
		"README.md":                        "read me\n",
		"start.sh":                         "#!/bin/sh\n",
		"entry":                            "#!/bin/sh\n",
		"image":                            "# an image\nFROM alpine\n",
		".gitignore":                       "/out/\n*.generated\n/*\n!/api\n!/web\n!/Dockerfile\n!/lib\n!/vendor\n!/node_modules\n",
		"out/Dockerfile":                   "FROM alpine\n",
		"api/Dockerfile":                   "FROM alpine\n",
		"api/start.sh":                     "#!/bin/sh\n",
		"api/.gitignore":                   "tmp\n!tmp/keep\n",
		"api/tmp/Dockerfile":               "FROM alpine\n",
		"api/deep/out/Dockerfile":          "FROM alpine\n",
		"web/Dockerfile.generated":         "FROM alpine\n",
		"web/app.dockerfile":               "FROM alpine\n",
		"web/node_modules/x/Dockerfile":    "FROM alpine\n",
		"vendor/modules.txt":               "",
		"vendor/github.com/x/y/Dockerfile": "FROM alpine\n",
		"lib/vendor/acme/Dockerfile":       "FROM alpine\n",
		"node_modules/y/Dockerfile":        "FROM alpine\n",
	})
	for _, test := range []struct {
		name    string
		paths   []string
		exclude []string
		want    []string
	}{
		{"all", nil, nil, []string{"Dockerfile", "api/Dockerfile", "api/deep/out/Dockerfile", "lib/vendor/acme/Dockerfile", "web/app.dockerfile"}},
		{"a folder", []string{"api"}, nil, []string{"api/Dockerfile", "api/deep/out/Dockerfile"}},
		{"an ignored folder by name", []string{"api/tmp"}, nil, []string{"api/tmp/Dockerfile"}},
		{"node_modules by name", []string{"node_modules"}, nil, []string{"node_modules/y/Dockerfile"}},
		{"twice", []string{"api", "./api/Dockerfile", "api/"}, nil, []string{"api/Dockerfile", "api/deep/out/Dockerfile"}},
		{"exclude", nil, []string{"api/**", "lib"}, []string{"Dockerfile", "web/app.dockerfile"}},
		{"a named file is never left out", []string{"out/Dockerfile"}, []string{"out"}, []string{"out/Dockerfile"}},
		{"by content", []string{"image"}, nil, []string{"image"}},
		{"template", []string{"Dockerfile.j2"}, nil, []string{"Dockerfile.j2"}},
		{"ignore file", []string{"Dockerfile.dockerignore"}, nil, nil},
		{"script", []string{"api/start.sh"}, nil, []string{"Dockerfile?", "api/Dockerfile?", "api/deep/out/Dockerfile?", "(api/start.sh)", "lib/vendor/acme/Dockerfile?", "web/app.dockerfile?"}},
		{"script by content", []string{"entry", "Dockerfile"}, []string{"api", "lib", "web"}, []string{"Dockerfile", "(entry)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Load(project, &config.Config{Exclude: test.exclude}, test.paths)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, found(p)); diff != "" {
				t.Errorf("units (-want +got):\n%s", diff)
			}
			if len(p.problems) > 0 {
				t.Errorf("problems: %q", messages(p))
			}
		})
	}
}

func TestFindProblems(t *testing.T) {
	project := tree(map[string]string{"notes.txt": "hello\n", "Dockerfile": "FROM alpine\n"})
	p, err := Load(project, nil, []string{"nowhere/Dockerfile", "../outside", "/etc", "notes.txt", "Dockerfile"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"reading nowhere/Dockerfile: file does not exist: check the path",
		"reading ../outside: it is outside of the project: run pid1lint from a folder above it",
		"reading /etc: it is outside of the project: run pid1lint from a folder above it",
		"reading notes.txt: it is neither a Dockerfile, a script, a Compose file nor a manifest: its first instruction is not FROM and it does not start with #!",
	}
	if diff := cmp.Diff(want, messages(p)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Dockerfile"}, found(p)); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
	if _, err := Load(project, &config.Config{Exclude: []string{"["}}, nil); err == nil || !strings.Contains(err.Error(), "exclude") {
		t.Errorf("a broken pattern gives %v", err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	mkdir(t, filepath.Dir(name))
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(name, 0o755); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestIgnoredAsGit compares with git itself, where it is installed.
func TestIgnoredAsGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	paths := []string{
		"foo/bar/x", "foo/q", "a/b/c", "a/c/d/b", "x", "q/x", "doc/a.txt", "doc/d/a.txt", "#x", "ab", "keep.log", "a.log", "d/keep.log", "q/foo/bar", "t.txt", "d/t.txt",
	}
	for _, patterns := range []string{
		"/foo", "foo/", "*.log\n!keep.log", "a/**/b", "**/x", "doc/*.txt", "\\#x", "[!a]b", "foo\r\nd\r\n", "foo ", "foo/*\n!foo/bar", "/*\n!/foo\n/foo/*\n!/foo/bar",
		"*\n!*/\n!*.txt", "**/foo/bar", "!", "/", "**", "\ufefffoo", "[", "a//b", "/*/\n!/d/", "{a,q}", "foo\\ ", "a**b", "foo/**", "[^a]b", "[a-c]b", "foo\t", "\\", "*b*", "\\!x", "/**/x", "doc/", "!", "foo/**/q",
	} {
		dir := t.TempDir()
		for _, name := range paths {
			write(t, filepath.Join(dir, name), "")
		}
		write(t, filepath.Join(dir, ".gitignore"), patterns)
		if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
			t.Skipf("git init: %s", out)
		}
		lists := []ignoreList{parseIgnoreList(".", patterns)}
		check := exec.Command("git", "check-ignore", "--no-index", "-z", "--stdin")
		check.Dir, check.Stdin = dir, strings.NewReader(strings.Join(paths, "\x00"))
		out, _ := check.Output() // the status is 1 where nothing is ignored
		for _, name := range paths {
			want := slices.Contains(strings.Split(string(out), "\x00"), name)
			if got := ignoredBelow(lists, name); got != want {
				t.Errorf("%q: %s ignored = %v, git says %v", patterns, name, got, want)
			}
		}
	}
}

// ignoredBelow asks for each folder on the way as the walk does.
func ignoredBelow(lists []ignoreList, name string) bool {
	for i, c := range name {
		if c == '/' && ignored(lists, name[:i], true) {
			return true
		}
	}
	return ignored(lists, name, false)
}

func TestOverlay(t *testing.T) {
	under := tree(map[string]string{"Dockerfile": "FROM alpine\n", "bin/start.sh": "#!/bin/sh\n"})
	under["bin/start.sh"].Mode = 0o755
	over := Overlay(under, map[string]string{"bin/start.sh": "#!/bin/sh\nexec app\n", "new/deep/Dockerfile": "FROM debian\n"})
	if err := fstest.TestFS(over, "Dockerfile", "bin/start.sh", "new/deep/Dockerfile"); err != nil {
		t.Error(err)
	}
	text, err := fs.ReadFile(over, "bin/start.sh")
	if err != nil || string(text) != "#!/bin/sh\nexec app\n" {
		t.Errorf("read %q, %v", text, err)
	}
	if info, err := fs.Stat(over, "bin/start.sh"); err != nil || info.Mode() != 0o755 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if text, _ := fs.ReadFile(under, "bin/start.sh"); string(text) != "#!/bin/sh\n" {
		t.Errorf("what is underneath has become %q", text)
	}
}
