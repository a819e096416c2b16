package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// A settingsError is a file of settings that makes no sense.
type settingsError []rules.Problem

// Error implements error.
func (e settingsError) Error() string { return e[0].Message }

// maxSettings is how much is read of a file of settings.
const maxSettings = 1 << 20

// settings reads the file of --config, else the nearest one in the folder of the first path and those above it, up to the root.
func (p *place) settings(named string) (*config.Config, error) {
	if named != "" {
		return p.readSettings(physical(p.cwd, named))
	}
	dir := p.paths[0]
	if info, err := os.Stat(filepath.Join(p.root, filepath.FromSlash(dir))); err != nil || !info.IsDir() {
		dir = path.Dir(dir)
	}
	for {
		for _, name := range config.Names {
			file := filepath.Join(p.root, filepath.FromSlash(dir), name)
			if info, err := os.Lstat(file); err != nil || info.IsDir() {
				continue
			}
			if target := relative(p.root, resolve(file)); strings.HasPrefix(target, "..") {
				return nil, settingsError{{Path: relative(p.root, file), Message: fmt.Sprintf("reading %s: it leads out of the project", relative(p.root, file))}}
			}
			return p.readSettings(file)
		}
		if dir == "." || strings.HasPrefix(dir, "..") {
			return &config.Config{}, nil
		}
		dir = path.Dir(dir)
	}
}

func (p *place) readSettings(file string) (*config.Config, error) {
	name := relative(p.root, file)
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, settingsError{{Path: name, Message: fmt.Sprintf("reading %s: no such file: check --config", name)}}
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("it is not a file")
	case err == nil && info.Size() > maxSettings:
		err = errors.New("it is longer than 1 MiB")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, settingsError{{Path: name, Message: fmt.Sprintf("reading %s: %v", name, err)}}
	}
	settings, mistakes := config.Parse(string(text), ruleIDs(rules.All()))
	if len(mistakes) == 0 {
		return settings, nil
	}
	source := &parser.File{Path: name, Src: string(text)}
	var problems settingsError
	for _, m := range mistakes {
		problem := rules.Problem{Path: name, Message: m.Message + didYouMean(m.Got, m.Known, "")}
		if m.Line > 0 {
			at := lineStart(source.Src, m.Line)
			problem.Span = parser.Span{File: source, Start: at, End: at + len(source.Line(m.Line))}
		}
		if len(m.Known) > 0 && len(m.Known) < 10 {
			problem.Message += ": it can be " + (&choiceValue{known: m.Known}).list()
		}
		problems = append(problems, problem)
	}
	return nil, problems
}

// lineStart returns the offset of a one-based line.
func lineStart(text string, line int) int {
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return at
}

// withSettings returns rules with the severities of the settings. What is off is left out, unless --select names it.
func withSettings(chosen []*rules.Rule, settings *config.Config, selected bool) []*rules.Rule {
	var all []*rules.Rule
	for _, r := range chosen {
		severity, set := settings.Rules[r.ID]
		switch {
		case !set || severity == "off" && selected:
			all = append(all, r)
		case severity != "off":
			all = append(all, r.WithSeverity(severity))
		}
	}
	return all
}
