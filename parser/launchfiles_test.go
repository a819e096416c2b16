package parser

import (
	"slices"
	"strings"
	"testing"
)

func TestPackageJSON(t *testing.T) {
	const src = "\ufeff{\n  \"name\": \"a\", \"scripts\": {\"old\": 1},\n  \"scripts\" : {\"start\": \"node \\\"x\\\"\", \"b\":[\"no\"],\n   \"ü\":\"a\"},\n  \"main\": \"s.js\", \"workspaces\": [\"a\", {\"b\": [1]}], \"packageManager\": \"pnpm@9.1.0+sha\",\n  \"tasks\": {\"dev\": {\"description\": \"d\", \"command\": \"deno run\"}}}"
	file := &File{Path: "package.json", Src: src}
	p, err := ParsePackageJSON(ParseScript(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		word         Word
		text, source string
	}{
		{p.Scripts["start"], `node "x"`, `"node \"x\""`},
		{p.Scripts["ü"], "a", `"a"`},
		{p.Tasks["dev"], "deno run", `"deno run"`},
		{p.Main, "s.js", `"s.js"`},
		{p.PackageManager, "pnpm@9.1.0+sha", `"pnpm@9.1.0+sha"`},
	} {
		if test.word.Text != test.text || test.word.Span.Text() != test.source || !test.word.Known {
			t.Errorf("%+v at %q, want %q at %q", test.word.Text, test.word.Span.Text(), test.text, test.source)
		}
	}
	if len(p.Scripts) != 2 || !p.Workspaces {
		t.Errorf("%v, workspaces %v", p.Scripts, p.Workspaces)
	}
	if _, err := ParsePackageJSON(ParseScript(&File{Src: `{"scripts": {"a": "b",}}`})); err == nil {
		t.Error("a comma too many is no error")
	}
	// Within another file, a here-document of a Dockerfile, the places are those of that file.
	outer := &File{Path: "Dockerfile", Src: "COPY <<E p\n{\"scripts\": {\"s\": \"x y\"}}\nE\n"}
	p, err = ParsePackageJSON(ParseBody(outer, 11, outer.Src[11:36]))
	if err != nil || p.Scripts["s"].Span.Text() != `"x y"` {
		t.Errorf("%q, %v", p.Scripts["s"].Span.Text(), err)
	}
}

func TestProcfile(t *testing.T) {
	file := &File{Path: "Procfile", Src: "# comment\nweb: bundle exec puma  \r\n\nbad name: x\nworker:   sidekiq -c 3\nrelease:\nx:y"}
	var got []string
	for _, e := range ParseProcfile(ParseScript(file)) {
		if e.Command.Text != e.Command.Span.Text() {
			t.Errorf("%q stands at %q", e.Command.Text, e.Command.Span.Text())
		}
		got = append(got, e.Name+"="+e.Command.Text)
	}
	if want := []string{"web=bundle exec puma", "worker=sidekiq -c 3", "x=y"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSupervisord(t *testing.T) {
	const src = `; all of it
[supervisord]
nodaemon = TRUE ; stay
environment=A="1,2",B=3

[include]
files = conf.d/*.conf
  %(here)s/more.ini
[program:web]
Command=/usr/bin/env "X Y" 'a b' %(ENV_HOME)s/x --n=%(process_num)02d 100%% %(other)s ; comment
directory : /srv
stopsignal=QUIT
stopwaitsecs=30
stopasgroup=yes
[program:long]
command=python
    -m app
    --port 80
autostart=false
[eventlistener:e]
command=listen
[group:g]
programs=web
`
	file := &File{Path: "supervisord.conf", Src: src}
	c := &Supervisord{}
	c.Read(ParseScript(file))
	if stays, at := c.NoDaemon(); !stays || at.Text() != "TRUE" || !c.Main() {
		t.Errorf("nodaemon %v at %q", stays, at.Text())
	}
	if got := Texts(c.Includes()); !slices.Equal(got, []string{"conf.d/*.conf", "%(here)s/more.ini"}) {
		t.Errorf("includes %q", got)
	}
	if env := c.Environment(); len(env) != 2 || env[0].Text != "1,2" || env[1].Name != "B" {
		t.Errorf("environment %v", env)
	}
	programs := c.Programs()
	if len(programs) != 3 {
		t.Fatalf("%d programs", len(programs))
	}
	web := programs[0]
	words := web.Command.Words(func(name string) (string, bool) {
		return map[string]string{"ENV_HOME": "/root", "process_num": "0"}[name], name != "other"
	})
	if got, want := Texts(words), []string{"/usr/bin/env", "X Y", "a b", "/root/x", "--n=0", "100%", "%(other)s"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if words[1].Span.Text() != `"X Y"` || words[3].Span.Text() != "%(ENV_HOME)s/x" || words[6].Known || !words[5].Known {
		t.Errorf("the words stand at %q and %q", words[1].Span.Text(), words[3].Span.Text())
	}
	if got := web.Command.Span.Text(); !strings.HasPrefix(got, "/usr/bin/env") || !strings.HasSuffix(got, "%(other)s") {
		t.Errorf("the command stands at %q", got)
	}
	if web.Name != "web" || web.Span.Text() != "[program:web]" || web.Directory.Text != "/srv" || web.StopSignal.Text != "QUIT" || web.WaitSeconds() != 30 ||
		!web.StopAsGroup || !web.KillAsGroup || !web.AutoStart {
		t.Errorf("%+v", web)
	}
	long := programs[1]
	words = long.Command.Words(nil)
	if got := Texts(words); !slices.Equal(got, []string{"python", "-m", "app", "--port", "80"}) || words[4].Span.Text() != "80" || long.AutoStart || long.WaitSeconds() != 10 {
		t.Errorf("%q at %q", got, words[4].Span.Text())
	}
	// A file that is read later says the last word.
	c.Read(ParseScript(&File{Src: "[supervisord]\nnodaemon=false\n[program:web]\ncommand=other\n"}))
	if stays, _ := c.NoDaemon(); stays || c.Programs()[0].Command.Text != "other" {
		t.Error("an included file changes nothing")
	}
}

func inFile(t *testing.T, file *File, span Span) {
	t.Helper()
	if span.File != nil && (span.File != file || span.Start < 0 || span.End < span.Start || span.End > len(file.Src)) {
		t.Fatalf("a place outside of the file: %d to %d of %d", span.Start, span.End, len(file.Src))
	}
}

func FuzzPackageJSON(f *testing.F) {
	f.Add("{\"scripts\": {\"start\": \"node \\u0061\"}, \"x\": [[{}]], \"main\": 3, \"tasks\": {\"a\": {\"command\": \"b\"}}}")
	f.Add("\ufeff{}")
	f.Fuzz(func(t *testing.T, src string) {
		file := &File{Path: "package.json", Src: src}
		p, err := ParsePackageJSON(&Script{File: file, Whole: Span{file, 0, len(src)}, Text: src})
		if err != nil {
			return
		}
		for _, word := range p.Scripts {
			inFile(t, file, word.Span)
			if written := word.Span.Text(); len(written) < 2 || written[0] != '"' || written[len(written)-1] != '"' {
				t.Errorf("%q stands at %q", word.Text, written)
			}
		}
	})
}

func FuzzSupervisord(f *testing.F) {
	f.Add("[supervisord]\nnodaemon=true\n[program:a]\ncommand=a \"b c\" %(here)s\n  d\n;x\n[include]\nfiles=a b\n")
	f.Add("[include]\nfiles=\rab\n")
	f.Add("\ufeff[program:]\nCommand : x\\\n")
	f.Fuzz(func(t *testing.T, src string) {
		file := &File{Path: "supervisord.conf", Src: src}
		c := &Supervisord{}
		c.Read(&Script{File: file, Whole: Span{file, 0, len(src)}, Text: src})
		for _, p := range c.Programs() {
			inFile(t, file, p.Span)
			inFile(t, file, p.Command.Span)
			for _, word := range p.Command.Words(func(string) (string, bool) { return "", false }) {
				inFile(t, file, word.Span)
			}
		}
		for _, word := range c.Includes() {
			inFile(t, file, word.Span)
			if word.Span.Text() != word.Text {
				t.Errorf("%q stands at %q", word.Text, word.Span.Text())
			}
		}
	})
}

func FuzzProcfile(f *testing.F) {
	f.Add("web: a\r\nb:c\n")
	f.Fuzz(func(t *testing.T, src string) {
		file := &File{Path: "Procfile", Src: src}
		for _, e := range ParseProcfile(&Script{File: file, Whole: Span{file, 0, len(src)}, Text: src}) {
			inFile(t, file, e.Command.Span)
			if e.Command.Span.Text() != e.Command.Text {
				t.Errorf("%q stands at %q", e.Command.Text, e.Command.Span.Text())
			}
		}
	})
}
