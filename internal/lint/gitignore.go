package lint

import (
	"path"
	"strings"

	gitignore "github.com/boyter/gocodewalker/go-gitignore"
)

// An ignoreList is what one .gitignore file says about the paths below its folder.
type ignoreList struct {
	dir      string // of the file, "." for the root
	patterns []gitignore.Pattern
}

func parseIgnoreList(dir, text string) ignoreList {
	keep := func(gitignore.Error) bool { return true } // git goes on behind a line that makes no sense, too
	text = strings.TrimPrefix(text, "\ufeff")
	return ignoreList{dir, gitignore.NewParser(strings.NewReader(text), keep).Parse()}
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
			if strings.Contains(rel, "/") && anchoredName(patterns[j].String()) {
				// The library lets "/*" match "a/b" as well, which breaks "/*" followed by "!/a".
				continue
			}
			if patterns[j].Match(rel, isDir) {
				return patterns[j].Ignore()
			}
		}
	}
	return false
}

// anchoredName reports whether a pattern names an entry of the very folder: "/build", "/*/".
func anchoredName(pattern string) bool {
	pattern, anchored := strings.CutPrefix(strings.TrimPrefix(pattern, "!"), "/")
	return anchored && path.Dir(strings.TrimSuffix(pattern, "/")) == "." && !strings.Contains(pattern, "**")
}
