package lint

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A corpus writes projects that are shaped like real ones. The shares are those of 4,183 Dockerfiles and 4,813 scripts in 107
// public repositories, August 2026.
type corpus struct {
	random *rand.Rand
	dir    string
	text   strings.Builder // the Dockerfile that is being written
}

// writeCorpus writes a number of projects below a folder.
func writeCorpus(dir string, projects int) error {
	c := &corpus{random: rand.New(rand.NewPCG(1, 2)), dir: dir}
	for n := range projects {
		if err := c.project(fmt.Sprintf("g%02d/p%05d", n%50, n)); err != nil {
			return err
		}
	}
	return nil
}

// pick returns one of some texts; weights are their shares, of 100 in all.
func (c *corpus) pick(weights []int, texts ...string) string {
	n := c.random.IntN(100)
	for i, w := range weights {
		if n < w {
			return texts[i]
		}
		n -= w
	}
	return texts[len(texts)-1]
}

func (c *corpus) line(format string, args ...any) { fmt.Fprintf(&c.text, format+"\n", args...) }

func (c *corpus) base() string {
	return c.pick([]int{13, 12, 12, 10, 8, 6, 13, 3, 4, 19},
		"alpine:3.20", "node:20-alpine", "debian:12-slim", "python:3.12-slim", "ubuntu:24.04", "ubuntu:22.04", "rockylinux:9",
		"gcr.io/distroless/static", "mcr.microsoft.com/windows/nanoserver:ltsc2022", "registry.example.com/team/base:1.4")
}

func (c *corpus) project(name string) error {
	c.text.Reset()
	folder := filepath.Join(c.dir, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	base := c.base()
	if c.random.IntN(100) < 29 {
		c.line("FROM golang:1.22 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /out/app ./cmd/app")
	}
	if c.random.IntN(100) < 18 {
		c.line("ARG BASE=%s\nFROM ${BASE}", base)
	} else {
		c.line("FROM %s", base)
	}
	c.line("LABEL org.opencontainers.image.title=\"app\"\nENV LANG=C.UTF-8 \\\n    APP_HOME=/srv/app\nWORKDIR /srv/app")
	switch {
	case strings.Contains(base, "alpine"):
		c.line("RUN apk add --no-cache bash curl tzdata ca-certificates")
	case strings.Contains(base, "rocky"):
		c.line("RUN dnf install -y bash curl tzdata && dnf clean all")
	case !strings.Contains(base, "distroless"):
		c.line("RUN set -eux; \\\n    apt-get update; \\\n    apt-get install -y --no-install-recommends \\\n        ca-certificates \\\n        curl \\\n        tini; \\\n    rm -rf /var/lib/apt/lists/*")
	}
	for range c.random.IntN(5) {
		c.line("RUN mkdir -p /var/lib/app && chown -R 1000:1000 /var/lib/app && \\\n    if [ -n \"$DEBUG\" ]; then echo debug; fi")
		c.line("COPY config/%d.conf /etc/app/", c.random.IntN(100))
	}
	if c.text.Len() > 0 && strings.Contains(c.text.String(), "AS build") {
		c.line("COPY --from=build /out/app /usr/local/bin/app")
	} else {
		c.line("COPY . .")
	}
	c.line("EXPOSE 8080")
	if c.random.IntN(100) < 17 {
		c.line("USER 1000:1000")
	}
	script := ""
	switch c.pick([]int{31, 16, 21, 12, 5}, "script", "nothing", "cmd", "exec", "shell", "entrypoint") {
	case "script":
		script = "docker-entrypoint.sh"
		c.line("COPY --chmod=755 %s /usr/local/bin/\nENTRYPOINT [\"docker-entrypoint.sh\"]", script)
		if c.random.IntN(2) == 0 {
			c.line("CMD [\"app\", \"--port\", \"8080\"]")
		}
	case "cmd":
		c.line("CMD [\"app\", \"serve\"]")
	case "exec":
		c.line("ENTRYPOINT [\"/usr/local/bin/app\"]\nCMD [\"--port\", \"8080\"]")
	case "shell":
		c.line("CMD app --port ${PORT:-8080}")
	case "entrypoint":
		c.line("ENTRYPOINT [\"tini\", \"--\", \"app\"]")
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(c.text.String()), 0o644); err != nil || script == "" {
		return err
	}
	return os.WriteFile(filepath.Join(folder, script), []byte(c.script()), 0o755)
}

// script writes an entry script: some set-up, then an ending with the shares of real ones.
func (c *corpus) script() string {
	c.text.Reset()
	c.line("%s", c.pick([]int{54, 22, 16}, "#!/bin/bash", "#!/bin/sh", "#!/usr/bin/env bash", "#!/usr/bin/env sh"))
	c.line("set -e\n")
	c.line("log() {\n\techo \"$(date +%%T) $*\"\n}\n")
	for n := range 1 + c.random.IntN(8) {
		switch c.random.IntN(5) {
		case 0:
			c.line("if [ -z \"$APP_SETTING_%d\" ]; then\n\techo >&2 \"error: APP_SETTING_%d is not set\"\n\texit 1\nfi", n, n)
		case 1:
			c.line(": \"${APP_DIR_%d:=/var/lib/app}\"\nmkdir -p \"$APP_DIR_%d\"", n, n)
		case 2:
			c.line("for file in /docker-entrypoint.d/*; do\n\tcase \"$file\" in\n\t\t*.sh) log \"running $file\"; . \"$file\" ;;\n\t\t*) log \"ignoring $file\" ;;\n\tesac\ndone")
		case 3:
			c.line("sed -i \"s|@PORT@|${PORT:-8080}|g\" /etc/app/app.conf")
		case 4:
			c.line("until curl -fs http://db:5432 >/dev/null; do\n\tlog waiting\n\tsleep 1\ndone")
		}
	}
	c.line("%s", c.pick([]int{24, 23, 6, 18, 13, 10},
		"exec \"$@\"",
		"exec app --port \"${PORT:-8080}\"",
		"if [ \"$1\" = app ]; then\n\tshift\n\texec app \"$@\"\nfi\nexec \"$@\"",
		"app --port \"${PORT:-8080}\"",
		"app &\nPID=$!\ntrap 'kill -TERM $PID' TERM INT\nwait $PID",
		"app &\ntail -f /dev/null",
		"app migrate\necho done"))
	return c.text.String()
}
