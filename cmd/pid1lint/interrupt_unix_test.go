//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt stops a run that fixes many files: each file is as it was or fixed, and nothing else is there.
func TestInterrupt(t *testing.T) {
	const before, after = "FROM debian:12\nCMD exec server --port $PORT\nSTOPSIGNAL SIGTERM\nCMD server --port $PORT\n", "FROM debian:12\nCMD exec server --port $PORT\nSTOPSIGNAL SIGTERM\nCMD exec server --port $PORT\n"
	binary := filepath.Join(t.TempDir(), "pid1lint")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		const files = 400
		dir := t.TempDir()
		for n := range files {
			folder := filepath.Join(dir, fmt.Sprint(n))
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(before), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		command := exec.Command(binary, "--fix", "--quiet")
		command.Dir = dir
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		// The first file that is fixed says that it writes.
		for begin := time.Now(); time.Since(begin) < 30*time.Second; time.Sleep(time.Millisecond) {
			if text, _ := os.ReadFile(filepath.Join(dir, "0", "Dockerfile")); string(text) == after {
				break
			}
		}
		_ = command.Process.Signal(sig) // it may have ended
		_ = command.Wait()
		if code := command.ProcessState.ExitCode(); code != 128+int(sig) && code != 0 {
			t.Errorf("%v: exit status %d", sig, code)
		}
		done := 0
		for n := range files {
			folder := filepath.Join(dir, fmt.Sprint(n))
			entries, err := os.ReadDir(folder)
			if err != nil || len(entries) != 1 {
				t.Fatalf("%v: %s holds %v: %v", sig, folder, entries, err)
			}
			text, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
			if err != nil || string(text) != before && string(text) != after {
				t.Fatalf("%v: %s reads %q: %v", sig, folder, text, err)
			}
			if string(text) == after {
				done++
			}
		}
		t.Logf("%v: %s, %d of %d files fixed", sig, strings.TrimSpace(command.ProcessState.String()), done, files)
	}
}
