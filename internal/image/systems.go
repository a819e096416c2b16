package image

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed systems.txt
var systemsText string

// A system is a row of systems.txt with what its os row says.
type system struct {
	os       string // "debian"
	released bool   // the row is of one release
	name     string // "Debian 12"
	sh       string
	version  string // of sh
	bash     string // its version, "?" where it is not known, "" where there is none
	musl     bool
	complete bool
	source   string
}

// systemRows are the rows of systems.txt by each of their names.
var systemRows = sync.OnceValue(func() map[string]string {
	rows := make(map[string]string, 512)
	for text := systemsText; text != ""; {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		for names, _, _ := strings.Cut(line, "\t"); names != ""; {
			var name string
			name, names, _ = strings.Cut(names, " ")
			rows[name] = line
		}
	}
	return rows
})

// findSystem finds a row by one of its names, the zero system where there is none.
func findSystem(name string) system {
	if line := systemRows()[name]; line != "" && line[0] != '@' {
		return parseSystem(line)
	}
	return system{}
}

func parseSystem(line string) system {
	f := strings.Split(line, "\t")
	if len(f) != 7 {
		return system{}
	}
	id, _, _ := strings.Cut(f[0], " ")
	var s system
	s.os, _, s.released = strings.Cut(id, "/")
	s.name, s.sh, s.version, s.bash, s.source = f[1], f[2], value(f[3]), value(f[4]), f[6]
	s.musl, s.complete = strings.Contains(f[5], "musl"), strings.Contains(f[5], "complete")
	return s
}

// value is a column of a table, in which "-" stands for nothing.
func value(column string) string {
	if column == "-" {
		return ""
	}
	return column
}

// common is what holds for every release of the system's os: its package manager, the programs that it brings, and the command of its image as
// JSON.
func (s system) common() (manager, tools, cmd string) {
	f := strings.Split(systemRows()["@"+s.os], "\t")
	if len(f) != 5 {
		return "", "", ""
	}
	return value(f[1]), value(f[2]), value(f[3])
}

// describe says of b what follows from its system.
func (s system) describe(b *Base) {
	if s.name == "" {
		return
	}
	b.System, b.Musl, b.Source = s.name, s.musl, "systems.txt: "+s.source
	manager, tools, _ := s.common()
	b.Manager, b.Tools = manager, strings.Fields(tools)
	if s.sh == "none" {
		b.HasSh, b.HasBash = No, No
		return
	}
	b.HasSh, b.Sh = Yes, Shell{Family: s.sh, Version: s.version, System: s.name}
	if s.bash == "" {
		b.HasBash = No
		return
	}
	b.HasBash, b.Bash = Yes, Shell{Family: Bash, Version: strings.TrimPrefix(s.bash, "?"), System: s.name}
}

// release finds the release of an os that a tag of the os's own image names: "12.5-slim", "bookworm", "stable", "centos7", "2023.5.20240722.0".
func release(os, tag string) system {
	if s := suite(tag); s.os == os {
		return s
	}
	if os == "busybox" {
		return busybox(tag)
	}
	word, _, _ := strings.Cut(tag, "-")
	if os == "alpine" && len(word) == len("20240315") {
		word = "edge" // its snapshots
	}
	if s := findSystem(os + "/" + word + "!"); s.name != "" {
		return s
	}
	for w := word; w != ""; {
		if s := findSystem(os + "/" + w); s.name != "" {
			return s
		}
		i := strings.LastIndexByte(w, '.')
		if i < 0 {
			break
		}
		w = w[:i]
	}
	s := findSystem(os)
	if v, rest := parseVersion(word); v.len > 0 && s.name != "" {
		s.name += " " + strings.TrimSuffix(word, rest) // a release that is newer than the table
	}
	return s
}

// busybox is the system of a tag of the image busybox, whose version is that of the shell.
func busybox(tag string) system {
	s := findSystem("busybox")
	if v, rest := parseVersion(tag); v.len > 1 {
		s.version = strings.TrimSuffix(tag, rest)
		s.name += " " + s.version
	}
	s.musl = strings.Contains(tag, "musl")
	return s
}

// suite finds a release that a tag names: "3.12-slim-bookworm", "21-jre-alpine3.19", "15.2.0-debian-11-r14", "12.2-base-ubuntu22.04".
func suite(tag string) system {
	for rest := tag; rest != ""; {
		var word string
		word, rest = cutWord(rest)
		if s := releaseNamed(word); s.name != "" {
			return s
		}
		if bare[word] && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			next, _ := cutWord(rest)
			if s := releaseNamed(word + next); s.name != "" {
				return s
			}
		}
	}
	return system{}
}

// releaseNamed finds a release by a word like "bookworm", "alpine3.19.1" or "ubi9.4": exactly, or by the release that a longer version begins with.
func releaseNamed(word string) system {
	if len(word) < 3 || strings.IndexByte(word, '/') >= 0 {
		return system{}
	}
	for {
		if s := findSystem(word); s.released {
			return s
		}
		i := strings.LastIndexByte(word, '.')
		if i < 0 {
			return system{}
		}
		word = word[:i]
	}
}

// bare are the words for a system without its release that are not used for anything else in tags.
var bare = map[string]bool{
	"alpine": true, "debian": true, "ubuntu": true, "centos": true, "fedora": true, "ubi": true, "rockylinux": true, "almalinux": true,
	"oraclelinux": true, "amazonlinux": true, "photon": true, "azurelinux": true, "mariner": true, "distroless": true, "wolfi": true,
}

// bareSystem finds a system that a tag names without its release: "1.25-alpine".
func bareSystem(tag string) system {
	for rest := tag; rest != ""; {
		var word string
		if word, rest = cutWord(rest); bare[word] {
			return findSystem(word)
		}
	}
	return system{}
}

// cutWord cuts the first word off a tag.
func cutWord(tag string) (word, rest string) {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		return tag[:i], tag[i+1:]
	}
	return tag, ""
}
