package image

import (
	_ "embed"
	"strings"
)

//go:embed tags.txt
var tagsText string

// findTag finds the system of an image's tag in tags.txt, "" where there is none. It is exact where the tag itself or its version is in the table,
// and not where only a shorter version is.
func findTag(image, tag string) (system string, exact bool) {
	if image == "" || tag == "" || strings.ContainsAny(image, "\n\t ") {
		return "", false
	}
	section, ok := tagsOf(image)
	if !ok {
		return "", false
	}
	v, pattern := splitTag(tag)
	if key, depth := searchTags(section, tag, v, pattern); key != "" {
		return key, depth == v.len
	}
	if p := trimDate(pattern); p != pattern {
		if key, _ := searchTags(section, tag, v, p); key != "" {
			return key, false
		}
	}
	// Of a pre-release only the kind of system is known: it may be older than the release that the table has.
	for _, trim := range []func(string) string{trimBuild, trimPreRelease} {
		if p := trim(pattern); p != pattern {
			if key, _ := searchTags(section, tag, v, p); key != "" {
				return findSystem(key).os, false
			}
		}
	}
	return "", false
}

// tagsOf are the lines of an image and all that follows.
func tagsOf(image string) (section string, ok bool) {
	head := "= " + image + "\n" // a line of its own: it does not stand elsewhere
	i := strings.Index(tagsText, head)
	if i <= 0 || tagsText[i-1] != '\n' {
		return "", false
	}
	return tagsText[i+len(head):], true
}

// searchTags searches the lines of one image. It returns how many numbers of the version the best of them fits.
func searchTags(section, tag string, v version, pattern string) (key string, depth int) {
	fits := false
	for section != "" && section[0] != '=' {
		var line string
		line, section, _ = strings.Cut(section, "\n")
		if line != "" && line[0] == '\t' {
			fits = v.len > 0 && hasWord(line[1:], pattern)
			continue
		}
		name, items, _ := strings.Cut(line, "\t")
		if words, ok := strings.CutPrefix(items, "=\t"); ok {
			if hasWord(words, tag) {
				return name, v.len
			}
		} else if fits {
			if d := matchVersions(items, v); d > depth {
				key, depth = name, d
			}
		}
	}
	return key, depth
}

// splitTag takes the version out of a tag: "3.12.1-slim" is 3.12.1 and "-slim", "lein-2.9.2-alpine" is 2.9.2 and "lein-*-alpine". A tag without
// version is only a pattern. "-" stands for the empty pattern.
func splitTag(tag string) (v version, pattern string) {
	before := ""
	rest := tag
	if len(tag) > 1 && tag[0] == 'v' && tag[1] >= '0' && tag[1] <= '9' {
		rest = tag[1:]
	}
	v, rest = parseVersion(rest)
	for i := 0; v.len == 0 && i < len(tag); i++ {
		if tag[i] >= '0' && tag[i] <= '9' {
			w, after := parseVersion(tag[i:])
			if w.len > 1 {
				v, before, rest = w, tag[:i]+"*", after
			} else {
				i = len(tag) - len(after) - 1
			}
		}
	}
	if v.len == 0 {
		return v, tag
	}
	switch {
	case strings.HasPrefix(rest, "_"): // 11.0.29_7
		rest = appendNumber(&v, rest, "_")
	case strings.HasPrefix(rest, "u"): // 8u412-b08
		if r := appendNumber(&v, rest, "u"); r != rest {
			rest = appendNumber(&v, r, "-b")
		}
	}
	if before+rest == "" {
		return v, "-"
	}
	return v, before + rest
}

// appendNumber appends the number behind prefix, and returns s as it is where there is none.
func appendNumber(v *version, s, prefix string) string {
	after, ok := strings.CutPrefix(s, prefix)
	if !ok || after == "" || after[0] < '0' || after[0] > '9' || v.len == len(v.n) {
		return s
	}
	i, n := 0, 0
	for i < len(after) && after[i] >= '0' && after[i] <= '9' && i < 9 {
		n = n*10 + int(after[i]-'0')
		i++
	}
	v.n[v.len] = n
	v.len++
	return after[i:]
}

// matchVersions returns how many numbers of v the best of the versions fits, 0 where none does.
func matchVersions(versions string, v version) int {
	best := 0
	for versions != "" {
		var item string
		item, versions, _ = strings.Cut(versions, " ")
		w, rest := parseVersion(item)
		if w.len <= best || w.len > v.len {
			continue
		}
		last := w.len - 1
		high := w.n[last]
		if rest != "" { // 3.9.17-22
			to, _ := parseVersion(rest[1:])
			high = to.n[0]
		}
		if v.n[last] < w.n[last] || v.n[last] > high {
			continue
		}
		same := true
		for i := range last {
			same = same && v.n[i] == w.n[i]
		}
		if same {
			best = w.len
		}
	}
	return best
}

// hasWord says whether a word is among words that spaces separate.
func hasWord(words, word string) bool {
	for words != "" {
		var w string
		if w, words, _ = strings.Cut(words, " "); w == word {
			return true
		}
	}
	return false
}

// trimDate removes a date from a pattern: "-20240522".
func trimDate(pattern string) string {
	for i := 0; i+9 <= len(pattern); i++ {
		if pattern[i] != '-' || (i+9 < len(pattern) && pattern[i+9] != '-') {
			continue
		}
		if strings.Trim(pattern[i+1:i+9], "0123456789") == "" {
			if p := pattern[:i] + pattern[i+9:]; p != "" {
				return p
			}
			return "-"
		}
	}
	return pattern
}

// trimBuild removes the build of an early-access release: "-ea-12-slim" is "-ea-slim".
func trimBuild(pattern string) string {
	rest, ok := strings.CutPrefix(pattern, "-ea-")
	if after := strings.TrimLeft(rest, "0123456789"); ok && after != rest && (after == "" || after[0] == '-') {
		return "-ea" + after
	}
	return pattern
}

// trimPreRelease removes what makes a version a pre-release: "rc1-alpine" and "-beta.2-alpine" are "-alpine".
func trimPreRelease(pattern string) string {
	p := strings.TrimLeft(pattern, "-.")
	for _, word := range []string{"alpha", "beta", "rc", "RC", "ea", "dev", "preview", "cr", "a", "b", "M"} {
		rest, ok := strings.CutPrefix(p, word)
		if !ok {
			continue
		}
		number := strings.TrimLeft(rest, ".-0123456789")
		if number == rest && (len(word) == 1 || rest != "") {
			continue
		}
		rest = rest[len(rest)-len(number):]
		if rest == "" {
			return "-"
		}
		return "-" + rest
	}
	return pattern
}
