package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// outcomeOf is what a run of the program comes to.
type outcomeOf struct {
	stdout, stderr string
	status         int
}

// runSelf runs the program, which is this test under another name, with a limit of time.
func runSelf(t *testing.T, dir string, attributes *syscall.SysProcAttr, args ...string) outcomeOf {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, self)
	c.Args = append([]string{"pid1lint"}, args...)
	c.Dir, c.SysProcAttr = dir, attributes
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err = c.Run()
	if ctx.Err() != nil {
		t.Fatalf("pid1lint %q hangs", args)
	}
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Skip(err) // there are no user namespaces
	}
	return outcomeOf{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
}

// asUser returns how a run has the rights of the owner of its files and not those of root, which may do everything.
func asUser() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: 0, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}}}
}

// commands are command lines that together look at everything in every way.
func commandLines() [][]string {
	lines := [][]string{{"--exit-zero", "--diff", "--unsafe-fixes"}, {"--exit-zero", "--preview", "--show-suppressed"}}
	for format := range lintFormats {
		lines = append(lines, []string{"--exit-zero", "--format", format})
	}
	for format := range explainFormats {
		lines = append(lines, []string{"explain", "--format", format})
	}
	return lines
}

// TestOutsideIsNeverRead leads out of a project in every way that files know of. What is there is first something that would show, then
// a named pipe, at which whoever opens it waits for ever.
func TestOutsideIsNeverRead(t *testing.T) {
	top := t.TempDir()
	inside, outside := filepath.Join(top, "project"), filepath.Join(top, "outside")
	const secret = "sesame"
	there := map[string]string{
		"start.sh": "#!/bin/sh\n" + secret + " &\nwait\n", "env": "A=" + secret + "\n", "Dockerfile": "FROM debian:12\nCMD " + secret + "\n",
		"compose.yaml": "services: {base: {image: debian, command: sh -c '" + secret + "; x'}}\n", "package.json": `{"scripts": {"start": "` + secret + `"}}`,
		"list": secret + "\n", "a.js": "process.on('SIGTERM', " + secret + ")\n",
	}
	for name, text := range there {
		put(t, outside, name, text)
	}
	for name, text := range map[string]string{
		".git/HEAD":    "ref: refs/heads/main\n",
		"Dockerfile":   "FROM debian:12\nCOPY ../../../outside/start.sh /start.sh\nENTRYPOINT [\"/start.sh\"]\n",
		"a/Dockerfile": "FROM debian:12\nCOPY start.sh /start.sh\nCOPY linked/start.sh /linked.sh\nADD ../../outside /outside\nENTRYPOINT [\"/start.sh\", \"/outside/start.sh\", \"/linked.sh\"]\n",
		"b/Dockerfile": "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD npm start\n",
		"c/Dockerfile": "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"a.js\"]\n",
		"compose.yaml": `include: [../outside/compose.yaml, {path: "` + outside + `/compose.yaml"}]
services:
  env: {image: debian, env_file: [../outside/env, "` + outside + `/env"], command: "$A"}
  built: {build: ../outside}
  builtwith: {build: {context: ., dockerfile: ../outside/Dockerfile}}
  builtlinked: {build: linked}
  mounted: {image: debian, volumes: ["../outside/start.sh:/start.sh", "./linked:/linked"], command: /start.sh}
  mountedlinked: {image: debian, volumes: ["./linked:/linked"], command: /linked/start.sh}
  extended: {extends: {file: ../outside/compose.yaml, service: base}}
  extendedlinked: {extends: {file: linked/compose.yaml, service: base}}
  configured: {image: debian, configs: [{source: x, target: /start.sh}], command: /start.sh}
configs: {x: {file: ../outside/start.sh}}
`,
		"pod.yaml": `apiVersion: v1
kind: Pod
spec:
  volumes: [{name: v, hostPath: {path: "` + outside + `"}}]
  containers:
  - {name: a, image: debian, command: [/v/start.sh], volumeMounts: [{name: v, mountPath: /v}]}
`,
		"skaffold.yaml": "apiVersion: skaffold/v4beta1\nkind: Config\nbuild: {artifacts: [{image: x, context: ../outside}]}\n",
	} {
		put(t, inside, name, text)
	}
	for link, target := range map[string]string{
		"a/start.sh": "../../outside/start.sh", "a/linked": outside, "linked": "../outside", "b/package.json": "../../outside/package.json", "c/a.js": outside + "/a.js",
		"a/.dockerignore": "../../outside/list", "a/.gitignore": outside + "/list", "docker-compose.other.yml": "../outside/compose.yaml", "Dockerfile.linked": "../outside/Dockerfile",
	} {
		if err := os.Symlink(target, filepath.Join(inside, link)); err != nil {
			t.Skip(err)
		}
	}
	for _, what := range []string{"a file", "a named pipe"} {
		if what == "a named pipe" {
			for name := range there {
				if err := errors.Join(os.Remove(filepath.Join(outside, name)), syscall.Mkfifo(filepath.Join(outside, name), 0o644)); err != nil {
					t.Skip(err)
				}
			}
		}
		for _, line := range append(commandLines(), []string{"--exit-zero", "--fix", "--unsafe-fixes"}) {
			got := runSelf(t, inside, nil, line...)
			if strings.Contains(got.stdout+got.stderr, secret) {
				t.Errorf("outside is %s: %q tells what is there:\n%s%s", what, line, got.stdout, got.stderr)
			}
			if got.stdout == "" && !slices.Contains(line, "--diff") {
				t.Errorf("%q says nothing:\n%s", line, got.stderr)
			}
		}
		if what == "a file" {
			for name, text := range there {
				if got := get(t, outside, name); got != text {
					t.Errorf("%s outside of the project reads %q now", name, got)
				}
			}
		}
	}
}

// TestSpecialFiles puts what is no file with a text where files are looked for: nothing waits for it, and it is told where it matters.
func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "Dockerfile", "FROM debian:12\nCOPY pipe.sh socket.sh secret.sh folder.sh null.sh loop.sh /\nENTRYPOINT [\"/bin/sh\", \"/pipe.sh\"]\n")
	for n, name := range []string{"socket", "secret", "folder", "null", "loop"} {
		put(t, dir, name+"/Dockerfile", fmt.Sprintf("FROM debian:12\nCOPY %d.sh /\nENTRYPOINT [\"/bin/sh\", \"/%d.sh\"]\n", n, n))
	}
	put(t, dir, "pipes/Dockerfile", "FROM node:20\nCOPY . .\nCMD npm start\n")
	put(t, dir, "compose.yaml", "include: [pipes/compose.yaml]\nservices: {a: {image: debian, env_file: pipes/env, command: 'a; b'}}\n")
	put(t, dir, "hidden/Dockerfile", "FROM debian:12\nCMD a\n")
	put(t, dir, "secret.yaml", "apiVersion: v1\nkind: Pod\n")
	put(t, dir, "secret/1.sh", "server\n")
	put(t, dir, "secret/secret.Dockerfile", "FROM debian:12\nCMD a\n")
	put(t, dir, "folder/2.sh/x", "")
	put(t, dir, "Dockerfile.folder/x", "")
	listener, err := net.Listen("unix", filepath.Join(dir, "socket/0.sh"))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = listener.Close() }()
	for _, name := range []string{"pipe.sh", "pipes/package.json", "pipes/.dockerignore", "pipes/.gitignore", "pipes/compose.yaml", "pipes/env", "pipes/Dockerfile.pipe", "pipes/x.yaml"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Skip(err)
		}
	}
	for link, target := range map[string]string{"null/3.sh": "/dev/zero", "loop/4.sh": "4.sh", "socket/Dockerfile.link": "0.sh"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	for _, name := range []string{"secret/1.sh", "secret/secret.Dockerfile", "secret.yaml"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "hidden"), 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(filepath.Join(dir, "hidden"), 0o755) }()
	for _, line := range commandLines() {
		runSelf(t, dir, asUser(), line...)
	}
	got := runSelf(t, dir, asUser())
	for _, want := range []string{
		"pipe.sh cannot be read: it is not a regular file but a named pipe", "0.sh cannot be read: it is not a regular file but a socket",
		"1.sh cannot be read: permission denied",
		"error: hidden: listing the folder: permission denied", "error: secret/secret.Dockerfile: reading: permission denied",
	} {
		if !strings.Contains(got.stdout+got.stderr, want) {
			t.Errorf("nobody says %q:\n%s%s", want, got.stdout, got.stderr)
		}
	}
	if got.status != statusTrouble {
		t.Errorf("exit status %d", got.status)
	}
}

// TestReadOnlyFolder fixes what cannot be written: it is said, the file stays, and the next one is written.
func TestReadOnlyFolder(t *testing.T) {
	const before, after = "FROM debian:12\nCMD app --port 80\n", "FROM debian:12\nCMD [\"app\", \"--port\", \"80\"]\n"
	dir := t.TempDir()
	put(t, dir, "a/Dockerfile", before)
	put(t, dir, "b/Dockerfile", before)
	if err := os.Chmod(filepath.Join(dir, "a"), 0o555); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(filepath.Join(dir, "a"), 0o755) }()
	got := runSelf(t, dir, asUser(), "--fix")
	if want := "error: a/Dockerfile: writing: permission denied\n"; got.status != statusTrouble || got.stderr != want {
		t.Errorf("exit status %d and %q, want %q", got.status, got.stderr, want)
	}
	if a, b := get(t, dir, "a/Dockerfile"), get(t, dir, "b/Dockerfile"); a != before || b != after {
		t.Errorf("a reads %q, b %q", a, b)
	}
	if !strings.Contains(got.stdout, "Made fixes in 1 of 2 files.") {
		t.Errorf("it says %s", got.stdout)
	}
}

// TestFullDisk fixes files and writes a report on a file system that has no room: the old files stay as they are, nothing else is left
// there, and it is said.
func TestFullDisk(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-c", `
mount -t tmpfs -o size=64k,nr_inodes=64 none "$DIR" || exit 77
cd "$DIR" || exit 77
printf 'FROM debian:12\nCMD app --port 80\n' > Dockerfile
echo old > report
cp Dockerfile report ..
cat /dev/zero > filler 2> /dev/null
for line in "--fix" "--output report" "--format sarif --output new"; do
	(exec -a pid1lint "$SELF" $line)
	echo "exit status $?"
done
cmp Dockerfile ../Dockerfile && cmp report ../report && echo unchanged
ls -A
`)
	c.Env = append(os.Environ(), "DIR="+t.TempDir()+"/disk", "SELF="+self)
	if err := os.Mkdir(strings.TrimPrefix(c.Env[len(c.Env)-2], "DIR="), 0o755); err != nil {
		t.Fatal(err)
	}
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Skipf("no file system of our own can be made here: %v: %s", err, out)
	}
	text := string(out)
	for _, want := range []string{
		"error: Dockerfile: writing: no space left on device\n", "error: writing the report to report: no space left on device\nexit status 2\n",
		"error: writing the report to new: no space left on device\nexit status 2\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nobody says %q:\n%s", want, text)
		}
	}
	_, left, _ := strings.Cut(text, "unchanged\n")
	if strings.Count(text, "exit status 2\n") != 3 || left != "Dockerfile\nfiller\nreport\n" {
		t.Errorf("it says\n%s", text)
	}
}

// TestTwoRunsAtOnce fixes one folder twice at the same time: both runs end well, and each file is fixed once.
func TestTwoRunsAtOnce(t *testing.T) {
	const before, after = "FROM debian:12\nCOPY --chmod=755 start.sh /\nSTOPSIGNAL KILL\nCMD /start.sh\n", "#!/bin/sh\nset -e\nserver --port 80\n"
	dir := t.TempDir()
	const projects = 100
	for n := range projects {
		put(t, dir, fmt.Sprintf("%d/Dockerfile", n), before)
		put(t, dir, fmt.Sprintf("%d/start.sh", n), after)
	}
	alone := t.TempDir()
	put(t, alone, "Dockerfile", before)
	put(t, alone, "start.sh", after)
	if got := runSelf(t, alone, nil, "--fix", "--exit-zero"); got.status != statusClean || get(t, alone, "start.sh") == after {
		t.Fatalf("exit status %d: %s%s", got.status, got.stdout, got.stderr)
	}
	results := make(chan outcomeOf, 2)
	for range 2 {
		go func() { results <- runSelf(t, dir, nil, "--fix", "--exit-zero") }()
	}
	for range 2 {
		// Each reads while the other one writes: it may have to say that a file has changed meanwhile.
		got := <-results
		for line := range strings.Lines(got.stderr) {
			if !strings.HasSuffix(line, ": writing: it has changed since it was read: run pid1lint again\n") {
				t.Errorf("it says %s", line)
			}
		}
		if got.status != statusClean && got.stderr == "" {
			t.Errorf("exit status %d", got.status)
		}
	}
	for n := range projects {
		for _, name := range []string{"Dockerfile", "start.sh"} {
			if got, want := get(t, dir, fmt.Sprintf("%d/%s", n, name)), get(t, alone, name); got != want {
				t.Fatalf("%d/%s reads %q, want %q", n, name, got, want)
			}
		}
		if entries, err := os.ReadDir(filepath.Join(dir, fmt.Sprint(n))); err != nil || len(entries) != 2 {
			t.Fatalf("%d holds %v: %v", n, entries, err)
		}
	}
}

// What a terminal obeys, in either encoding, and what makes text run backwards; and a line that GitHub Actions obeys.
var (
	obeyedByTerminal = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202e\u2066]")
	obeyedByGitHub   = regexp.MustCompile(`(?m)^\s*::[a-z]|##\[(error|add-mask)`)
)

// TestNothingIsObeyed puts what terminals and GitHub Actions obey into every name and text that a project, a command line and its files of
// settings have: none of it is written as it is, to standard output or to standard error.
func TestNothingIsObeyed(t *testing.T) {
	const evil = "\x1b]0;x\x07\x1b[2J\u009b2J\u202e\r\n::error ::x\n##[error]y"
	quoted := strings.ReplaceAll(strings.ReplaceAll(evil, "\n", `\n`), "\r", `\r`)
	dir := t.TempDir()
	for name, text := range map[string]string{
		".git/HEAD":                 "ref: refs/heads/main\n",
		evil + "/Dockerfile":        "FROM debian:12 AS x" + "\nCOPY --chmod=755 " + evil[:4] + ".sh /a\u202e.sh\nCMD app '\x1b[2J\u202e' ::error ##[error]z\n",
		evil + "/Dockerfile.broken": "FROM a\nCMMD \x1b[2J\n",
		evil + "/" + evil + ".sh":   "#!/bin/sh\n" + evil + "\nserver\n",
		"b/Dockerfile":              "FROM \x1b[2J\u202e\n# pid1lint ignore=\x1b[2J,no-exe\u202e; reason=\u202e\x07\n# pid1lint: \x1b[2J\nSTOPSIGNAL \x1b[2J\nCMD [\"\x1b[2J\u202e\", \"::error ::x\"]\n",
		"c/Dockerfile":              "FROM debian:12\nUSER \x1b[2J\nWORKDIR /\x1b[2J\nENV \x1b[2J=x\nCOPY *.sh /\nENTRYPOINT [\"/\x1b[2J.sh\", \"::error ::x\\n::error ::y\"]\n",
		"c/\x1b[2J.sh":              "#!/bin/sh\x1b[2J\nserver\n",
		"d/Dockerfile":              "FROM debian:12\nCOPY start.sh /\nENTRYPOINT [\"/bin/sh\", \"/start.sh\"]\n",
		"d/start.sh":                "\x1b[2J() { \"\u202e\x07\"; }\nif [ \"$A\" = '\x1b[2J' ]; then \x1b[2J & fi\ncase $X in \x1b[2J\u202e) '::error ::x' & ;; esac\nwait\n::error ::x\n",
		"e/compose.yaml":            "services:\n  \"" + `\e[2J\u202e\n::error ::x` + "\":\n    image: \"" + `\e[2J` + "\"\n    command: \"sh -c '" + `\e[2J` + "; ::error ::x'\"\n    stop_signal: \"" + `\e[2J\n::error ::x` + "\"\n    stop_grace_period: \"" + `\e[2J` + "\"\n",
		"e/compose.broken.yaml":     "services:\n  \"\\e[2J\": [\n",
		"f/pod.yaml":                "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: \"" + `\e[2J\n::error ::x` + "\"\n    image: \"" + `\e[2J` + "\"\n    command: [sh, -c, \"" + `\e[2J\n::error ::x` + "\"]\n",
		"g/package.json":            "{\"scripts\": {\"start\": \"" + `\u001b[2J; ::error ::x` + "\"}}",
		"g/Dockerfile":              "FROM node:20\nCOPY . .\nCMD npm start\n",
		"alone-" + evil + ".sh":     "#!/bin/sh\nserver\n",
		"settings.yaml":             "\"" + `\e[2J\n::error ::x` + "\": x\nrules: {\"" + `\e[2J` + "\": note, no-exec: \"" + `\e[2J` + "\"}\n",
		"baseline":                  "\x1b[2J" + quoted,
		"nothing/x":                 "",
	} {
		put(t, dir, name, text)
	}
	lines := append(commandLines(),
		[]string{"--config", "settings.yaml"}, []string{"--config", evil}, []string{"--baseline", "baseline"}, []string{"--baseline", evil},
		[]string{"--target", evil}, []string{"--select", evil}, []string{"--ignore", "no-exec," + evil}, []string{"--format", evil}, []string{"--" + evil}, []string{"--output", "nothing/" + evil + "/x"},
		[]string{evil}, []string{evil + "/Dockerfile"}, []string{evil + "/" + evil + ".sh"}, []string{"alone-" + evil + ".sh"}, []string{"--stdin-filename", evil, "-"},
		[]string{"explain", evil}, []string{"explain", "alone-" + evil + ".sh"}, []string{"explain", "--target", evil}, []string{"rules", evil}, []string{"completion", evil}, []string{"version", evil}, []string{"help", evil},
		[]string{"explain", "--" + evil}, []string{"--fail-on=" + evil}, []string{"--quiet=" + evil}, []string{"--color", evil}, []string{"exp\x1b[2Jlain"},
		[]string{"--fix", "--unsafe-fixes", "--output", "nothing/report"})
	for _, line := range lines {
		got := runSelf(t, dir, nil, line...)
		for stream, text := range map[string]string{"output": got.stdout, "error": got.stderr} {
			if slices.Contains(line, "--diff") {
				continue // it is applied by programs, and has to be exact
			}
			if at := obeyedByTerminal.FindStringIndex(text); at != nil {
				t.Errorf("%q writes to standard %s %q", line, stream, text[max(0, at[0]-60):min(len(text), at[1]+20)])
			}
			ours := slices.Contains(line, "github") && stream == "output"
			if at := obeyedByGitHub.FindStringIndex(text); at != nil && !ours {
				t.Errorf("%q writes to standard %s %q", line, stream, text[max(0, at[0]-60):min(len(text), at[1]+20)])
			}
			for text := range strings.Lines(text) {
				if ours && !strings.HasPrefix(text, "::error ") && !strings.HasPrefix(text, "::warning ") && !strings.HasPrefix(text, "::notice ") {
					t.Errorf("%q writes the line %q", line, text)
				}
			}
		}
		if got.stdout+got.stderr == "" {
			t.Errorf("%q says nothing", line)
		}
	}
}
