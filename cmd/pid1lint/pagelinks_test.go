package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/rules"
)

// TestPageLinks proves that the relative links of all Markdown files lead to a file or folder that exists, and their anchors to a
// heading; and that the rows of a table have as many cells as its head.
func TestPageLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"`)
	err := filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		prose := regexp.MustCompile("`[^`\n]+`").ReplaceAllString(fenced.ReplaceAllString(string(text), ""), "``")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			target := m[1] + m[2]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			path := name
			if file != "" {
				path = filepath.Join(filepath.Dir(name), file)
			}
			info, err := os.Stat(path)
			switch {
			case err != nil:
				t.Errorf("%s: %s leads nowhere: %v", name, target, err)
			case anchor != "" && !info.IsDir():
				other, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if !anchors(string(other))[anchor] {
					t.Errorf("%s: %s: %s has no such heading", name, target, path)
				}
			}
		}
		cells := 0
		for line := range strings.Lines(prose) {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells > 0 && n != cells {
				t.Errorf("%s: this row has %d cells, and the head of the table %d: %s", name, n-1, cells-1, line)
			}
			cells = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPageOfEveryRule proves that the address that reports give for the help on a rule is its section in rules/README.md.
func TestPageOfEveryRule(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(top, "rules/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := anchors(string(text))
	out, err := exec.Command("pid1lint", "--format", "sarif", "--exit-zero", filepath.Join(top, "testdata/demo")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Rules []struct{ ID, HelpURI string }
				}
			}
		}
	}
	if err := json.Unmarshal(out, &log); err != nil || len(log.Runs) == 0 {
		t.Fatal(err)
	}
	addresses := map[string]string{}
	for _, rule := range log.Runs[0].Tool.Driver.Rules {
		addresses[rule.ID] = rule.HelpURI
	}
	for _, rule := range rules.All() {
		page, anchor, _ := strings.Cut(addresses[rule.ID], "#")
		if anchor != rule.ID || !sections[anchor] || page != "https://github.com/pid1lint/pid1lint/blob/main/rules/README.md" {
			t.Errorf("%s: the help is at %q, and not at its section in rules/README.md", rule.ID, addresses[rule.ID])
		}
	}
}

// anchors returns what GitHub makes of the headings of a page.
func anchors(markdown string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(fenced.ReplaceAllString(markdown, "")) {
		if title := strings.TrimLeft(line, "#"); len(title) < len(line) && strings.HasPrefix(title, " ") {
			anchor := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			all[strings.ReplaceAll(anchor, " ", "-")] = true
		}
	}
	return all
}
