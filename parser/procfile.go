package parser

import "strings"

// A ProcfileEntry is one line of a Procfile: a name and the command line that a shell is given.
type ProcfileEntry struct {
	Name    string
	Command Word
}

// ParseProcfile reads a file of the image as a Procfile. Lines that are no entries are passed over, as foreman does.
//
// Source: ddollar/foreman, lib/foreman/procfile.rb: /^([A-Za-z0-9_-]+):\s*(.+)$/.
func ParseProcfile(s *Script) []ProcfileEntry {
	var entries []ProcfileEntry
	for at := 0; at < len(s.Text); {
		line, _, _ := strings.Cut(s.Text[at:], "\n")
		start := at
		at += len(line) + 1
		line = strings.TrimRight(line, " \t\r")
		name, command, found := strings.Cut(line, ":")
		command = strings.TrimLeft(command, " \t")
		if !found || command == "" || !isProcfileName(name) {
			continue
		}
		end := start + len(line)
		entries = append(entries, ProcfileEntry{name, Word{Text: command, Span: s.part(end-len(command), end), Known: true}})
	}
	return entries
}

func isProcfileName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if (c < '0' || c > '9') && c != '_' && c != '-' {
				return false
			}
		}
	}
	return name != ""
}
