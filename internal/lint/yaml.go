package lint

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// composePattern has the names that Compose files go by, in lower case: compose.yaml, docker-compose.prod.yml, db.compose.yml.
var composePattern = regexp.MustCompile(`^(?:.*[._-])?compose(?:[._-].*)?\.ya?ml$`)

// surelyCompose reports whether a file has a name that Compose looks for by itself.
func surelyCompose(name string) bool {
	switch name[strings.LastIndexByte(name, '/')+1:] {
	case "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml":
		return true
	}
	return false
}

// kindOfText returns what a text may be when it is YAML: KindCompose, KindKubernetes, or "" for neither. It is a cheap look before
// anything is parsed.
func kindOfText(text string) process.Kind {
	services, kind, version := false, false, false
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
	if kind == process.KindCompose && by != composeName {
		return ""
	}
	return kind
}

// expand takes the files that were found and returns the launches to look for in them: one for each service or container of a YAML
// file, a single one for any other file. A YAML file that is broken is a problem where it is surely meant to be one: others are templates,
// or nothing that concerns us.
func (p *Project) expand(files []unit) []unit {
	var units []unit
	for _, u := range files {
		if u.kind != process.KindCompose && u.kind != process.KindKubernetes {
			units = append(units, u)
			continue
		}
		if _, err := p.sources.get(u.path).yaml(); err != nil {
			if u.sure {
				p.problems = append(p.problems, problemOf(u.path, err))
			}
			continue
		}
	}
	return units
}

// problemOf says that a file cannot be read or parsed.
func problemOf(name string, err error) rules.Problem {
	problem := rules.Problem{Path: name, Message: fmt.Sprintf("reading %s: %v", name, err)}
	if syntax := (*parser.SyntaxError)(nil); errors.As(err, &syntax) {
		problem.Message, problem.Span = fmt.Sprintf("parsing %s: %v", name, err), syntax.Span
	}
	return problem
}
