package lint

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// composePattern has the names that Compose files go by, in lower case: compose.yaml, docker-compose.prod.yml, db.compose.yml.
var composePattern = regexp.MustCompile(`^(?:.*[._-])?compose(?:[._-].*)?\.ya?ml$`)

// surelyCompose reports whether a file has a name that Compose looks for by itself.
func surelyCompose(name string) bool {
	return slices.Contains(composeNames, path.Base(name)) || slices.Contains(overrideNames, path.Base(name))
}

// kindOfText returns what a text may be when it is YAML: KindCompose, KindKubernetes, or "" for neither. It is a cheap look before
// anything is parsed.
func kindOfText(text string) process.Kind {
	services, kind, version := false, false, false
	if strings.HasPrefix(strings.TrimSpace(text), "{") { // JSON, of whatever layout
		kind, version = strings.Contains(text, `"kind"`), strings.Contains(text, `"apiVersion"`)
	}
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		services = services || strings.HasPrefix(line, "services:") || strings.HasPrefix(line, "include:")
		line = strings.TrimLeft(line, " -")
		kind = kind || strings.HasPrefix(line, "kind:")
		version = version || strings.HasPrefix(line, "apiVersion:")
	}
	switch {
	case kind && version:
		return process.KindKubernetes
	case services:
		return process.KindCompose
	}
	return ""
}

// kindOfYAML looks into a YAML file that was not named, and returns what it may be. Only a file that has the name of one is taken for
// a Compose file: services are also what GitLab and Symfony call something else.
func (f *finder) kindOfYAML(name string, by nameKind) process.Kind {
	text, _, err := readFile(f.fsys, name)
	if err != nil {
		return ""
	}
	kind := kindOfText(text)
	if kind == "" && surelyCompose(name) && parser.IsUTF16(text) {
		kind = process.KindCompose // which it cannot be read as, and that is to be said
	}
	if kind == process.KindCompose && by != composeName {
		return ""
	}
	return kind
}

// expand takes the files that were found and returns the launches to look for in them: one for each service or container of a YAML
// file, a single one for any other file. A YAML file that is broken is a problem where it is surely meant to be one: others are templates,
// or nothing that concerns us.
func (p *Project) expand(files []unit) []unit {
	var units, inYAML []unit
	for _, u := range files {
		if u.kind != process.KindCompose && u.kind != process.KindKubernetes {
			units = append(units, u)
		} else if problem := u.guard(func() { inYAML = append(inYAML, p.launchesOf(u, files)...) }); problem != nil {
			p.problems = append(p.problems, *problem)
		}
	}
	// Dockerfiles come first: what is wrong with one is told there, and not at a service that starts it.
	return append(units, inYAML...)
}

// launchesOf returns the services or containers of one of the YAML files that were found.
func (p *Project) launchesOf(u unit, files []unit) []unit {
	if u.kind == process.KindKubernetes {
		return p.containersOf(u)
	}
	if _, err := p.sources.get(u.path).yaml(); err != nil {
		if u.sure {
			p.problems = append(p.problems, problemOf(u.path, err))
		}
		return nil
	}
	if p.belongsToOther(u, files) {
		return nil
	}
	return p.servicesOf(u)
}

// belongsToOther reports whether a Compose file is a part of another one that is looked at: put on top of it, or included.
func (p *Project) belongsToOther(u unit, files []unit) bool {
	base := ""
	if slices.Contains(overrideNames, path.Base(u.path)) {
		base = firstOf(p.sources.fsys, path.Dir(u.path), composeNames)
	}
	return slices.ContainsFunc(files, func(other unit) bool {
		if other.path == u.path || other.kind != process.KindCompose {
			return false
		}
		if other.path == base {
			return true
		}
		return p.includes(other.path, u.path) && !(u.path < other.path && p.includes(u.path, other.path))
	})
}

// includes reports whether a Compose file includes another one.
func (p *Project) includes(name, other string) bool {
	src := p.sources.get(name)
	return src.err == nil && strings.Contains(src.file.Src, "include:") && slices.Contains(p.composeProject(name).included, other)
}

// problemOf says that a file cannot be read or parsed.
func problemOf(name string, err error) rules.Problem {
	problem := rules.Problem{Path: name, Message: fmt.Sprintf("reading %s: %v", name, err)}
	if syntax := (*parser.SyntaxError)(nil); errors.As(err, &syntax) {
		problem.Message, problem.Span = fmt.Sprintf("parsing %s: %v", name, err), syntax.Span
	}
	return problem
}
