package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// families are the shells that a script is run with.
var families = []image.Shell{
	{}, {Family: image.DashDebian}, {Family: image.Dash}, {Family: image.Ash}, {Family: image.Bash}, {Family: image.BashSh}, {Family: image.Zsh},
	{Family: image.Mksh}, {Family: image.Ksh93}, {Family: image.Yash}, {Family: image.Posh},
}

// oneScript is an image with a script at /start.sh and a shell.
type oneScript struct {
	script *parser.Script
	shell  image.Shell
}

func (f oneScript) Lookup(name string) process.Entry {
	switch {
	case name == "/start.sh":
		return process.Entry{Kind: process.Text, Script: f.script, Mode: 0o755, ModeKnown: true}
	case strings.HasSuffix(name, "/sh") && f.shell.Family != "":
		return process.Entry{Kind: process.ShellProgram, Shell: f.shell}
	}
	return process.Entry{}
}

// counted counts how often a file is looked up.
type counted struct {
	process.Files
	lookups int
}

func (c *counted) Lookup(name string) process.Entry {
	c.lookups++
	return c.Files.Lookup(name)
}

// TestStartsItself has a script whose first line lets a shell start it again as a command, with job control and without: it is given up
// before it took much work.
func TestStartsItself(t *testing.T) {
	for _, src := range []string{"#!/bin/sh -mc\n", "#!/bin/sh -c\n"} {
		file := &parser.File{Path: "start.sh", Src: src}
		for _, shell := range families[1:] {
			files := &counted{Files: oneScript{parser.ParseScript(file), shell}}
			words := []parser.Word{{Text: "/start.sh", Span: parser.Span{File: file}, Known: true}, {Text: "a", Span: parser.Span{File: file}, Known: true}}
			process.Predict(process.Start{Kind: process.KindScript, Origin: words[0].Span, Argv: words, Env: map[string]string{}}, files)
			if files.lookups > 30_000 {
				t.Errorf("%s in %s takes %d look-ups", src, shell.Family, files.lookups)
			}
		}
	}
}

// FuzzPredict lets any text be the script that a container starts: the prediction neither fails nor takes long, is the same each time, and
// what it names stands in the script.
func FuzzPredict(f *testing.F) {
	archives, err := filepath.Glob("../../testdata/live/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal(err)
	}
	for n, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if len(file.Data) < 2000 && strings.HasPrefix(string(file.Data), "#!/bin/") {
				f.Add(string(file.Data), uint8(n))
			}
		}
	}
	if text, err := os.ReadFile("testdata/measured.tsv"); err != nil {
		f.Fatal(err)
	} else {
		for line := range strings.Lines(string(text)) {
			construct, _, _ := strings.Cut(line, "\t")
			f.Add("#!/bin/sh\n"+construct+"\n", uint8(len(line)))
		}
	}
	f.Add("#!/bin/sh\ntwo\x04;NNM\xc1`\xe4\x00pags\n", uint8('%'))
	f.Add("#!/bin/sh\na\nb `c\n", uint8(1))
	for n := range families {
		f.Add("#!/bin/sh\n> a &\nwait\n! > b\n> c | > d &\nif > e; then > f & fi\n(> g) & { > h; } &\nserver\n", uint8(n))
	}
	f.Add("#!/bin/env\n", uint8('"'))
	f.Add("#!/usr/bin/nohup\n", uint8(1))
	f.Add("#!/bin/sh\nexec /start.sh\n", uint8(1))
	f.Add("#!/usr/bin/tini\n", uint8(1))
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		file := &parser.File{Path: "start.sh", Src: text}
		predict := func() string {
			files := oneScript{parser.ParseScript(file), families[int(which)%len(families)]}
			words := []parser.Word{{Text: "/start.sh", Span: parser.Span{File: file}, Known: true}, {Text: "a", Span: parser.Span{File: file}, Known: true}}
			begin := time.Now()
			l := process.Predict(process.Start{Kind: process.KindScript, Origin: words[0].Span, Argv: words, Env: map[string]string{"A": "b"}, Musl: which%2 == 0}, files)
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("%d bytes took %v", len(text), took)
			}
			return told(t, l, file)
		}
		if one, other := predict(), predict(); one != other {
			t.Errorf("one time\n%s\nthe other\n%s", one, other)
		}
	})
}

// told writes what a launch comes to, and checks its places.
func told(t *testing.T, l *process.Launch, file *parser.File) string {
	var out strings.Builder
	at := func(what string, s parser.Span) {
		if s.File != nil && (s.File != file || s.Start < 0 || s.Start > s.End || s.End > len(file.Src)) {
			t.Errorf("%s is at [%d, %d) of %d", what, s.Start, s.End, len(file.Src))
		}
		fmt.Fprintf(&out, "%s %d-%d\n", what, s.Start, s.End)
	}
	if l.Verdict == "" {
		t.Error("there is no verdict")
	}
	fmt.Fprintln(&out, l.Verdict, l.Reason, l.Cause, l.Slow, l.OneShot, l.Shell, l.Rank())
	for _, gap := range l.Unknown {
		at(gap.Reason, gap.Span)
	}
	for _, fact := range l.Facts {
		at(string(fact.Kind)+" "+fact.Text, fact.Span)
	}
	for _, choice := range l.Branch {
		at(choice.Taken, choice.Span)
	}
	if l.Failure != nil {
		at(l.Failure.Reason, l.Failure.Span)
	}
	var walk func(p *process.Process, depth int)
	walk = func(p *process.Process, depth int) {
		if depth > 1000 {
			t.Fatal("a process is its own child")
		}
		at(fmt.Sprint(p.PID, parser.Texts(p.Argv), p.Role, p.How, p.Shell, p.Receives, p.Why, p.End, p.Got), p.Span)
		at("rests", p.At)
		at("waits", p.WaitAt)
		at("trap", p.Trap)
		at("exit trap", p.ExitTrap)
		for _, child := range p.Children {
			walk(child, depth+1)
		}
	}
	if l.Root != nil {
		walk(l.Root, 0)
	}
	return out.String()
}
