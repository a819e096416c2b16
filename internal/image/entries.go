package image

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed images.txt
var imagesText string

// An entry is what images.txt says of a group of tags of an image.
type entry struct {
	system   string
	fallback string
	like     string // the image whose tags are meant in tags.txt
	app      string // the last part of the image's name
	complete bool
	unsure   bool   // the tag is not known, and the image's entries differ
	text     string // its lines
}

// A heading is the first line of an entry.
type heading struct {
	images, tags string
	text         string // the lines of the entry
}

var headings = sync.OnceValue(func() []heading {
	hs := make([]heading, 0, 512)
	for text := imagesText; text != ""; {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if line == "" || line[0] == '\t' || line[0] == '#' {
			continue
		}
		end := 0
		for end < len(text) && text[end] == '\t' {
			end += strings.IndexByte(text[end:], '\n') + 1
		}
		h := heading{text: text[:end]}
		h.images, h.tags, _ = strings.Cut(line, " : ")
		hs, text = append(hs, h), text[end:]
	}
	return hs
})

// findEntry finds the entry of a reference, false where images.txt has none for the image.
func findEntry(r reference) (entry, bool) {
	known := false
	for _, h := range headings() {
		if !hasGlob(h.images, r.name) {
			continue
		}
		if h.tags != "" && !matchTags(h.tags, r.tag) {
			known = true
			continue
		}
		e := entry{text: h.text, unsure: r.tag == "" && known}
		e.system, e.fallback, e.like = e.get("system"), e.get("default"), e.get("like")
		e.app = r.name[strings.LastIndexByte(r.name, '/')+1:]
		e.complete = e.get("complete") == "yes"
		return e, true
	}
	return entry{}, known
}

// hasGlob says whether a name matches one of the patterns that spaces separate.
func hasGlob(patterns, name string) bool {
	for patterns != "" {
		var p string
		if p, patterns, _ = strings.Cut(patterns, " "); p == name || strings.IndexByte(p, '*') >= 0 && matchGlob(p, name) {
			return true
		}
	}
	return false
}

// matchTags says whether a tag fits one of the conditions: a pattern, <1.19, >=2.7 or 8.0-8.15.
func matchTags(conditions, tag string) bool {
	if tag == "" {
		return false
	}
	v, _ := parseVersion(strings.TrimPrefix(tag, "v"))
	for conditions != "" {
		var c string
		c, conditions, _ = strings.Cut(conditions, " ")
		if matchAll(c, tag, v) {
			return true
		}
	}
	return false
}

// matchAll says whether a tag fits every condition between which & stands.
func matchAll(conditions, tag string, v version) bool {
	for more := true; more; {
		var c string
		if c, conditions, more = strings.Cut(conditions, "&"); !matchTag(c, tag, v) {
			return false
		}
	}
	return true
}

func matchTag(condition, tag string, v version) bool {
	if low, ok := strings.CutPrefix(condition, "<"); ok {
		w, _ := parseVersion(low)
		return v.len > 0 && v.less(w)
	}
	if low, ok := strings.CutPrefix(condition, ">="); ok {
		w, _ := parseVersion(low)
		return v.len == 0 || !v.less(w)
	}
	if low, rest := parseVersion(condition); low.len > 0 && strings.HasPrefix(rest, "-") {
		if high, rest := parseVersion(rest[1:]); high.len > 0 && rest == "" {
			return v.len >= low.len && !v.less(low) && !high.less(v.cut(high.len))
		}
	}
	return matchGlob(condition, tag)
}

// cut is the first n numbers of v.
func (v version) cut(n int) version {
	v.len = min(v.len, n)
	return v
}

// get is the value of a key of the entry.
func (e entry) get(key string) string {
	for text := e.text; text != ""; {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if k, v, _ := strings.Cut(line[1:], " "); k == key {
			return v
		}
	}
	return ""
}

// list is the value of a key that is a list, nil where it is not there.
func (e entry) list(key string) []string {
	return parseList(strings.ReplaceAll(e.get(key), "{app}", e.app))
}

// parseList reads a JSON list of strings without escapes, written without blanks between them; a test compares it with encoding/json.
func parseList(list string) []string {
	list, ok := strings.CutPrefix(list, "[")
	if !ok {
		return nil
	}
	list = strings.TrimSuffix(list, "]")
	if list == "" {
		return []string{}
	}
	return strings.Split(strings.Trim(list, `"`), `","`)
}

// describe says of b what its image sets; s is the system of the image.
func (e entry) describe(b *Base, s system) {
	b.Source = e.get("source")
	switch e.get("bash") {
	case "yes":
		if b.HasBash != Yes {
			b.HasBash, b.Bash = Yes, Shell{Family: Bash, System: b.System}
		}
	case "no":
		b.HasBash, b.Bash = No, Shell{}
	}
	for _, t := range strings.Fields(e.get("tools")) {
		if !slices.Contains(b.Tools, t) {
			b.Tools = append(b.Tools, t)
		}
	}
	if e.unsure {
		return
	}
	b.User, b.Workdir = e.get("user"), e.get("workdir")
	b.Path = strings.ReplaceAll(e.get("path"), "$PATH", DefaultPath)
	for _, pair := range strings.Fields(e.get("env")) {
		if b.Env == nil {
			b.Env = map[string]string{}
		}
		k, v, _ := strings.Cut(pair, "=")
		b.Env[k] = v
	}
	if e.get("start") == "unknown" {
		return
	}
	b.StartKnown, b.CmdKnown = true, true
	b.Entrypoint, b.StopSignal = e.list("entrypoint"), e.get("stop")
	switch e.get("cmd") {
	case "unknown":
		b.CmdKnown = false
	case "system":
		_, _, cmd := s.common()
		b.Cmd, b.CmdKnown = parseList(cmd), cmd != ""
	default:
		b.Cmd = e.list("cmd")
	}
	b.Prefix = e.list("prefix")
	if also := e.get("also"); also != "" {
		b.Also = strings.Fields(also)
	}
	b.Does, b.Shebang = e.get("does"), e.get("shebang")
	switch e.get("passes") {
	case "yes":
		b.Passes = Yes
	case "no":
		b.Passes = No
	}
}
