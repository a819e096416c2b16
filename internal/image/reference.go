package image

import (
	"slices"
	"strings"
)

// A reference is an image reference, taken apart, with the ways of writing one image made the same.
type reference struct {
	name    string // "node", "bitnami/redis", "mcr.microsoft.com/dotnet/sdk"
	tag     string // "latest" where none is written, "" where only a digest is
	windows bool
}

func (r reference) String() string {
	if r.tag == "" || r.name == "" || r.name == "scratch" {
		return r.name
	}
	return r.name + ":" + r.tag
}

// parseReference never fails: what is no reference becomes one that nothing is known of.
func parseReference(ref string) reference {
	ref, digest, _ := strings.Cut(strings.TrimSpace(ref), "@")
	var r reference
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		ref, r.tag = ref[:i], ref[i+1:]
	}
	if r.tag == "" && digest == "" {
		r.tag = "latest"
	}
	r.name = ref
	r.normalise()
	return r
}

// hubs are the hosts, with the paths on them, under which Docker Hub is had. registry.hub.docker.com and the mirrors are not official names of it,
// but Dockerfiles use them (corpus of 4,183 Dockerfiles, 2026-08).
var hubs = []string{
	"docker.io/", "index.docker.io/", "registry-1.docker.io/", "registry.hub.docker.com/", "hub.docker.com/",
	"public.ecr.aws/docker/", "mirror.gcr.io/", "registry.docker-cn.com/", "docker.m.daocloud.io/", "m.daocloud.io/docker.io/",
	"hub-mirror.c.163.com/", "docker.mirrors.ustc.edu.cn/", "dockerproxy.com/", "docker.1ms.run/", "dockerhub.azk8s.cn/",
}

// architectures are the Docker Hub users under which the official images of one architecture are (docker-library/official-images, "Architectures
// other than amd64").
var architectures = []string{
	"amd64", "arm32v5", "arm32v6", "arm32v7", "arm64v8", "i386", "mips64le", "ppc64le", "riscv64", "s390x", "windows-amd64", "winamd64",
}

func (r *reference) normalise() {
	for _, h := range hubs {
		if rest, ok := strings.CutPrefix(r.name, h); ok {
			r.name = rest
			break
		}
	}
	host, path, ok := strings.Cut(r.name, "/")
	if ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		// A pull-through cache has the official images under their full name: harbor.example.com/hub/library/node.
		if i := strings.LastIndex("/"+path, "/library/"); i >= 0 {
			r.name = ("/" + path)[i+len("/library/"):]
		} else if host == "registry.redhat.io" {
			r.name = "registry.access.redhat.com/" + path
		}
		return
	}
	r.name = strings.TrimPrefix(r.name, "library/")
	user, image, ok := strings.Cut(r.name, "/")
	switch {
	case ok && slices.Contains(architectures, user):
		r.name, r.windows = image, strings.HasPrefix(user, "win")
	case user == "multiarch":
		r.name = map[string]string{"debian-debootstrap": "debian", "ubuntu-core": "ubuntu", "ubuntu-debootstrap": "ubuntu"}[image]
		if r.name == "" {
			r.name = image
		}
		if _, tag, ok := strings.Cut(r.tag, "-"); ok { // arm64-v3.14
			r.tag = strings.TrimPrefix(tag, "v")
		}
	}
}

// A version is the numbers of a dotted version.
type version struct {
	n   [6]int
	len int
}

// parseVersion reads the version that s begins with and returns what is behind it.
func parseVersion(s string) (v version, rest string) {
	for {
		i, n := 0, 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' && i < 9 {
			n = n*10 + int(s[i]-'0')
			i++
		}
		if i == 0 || v.len == len(v.n) {
			return v, s
		}
		v.n[v.len], s = n, s[i:]
		v.len++
		if len(s) < 2 || s[0] != '.' || s[1] < '0' || s[1] > '9' {
			return v, s
		}
		s = s[1:]
	}
}

// less compares as many numbers as w has; what v lacks is taken to be the newest there is: 3 is not less than 3.1.
func (v version) less(w version) bool {
	for i := range w.len {
		if i >= v.len {
			return false
		}
		if v.n[i] != w.n[i] {
			return v.n[i] < w.n[i]
		}
	}
	return false
}

// matchGlob matches a pattern in which * stands for anything.
func matchGlob(pattern, s string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for star {
		var part string
		part, rest, star = strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return s == ""
}
