package lint

import (
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// fetched says what ADD makes of a URL.
func (c *copying) fetched(source, name string) (entry, bool) {
	file := source
	if parsed, err := url.Parse(source); err == nil {
		file = parsed.Path
	}
	if strings.HasSuffix(file, ".git") || strings.HasPrefix(source, "git") || strings.HasPrefix(source, "ssh:") {
		return entry{maybe: name + " may come from " + source}, false
	}
	if !c.names(strings.TrimPrefix(file, "/"), name) {
		return entry{}, false
	}
	// A downloaded file can be read by its owner only, and run by nobody: docs.docker.com/reference/dockerfile, ADD.
	return download(path.Base(file), name, "is downloaded from "+source, 0o600), true
}

// download says what a file is that comes from elsewhere: a program that is known by its name, or something that cannot be known.
func download(file, name, how string, mode fs.FileMode) entry {
	e := entry{Entry: process.Entry{Mode: mode, ModeKnown: mode != 0}}
	switch program := programOf(file); {
	case program == path.Base(name) || program == "" && familiar(path.Base(name)):
		e.Kind = process.Program
	case program != "":
		e.Kind, e.Name = process.Program, program
	default:
		e.Kind, e.Reason = process.Opaque, name+" "+how
	}
	return e
}

// programOf returns the familiar program in the name of a file to download: "tini" in "tini-static-amd64". "" where there is none.
func programOf(file string) string {
	for name := file; name != ""; {
		if plain := strings.TrimSuffix(name, "-static"); familiar(plain) {
			return plain
		}
		name = name[:max(strings.LastIndexAny(name, "-_."), 0)]
	}
	return ""
}
