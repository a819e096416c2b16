package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

var sampleRule = &rules.Rule{
	ID: "no-exec", Title: "A script runs the application without `exec`", Severity: rules.Error, Aliases: []string{"X1", "X2"},
	Why: "One.", Fix: "Two, as `exec` shows.", Ignore: "Three:\n\n```sh\n# a comment\n```",
	Doc: `A shell that waits for its child does not pass signals on, so the application
never hears of **any** of them.

## What to do

Put ` + "`exec`" + ` in front of it, see [the manual](https://example.org/exec) and [below](#below).
It is that easy.

- a first thing that is long enough to take more than one line on a terminal of eighty columns
- a second
  thing
  - inside
1. counted

` + "```sh\nexec app   # [not](a-link)\n\n  indented\n```" + `

| shell | does |
| --- | --- |
| dash | nothing |`,
	Bad:  "-- start.sh --\n#!/bin/sh\napp\n-- Dockerfile --\nFROM debian:12\n\tRUN true\nCMD [\"/start.sh\"]\n",
	Good: "-- start.sh --\n#!/bin/sh\nexec app\n",
}

// TestPage compares the page of a rule and the catalogue with testdata.
func TestPage(t *testing.T) {
	var out bytes.Buffer
	if err := report.Page(&out, sampleRule, report.Options{}); err != nil {
		t.Fatal(err)
	}
	out.WriteString("----\n")
	other := &rules.Rule{ID: "x", Title: "A title that is so long that it does not fit into one line of a terminal any more", Severity: rules.Note, Preview: true}
	if err := report.Catalogue(&out, []*rules.Rule{sampleRule, other}, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "page.txt")
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestPagesFit proves that the page of every rule can be read in a terminal of eighty columns.
func TestPagesFit(t *testing.T) {
	for _, rule := range rules.All() {
		var out bytes.Buffer
		if err := report.Page(&out, rule, report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSuffix(line, "\n"); runewidth.StringWidth(line) > 80 {
				t.Errorf("%s: this line takes %d columns, shorten the example: %s", rule.ID, runewidth.StringWidth(line), line)
			}
		}
	}
}
