package program

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
	"github.com/rogpeppe/go-internal/txtar"
)

// A memory is the files of a program, in /app.
type memory map[string]*parser.File

func (m memory) File(name string) *parser.File { return m[name] }

func (m memory) Names(dir string) []string {
	var names []string
	for file := range m {
		if rest, ok := strings.CutPrefix(file, dir+"/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (memory) Origin(string) *Origin { return nil }

// TestScripts reads the programs of testdata/node.txt and testdata/python.txt. Each is a txtar archive behind a line "=== title": a
// command, and below it what its source says: "none: TERM INT; because nothing in app.js handles it", one line for each thing.
func TestScripts(t *testing.T) {
	for _, table := range []string{"node.txt", "python.txt"} {
		all, err := os.ReadFile(filepath.Join("testdata", table))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split("\n"+string(all), "\n=== ")[1:] {
			title, body, _ := strings.Cut(part, "\n")
			t.Run(strings.TrimSuffix(table, ".txt")+"/"+title, func(t *testing.T) {
				archive := txtar.Parse([]byte(body))
				command, want, _ := strings.Cut(strings.TrimSpace(string(archive.Comment)), "\n")
				files := memory{}
				for _, f := range archive.Files {
					files[path.Join("/app", f.Name)] = &parser.File{Path: f.Name, Src: string(f.Data)}
				}
				env := map[string]string{}
				c := Command{Dir: "/app", Getenv: func(name string) string { return env[name] }}
				for _, arg := range strings.Fields(command) {
					if name, value, ok := strings.Cut(arg, "="); ok && len(c.Args) == 0 {
						env[name] = value
						continue
					}
					c.Args = append(c.Args, arg)
				}
				c.File = "/usr/local/bin/" + c.Args[0]
				if got := described(Read(c, files)); got != want {
					t.Errorf("%s says\n%s\nwant\n%s", command, got, want)
				}
			})
		}
	}
}

// described writes down what a source says.
func described(b *Behaviour) string {
	if b == nil {
		return "nothing"
	}
	var lines []string
	for _, set := range []struct {
		name    string
		signals Signals
		clause  string
	}{{"graceful", b.Graceful, b.Does}, {"abrupt", b.Abrupt, b.Why}, {"deaf", b.Deaf, b.Why}, {"none", b.None, b.Why}} {
		line := set.name + ":"
		for _, name := range []string{"SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"} {
			if set.signals&signalNames[name] != 0 {
				line += " " + name[3:]
			}
		}
		if set.signals&term != 0 && set.clause != "" {
			line += "; " + set.clause
		}
		if line != set.name+":" {
			lines = append(lines, line)
		}
	}
	if b.Unless != "" {
		lines = append(lines, "unless "+b.Unless)
	}
	if b.Starts != nil {
		line := "starts:"
		for _, word := range b.Starts.Args {
			if line += " " + word.Text; !word.Known {
				line = strings.TrimSuffix(line, word.Text) + "?"
			}
		}
		lines = append(lines, line+" by "+b.Starts.Call)
	}
	for _, f := range b.Facts {
		lines = append(lines, string(f.Kind)+": "+f.Text+" at "+f.Span.Text())
	}
	return strings.Join(lines, "\n")
}

// A counted is a memory that counts how often a file of it is read.
type counted struct {
	memory
	reads int
}

func (c *counted) File(name string) *parser.File {
	file := c.memory.File(name)
	if file != nil {
		c.reads++
	}
	return file
}

// TestScriptBounds: of a program that imports a thousand files only so many are read, and what the others do is not known.
func TestScriptBounds(t *testing.T) {
	for _, test := range []struct{ runtime, main, module, importing, serving string }{
		{"node", "main.js", "m%d.js", "require('./m%d')\n", "require('http').createServer().listen(80)\n"},
		{"python", "main.py", "m%d.py", "import m%d\n", "while True: pass\n"},
	} {
		files := &counted{memory: memory{}}
		var main strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&main, test.importing, i)
			name := fmt.Sprintf(test.module, i)
			files.memory["/app/"+name] = &parser.File{Path: name, Src: "\n"}
		}
		files.memory["/app/"+test.main] = &parser.File{Path: test.main, Src: main.String() + test.serving}
		b := Read(Command{File: "/usr/bin/" + test.runtime, Args: []string{test.runtime, test.main}, Dir: "/app"}, files)
		if b != nil && b.Decides(term) {
			t.Errorf("%s decides: %s", test.runtime, described(b))
		}
		if files.reads > maxScriptFiles+1 {
			t.Errorf("%s: %d files are read", test.runtime, files.reads)
		}
	}
}

// TestNodeInstalls has a program for each package that sets handlers for it.
func TestNodeInstalls(t *testing.T) {
	for _, name := range strings.Fields(nodeInstalls) {
		files := memory{"/app/server.js": {Path: "server.js", Src: "const stop = require('" + name + "')\nrequire('http').createServer().listen(80)\n"}}
		want := "graceful: TERM INT; catches it through " + name + " (server.js:1)"
		if got := described(Read(Command{File: "/usr/local/bin/node", Args: []string{"node", "server.js"}, Dir: "/app"}, files)); got != want {
			t.Errorf("%s: have %s\nwant %s", name, got, want)
		}
	}
}
