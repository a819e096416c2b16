package image

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/resolve.txt")

func TestResolve(t *testing.T) {
	const file = "testdata/resolve.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	n := 0
	for i, line := range lines {
		ref, want, ok := strings.Cut(line, "\t")
		if line == "" || line[0] == '#' || !ok && !*update {
			continue
		}
		n++
		got := summary(Resolve(ref))
		if got != want && !*update {
			t.Errorf("%s:%d: Resolve(%q)\n got %s\nwant %s", file, i+1, ref, got, want)
		}
		lines[i] = ref + "\t" + got
	}
	if n < 120 {
		t.Errorf("%s has only %d references", file, n)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// summary writes in one line what TestResolve looks at.
func summary(b Base, ok bool) string {
	parts := []string{b.Name}
	if !ok {
		parts[0] += " (unknown)"
	}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if b.System != "" {
		add("%s", b.System)
	}
	switch b.HasSh {
	case Yes:
		add("%s %s", b.Sh.Family, b.Sh.Version)
	case No:
		add("no sh")
	}
	switch b.HasBash {
	case Yes:
		add("bash %s", b.Bash.Version)
	case No:
		add("no bash")
	}
	if b.Musl {
		add("musl")
	}
	switch {
	case !b.StartKnown:
		add("start unknown")
	case b.Entrypoint != nil:
		add("%s %s %s", b.Entrypoint, map[Answer]string{Yes: "passes", No: "keeps", Unknown: "may pass"}[b.Passes], b.Cmd)
	case !b.CmdKnown:
		add("command unknown")
	default:
		add("%s", b.Cmd)
	}
	if b.StopSignal != "" {
		add("%s", b.StopSignal)
	}
	if b.User != "" {
		add("user %s", b.User)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, "; ")
}

func TestResolveWholeBase(t *testing.T) {
	debian12 := Shell{Family: DashDebian, Version: "0.5.12-2", System: "Debian 12"}
	for ref, want := range map[string]Base{
		"debian:12": {
			Name: "debian:12", System: "Debian 12", Manager: "apt", Sh: debian12, HasSh: Yes,
			Bash: Shell{Family: Bash, Version: "5.2.15", System: "Debian 12"}, HasBash: Yes, StartKnown: true, CmdKnown: true,
			Cmd: []string{"bash"},
			Tools: []string{
				"su", "runuser", "agetty", "setpriv", "setsid", "flock", "ionice", "nsenter", "unshare", "taskset", "chrt", "prlimit", "setarch", "env",
				"nohup", "nice", "timeout", "stdbuf", "chroot", "start-stop-daemon",
			},
			Complete: true,
			Source:   "debuerreotype/docker-debian-artifacts; official-images library/debian",
		},
		"jenkins/jenkins:2.479-alpine": {
			Name: "jenkins/jenkins:2.479-alpine", System: "Alpine", Manager: "apk", Sh: Shell{Family: Ash, System: "Alpine"}, HasSh: Yes,
			Bash: Shell{Family: Bash, System: "Alpine"}, HasBash: Yes, Musl: true, StartKnown: true, CmdKnown: true,
			Entrypoint: []string{"/sbin/tini", "--", "/usr/local/bin/jenkins.sh"}, Passes: Yes,
			Prefix: []string{"java", "-jar", "/usr/share/jenkins/jenkins.war"}, Does: "starts jenkins.war for arguments that begin with --",
			User: "jenkins",
			Path: "/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			Env:  map[string]string{"JENKINS_HOME": "/var/jenkins_home", "JAVA_HOME": "/opt/java/openjdk"},
			Tools: []string{
				"busybox", "init", "su", "setpriv", "setsid", "flock", "ionice", "nsenter", "unshare", "env", "nohup", "nice", "timeout", "chroot",
				"crond", "watch", "pgrep", "pkill", "tini",
			},
			Source: "jenkinsci/docker jenkins.sh, alpine/hotspot/Dockerfile",
		},
		"scratch": {
			Name: "scratch", System: "scratch", HasSh: No, HasBash: No, StartKnown: true, CmdKnown: true, Complete: true, Tools: []string{},
			Source: "Dockerfile reference",
		},
		"gcr.io/distroless/static:debug": {
			Name: "gcr.io/distroless/static:debug", System: "distroless", HasSh: No, HasBash: No, StartKnown: true, CmdKnown: true,
			Entrypoint: []string{"/busybox/sh"}, Passes: No, Path: DefaultPath + ":/busybox", Tools: []string{"/busybox/sh"}, Complete: true,
			Source: "GoogleContainerTools/distroless static/static.bzl, base/base.bzl",
		},
		"mcr.microsoft.com/windows/servercore:ltsc2022": {
			Name: "mcr.microsoft.com/windows/servercore:ltsc2022", System: "Windows", Windows: true, HasSh: No, HasBash: No, Source: "no POSIX shell",
		},
		"example.com/a/b": {Name: "example.com/a/b:latest"},
		"":                {Name: ""},
	} {
		got, ok := Resolve(ref)
		if known := ref != "" && ref != "example.com/a/b"; ok != known {
			t.Errorf("Resolve(%q) says %v", ref, ok)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Resolve(%q):\n%s", ref, d)
		}
	}
}

// A digest alone says nothing of the variant, so only what holds for every variant may be said.
func TestResolveDigestAlone(t *testing.T) {
	b, ok := Resolve("node@sha256:0123")
	if !ok || b.HasSh != Unknown || b.System != "" || b.StartKnown {
		t.Errorf("got %v %+v", ok, b)
	}
	b, ok = Resolve("scratch@sha256:0123")
	if !ok || b.HasSh != No {
		t.Errorf("got %v %+v", ok, b)
	}
}

func TestProvides(t *testing.T) {
	for _, c := range []struct {
		manager, pkg string
		want         []string
	}{
		{"apk", "tini", []string{"/sbin/tini"}},
		{"apk", "tini=0.19.0-r1", []string{"/sbin/tini"}},
		{"apk", "tini@edge", []string{"/sbin/tini"}},
		{"apt", "tini", []string{"/usr/bin/tini", "/usr/bin/tini-static"}},
		{"apt-get", "gosu", []string{"/usr/sbin/gosu"}},
		{"apk", "bash", []string{"/bin/bash"}},
		{"apk", "su-exec", []string{"/sbin/su-exec"}},
		{"apt", "dumb-init", []string{"/usr/bin/dumb-init"}},
		{"apt", "openssh-server", []string{"/usr/sbin/sshd"}},
		{"microdnf", "nginx", []string{"/usr/sbin/nginx"}},
		{"yum", "openssh-server", []string{"/usr/sbin/sshd"}},
		{"apt", "su-exec", nil},
		{"apk", "no-such-package", nil},
		{"brew", "tini", nil},
		{"apt", "", nil},
	} {
		if got, known := Provides(c.manager, c.pkg); !slices.Equal(got, c.want) || known != (c.want != nil) {
			t.Errorf("Provides(%q, %q) = %q, %v, want %q", c.manager, c.pkg, got, known, c.want)
		}
	}
	if got, _ := Provides("apt", "supervisor"); !slices.Contains(got, "/usr/bin/supervisord") {
		t.Error("supervisor brings no supervisord")
	}
}

func FuzzResolve(f *testing.F) {
	for _, ref := range []string{
		"", ":", "@", "a", "node:18@sha256:00", "node:\t", "node:-", "node:3.", "debian:99999999999999999999", "a:u1", "python:1.1.1.1.1.1.1.1_7", "x:-ea-",
		"multiarch/alpine:", "docker.io/", "/library/", "localhost:5000/library/node", "alpine:alpine-", "node:\n= node\n", "eclipse-temurin:8u", "*:*",
		"debian\t:1", "@debian", "node:18!", "alpine:3!", "debian:bookworm/", "a\x00b:é",
	} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		b, ok := Resolve(ref)
		if b.HasSh != Yes && b.Sh != (Shell{}) || b.HasBash != Yes && b.Bash != (Shell{}) {
			t.Errorf("Resolve(%q) has a shell that is not there: %+v", ref, b)
		}
		if ok && b.Source == "" {
			t.Errorf("Resolve(%q) has no source: %+v", ref, b)
		}
		if !ok && (b.StartKnown || b.Complete) {
			t.Errorf("Resolve(%q) knows of an image that is not known: %+v", ref, b)
		}
		if b.CmdKnown && !b.StartKnown || !b.StartKnown && b.Entrypoint != nil {
			t.Errorf("Resolve(%q) knows the command but not the entrypoint: %+v", ref, b)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	for _, ref := range []string{
		"scratch", "debian:12", "node:18.17.1-alpine", "python:3.12-slim", "wordpress:6.4-php8.2-fpm-alpine", "n8nio/n8n", "example.com/team/app:1.2.3",
	} {
		b.Run(ref, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Resolve(ref)
			}
		})
	}
}

func BenchmarkProvides(b *testing.B) {
	for b.Loop() {
		Provides("zypper", "python3")
	}
}
