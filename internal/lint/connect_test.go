package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A startSummary is what a start comes down to, with the places as the text that stands there.
type startSummary struct {
	Argv   []string // a word, and behind "@" where it stands, if that reads otherwise
	Origin string
	Dir    string
	Signal process.Signal
	Shell  string // the instruction in shell form
	Gaps   []string
	From   bool // inherited
}

func summary(s process.Start) startSummary {
	got := startSummary{Origin: s.Origin.Text(), Dir: s.Dir, Signal: s.Signal, Shell: s.ShellForm.Text(), From: s.Inherited}
	for n, word := range s.Argv {
		text := word.Text
		if at := word.Span.Text(); strings.Trim(at, `"`) != text {
			text += " @ " + at
		}
		if s.Script != nil && n == s.ScriptArg {
			text = "script: " + text
		}
		got.Argv = append(got.Argv, text)
	}
	for _, gap := range s.Gaps {
		got.Gaps = append(got.Gaps, gap.Reason+" @ "+gap.Span.Text())
	}
	return got
}

func TestStart(t *testing.T) {
	for _, test := range []struct {
		name       string
		dockerfile string
		target     string
		want       startSummary
	}{
		{"exec form", "FROM alpine\nCMD [\"./app\", \"-v\"]", "", startSummary{
			Argv: []string{"./app", "-v"}, Origin: `CMD ["./app", "-v"]`, Dir: "/"}},
		{"shell form", "FROM alpine\nWORKDIR /srv\nCMD ./app -v", "", startSummary{
			Argv:   []string{"/bin/sh @ CMD ./app -v", "-c @ CMD ./app -v", "script: ./app -v"},
			Origin: "CMD ./app -v", Shell: "CMD ./app -v", Dir: "/srv"}},
		{"continued lines", "FROM alpine\nCMD ./app \\\n  # verbose\n  -v", "", startSummary{
			Argv:   []string{"/bin/sh @ CMD ./app \\\n  # verbose\n  -v", "-c @ CMD ./app \\\n  # verbose\n  -v", "script: ./app -v @ ./app \\\n  # verbose\n  -v"},
			Origin: "CMD ./app \\\n  # verbose\n  -v", Shell: "CMD ./app \\\n  # verbose\n  -v", Dir: "/"}},
		{"entrypoint and command", "FROM alpine\nENTRYPOINT [\"/entry\"]\nCMD [\"app\"]", "", startSummary{
			Argv: []string{"/entry", "app"}, Origin: `ENTRYPOINT ["/entry"]`, Dir: "/"}},
		{"command before entrypoint", "FROM alpine\nCMD [\"app\"]\nENTRYPOINT [\"/entry\"]", "", startSummary{
			Argv: []string{"/entry", "app"}, Origin: `ENTRYPOINT ["/entry"]`, Dir: "/"}},
		{"command in shell form behind an entrypoint", "FROM alpine\nENTRYPOINT [\"/entry\"]\nCMD app", "", startSummary{
			Argv:   []string{"/entry", "/bin/sh @ CMD app", "-c @ CMD app", "script: app"},
			Origin: `ENTRYPOINT ["/entry"]`, Shell: "CMD app", Dir: "/"}},
		{"entrypoint in shell form takes no command", "FROM alpine\nENTRYPOINT /entry\nCMD [\"app\"]", "", startSummary{
			Argv:   []string{"/bin/sh @ ENTRYPOINT /entry", "-c @ ENTRYPOINT /entry", "script: /entry"},
			Origin: "ENTRYPOINT /entry", Shell: "ENTRYPOINT /entry", Dir: "/"}},
		{"SHELL", "FROM alpine\nSHELL [\"/bin/bash\", \"-ec\"]\nCMD app", "", startSummary{
			Argv: []string{"/bin/bash", "-ec", "script: app"}, Origin: "CMD app", Shell: "CMD app", Dir: "/"}},
		{"entrypoint is reset", "FROM alpine\nENTRYPOINT [\"/entry\"]\nENTRYPOINT []\nCMD [\"app\"]", "", startSummary{
			Argv: []string{"app"}, Origin: `CMD ["app"]`, Dir: "/"}},
		{"inherited", "FROM alpine:3.20\nRUN true", "", startSummary{
			Argv: []string{"/bin/sh @ alpine:3.20"}, Origin: "alpine:3.20", Dir: "/", From: true}},
		{"entrypoint drops the inherited command", "FROM alpine:3.20\nENTRYPOINT [\"/entry\"]", "", startSummary{
			Argv: []string{"/entry"}, Origin: `ENTRYPOINT ["/entry"]`, Dir: "/"}},
		{"inherited entrypoint", "FROM redis:7.2\nCMD [\"redis-server\", \"/etc/redis.conf\"]", "", startSummary{
			Argv: []string{"docker-entrypoint.sh @ redis:7.2", "redis-server", "/etc/redis.conf"}, Origin: `CMD ["redis-server", "/etc/redis.conf"]`, Dir: "/data"}},
		{"inherited stop signal", "FROM nginx:1.27\nCMD [\"nginx\"]", "", startSummary{
			Argv: []string{"/docker-entrypoint.sh @ nginx:1.27", "nginx"}, Origin: `CMD ["nginx"]`, Dir: "/", Signal: process.SIGQUIT}},
		{"stop signal", "FROM alpine\nARG S=int\nSTOPSIGNAL sig$S\nCMD [\"app\"]", "", startSummary{
			Argv: []string{"app"}, Origin: `CMD ["app"]`, Dir: "/", Signal: process.SIGINT}},
		{"a stop signal that does not exist", "FROM alpine\nSTOPSIGNAL SIGFOO\nCMD [\"app\"]", "", startSummary{
			Argv: []string{"app"}, Origin: `CMD ["app"]`, Dir: "/"}},
		{"the last stage", "FROM alpine AS a\nCMD a\nFROM alpine\nCMD [\"b\"]", "", startSummary{
			Argv: []string{"b"}, Origin: `CMD ["b"]`, Dir: "/"}},
		{"a target", "FROM alpine AS a\nCMD [\"a\"]\nFROM alpine\nCMD [\"b\"]", "a", startSummary{
			Argv: []string{"a"}, Origin: `CMD ["a"]`, Dir: "/"}},
		{"from an earlier stage", "FROM alpine AS a\nWORKDIR /app\nSTOPSIGNAL 3\nCMD [\"a\"]\nFROM a\nRUN true", "", startSummary{
			Argv: []string{"a"}, Origin: `CMD ["a"]`, Dir: "/app", Signal: process.SIGQUIT}},
		{"an unknown base image and CMD", "FROM registry.example/x:1\nCMD [\"app\"]", "", startSummary{
			Argv: []string{"app"}, Origin: `CMD ["app"]`, Dir: "/",
			Gaps: []string{"the base image registry.example/x:1 is not known, and may bring an ENTRYPOINT of its own @ registry.example/x:1"}}},
		{"an unknown base image and ENTRYPOINT", "FROM registry.example/x:1\nENTRYPOINT [\"app\"]", "", startSummary{
			Argv: []string{"app"}, Origin: `ENTRYPOINT ["app"]`, Dir: "/"}},
		{"an unknown base image and nothing", "FROM registry.example/x:1", "", startSummary{
			Origin: "registry.example/x:1", Dir: "/", From: true,
			Gaps: []string{"the base image registry.example/x:1 is not known, and may bring an ENTRYPOINT of its own @ registry.example/x:1"}}},
		{"a default of ARG names the base image", "ARG TAG=3.20\nFROM alpine:${TAG}", "", startSummary{
			Argv: []string{"/bin/sh @ alpine:${TAG}"}, Origin: "alpine:${TAG}", Dir: "/", From: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := connectFile(t, tree(map[string]string{"Dockerfile": test.dockerfile + "\n"}), "Dockerfile", test.target)
			if c == nil {
				t.Fatal("there is no launch")
			}
			if diff := cmp.Diff(test.want, summary(c.start)); diff != "" {
				t.Errorf("start (-want +got):\n%s", diff)
			}
			if c.start.Script != nil && c.start.Script.Tree == nil {
				t.Errorf("the shell form does not parse: %v", c.start.Script.Err)
			}
			if path := c.start.Env["PATH"]; !strings.Contains(path, "/usr/bin") {
				t.Errorf("PATH is %q", path)
			}
		})
	}
}

func TestNoStart(t *testing.T) {
	for name, dockerfile := range map[string]string{
		"scratch without a command": "FROM scratch\nCOPY app /\n",
		"Windows by its escape":     "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD app\n",
		"Windows by its image":      "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCMD app\n",
		"Windows by its platform":   "FROM --platform=windows/amd64 registry.example/x\nENTRYPOINT app\n",
	} {
		if c := connectFile(t, tree(map[string]string{"Dockerfile": dockerfile}), "Dockerfile", ""); c != nil {
			t.Errorf("%s: it starts %v", name, parser.Texts(c.start.Argv))
		}
	}
}

func TestBaseEntrypoint(t *testing.T) {
	files := connectFile(t, tree(map[string]string{"Dockerfile": "FROM postgres:16\nCMD [\"postgres\"]\n"}), "Dockerfile", "").files
	if got, want := described(files.Lookup("/usr/local/bin/docker-entrypoint.sh")), `text -rwxr-xr-x case "$1" in -*) set -- postgres "$@" ;; esac;exec "$@";`; got != want {
		t.Errorf("the entrypoint of the base is %s, want %s", got, want)
	}
	files = connectFile(t, tree(map[string]string{
		"Dockerfile": "FROM postgres:16\nCOPY docker-entrypoint.sh /usr/local/bin/\nCMD [\"postgres\"]\n", "docker-entrypoint.sh": "own\n"}), "Dockerfile", "").files
	if got, want := described(files.Lookup("/usr/local/bin/docker-entrypoint.sh")), "text own;"; got != want {
		t.Errorf("an entrypoint put in its place is %s, want %s", got, want)
	}
	c := connectFile(t, tree(map[string]string{"Dockerfile": "FROM node:22\nCMD [\"server.js\"]\n"}), "Dockerfile", "")
	if got := parser.Texts(process.Predict(c.start, c.files).Root.Argv); !cmp.Equal(got, []string{"node", "server.js"}) {
		t.Errorf("what is not a command runs as %q", got)
	}
}

func TestLocalBase(t *testing.T) {
	const child = "FROM acme/base\nCMD [\"./app\"]\n"
	base := func(dockerfile string) map[string]string {
		return map[string]string{"Dockerfile": child, "images/base/Dockerfile": dockerfile, "images/base/entry.sh": "#!/bin/sh\n\"$@\"\n"}
	}
	for name, test := range map[string]struct {
		files map[string]string
		want  string
		touch []string
	}{
		"its entrypoint": {base("FROM debian:12\nCOPY entry.sh /\nENTRYPOINT [\"/entry.sh\"]\nSTOPSIGNAL QUIT\n"),
			"/entry.sh ./app SIGQUIT ignored", []string{"Dockerfile", "images/base/Dockerfile", "images/base/entry.sh"}},
		"its shell form": {base("FROM alpine:3.20\nWORKDIR /srv\nENTRYPOINT ./serve\n"),
			"/bin/sh -c ./serve ./app SIGTERM graceful", []string{"Dockerfile", "images/base/Dockerfile"}},
		"its base": {base("FROM debian:12\nRUN apt-get update\n"),
			"./app SIGTERM graceful", []string{"Dockerfile", "images/base/Dockerfile"}},
		"its base is not known": {base("FROM acme/other\n"), "./app SIGTERM unknown", []string{"Dockerfile", "images/base/Dockerfile"}},
		"it is FROM itself":     {base("FROM acme/base\n"), "./app SIGTERM unknown", []string{"Dockerfile", "images/base/Dockerfile"}},
		"two of them": {map[string]string{"Dockerfile": child, "a/base/Dockerfile": "FROM debian:12\n", "b/base/Dockerfile": "FROM debian:12\n"},
			"./app SIGTERM unknown", []string{"Dockerfile"}},
		"none": {map[string]string{"Dockerfile": child, "database/Dockerfile": "FROM debian:12\n"}, "./app SIGTERM unknown", []string{"Dockerfile"}},
		"a release": {map[string]string{"Dockerfile": "FROM acme/base:1.2\nCMD [\"./app\"]\n", "base/1.2/Dockerfile": "FROM debian:12\n", "base/Dockerfile": "FROM alpine\n"},
			"./app SIGTERM graceful", []string{"Dockerfile", "base/1.2/Dockerfile"}},
		"a program of its base": {map[string]string{"Dockerfile": "FROM base\nENTRYPOINT [\"tini\", \"--\", \"./app\"]\n", "Dockerfile.base": "FROM debian:12\nRUN apt-get install -y tini\n"},
			"tini -- ./app SIGTERM graceful", []string{"Dockerfile", "Dockerfile.base"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := connectFile(t, tree(test.files), "Dockerfile", "")
			l := process.Predict(c.start, c.files)
			got := strings.Join(append(parser.Texts(c.start.Argv), l.StopSignal().String(), string(l.Verdict)), " ")
			if got != test.want {
				t.Errorf("got %s, want %s: %s", got, test.want, l.Reason)
			}
			if !cmp.Equal(c.reads.paths, test.touch) {
				t.Errorf("it depends on %q, want %q", c.reads.paths, test.touch)
			}
		})
	}
}

func TestLike(t *testing.T) {
	images := map[string]string{"registry.corp:5000/base": "debian:12", "corp/*:edge": "alpine:3.20", "corp/app:1": "node:22"}
	for name, want := range map[string]string{
		"registry.corp:5000/base":           "debian:12",
		"registry.corp:5000/base:7":         "debian:12",
		"registry.corp:5000/base@sha256:aa": "debian:12",
		"corp/app:1":                        "node:22",
		"corp/app:edge":                     "alpine:3.20",
		"corp/app:2":                        "corp/app:2",
		"corp/a/b:edge":                     "corp/a/b:edge",
	} {
		if got := like(images, name); got != want {
			t.Errorf("%s is like %s, want %s", name, got, want)
		}
	}
}
