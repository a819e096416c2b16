package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// archive returns the files of a txtar archive.
func archive(text string) map[string]string {
	files := map[string]string{}
	for _, f := range txtar.Parse([]byte(text)).Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

// TestServices has Compose files, and for each launch its service, where it is written, what it starts, and what else is special.
func TestServices(t *testing.T) {
	const dockerfile = `
-- Dockerfile --
FROM debian:12 AS base
ENTRYPOINT ["entry"]
CMD ["one", "two"]
FROM base AS last
STOPSIGNAL SIGINT
USER app
WORKDIR /srv
ENV MODE=image
`
	for name, test := range map[string]struct {
		files string
		want  []string
	}{
		"command": {dockerfile + `
-- compose.yaml --
services:
  a: {build: .}
  b: {build: ., command: x "y z"}
  c: {build: ., command: [x, y z]}
  d: {build: ., entrypoint: e}
  e: {build: ., entrypoint: [e], command: [c]}
  f: {build: ., entrypoint: [], command: c}
  g: {build: ., command: null, entrypoint: ~}
  h: {build: ., entrypoint: ""}
`, []string{
			"a 2 entry|one|two SIGINT", "b 3 entry|x|y z SIGINT", "c 4 entry|x|y z SIGINT", "d 5 e SIGINT", "e 6 e|c SIGINT",
			"f 7 c SIGINT", "g 8 entry|one|two SIGINT", "h 9 one|two SIGINT",
		}},
		"build": {dockerfile + `
-- app/Dockerfile.dev --
ARG BASE=alpine:3.20
FROM $BASE AS one
CMD ["one"]
FROM one AS two
CMD ["two"]
-- compose.yaml --
services:
  stage: {build: {context: ., target: base}}
  file: {build: {context: app, dockerfile: Dockerfile.dev, target: one}}
  args: {build: {context: ./app, dockerfile: Dockerfile.dev, args: {BASE: "postgres:16"}}, image: acme/app}
  same: {image: "acme/app:latest"}
  none: {build: {context: ., target: nowhere}}
  url: {build: "https://example.com/x.git"}
  gone: {build: gone}
`, []string{
			"stage 2 entry|one|two SIGTERM", "file 3 one SIGTERM alpine:3.20", "args 4 docker-entrypoint.sh|two SIGINT postgres:16",
			"same 5 docker-entrypoint.sh|two SIGINT postgres:16", "none 6 ? the Dockerfile has no stage nowhere",
			"url 7 ? the image is built from https://example.com/x.git", "gone 8 ? gone/Dockerfile cannot be read: file does not exist",
		}},
		"inline": {`
-- compose.yaml --
services:
  a:
    build:
      dockerfile_inline: |
        FROM debian:12
        CMD sleep 5; app
`, []string{"a 4 /bin/sh|-c|sleep 5; app SIGTERM"}},
		"settings": {dockerfile + `
-- .env --
TAG=16
-- vars.env --
MODE=file
OTHER="x y"
-- compose.yaml --
x-common: &common
  stop_grace_period: 1m30s
  init: true
services:
  a:
    <<: *common
    build: .
    stop_signal: SIGQUIT
    user: root
    working_dir: /tmp
    environment: [MODE=yaml, HERE]
  b:
    image: postgres:${TAG:-15}
    stop_grace_period: "${GRACE:-3s}"
    env_file: vars.env
  c:
    image: "redis:${REDIS}"
    profiles: [extra]
  d:
    build: .
    pid: host
  e:
    build: .
    pre_stop: [{command: x}]
`, []string{
			"a 7 entry|one|two SIGQUIT grace 1m30s init user root dir /tmp MODE=yaml", "b 13 docker-entrypoint.sh|postgres SIGINT grace 3s postgres:16 MODE=file",
			"c 17 ? the base image redis:${REDIS} is not known, and may bring an ENTRYPOINT of its own",
			"d 20 entry|one|two SIGINT shared",
			"e 23 ? what the pre_stop hook does before the stop signal is sent cannot be known",
		}},
		"merging": {`
-- docker-compose.yml --
services:
  a: {image: "debian:12", command: one, stop_signal: SIGINT}
  b: {image: "debian:12", command: one}
  c: {extends: a, command: two}
  d: {extends: {service: x, file: sub/common.yml}}
-- docker-compose.override.yml --
services:
  a: {command: three}
  b: {command: !reset null, entrypoint: [e]}
  n: {image: "debian:12", command: new}
-- docker-compose.prod.yml --
services:
  a: {ports: ["80:80"]}
  b: {command: prod}
-- docker-compose.alone.yml --
services:
  a: {image: "alpine:3.20", command: alone}
-- sub/common.yml --
services:
  x: {build: ., command: [x]}
-- sub/Dockerfile --
FROM debian:12
ENTRYPOINT ["sub"]
`, []string{
			"a 2 alone SIGTERM alpine:3.20", "b 3 prod SIGTERM", "a 2 three SIGINT", "b 3 e SIGTERM", "c 4 two SIGINT", "d 2 sub|x SIGTERM",
			"n 4 new SIGTERM",
		}},
		"include": {`
-- compose.yaml --
include:
  - sub/compose.yaml
  - path: [other/more.yml]
    project_directory: .
services:
  a: {image: "debian:12", command: a}
-- sub/compose.yaml --
include: [../compose.yaml]
services:
  b: {build: .}
-- sub/Dockerfile --
FROM debian:12
CMD ["sub"]
-- other/more.yml --
services:
  c: {build: sub, command: c}
`, []string{"a 6 a SIGTERM", "b 3 sub SIGTERM", "c 2 c SIGTERM"}},
		"not Compose": {`
-- compose.yaml --
services:
  App\Kernel: {class: x}
-- docker-compose.ci.yml --
services: [postgres]
-- ci.yml --
services:
  a: {image: "debian:12", command: a}
`, nil},
		"several files of the same service": {dockerfile + `
-- compose.yaml --
services:
  a: {build: .}
  b: {provider: {type: x}}
  c: {environment: [X=y]}
`, []string{"a 2 entry|one|two SIGINT"}},
		"terminal": {`
-- compose.yaml --
services:
  a: {image: "debian:12", tty: true}
  b: {image: "debian:12", stdin_open: true, command: sh}
  c: {image: "debian:12", command: bash}
`, []string{"a 2 ? the commands of bash come from a terminal", "b 3 ? the commands of sh come from a terminal", "c 4 bash SIGTERM"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := run(t, archive(test.files))
			var got []string
			for _, l := range result.Launches {
				if l.Kind == process.KindCompose {
					got = append(got, summed(l))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
			for _, problem := range result.Problems {
				t.Errorf("problem: %+v", problem)
			}
		})
	}
}

func summed(l *process.Launch) string {
	text := fmt.Sprintf("%s %d ", l.Target, l.Origin.Begin().Line)
	if l.Verdict == process.Undecided {
		return text + "? " + l.Unknown[0].Reason
	}
	text += strings.Join(parser.Texts(l.Argv), "|") + " " + l.StopSignal().String()
	if l.Grace > 0 {
		text += " grace " + l.Grace.String()
	}
	if !l.SharedPID.IsZero() {
		text += " shared"
	}
	if l.Init {
		text += " init"
	}
	if l.User != "" && l.User != "app" && l.User != "postgres" {
		text += " user " + l.User
	}
	if l.Dir != "/srv" && l.Dir != "/" {
		text += " dir " + l.Dir
	}
	if l.Base != "debian:12" {
		text += " " + l.Base
	}
	if mode := l.Env["MODE"]; mode != "" && mode != "image" {
		text += " MODE=" + mode
	}
	return text
}

// TestSecrets has passwords in files of variables: they are in no report.
func TestSecrets(t *testing.T) {
	_, result := run(t, archive(`
-- .env --
DB_PASSWORD=hush
TAG=12
-- vars.env --
API_KEY=hush
-- compose.yaml --
services:
  a:
    image: debian:$TAG
    env_file: vars.env
    environment: {TOKEN: hush}
    command: sh -c "one; two --password $DB_PASSWORD --key $$API_KEY --token $$TOKEN"
`))
	l := result.Launches[0]
	if text := fmt.Sprint(parser.Texts(l.Argv), parser.Texts(l.App.Argv), l.Env); strings.Contains(text, "hush") || l.Base != "debian:12" {
		t.Errorf("%s: %s", l.Base, text)
	}
}

// TestMounts has scripts that stand in the image, are mounted over it, or both.
func TestMounts(t *testing.T) {
	const files = `
-- Dockerfile --
FROM debian:12
COPY old.sh /app/start.sh
RUN chmod +x /app/start.sh
WORKDIR /app
ENTRYPOINT ["/bin/sh", "./start.sh"]
-- old.sh --
#!/bin/sh
exec old
-- src/start.sh --
#!/bin/sh
exec new
-- compose.yaml --
services:
  plain: {build: .}
  file: {build: ., volumes: ["./src/start.sh:/app/start.sh:ro"]}
  folder: {build: ., volumes: ["./src:/app", "/app/node_modules"]}
  long: {build: ., volumes: [{type: bind, source: src, target: /app}]}
  pwd: {build: ., volumes: ["$PWD/src:/app"]}
  data: {build: ., volumes: ["data:/app"]}
  deeper: {build: ., volumes: ["./old.sh:/app/start.sh", ".:/app"]}
  gone: {build: ., volumes: ["./gone.sh:/app/start.sh"]}
  host: {build: ., volumes: ["/opt/x:/app"]}
`
	_, result := run(t, archive(files), "compose.yaml")
	var got []string
	for _, l := range result.Launches {
		text := l.Target + " "
		if l.Verdict == process.Undecided {
			text += "? " + l.Unknown[0].Reason
		} else {
			text += l.Root.Argv[0].Text
		}
		got = append(got, text)
	}
	want := []string{
		"plain old", "file new", "folder new", "long new", "pwd new", "data old", "deeper old",
		"gone ? /app/start.sh is mounted from gone.sh, which is not there",
		"host ? /app/start.sh is mounted from /opt/x, which is not in the project",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestContextFromCompose has a Dockerfile whose build context cannot be told from itself.
func TestContextFromCompose(t *testing.T) {
	p, result := run(t, archive(`
-- docker/Dockerfile --
FROM debian:12
COPY start.sh /
CMD ["/bin/sh", "/start.sh"]
-- docker/start.sh --
exec inner
-- start.sh --
exec outer
-- compose.yaml --
services:
  a: {build: {context: ., dockerfile: docker/Dockerfile}}
`))
	want := []string{"dockerfile docker/Dockerfile /bin/sh /start.sh: docker/Dockerfile start.sh", "compose compose.yaml /bin/sh /start.sh: compose.yaml docker/Dockerfile start.sh"}
	if diff := cmp.Diff(want, started(p, result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestComposeMistakes has what Compose refuses: a problem with its place, and the rest is looked at.
func TestComposeMistakes(t *testing.T) {
	_, result := run(t, archive(`
-- compose.yaml --
services:
  a: {image: "debian:12", command: a, image: "alpine:3.20"}
  b: {image: "debian:12", command: sh -c 'b}
  c: [x]
  d: {image: "debian:12", command: {x: y}}
  e: {image: "debian:12", command: e}
`))
	var got []string
	for _, problem := range result.Problems {
		got = append(got, fmt.Sprintf("%d:%d %s", problem.Span.Begin().Line, problem.Span.Begin().Column, problem.Message))
	}
	want := []string{
		"2:39 parsing compose.yaml: image is there twice",
		"3:36 parsing compose.yaml: command cannot be split into words: a quote or a bracket is not closed, or there is a bracket where none can be",
		"4:6 parsing compose.yaml: the service c must be a map",
		"5:36 parsing compose.yaml: command must be a string or a list of strings",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(result.Launches) != 4 {
		t.Errorf("%d launches, want 4", len(result.Launches))
	}
}

// TestComposeLimits has files that are made to take for ever.
func TestComposeLimits(t *testing.T) {
	var many strings.Builder
	many.WriteString("services:\n")
	for n := range 20_000 {
		fmt.Fprintf(&many, "  s%d: {image: 'debian:12', command: sh -c 'a; b'}\n", n)
	}
	bomb := "x0: &x0 [a, a]\n"
	for n := range 60 {
		bomb += fmt.Sprintf("x%d: &x%d [*x%d, *x%d]\n", n+1, n+1, n, n)
	}
	for name, test := range map[string]struct {
		text, problem string
		launches      int
	}{
		"services": {many.String(), "more than 500 services", 500},
		"aliases":  {bomb + "services:\n  a: {image: 'debian:12', command: *x60}\n", "aliases", 0},
		"circle":   {"services:\n  a: &a {<<: *a, image: x}\n", "aliases", 0},
		"depth":    {"services:\n  a: " + strings.Repeat("[", 100_000) + "\n", "depth", 0},
		"argument": {"services:\n  a: {image: 'debian:12', command: \"sh -c '" + strings.Repeat("$$", 500_000) + "'\"}\n", "", 1},
		"itself":   {"include: [compose.yaml]\nservices:\n  a: {image: 'debian:12', command: a, extends: {service: a, file: compose.yaml}}\n", "", 1},
		"tab":      {"services:\n  a: {image: 'debian:12', command: a}\n\tb: {}\n", "cannot start any token", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Load(tree(map[string]string{"compose.yaml": test.text, "Dockerfile": "FROM debian:12\nCMD [\"rest\"]\n"}), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			result := p.Run(rules.All())
			if len(result.Launches) != test.launches+1 {
				t.Errorf("%d launches, want %d beside that of the Dockerfile", len(result.Launches)-1, test.launches)
			}
			problems := fmt.Sprint(result.Problems)
			if test.problem == "" && len(result.Problems) > 0 || !strings.Contains(problems, test.problem) {
				t.Errorf("problems: %.300s", problems)
			}
			for _, problem := range result.Problems {
				if problem.Span.File == nil {
					t.Errorf("a problem without a place: %s", problem.Message)
				}
			}
		})
	}
}

// TestFixBesideCompose names a Dockerfile alone: a service that starts it with other words must not end worse for its fix.
func TestFixBesideCompose(t *testing.T) {
	files := map[string]string{
		"start.sh":     "#!/bin/sh\nserver\n",
		"a/Dockerfile": "FROM debian:12\nCOPY start.sh /\nCMD [\"sh\", \"/start.sh\"]\n",
		"compose.yaml": "services:\n  a: {build: {context: ., dockerfile: a/Dockerfile}}\n  b: {image: 'debian:12', command: sh /s.sh, volumes: ['./start.sh:/s.sh']}\n",
	}
	p, err := Load(tree(files), nil, []string{"a/Dockerfile"})
	if err != nil {
		t.Fatal(err)
	}
	result := p.Run(rules.All())
	var got []string
	for _, u := range p.servicesThatRead(result.Findings[0].Fixes[0].Edits) {
		got = append(got, u.name)
	}
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Errorf("services that read %v (-want +got):\n%s", p.Touched(result.Launches[0]), diff)
	}
}
