package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzScripts: whatever stands in a program for Node or Python, it is read, and all places are in its text.
func FuzzScripts(f *testing.F) {
	for _, table := range []string{"node.txt", "python.txt"} {
		all, err := os.ReadFile(filepath.Join("testdata", table))
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range strings.Split(string(all), "\n=== ") {
			for _, file := range txtar.Parse([]byte(part)).Files {
				f.Add(string(file.Data))
			}
		}
	}
	for _, text := range []string{`"sys.exit("()`, "sys.exit()", "import", "from . import", "x = (", "`${", "process.on('SIGTERM', () => {", "process", "/*", "a = process\n} = process", "import subprocess\nx = subprocess.Popen\nx.wait()", "subprocess.run([)])", "require('child_process').spawn('a', [b, 'c'], {stdio})", "import {spawnSync as s} from 'child_process'; s(`a`, {stdio: 'inherit'})", "const {a: b} = require('child_process'); {", "\\", "'\\"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"main.js", "main.py"} {
			files := memory{"/app/" + name: &parser.File{Path: name, Src: text}}
			runtime := map[string]string{"main.js": "node", "main.py": "python"}[name]
			b := Read(Command{File: "/usr/bin/" + runtime, Args: []string{runtime, name}, Dir: "/app"}, files)
			if b == nil {
				continue
			}
			for _, fact := range b.Facts {
				_ = fact.Span.Text()
				for _, edit := range fact.Edits {
					_ = edit.Span.Text()
				}
			}
			if b.Starts != nil {
				for _, word := range b.Starts.Args {
					_ = word.Span.Text()
				}
			}
		}
	})
}
