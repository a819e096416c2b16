package lint

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// A SettingsError is what is wrong with files of settings: no run makes sense with them.
type SettingsError []rules.Problem

// Error implements error.
func (e SettingsError) Error() string { return e[0].Message }

// ParseSettings reads a file of settings. The problems are a SettingsError where there is one.
func ParseSettings(file *parser.File) (*config.Config, error) {
	parsed, mistakes := config.Parse(file.Src, rules.IDs(rules.All()))
	if len(mistakes) == 0 {
		return parsed, nil
	}
	var problems SettingsError
	for _, m := range mistakes {
		problem := rules.Problem{Path: file.Path, Message: m.Message, Got: m.Got, Known: m.Known}
		if m.Line > 0 {
			problem.Span = file.LineSpan(m.Line)
		}
		problems = append(problems, problem)
	}
	return nil, problems
}

// settings finds what is set for the files in a folder: what the nearest file of settings above them says, and no other.
type settings struct {
	fsys   fs.FS
	given  *config.Config // for every folder, nil where each has its own
	mutex  sync.RWMutex
	dirs   map[string]*folderSettings // by the path of a folder
	broken []rules.Problem
}

// folderSettings are settings with the folder that their patterns are relative to.
type folderSettings struct {
	*config.Config
	dir string
}

// of returns the settings for a file or folder.
func (s *settings) of(name string) *folderSettings { return s.in(path.Dir(name)) }

// in returns the settings for what is in a folder.
func (s *settings) in(dir string) *folderSettings {
	if s.given != nil {
		return &folderSettings{s.given, "."}
	}
	s.mutex.RLock()
	found, ok := s.dirs[dir]
	s.mutex.RUnlock()
	if ok {
		return found
	}
	read := s.read(dir)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found, ok := s.dirs[dir]; ok {
		return found
	}
	if s.dirs == nil {
		s.dirs = map[string]*folderSettings{}
	}
	s.dirs[dir] = read
	return read
}

func (s *settings) read(dir string) *folderSettings {
	for _, name := range config.Names {
		name = path.Join(dir, name)
		if info, err := fs.Lstat(s.fsys, name); err != nil || info.IsDir() {
			continue
		}
		text, _, err := readFile(s.fsys, name)
		if err != nil {
			s.fail(rules.Problem{Path: name, Message: fmt.Sprintf("reading %s: %v", name, err)})
			return &folderSettings{&config.Config{}, dir}
		}
		parsed, err := ParseSettings(&parser.File{Path: name, Src: text})
		if err != nil {
			s.fail(err.(SettingsError)...) //nolint:errorlint // it returns no other
			parsed = &config.Config{}
		}
		return &folderSettings{parsed, dir}
	}
	if dir == "." {
		return &folderSettings{&config.Config{}, dir}
	}
	return s.in(path.Dir(dir))
}

func (s *settings) fail(problems ...rules.Problem) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.broken = append(s.broken, problems...)
}

// err returns what is wrong with the files that were read so far.
func (s *settings) err() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.broken) == 0 {
		return nil
	}
	slices.SortStableFunc(s.broken, func(a, b rules.Problem) int { return strings.Compare(a.Path, b.Path) })
	return SettingsError(s.broken)
}

// excludes reports whether the settings leave a file or folder out.
func (s *folderSettings) excludes(name string) bool {
	if s.dir != "." {
		name = strings.TrimPrefix(name, s.dir+"/")
	}
	return slices.ContainsFunc(s.Exclude, func(pattern string) bool {
		matched, _ := doublestar.Match(strings.TrimSuffix(pattern, "/"), name)
		return matched
	})
}

// Settings returns those that a launch of the last run was judged under.
func (p *Project) Settings(launch *process.Launch) *config.Config {
	if found, ok := p.judged.Load(launch); ok {
		return found.(*config.Config)
	}
	return &config.Config{}
}

// rulesFor returns which of the rules of a run judge what is under some settings.
func (p *Project) rulesFor(rs []*rules.Rule, under *config.Config) []*rules.Rule {
	if p.Choose == nil {
		return rs
	}
	if found, ok := p.chosenRules.Load(under); ok {
		return found.([]*rules.Rule)
	}
	chosen := p.Choose(rs, under)
	p.chosenRules.Store(under, chosen)
	return chosen
}
