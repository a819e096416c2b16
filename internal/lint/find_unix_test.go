//go:build unix

package lint

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHostileFiles makes what must neither hang nor lead out of the project.
func TestHostileFiles(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "Dockerfile"), "FROM alpine\n")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "good/Dockerfile"), "FROM alpine\n")
	write(t, filepath.Join(dir, "huge/Dockerfile"), "FROM alpine\n"+strings.Repeat("#\n", maxFileSize/2))
	mkdir(t, filepath.Join(dir, "folder/Dockerfile"))
	mkdir(t, filepath.Join(dir, "pipe"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe/Dockerfile"), 0o644); err != nil {
		t.Skip(err)
	}
	link(t, "loop", filepath.Join(dir, "loop"))
	link(t, "..", filepath.Join(dir, "good/up"))
	link(t, "Dockerfile", filepath.Join(dir, "good/Dockerfile.same"))
	link(t, "/dev/zero", filepath.Join(dir, "Dockerfile.zero"))
	link(t, filepath.Join(outside, "Dockerfile"), filepath.Join(dir, "Dockerfile.outside"))
	link(t, outside, filepath.Join(dir, "outside"))
	link(t, "pipe/Dockerfile", filepath.Join(dir, "Dockerfile.pipe"))
	link(t, "gone", filepath.Join(dir, "Dockerfile.gone"))
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()

	done := make(chan struct{})
	go func() {
		defer close(done)
		p, err := Load(root.FS(), nil, []string{".", "pipe/Dockerfile", "Dockerfile.outside", "Dockerfile.zero", "loop", "folder/Dockerfile", "outside"})
		if err != nil {
			t.Error(err)
			return
		}
		result := p.Run(nil)
		var got []string
		for _, launch := range result.Launches {
			got = append(got, launch.Origin.File.Path)
		}
		if diff := cmp.Diff([]string{"good/Dockerfile"}, got); diff != "" {
			t.Errorf("launches (-want +got):\n%s", diff)
		}
		var problems []string
		for _, problem := range result.Problems {
			problems = append(problems, problem.Message)
		}
		want := []string{
			"reading Dockerfile.outside: path escapes from parent: check the path",
			"reading Dockerfile.zero: path escapes from parent: check the path",
			"reading huge/Dockerfile: it is larger than 4 MiB",
			"reading loop: too many levels of symbolic links: check the path",
			"reading outside: path escapes from parent: check the path",
			"reading pipe/Dockerfile: it is not a regular file but a named pipe",
		}
		if diff := cmp.Diff(want, problems); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
}
