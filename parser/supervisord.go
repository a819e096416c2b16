package parser

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A Supervisord is the configuration of supervisord, read from one file after the other: what a later one says counts.
//
// The scanner is our own, because gopkg.in/ini.v1 knows no places, and every finding needs that of the command.
type Supervisord struct {
	sections []*iniSection
}

// A Supervised is one program of supervisord.
type Supervised struct {
	Name        string
	Span        Span    // the name of the section, with its brackets
	Command     Setting // the zero Setting where there is none
	Directory   Setting
	User        Setting
	Environment []Setting // Name and value of each
	AutoStart   bool
	StopSignal  Setting // "TERM" where it is not set
	StopAsGroup bool
	KillAsGroup bool
	GroupStop   Setting // stopasgroup as it is written
	GroupKill   Setting // killasgroup as it is written
	StopWait    Setting // stopwaitsecs
}

// A Setting is a value of an ini file.
type Setting struct {
	Name    string
	Text    string
	Span    Span // of the value; the zero Span where it is not set
	script  *Script
	offsets []int // of each byte of Text in the script
}

type iniSection struct {
	name     string
	span     Span
	settings map[string]Setting
}

// Read adds a file of the image, as RawConfigParser of Python reads it for supervisord: a line that is indented goes on
// with the value before it, " ;" and " #" begin a comment, and names are the same in upper and lower case.
//
// Source: Supervisor/supervisor, supervisor/options.py, UnhosedConfigParser; Python's configparser.py.
func (c *Supervisord) Read(s *Script) {
	var section *iniSection
	var last string
	indent := 0
	for at := 0; at < len(s.Text); {
		raw, _, _ := strings.Cut(s.Text[at:], "\n")
		start := at
		at += len(raw) + 1
		line := withoutComment(strings.TrimPrefix(raw, "\ufeff"))
		start += len(raw) - len(strings.TrimPrefix(raw, "\ufeff"))
		text := strings.TrimSpace(line)
		lead := len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace))
		start += lead
		switch {
		case text == "":
			if strings.TrimSpace(raw) == "" {
				last = "" // an empty line in a value is kept by Python, and no command has one
			}
			continue
		case section != nil && last != "" && lead > indent:
			value := section.settings[last]
			value.append(s, text, start)
			section.settings[last] = value
			continue
		}
		indent = lead
		if text[0] == '[' {
			last = ""
			end := strings.IndexByte(text, ']')
			if end < 0 {
				section = nil
				continue
			}
			section = c.section(text[1:end], s.part(start, start+end+1))
			continue
		}
		sep := strings.IndexAny(text, "=:")
		if section == nil || sep <= 0 {
			continue
		}
		last = strings.ToLower(strings.TrimSpace(text[:sep]))
		value := Setting{Name: last, script: s}
		rest := text[sep+1:]
		word := strings.TrimSpace(rest)
		from := start + len(text) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
		value.Span = s.part(from, from)
		value.append(s, word, from)
		section.settings[last] = value
	}
}

// withoutComment cuts a comment off a line.
func withoutComment(line string) string {
	for i := range len(line) {
		if (line[i] == ';' || line[i] == '#') && (strings.TrimSpace(line[:i]) == "" || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

func (v *Setting) append(s *Script, text string, at int) {
	if text == "" || len(v.Text) > maxArgument { // no command is that long
		return
	}
	if v.Text != "" {
		v.Text += "\n"
		v.offsets = append(v.offsets, at)
	}
	for i := range len(text) {
		v.offsets = append(v.offsets, at+i)
	}
	v.Text += text
	v.Span = s.part(v.offsets[0], at+len(text))
}

func (c *Supervisord) section(name string, span Span) *iniSection {
	for _, s := range c.sections {
		if s.name == name {
			return s
		}
	}
	s := &iniSection{name, span, map[string]Setting{}}
	c.sections = append(c.sections, s)
	return s
}

func (c *Supervisord) get(section, name string) Setting {
	for _, s := range c.sections {
		if s.name == section {
			return s.settings[name]
		}
	}
	return Setting{}
}

// NoDaemon reports whether supervisord stays in the foreground, and where that is said.
func (c *Supervisord) NoDaemon() (bool, Span) {
	v := c.get("supervisord", "nodaemon")
	return v.isTrue(), v.Span
}

// Main reports whether there is a section [supervisord], without which supervisord does not start.
func (c *Supervisord) Main() bool {
	return slices.ContainsFunc(c.sections, func(s *iniSection) bool { return s.name == "supervisord" })
}

// Environment returns what [supervisord] sets for all programs.
func (c *Supervisord) Environment() []Setting { return c.get("supervisord", "environment").pairs() }

// Includes returns the patterns of the files that are read as well.
func (c *Supervisord) Includes() []Word { return c.get("include", "files").blankSeparated() }

// isTrue reads a boolean. Source: supervisor/datatypes.py, boolean.
func (v Setting) isTrue() bool {
	return slices.Contains([]string{"yes", "true", "on", "1"}, strings.ToLower(v.Text))
}

func (v Setting) blankSeparated() []Word {
	var words []Word
	for i := 0; i < len(v.Text); {
		if strings.IndexByte(" \t\n\r", v.Text[i]) >= 0 {
			i++
			continue
		}
		end := i
		for end < len(v.Text) && strings.IndexByte(" \t\n\r", v.Text[end]) < 0 {
			end++
		}
		words = append(words, Word{Text: v.Text[i:end], Span: v.place(i, end), Known: true})
		i = end
	}
	return words
}

func (v Setting) place(from, to int) Span {
	if v.script == nil || from >= to || to > len(v.offsets) {
		return v.Span
	}
	return v.script.part(v.offsets[from], v.offsets[to-1]+1)
}

// Programs returns the programs in the order in which they are written; event listeners and FastCGI programs are programs, too.
func (c *Supervisord) Programs() []Supervised {
	var programs []Supervised
	for _, s := range c.sections {
		kind, name, found := strings.Cut(s.name, ":")
		if !found || kind != "program" && kind != "fcgi-program" && kind != "eventlistener" {
			continue
		}
		p := Supervised{Name: strings.TrimSpace(name), Span: s.span, AutoStart: true,
			Command: s.settings["command"], Directory: s.settings["directory"], User: s.settings["user"],
			StopSignal: s.settings["stopsignal"], StopWait: s.settings["stopwaitsecs"],
			StopAsGroup: s.settings["stopasgroup"].isTrue(), Environment: s.settings["environment"].pairs()}
		if v := s.settings["autostart"]; v.Text != "" {
			p.AutoStart = v.isTrue()
		}
		p.GroupStop, p.GroupKill = s.settings["stopasgroup"], s.settings["killasgroup"]
		p.KillAsGroup = p.StopAsGroup
		if v := s.settings["killasgroup"]; v.Text != "" {
			p.KillAsGroup = v.isTrue()
		}
		programs = append(programs, p)
	}
	return programs
}

// WaitSeconds returns how long supervisord waits for a program before it kills it.
//
// Source: supervisor/options.py: stopwaitsecs is 10 where it is not set.
func (p Supervised) WaitSeconds() int {
	if n, err := strconv.Atoi(p.StopWait.Text); err == nil && n >= 0 && n < 1_000_000 {
		return n
	}
	return 10
}

// pairs reads NAME="value",OTHER=value. Source: supervisor/datatypes.py, dict_of_key_value_pairs.
func (v Setting) pairs() []Setting {
	var found []Setting
	for _, item := range splitOutside(v.Text, ",\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		found = append(found, Setting{Name: strings.TrimSpace(name), Text: value, Span: v.Span})
	}
	return found
}

// splitOutside splits at separators outside of quotes.
func splitOutside(text, separators string) []string {
	var parts []string
	start, quote := 0, byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte(separators, c) >= 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// Words splits a command as supervisord does, which gives it to no shell, and replaces %(name)s by what expand returns
// for the name; a word with a name that expand does not know is not Known.
//
// Source: supervisor/process.py, get_execv_args, and Python's shlex.split; an unbalanced quote leaves no words.
func (v Setting) Words(expand func(name string) (string, bool)) []Word {
	var words []Word
	text := v.Text
	for i := 0; i < len(text); {
		if strings.IndexByte(" \t\n\r", text[i]) >= 0 {
			i++
			continue
		}
		start := i
		var word strings.Builder
		known, quote := true, byte(0)
		for ; i < len(text); i++ {
			c := text[i]
			switch {
			case quote == 0 && strings.IndexByte(" \t\n\r", c) >= 0:
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case quote != 0 && c == quote:
				quote = 0
				continue
			case c == '\\' && quote != '\'' && i+1 < len(text) && (quote == 0 || text[i+1] == '"' || text[i+1] == '\\'):
				i++
				word.WriteByte(text[i])
				continue
			case c == '%' && i+1 < len(text) && text[i+1] == '%':
				i++
				word.WriteByte('%')
				continue
			case c == '%' && strings.HasPrefix(text[i:], "%("):
				length := formatLength(text[i:])
				if length == 0 {
					word.WriteByte(c)
					continue
				}
				name := text[i+2 : i+strings.IndexByte(text[i:], ')')]
				if value, ok := expand(name); ok {
					word.WriteString(value)
				} else {
					word.WriteString(text[i : i+length])
					known = false
				}
				i += length - 1
				continue
			default:
				word.WriteByte(c)
				continue
			}
			break
		}
		if quote != 0 {
			return nil
		}
		words = append(words, Word{Text: word.String(), Span: v.place(start, i), Known: known})
	}
	return words
}

// formatLength returns the length of %(name)s or %(name)02d at the start of a text, 0 where there is none.
func formatLength(text string) int {
	end := strings.IndexByte(text, ')')
	if end < 3 || strings.ContainsAny(text[:end], " \n") {
		return 0
	}
	for i := end + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == 's' || c == 'd' || c == 'i':
			return i + 1
		case c < '0' || c > '9':
			return 0
		}
	}
	return 0
}
