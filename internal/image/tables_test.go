package image

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// rows are the lines of a table without its comments and empty lines.
func rows(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return l == "" || l[0] == '#' })
}

// checkList checks that parseList reads a list as JSON.
func checkList(t *testing.T, where, list string) {
	t.Helper()
	var want []string
	if err := json.Unmarshal([]byte(list), &want); err != nil {
		t.Errorf("%s: not JSON: %s", where, list)
	} else if got := parseList(list); !slices.Equal(got, want) {
		t.Errorf("%s: parseList(%s) = %q", where, list, got)
	}
}

func TestSystemsTable(t *testing.T) {
	families := []string{DashDebian, Dash, Ash, Bash, BashSh, Zsh, Mksh, Ksh93, Yash, Posh, "none"}
	names := map[string]bool{}
	for _, row := range rows(systemsText) {
		f := strings.Split(row, "\t")
		if row[0] == '@' {
			if len(f) != 5 || f[4] == "" {
				t.Errorf("not @os, manager, tools, command and source: %q", row)
			}
			if cmd := value(f[3]); cmd != "" {
				checkList(t, row, cmd)
			}
			continue
		}
		if len(f) != 7 {
			t.Errorf("%d columns instead of 7: %q", len(f), row)
			continue
		}
		for _, name := range strings.Fields(f[0]) {
			if names[name] {
				t.Errorf("two rows are named %q", name)
			}
			names[name] = true
			if s := findSystem(name); s.name != f[1] {
				t.Errorf("findSystem(%q) finds %q instead of %q", name, s.name, f[1])
			}
		}
		if slices.Contains(f, "") {
			t.Errorf("an empty column, perhaps no source: %q", row)
		}
		if !slices.Contains(families, f[2]) {
			t.Errorf("no such family of shells: %q", f[2])
		}
		for _, flag := range strings.Fields(value(f[5])) {
			if flag != "musl" && flag != "complete" {
				t.Errorf("no such flag: %q", flag)
			}
		}
		s := parseSystem(row)
		if !strings.Contains(systemsText, "\n@"+s.os+"\t") && s.os != "ubi" {
			t.Errorf("no row @%s", s.os)
		}
		if findSystem(s.os).name == "" {
			t.Errorf("no row %s for releases that are not known", s.os)
		}
	}
	for word := range bare {
		if s := findSystem(word); s.name == "" || s.released {
			t.Errorf("the word %q names no system without a release", word)
		}
	}
}

func TestTagsTable(t *testing.T) {
	images := map[string]bool{}
	lines := map[string]bool{}
	image := ""
	blocks := 0 // patterns without versions are a mistake
	for _, row := range rows(tagsText) {
		if name, ok := strings.CutPrefix(row, "= "); ok {
			if images[name] {
				t.Errorf("two sections for %q", name)
			}
			image, images[name] = name, true
			if _, known := findEntry(parseReference(name)); !known {
				t.Errorf("images.txt has no entry for %q", name)
			}
			clear(lines)
			continue
		}
		if patterns, ok := strings.CutPrefix(row, "\t"); ok {
			for _, p := range strings.Fields(patterns) {
				if lines[p] {
					t.Errorf("%s: pattern %q stands in two places", image, p)
				}
				lines[p] = true
			}
			blocks++
			continue
		}
		key, items, ok := strings.Cut(row, "\t")
		if s := findSystem(key); !ok || s.name == "" {
			t.Errorf("%s: no such system: %q", image, row)
		}
		if words, ok := strings.CutPrefix(items, "=\t"); ok {
			for _, w := range strings.Fields(words) {
				if got, exact := findTag(image, w); got != key || !exact {
					t.Errorf("findTag(%q, %q) = %q, %v, want %q", image, w, got, exact, key)
				}
			}
			continue
		}
		for _, item := range strings.Fields(items) {
			v, rest := parseVersion(item)
			if v.len == 0 {
				t.Errorf("%s: no version: %q", image, item)
			}
			if rest == "" {
				continue
			}
			if high, after := parseVersion(rest[1:]); rest[0] != '-' || high.len != 1 || after != "" || high.n[0] <= v.n[v.len-1] {
				t.Errorf("%s: no range of versions: %q", image, item)
			}
		}
	}
	if blocks == 0 || image == "" {
		t.Error("the table is empty")
	}
}

func TestImagesTable(t *testing.T) {
	keys := []string{
		"system", "default", "like", "bash", "start", "entrypoint", "passes", "prefix", "also", "does", "shebang", "cmd", "stop", "user", "workdir", "path", "env", "tools",
		"complete", "source",
	}
	heads := map[string]bool{}
	open := map[string]bool{} // images that an entry without conditions ends
	var head string
	seen := map[string]string{}
	check := func() {
		if head == "" {
			return
		}
		if seen["source"] == "" {
			t.Errorf("%s: no source", head)
		}
		if (seen["entrypoint"] != "") != (seen["passes"] != "") {
			t.Errorf("%s: entrypoint and passes belong together", head)
		}
		if seen["entrypoint"] != "" && seen["start"] != "" {
			t.Errorf("%s: an entrypoint that is not known", head)
		}
		for _, k := range []string{"entrypoint", "prefix", "cmd"} {
			if v := seen[k]; v != "" && v != "unknown" && v != "system" {
				checkList(t, head, v)
			}
		}
		for _, k := range []string{"system", "default"} {
			name := strings.TrimSuffix(seen[k], "/")
			if name != "" && findSystem(name).name == "" {
				t.Errorf("%s: no such system: %s", head, name)
			}
		}
		if seen["system"] != "" && seen["default"] != "" {
			t.Errorf("%s: both system and default", head)
		}
		for k, values := range map[string][]string{
			"bash": {"yes", "no"}, "start": {"unknown"}, "passes": {"yes", "no", "unknown"}, "complete": {"yes"},
		} {
			if v := seen[k]; v != "" && !slices.Contains(values, v) {
				t.Errorf("%s: %s %s", head, k, v)
			}
		}
		if v := seen["like"]; v != "" && !strings.Contains(tagsText, "\n= "+v+"\n") {
			t.Errorf("%s: tags.txt has no %s", head, v)
		}
		if v := seen["stop"]; v != "" && !strings.HasPrefix(v, "SIG") {
			t.Errorf("%s: stop %s", head, v)
		}
		for _, pair := range strings.Fields(seen["env"]) {
			if !strings.Contains(pair, "=") {
				t.Errorf("%s: env %s", head, pair)
			}
		}
	}
	for _, row := range rows(imagesText) {
		if row[0] == '\t' {
			k, v, _ := strings.Cut(row[1:], " ")
			if !slices.Contains(keys, k) || v == "" {
				t.Errorf("%s: no such key, or no value: %q", head, row)
			}
			if _, twice := seen[k]; twice {
				t.Errorf("%s: %s twice", head, k)
			}
			seen[k] = v
			continue
		}
		check()
		head = row
		clear(seen)
		images, tags, some := strings.Cut(row, " : ")
		for _, image := range strings.Fields(images) {
			if open[image] {
				t.Errorf("%s: an entry above has all the tags of %s", row, image)
			}
			open[image] = !some
			for _, tag := range strings.Fields(tags) {
				if id := image + ":" + tag; heads[id] {
					t.Errorf("two entries for %s", id)
				} else {
					heads[id] = true
				}
			}
		}
	}
	check()
}

func TestPackagesTable(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range rows(packagesText) {
		f := strings.Split(row, "\t")
		if len(f) != 3 || !slices.Contains([]string{"apt", "apk", "rpm", "pacman", "zypper"}, f[0]) {
			t.Errorf("not a manager, packages and paths: %q", row)
			continue
		}
		for _, p := range strings.Fields(f[1]) {
			if seen[f[0]+" "+p] {
				t.Errorf("two rows for %s %s", f[0], p)
			}
			seen[f[0]+" "+p] = true
		}
		for _, p := range strings.Fields(f[2]) {
			if p[0] != '/' {
				t.Errorf("no absolute path: %q", row)
			}
		}
	}
	if !strings.Contains(packagesText, "# Sources:") {
		t.Error("the sources are gone")
	}
}
