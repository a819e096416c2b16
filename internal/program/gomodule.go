package program

import (
	_ "embed"
	"strings"
)

//go:embed gomodules.txt
var goModules string

// A goModule is what is known of a module that handles no signals.
type goModule struct {
	path   string
	except string // packages below it of which nothing is known, between commas
	serves string // methods that take requests until the program ends, between commas
}

// goModuleOf returns the module of the table that a package belongs to. It returns false where there is none, or where the package
// may handle signals.
func goModuleOf(imported string) (goModule, bool) {
	for line := range strings.Lines(goModules) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		below, ok := strings.CutPrefix(imported+"/", name+"/")
		if !ok || name == "" || name == "#" {
			continue
		}
		m := goModule{path: name}
		for _, field := range strings.Fields(rest) {
			if key, value, ok := strings.Cut(field, "="); ok && key == "except" {
				m.except = value
			} else if ok && key == "serves" {
				m.serves = "," + value + ","
			}
		}
		for except := range strings.SplitSeq(m.except, ",") {
			if except != "" && strings.HasPrefix(below, except+"/") {
				return m, false
			}
		}
		// A version is part of the path: example.com/m/v2 is another module than example.com/m.
		if major, _, _ := strings.Cut(below, "/"); isMajor(major) {
			continue
		}
		return m, true
	}
	return goModule{}, false
}

// isMajor reports whether a part of a path is that of a major version: "v2".
func isMajor(part string) bool {
	return len(part) > 1 && part[0] == 'v' && strings.Trim(part[1:], "0123456789") == ""
}
