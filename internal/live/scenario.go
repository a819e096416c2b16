package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Scenario is a case with the verdict that is expected of it.
type Scenario struct {
	Name    string // "trap/one wait/tini+dash": the file, the title, and who runs it
	Case    Case
	Shell   string // "dash", "bash", "bashsh" (bash as sh), "ash", "mksh", "zsh"; "" where the case starts none by itself
	Init    string // which init is in front: "tini-g"; "" for none
	Needs   []string
	Verdict Verdict
	Slow    bool
	Told    []syscall.Signal // what the applications are told; nil where that is not checked
	First   bool             // the first of those that reach this verdict: enough for a quick run
	At      string           // "trap.txt:12", where the expectation is written
}

// A shell is how a scenario's shell is run.
type shell struct {
	program string
	link    string // the symbolic link to program that is run, in the directory of a run; "" to run program itself
}

// path is what a container runs.
func (s shell) path() string {
	if s.link != "" {
		return "/" + s.link
	}
	return s.program
}

var shells = map[string]shell{
	"dash":   {program: "/bin/dash"},
	"bash":   {program: "/bin/bash"},
	"bashsh": {program: "/bin/bash", link: "w/.live/bash/sh"},
	"ash":    {program: "/bin/busybox", link: "w/.live/busybox/sh"},
	"mksh":   {program: "/bin/mksh"},
	"zsh":    {program: "/bin/zsh"},
}

// sets are names for several runners. Bash as sh is in none: it differs from bash in few things.
var sets = map[string][]string{
	"all":    {"dash", "bash", "ash", "mksh", "zsh"},
	"single": {"tini", "tini-s", "tini-w", "tini-p", "tini-e", "dumb-init-c", "dumb-init-env", "catatonit"}, // signal their child
	"group":  {"tini-g", "tini-env", "dumb-init", "catatonit-g"},                                            // signal its group
}

// inits are what can be put in front of a command. A word with "=" in front is a variable.
var inits = map[string]string{
	"tini":           "tini --",
	"tini-s":         "tini -s --",
	"tini-w":         "tini -w --",
	"tini-p":         "tini -p SIGTERM --",
	"tini-e":         "tini -e 143 --",
	"tini-g":         "tini -g --",
	"tini-env":       "TINI_KILL_PROCESS_GROUP=1 tini --",
	"dumb-init":      "dumb-init --",
	"dumb-init-c":    "dumb-init --single-child --",
	"dumb-init-env":  "DUMB_INIT_SETSID=0 dumb-init --",
	"dumb-init-15:2": "dumb-init --rewrite 15:2 --",
	"dumb-init-15:0": "dumb-init --rewrite 15:0 --",
	"catatonit":      "catatonit --",
	"catatonit-g":    "catatonit -g --",
}

// Scenarios reads the tables of a directory, files that end in ".txt", and expands them: a scenario is run by several shells,
// behind several inits. README.md of testdata/live tells the format. An error names file and line.
func Scenarios(dir string) ([]Scenario, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no scenarios in %s", dir)
	}
	var scenarios []Scenario
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		these, err := parseTable(filepath.Base(path), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s/%w", dir, err)
		}
		scenarios = append(scenarios, these...)
	}
	return scenarios, nil
}

// A template is one scenario of a table before it is expanded.
type template struct {
	title   string
	run     string
	text    string
	scene   Scenario
	expects []expectation
}

// An expectation is one line of a scenario: a verdict and who reaches it.
type expectation struct {
	verdict Verdict
	slow    bool
	runners []string
	at      string
}

func parseTable(file, text string) ([]Scenario, error) {
	var scenarios []Scenario
	group := strings.TrimSuffix(file, ".txt")
	defaults := template{}
	names := map[string]string{}
	line := 1
	for i, part := range split(text) {
		at := fmt.Sprintf("%s:%d", file, line)
		t := defaults
		t.scene.Needs = slices.Clone(t.scene.Needs)
		t.scene.Case.Env = slices.Clone(t.scene.Case.Env)
		body := part
		if i > 0 {
			var heading string
			heading, body, _ = strings.Cut(part, "\n")
			t.title = strings.TrimSpace(strings.TrimPrefix(heading, marker))
			t.text = t.title
			line++
			if strings.HasPrefix(t.title, "#") {
				line += strings.Count(body, "\n")
				continue
			}
		}
		if err := t.parse(file, line, body); err != nil {
			return nil, err
		}
		line += strings.Count(body, "\n")
		if i == 0 {
			defaults = t
			continue
		}
		these, err := t.expand(group)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		for _, s := range these {
			if other, ok := names[s.Name]; ok {
				return nil, fmt.Errorf("%s: %s is also at %s", s.At, s.Name, other)
			}
			names[s.Name] = s.At
		}
		scenarios = append(scenarios, these...)
	}
	return scenarios, nil
}

const marker = "=== "

// split cuts a table before each line that begins a scenario.
func split(text string) []string {
	var parts []string
	begin := 0
	for i := range text {
		if (i == 0 || text[i-1] == '\n') && strings.HasPrefix(text[i:], marker) {
			parts = append(parts, text[begin:i])
			begin = i
		}
	}
	return append(parts, text[begin:])
}

// parse reads settings and expectations, and files under lines "-- NAME --". Line is where body begins.
func (t *template) parse(file string, line int, body string) error {
	var name string
	for text := range strings.Lines(body) {
		at := fmt.Sprintf("%s:%d", file, line)
		line++
		if header, ok := cutAround(strings.TrimSpace(text), "-- ", " --"); ok {
			name = header
			t.scene.Case.Files = append(slices.Clip(t.scene.Case.Files), File{Name: name})
			continue
		}
		if name != "" {
			t.scene.Case.Files[len(t.scene.Case.Files)-1].Content += text
			continue
		}
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		key, value, ok := strings.Cut(text, ": ")
		if !ok {
			return fmt.Errorf("%s: neither a setting nor an expectation: %s", at, text)
		}
		if err := t.set(at, key, strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%s: %s: %w", at, key, err)
		}
	}
	if name != "" { // blank lines before the next scenario belong to no file
		last := &t.scene.Case.Files[len(t.scene.Case.Files)-1]
		last.Content = strings.TrimRight(last.Content, "\n") + "\n"
	}
	return nil
}

func cutAround(s, prefix, suffix string) (string, bool) {
	s, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, suffix)
}

func (t *template) set(at, key, value string) (err error) {
	c := &t.scene.Case
	switch key {
	case "run":
		t.run = value
	case "text":
		t.text, err = strconv.Unquote(value)
	case "env":
		c.Env = append(c.Env, value)
	case "needs":
		t.scene.Needs = append(t.scene.Needs, strings.Fields(value)...)
	case "signal":
		c.Signal, err = parseSignal(value)
	case "told":
		t.scene.Told = []syscall.Signal{}
		for _, word := range strings.Fields(value) {
			if word == "nothing" {
				continue
			}
			s, err := parseSignal(word)
			if err != nil {
				return err
			}
			t.scene.Told = append(t.scene.Told, s)
		}
	case "grace":
		c.Grace, err = time.ParseDuration(value)
	case "settle":
		c.Settle, err = time.ParseDuration(value)
	case "apps":
		c.Apps, err = strconv.Atoi(value)
		if c.Apps == 0 {
			c.Apps = -1
		}
	case "slow":
		t.expects = append(t.expects, expectation{verdict: Graceful, slow: true, runners: strings.Fields(value), at: at})
	case string(Graceful), string(Abrupt), string(Ignored), string(Lost), string(EndsAtOnce), string(FailsToStart):
		t.expects = append(t.expects, expectation{verdict: Verdict(key), runners: strings.Fields(value), at: at})
	default:
		name, ok := strings.CutPrefix(key, "file ")
		if !ok {
			return errors.New("there is no such setting")
		}
		f := File{}
		var mode string
		f.Name, mode, ok = strings.Cut(name, " ")
		if ok {
			bits, err := strconv.ParseUint(mode, 8, 32)
			if err != nil {
				return err
			}
			f.Mode = fs.FileMode(bits)
		}
		f.Content, err = strconv.Unquote(value)
		c.Files = append(slices.Clip(c.Files), f)
	}
	return err
}

// signals are those of Linux on amd64 and arm64, on whatever system a table is read.
var signals = map[string]syscall.Signal{"HUP": 1, "INT": 2, "QUIT": 3, "USR1": 10, "TERM": 15, "WINCH": 28, "RTMIN+3": 37}

func parseSignal(name string) (syscall.Signal, error) {
	s, ok := signals[name]
	if !ok {
		return 0, fmt.Errorf("no such signal: %s", name)
	}
	return s, nil
}

func (t *template) expand(group string) ([]Scenario, error) {
	var scenarios []Scenario
	for _, e := range t.expects {
		first := true
		for _, term := range e.runners {
			runners, err := expandTerm(term)
			if err != nil {
				return nil, err
			}
			for _, r := range runners {
				s, err := t.instance(r)
				if err != nil {
					return nil, err
				}
				s.Name = group + "/" + t.title + "/" + r.name()
				s.Verdict, s.Slow, s.First, s.At = e.verdict, e.slow, first, e.at
				first = false
				scenarios = append(scenarios, s)
			}
		}
	}
	if len(scenarios) == 0 {
		return nil, fmt.Errorf("%s: nothing is expected", t.title)
	}
	return scenarios, nil
}

// A runner is who runs a scenario: an init, a shell, both or none.
type runner struct{ init, shell string }

func (r runner) name() string {
	switch {
	case r.init == "" && r.shell == "":
		return "direct"
	case r.init == "" || r.shell == "":
		return r.init + r.shell
	}
	return r.init + "+" + r.shell
}

// expandTerm reads "bash", "tini", "direct", a set, and products of lists: "tini,catatonit+dash,bash".
func expandTerm(term string) ([]runner, error) {
	runners := []runner{{}}
	for factor := range strings.SplitSeq(term, "+") {
		var product []runner
		for name := range strings.SplitSeq(factor, ",") {
			names, ok := sets[name]
			if !ok {
				names = []string{name}
			}
			for _, name := range names {
				for _, r := range runners {
					_, isInit := inits[name]
					_, isShell := shells[name]
					switch {
					case isInit && r == (runner{}):
						r.init = name
					case isShell && r.shell == "":
						r.shell = name
					case name != "direct":
						return nil, fmt.Errorf("no such runner: %s", term)
					}
					product = append(product, r)
				}
			}
		}
		runners = product
	}
	return runners, nil
}

// instance fills in a template.
func (t *template) instance(r runner) (Scenario, error) {
	s := t.scene
	s.Init, s.Shell = r.init, r.shell
	s.Needs = slices.Clone(s.Needs)
	s.Case.Env = slices.Clone(s.Case.Env)
	path := ""
	if r.shell != "" {
		sh := shells[r.shell]
		path = sh.path()
		s.Needs = append(s.Needs, sh.program)
	}
	if t.usesShell() != (r.shell != "") {
		return s, fmt.Errorf("%s: @SHELL@ stands exactly where the runner has a shell", r.name())
	}
	for _, word := range strings.Fields(inits[r.init]) {
		if strings.Contains(word, "=") {
			s.Case.Env = append(s.Case.Env, word)
			continue
		}
		if len(s.Case.Argv) == 0 {
			s.Needs = append(s.Needs, word)
		}
		s.Case.Argv = append(s.Case.Argv, word)
	}
	words, err := splitWords(t.run)
	if err != nil {
		return s, err
	}
	for _, word := range words {
		if word == "@TEXT@" {
			word = t.text
		}
		s.Case.Argv = append(s.Case.Argv, strings.ReplaceAll(word, "@SHELL@", path))
	}
	s.Case.Files = nil
	for _, f := range t.scene.Case.Files {
		f.Content = strings.ReplaceAll(f.Content, "@SHELL@", path)
		s.Case.Files = append(s.Case.Files, f)
	}
	return s, nil
}

// usesShell reports whether the shell of a runner has a place in the scenario.
func (t *template) usesShell() bool {
	const shell = "@SHELL@"
	return strings.Contains(t.run, shell) || strings.Contains(t.text, shell) ||
		slices.ContainsFunc(t.scene.Case.Files, func(f File) bool { return strings.Contains(f.Content, shell) })
}

// splitWords splits at blanks. A word in double quotes is read as in Go.
func splitWords(text string) ([]string, error) {
	var words []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if text[0] != '"' {
			word, rest, _ := strings.Cut(text, " ")
			words, text = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return nil, fmt.Errorf("run: %w: %s", err, text)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("run: %w: %s", err, quoted)
		}
		words, text = append(words, word), text[len(quoted):]
	}
	return words, nil
}
