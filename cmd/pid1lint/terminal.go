package main

import (
	"strconv"
	"strings"
)

// useColor decides about colour: the flag goes before the environment, and that before what the terminal can do.
//
// Documented: no-color.org, bixense.com/clicolors.
func (s *session) useColor(terminal bool) bool {
	switch {
	case s.color == "always":
		return true
	case s.color == "never", s.getenv("NO_COLOR") != "":
		return false
	case isSet(s.getenv("CLICOLOR_FORCE")), isSet(s.getenv("FORCE_COLOR")):
		return true
	}
	return terminal && s.getenv("TERM") != "dumb"
}

func isSet(value string) bool { return value != "" && value != "0" }

// hasBoxes reports whether the locale has box-drawing characters.
//
// Documented: POSIX, "Locale": the first of the three that is set and not empty.
func (s *session) hasBoxes() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(s.getenv(name)); value != "" {
			return (strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")) && s.getenv("TERM") != "dumb"
		}
	}
	return false
}

// columns returns the width of a terminal that says it has that many columns. A serial line and some CI systems say 0.
func (s *session) columns(reported int) int {
	if reported > 0 {
		return reported
	}
	if n, err := strconv.Atoi(s.getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 80
}
