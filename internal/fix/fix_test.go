package fix

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
)

func edit(file *parser.File, start, end int, text string) parser.Edit {
	return parser.Edit{Span: parser.Span{File: file, Start: start, End: end}, New: text}
}

func TestApply(t *testing.T) {
	file := &parser.File{Path: "x"}
	for _, test := range []struct {
		text  string
		edits []parser.Edit
		want  string
	}{
		{"abc", nil, "abc"},
		{"abc", []parser.Edit{edit(file, 3, 3, "d"), edit(file, 0, 0, "_"), edit(file, 1, 2, "B")}, "_aBcd"},
		{"a\r\nb\r\n", []parser.Edit{edit(file, 3, 3, "exec ")}, "a\r\nexec b\r\n"},
		{"\ufeffa", []parser.Edit{edit(file, 0, 3, "")}, "a"},
	} {
		if got := Apply(test.text, test.edits); got != test.want {
			t.Errorf("%q with %v is %q, want %q", test.text, test.edits, got, test.want)
		}
	}
}

func TestConflict(t *testing.T) {
	x, y := &parser.File{Path: "x"}, &parser.File{Path: "y"}
	for _, test := range []struct {
		a, b parser.Edit
		want bool
	}{
		{edit(x, 0, 1, ""), edit(y, 0, 1, ""), false},
		{edit(x, 0, 2, ""), edit(x, 1, 3, ""), true},
		{edit(x, 1, 3, ""), edit(x, 0, 2, ""), true},
		{edit(x, 0, 2, ""), edit(x, 2, 3, ""), false},
		{edit(x, 2, 2, "a"), edit(x, 2, 2, "b"), true},
		{edit(x, 1, 4, ""), edit(x, 2, 2, "b"), true},
		{edit(x, 1, 2, ""), edit(x, 2, 2, "b"), false},
	} {
		if got := Conflict(test.a, test.b); got != test.want {
			t.Errorf("%v and %v: %t, want %t", test.a, test.b, got, test.want)
		}
	}
}

// TestDiff lets git and patch apply what Diff returns.
func TestDiff(t *testing.T) {
	if got := Diff("x", "a\n", "a\n"); got != "" {
		t.Errorf("no change is %q", got)
	}
	tools := map[string][]string{"git": {"apply", "-p1", "d"}, "patch": {"-p1", "-s", "--binary", "-i", "d"}}
	for name, args := range tools {
		if _, err := exec.LookPath(name); err != nil {
			t.Logf("%s is not installed", name)
			delete(tools, name)
		}
		_ = args
	}
	names := []string{"sub/x y.sh"}
	if runtime.GOOS != "windows" {
		names = append(names, "sub/\x1b[2Jx.sh", "sub/x\n--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+z.sh", "sub/\"x\"\\é\xff.sh", "sub/é.sh")
	}
	many := strings.Repeat("line\n", 20)
	for _, test := range [][2]string{
		{"a\nb\n", "a\nexec b\n"},
		{"a\nb", "a\nexec b"},
		{"a\r\nb\r\n", "a\r\nexec b\r\n"},
		{"b", "#!/bin/sh\nb"},
		{"", "b\n"},
		{"first\n" + many + "last\n", "First\n" + many + "Last\n"},
		{"tab\t\n", "exec tab\t\n"},
	} {
		for name, args := range tools {
			for _, file := range names {
				if name == "patch" && strings.ContainsRune(file, '\n') {
					continue // it refuses such a name, as it should
				}
				dir := t.TempDir()
				write(t, filepath.Join(dir, file), test[0])
				diff := Diff(file, test[0], test[1])
				if strings.ContainsRune(diff, 0x1b) {
					t.Errorf("a name stands in a diff as it is: %q", diff)
				}
				write(t, filepath.Join(dir, "d"), diff)
				c := exec.Command(name, args...)
				c.Dir = dir
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("%s %q of %q: %v: %s", name, test, file, err, out)
					continue
				}
				if got := read(t, filepath.Join(dir, file)); got != test[1] {
					t.Errorf("%s makes %q of %q, want %q", name, got, file, test[1])
				}
			}
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "start.sh")
	write(t, name, "a\n")
	if err := os.Chmod(name, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, name, "a\n", "b\n"); err != nil || read(t, name) != "b\n" {
		t.Errorf("%v, %q", err, read(t, name))
	}
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o750 {
		t.Errorf("its mode is %v now", info.Mode())
	}
	wantError(t, Write(dir, name, "a\n", "c\n"), "it has changed since it was read: run pid1lint again")
	if err := Write(dir, name, "a\n", "b\n"); err != nil {
		t.Errorf("what is there already: %v", err)
	}
	wantError(t, Write(dir, filepath.Join(dir, "gone"), "a", "b"), "no such file or directory")

	if err := os.Chmod(name, 0o444); err != nil {
		t.Fatal(err)
	}
	wantError(t, Write(dir, name, "b\n", "c\n"), "it is read-only")

	outside := filepath.Join(t.TempDir(), "outside.sh")
	write(t, outside, "a\n")
	link := filepath.Join(dir, "link.sh")
	if err := os.Symlink(outside, link); err != nil {
		t.Skip(err)
	}
	if err := Write(dir, link, "a\n", "b\n"); err == nil || !strings.Contains(err.Error(), "outside of the project") || read(t, outside) != "a\n" {
		t.Errorf("a link out of the project: %v, %q", err, read(t, outside))
	}
	inside := filepath.Join(dir, "inside.sh")
	write(t, inside, "a\n")
	link = filepath.Join(dir, "second.sh")
	if err := os.Symlink("inside.sh", link); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, link, "a\n", "b\n"); err != nil || read(t, inside) != "b\n" {
		t.Errorf("a link in the project: %v, %q", err, read(t, inside))
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is none any more")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("left in the folder: %v", entries)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
