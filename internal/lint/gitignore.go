package lint

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// An ignoreList is what one .gitignore file says about the paths below its folder.
//
// The lines become patterns of doublestar. The matchers that are made for these files would not do: that of gocodewalker
// panics on a class that is not closed and takes exponential time for many stars, that of go-git lets "!*/" bring back
// what "*" leaves out.
type ignoreList struct {
	dir      string // of the file, "." for the root
	patterns []ignorePattern
}

type ignorePattern struct {
	glob    string // of a path relative to the folder
	include bool   // written with "!"
	folders bool   // only of folders
}

// parseIgnoreList takes the text of the .gitignore file of a folder. Source: gitignore(5).
func parseIgnoreList(dir, text string) ignoreList {
	list := ignoreList{dir: dir}
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if trimmed := strings.TrimRight(line, " "); strings.HasSuffix(trimmed, `\`) && trimmed != line {
			line = trimmed + " " // the blank is escaped
		} else {
			line = trimmed
		}
		if line == "" || line[0] == '#' {
			continue
		}
		var p ignorePattern
		line, p.include = strings.CutPrefix(line, "!")
		line, p.folders = strings.CutSuffix(line, "/")
		line, anchored := strings.CutPrefix(line, "/")
		p.glob = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(line) // git knows no alternatives
		if !anchored && !strings.Contains(line, "/") {
			p.glob = "**/" + p.glob
		}
		if strings.HasSuffix(p.glob, "/**") {
			p.glob += "/*" // what is in the folder, not the folder itself
		}
		if line != "" && doublestar.ValidatePattern(p.glob) {
			list.patterns = append(list.patterns, p)
		}
	}
	return list
}

// ignored reports whether .gitignore files, the outermost first, leave a path out. The folders above the path are not
// looked at: whoever walks down does not enter an ignored one.
func ignored(lists []ignoreList, name string, isDir bool) bool {
	for i := len(lists) - 1; i >= 0; i-- {
		rel := name
		if lists[i].dir != "." {
			rel = strings.TrimPrefix(name, lists[i].dir+"/")
		}
		patterns := lists[i].patterns
		for j := len(patterns) - 1; j >= 0; j-- {
			p := patterns[j]
			if p.folders && !isDir {
				continue
			}
			if matched, _ := doublestar.Match(p.glob, rel); matched {
				return !p.include
			}
		}
	}
	return false
}
