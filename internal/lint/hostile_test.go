package lint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/rules"
)

// unsteady is a file system in which what a file says of its size is not what can be read from it.
type unsteady struct {
	fs.FS
	size int64 // what is said
	read int   // what can be read, followed by fail
	fail error
}

func (u unsteady) Open(name string) (fs.File, error) {
	file, err := u.FS.Open(name)
	if info, e := fs.Stat(u.FS, name); err != nil || e != nil || info.IsDir() {
		return file, err
	}
	return &unsteadyFile{file, u.read, u.fail}, nil
}

func (u unsteady) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(u.FS, name)
	if err != nil || info.IsDir() {
		return info, err
	}
	return overlayInfo{name: path.Base(name), size: u.size, mode: info.Mode()}, nil
}

type unsteadyFile struct {
	fs.File
	left int
	fail error
}

func (f *unsteadyFile) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, f.fail
	}
	n, err := f.File.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, err
}

// TestFilesThatChange reads files that shrink, grow or break off while they are read.
func TestFilesThatChange(t *testing.T) {
	files := map[string]string{
		"Dockerfile":   "FROM debian:12\nCOPY start.sh /\nCMD sh /start.sh\n" + strings.Repeat("# x\n", 20),
		"start.sh":     "#!/bin/sh\nserver\nother\n" + strings.Repeat("# x\n", 20),
		"compose.yaml": "services:\n  a:\n    build: .\n    command: sh -c 'a; b'\n" + strings.Repeat("# x\n", 20),
	}
	broken := errors.New("input/output error")
	for _, test := range []struct {
		name    string
		size    int64
		read    int
		fail    error
		problem string
	}{
		{"shrunk to nothing", 1000, 0, io.EOF, "parsing Dockerfile: file with no instructions"},
		{"shrunk", 1000, 60, io.EOF, ""},
		{"grown", 1, 1000, io.EOF, ""},
		{"said to have no size, as in /proc", 0, 1000, io.EOF, ""},
		{"broken", 100, 20, broken, "reading Dockerfile: input/output error"},
	} {
		p, err := Load(unsteady{tree(files), test.size, test.read, test.fail}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		result := p.Run(rules.All())
		got := ""
		if len(result.Problems) > 0 {
			got = result.Problems[0].Message
		}
		if got != test.problem {
			t.Errorf("%s: problems %v, want %q", test.name, result.Problems, test.problem)
		}
		if test.problem == "" && len(result.Launches) == 0 {
			t.Errorf("%s: nothing starts", test.name)
		}
	}
}

// vast is a file system with a folder of many files.
type vast struct {
	fs.FS
	entries []fs.DirEntry
}

const crowd = 100_000

func newVast(files map[string]string) vast {
	v := vast{FS: tree(files)}
	for n := range crowd {
		v.entries = append(v.entries, fs.FileInfoToDirEntry(overlayInfo{name: fmt.Sprintf("f%06d.js", n), size: 1, mode: 0o644}))
	}
	return v
}

func (v vast) inside(name string) bool { return strings.HasPrefix(name, "app/assets/f") }

func (v vast) Open(name string) (fs.File, error) {
	if v.inside(name) {
		return &overlayFile{strings.NewReader("x"), overlayInfo{name: path.Base(name), size: 1, mode: 0o644}}, nil
	}
	return v.FS.Open(name)
}

func (v vast) Stat(name string) (fs.FileInfo, error) {
	if v.inside(name) {
		return overlayInfo{name: path.Base(name), size: 1, mode: 0o644}, nil
	}
	return fs.Stat(v.FS, name)
}

func (v vast) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "app/assets" {
		return append([]fs.DirEntry(nil), v.entries...), nil
	}
	return fs.ReadDir(v.FS, name)
}

// TestVastContext copies a folder of 100,000 files in all ways, with patterns and lists of what is left out: it takes its time and its
// memory once, not for each question.
func TestVastContext(t *testing.T) {
	var copies strings.Builder
	for n := range 50 {
		fmt.Fprintf(&copies, "COPY assets/f*%d.js /static/%d/\nCOPY assets /static/all%d/\nRUN chmod +x /static/%d/*\n", n, n, n, n)
	}
	files := newVast(map[string]string{
		"app/Dockerfile":    "FROM node:20\nWORKDIR /app\nCOPY . .\nCOPY assets/* assets/**/*.js /everything/\n" + copies.String() + "COPY start.sh /\nENTRYPOINT [\"/start.sh\"]\nCMD [\"node\", \"index.js\"]\n",
		"app/.dockerignore": strings.Repeat("**/*.map\n!assets/*.js\nnode_modules/**\n", 20),
		"app/.gitignore":    strings.Repeat("*.map\n/dist/**\n!x\n", 20),
		"app/start.sh":      "#!/bin/sh\nfor f in /everything/*; do . $f; done\n\"$@\"\n",
		"app/index.js":      "require('./assets/f000001.js')\n",
		"app/assets/x":      "",
		"app/compose.yaml":  "services: {a: {build: ., volumes: ['./assets:/app/assets']}}\n",
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	p, err := Load(files, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	result := p.Fix(rules.All(), true).Result
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	if len(result.Launches) != 2 || len(result.Problems) != 0 {
		t.Errorf("%d launches and %v", len(result.Launches), result.Problems)
	}
	allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
	t.Logf("%v, %d MiB", took, allocated)
	if took > 20*time.Second || allocated > 2048 {
		t.Errorf("it took %v and %d MiB", took, allocated)
	}
}

// TestNothingIsPrinted reads an ignore file that is no text, about which its matcher would complain where nobody can silence it. Its other
// lines still count.
func TestNothingIsPrinted(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	before := os.Stderr
	os.Stderr = out
	defer func() { os.Stderr = before }()
	p, err := Load(tree(map[string]string{
		"Dockerfile":    "FROM debian:12\nCOPY start.sh /\nCMD [\"/start.sh\"]\n",
		"start.sh":      "#!/bin/sh\nserver\nother\n",
		".dockerignore": "\xff*\n!a\x00\n*.sh\n*/b\xfe\n",
	}), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	launches := p.Run(rules.All()).Launches
	if said, err := os.ReadFile(out.Name()); err != nil || len(said) > 0 {
		t.Errorf("%v, on standard error stands: %s", err, said)
	}
	if unknown := launches[0].Unknown; len(unknown) == 0 || !strings.Contains(unknown[0].Reason, ".dockerignore leaves it out") {
		t.Errorf("start.sh is read: %v", unknown)
	}
}
