package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// An actionStep is a step of action.yml. The keys are those that GitHub knows of a composite action.
type actionStep struct {
	Name  string            `yaml:"name"`
	ID    string            `yaml:"id"`
	If    string            `yaml:"if"`
	Shell string            `yaml:"shell"`
	Dir   string            `yaml:"working-directory"`
	Env   map[string]string `yaml:"env"`
	Run   string            `yaml:"run"`
	Uses  string            `yaml:"uses"`
	With  map[string]string `yaml:"with"`
}

// An action is what action.yml says.
type action struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Author      string            `yaml:"author"`
	Branding    map[string]string `yaml:"branding"`
	Inputs      map[string]struct {
		Description string `yaml:"description"`
		Default     string `yaml:"default"`
	} `yaml:"inputs"`
	Outputs map[string]struct {
		Description string `yaml:"description"`
		Value       string `yaml:"value"`
	} `yaml:"outputs"`
	Runs struct {
		Using string       `yaml:"using"`
		Steps []actionStep `yaml:"steps"`
	} `yaml:"runs"`
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	loader := yaml.NewDecoder(strings.NewReader(get(t, "../..", "action.yml")))
	loader.KnownFields(true)
	if err := loader.Decode(&a); err != nil {
		t.Fatalf("reading action.yml: %v", err)
	}
	return a
}

// TestAction checks what the steps of action.yml are made of: whatever a workflow says is data for them, never a part of a script.
func TestAction(t *testing.T) {
	a := readAction(t)
	var used []string
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("the script of %q is put together from what a workflow says", s.Name)
		}
		if s.Uses != "" && !regexp.MustCompile(`@[0-9a-f]{40}$`).MatchString(s.Uses) {
			t.Errorf("%q is not one certain commit", s.Uses)
		}
		for _, value := range slices.Concat([]string{s.Dir, s.If}, slices.Collect(maps.Values(s.Env)), slices.Collect(maps.Values(s.With))) {
			for _, name := range regexp.MustCompile(`inputs\.([\w-]+)`).FindAllStringSubmatch(value, -1) {
				used = append(used, name[1])
			}
		}
	}
	slices.Sort(used)
	if inputs := slices.Sorted(maps.Keys(a.Inputs)); !slices.Equal(inputs, slices.Compact(used)) {
		t.Errorf("inputs are %q, the steps use %q", inputs, used)
	}
}

// runStep runs a step as a runner does: with bash, in a folder, with the inputs that a workflow gives.
func (a action) runStep(t *testing.T, id string, inputs, env map[string]string, dir string) (out string, status int) {
	t.Helper()
	for _, s := range a.Runs.Steps {
		if s.Name != id {
			continue
		}
		value := func(text string) string {
			return regexp.MustCompile(`\$\{\{ inputs\.([\w-]+) \}\}`).ReplaceAllStringFunc(text, func(match string) string {
				name := strings.TrimSuffix(strings.TrimPrefix(match, "${{ inputs."), " }}")
				if text, ok := inputs[name]; ok {
					return text
				}
				return a.Inputs[name].Default
			})
		}
		script := filepath.Join(t.TempDir(), "script.sh")
		put(t, "", script, s.Run)
		c := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		c.Dir = filepath.Join(dir, value(s.Dir))
		c.Env = os.Environ()
		for name, text := range s.Env {
			c.Env = append(c.Env, name+"="+value(text))
		}
		for name, text := range env {
			c.Env = append(c.Env, name+"="+text)
		}
		text, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		return string(text), c.ProcessState.ExitCode()
	}
	t.Fatalf("action.yml has no step %q", id)
	return "", 0
}

// TestActionInstall loads releases from a server on this machine.
func TestActionInstall(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program in the archive is a script of Unix")
	}
	need(t, "bash")
	need(t, "curl")
	files := map[string][]byte{}
	sums := ""
	for _, target := range readRelease(t).targets() {
		name := "pid1lint_" + target + ".tar.gz"
		files[name] = archived(t, "pid1lint", "#!/bin/sh\necho "+target+"\n")
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(files[name]), name)
	}
	files["checksums.txt"] = []byte(sums)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(files[filepath.Base(r.URL.Path)]) }))
	defer plain.Close()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		folder, name := path.Split(r.URL.Path)
		folder = strings.TrimSuffix(folder, "/")
		switch {
		case folder == "/latest/download": // as on GitHub
			http.Redirect(w, r, "/download/v1.2.3/"+name, http.StatusFound)
		case folder == "/download/v5.5.5":
			http.Redirect(w, r, plain.URL+"/"+name, http.StatusFound)
		case folder == "/download/v1.2.3" && files[name] != nil:
			_, _ = w.Write(files[name])
		case folder == "/download/v6.6.6" && name != "checksums.txt":
			_, _ = w.Write(append(files[name], '!'))
		case folder == "/download/v6.6.6":
			_, _ = w.Write(files[name])
		case folder == "/download/v7.7.7" && name == "checksums.txt":
			_, _ = w.Write([]byte("0123  something_else.tar.gz\n"))
		case folder == "/download/v7.7.7":
			_, _ = w.Write(files[name])
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	authority := filepath.Join(t.TempDir(), "authority.pem")
	put(t, "", authority, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))

	a := readAction(t)
	for _, test := range []struct{ version, os, arch, want string }{
		{"", "Linux", "X64", "linux_amd64"},
		{"latest", "Linux", "ARM64", "linux_arm64"},
		{"v1.2.3", "macOS", "ARM64", "darwin_arm64"},
		{"v1.2.3", "macOS", "X64", "darwin_amd64"},
		{"v1.2.3", "Windows", "X64", "windows_amd64"},
		{"v1.2.3", "Linux", "ARM", "there is no release of pid1lint for Linux on ARM"},
		{"v1.2.4", "Linux", "X64", "cannot load " + server.URL + "/download/v1.2.4/checksums.txt"},
		{"v5.5.5", "Linux", "X64", "cannot load "},
		{"v6.6.6", "Linux", "X64", "but checksums.txt has '"},
		{"v7.7.7", "Linux", "X64", "but checksums.txt has ''"},
		{"$(touch ../hacked)", "Linux", "X64", "cannot load "},
	} {
		dir := t.TempDir()
		inputs := map[string]string{}
		if test.version != "" {
			inputs["version"] = test.version
		}
		added := filepath.Join(dir, "added")
		out, status := a.runStep(t, "Install pid1lint", inputs, map[string]string{
			"RELEASES": server.URL, "CURL_CA_BUNDLE": authority, "RUNNER_OS": test.os, "RUNNER_ARCH": test.arch, "RUNNER_TEMP": dir, "GITHUB_PATH": added,
		}, dir)
		if status == 0 {
			out, _ = runIn(t, dir, filepath.Join(strings.TrimSpace(get(t, "", added)), "pid1lint"))
			if strings.TrimSpace(out) != test.want {
				t.Errorf("%v: %s is installed", test, out)
			}
			continue
		}
		if !strings.Contains(out, "::error title=pid1lint::") || !strings.Contains(out, test.want) {
			t.Errorf("%v: exit status %d\n%s", test, status, out)
		}
		if _, err := os.Stat(added); err == nil {
			t.Errorf("%v: it fails, and something is installed", test)
		}
		if found, _ := filepath.Glob(filepath.Join(dir, "hacked")); found != nil {
			t.Errorf("%v: the version is run", test)
		}
	}
}

// archived returns a compressed archive of one executable file.
func archived(t *testing.T, name, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	archive := tar.NewWriter(compressed)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	_, _ = archive.Write([]byte(text))
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestActionLint runs the step that lints.
func TestActionLint(t *testing.T) {
	need(t, "bash")
	a := readAction(t)
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	put(t, dir, "api/Dockerfile", "FROM debian:12\nCMD ./app\n")
	put(t, dir, "my web/Dockerfile", "FROM debian:12\nCMD [\"./app\"]\n")
	put(t, dir, "broken/Dockerfile", "FROM debian:12\nFORM x\n")
	const annotation = "::error file=api/Dockerfile,line=2,"
	for _, test := range []struct {
		inputs map[string]string
		status int
		want   string // in the output; "" for no annotation
		sarif  bool
	}{
		{map[string]string{"paths": "api"}, 1, annotation, false},
		{map[string]string{"paths": "api", "upload-sarif": "true"}, 1, annotation, true},
		{map[string]string{"working-directory": "api"}, 1, annotation, false},
		{map[string]string{"paths": "my web\r\n\n"}, 0, "", false},
		{map[string]string{"paths": "my web\napi\n"}, 1, annotation, false},
		{map[string]string{"paths": "my web", "upload-sarif": "true"}, 0, "", true},
		{map[string]string{"paths": "api", "fail-on": "never"}, 0, annotation, false},
		{map[string]string{"paths": "api", "args": "--ignore\nshell-form  --preview"}, 0, "", false},
		{map[string]string{"paths": "api", "args": "--ignore $(touch${IFS}hacked)"}, 2, `unknown rule "$(touch${IFS}hacked)"`, false},
		{map[string]string{"paths": "api", "args": "--nonsense", "upload-sarif": "true"}, 2, "unknown flag --nonsense", false},
		{map[string]string{"paths": "--fix"}, 2, "--fix", false},
		{map[string]string{"paths": "broken\napi", "upload-sarif": "true"}, 2, "broken/Dockerfile", true},
	} {
		temp := t.TempDir()
		output := filepath.Join(temp, "output")
		put(t, "", output, "")
		out, status := a.runStep(t, "Lint", test.inputs, map[string]string{"RUNNER_TEMP": temp, "GITHUB_OUTPUT": output}, dir)
		if status != test.status || !strings.Contains(out, test.want) || test.want == "" && strings.Contains(out, "::") {
			t.Errorf("%q: exit status %d\n%s", test.inputs, status, out)
		}
		wrote := strings.TrimPrefix(strings.TrimSpace(get(t, "", output)), "sarif=")
		if (wrote != "") != test.sarif {
			t.Errorf("%q: the output sarif is %q", test.inputs, wrote)
		}
		if wrote != "" && !strings.Contains(get(t, "", wrote), `"version": "2.1.0"`) {
			t.Errorf("%q: this is no SARIF:\n%s", test.inputs, get(t, "", wrote))
		}
		if found, _ := filepath.Glob(filepath.Join(dir, "hacked")); found != nil {
			t.Errorf("%q: an input is run", test.inputs)
		}
	}
}
