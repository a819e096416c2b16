package lint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestSnapshot holds a snapshot of real files, links among them, against the file system itself.
func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a/b/c": "1", "a/d": "2", "e": "3"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"link": "a", "a/up": "../e", "loop": "loop", "out": "/etc"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	plain := root.FS()
	same := func(what, name string, a, b error) {
		if (a == nil) != (b == nil) || errors.Is(a, fs.ErrNotExist) != errors.Is(b, fs.ErrNotExist) {
			t.Errorf("%s %s: %v, want %v", what, name, a, b)
		}
	}
	s := newSnapshot(plain)
	for range 2 { // with nothing seen, then with everything
		for _, name := range []string{".", "a", "a/b", "a/b/c", "a/x", "a/d/x", "e", "x", "x/y", "link", "link/d", "link/x", "a/up", "loop", "out", "out/passwd", "../a"} {
			_, err := s.Stat(name)
			_, want := fs.Stat(plain, name)
			same("stat", name, err, want)
			_, err = s.Lstat(name)
			_, want = fs.Lstat(plain, name)
			same("lstat", name, err, want)
			file, err := s.Open(name)
			other, want := plain.Open(name)
			same("open", name, err, want)
			if err == nil && want == nil {
				_, _ = file.Close(), other.Close()
			}
			entries, err := s.ReadDir(name)
			others, want := fs.ReadDir(plain, name)
			same("list", name, err, want)
			if len(entries) != len(others) {
				t.Errorf("%s has %d entries, want %d", name, len(entries), len(others))
			}
		}
	}
	if err := fstest.TestFS(newSnapshot(fstest.MapFS{"a/b": {Data: []byte("1")}, "c": {}}), "a/b", "c"); err != nil {
		t.Error(err)
	}
}
