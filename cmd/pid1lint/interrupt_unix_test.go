//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
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
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			t.Logf("%v is ignored since before this test, under nohup perhaps, and so it is by what it starts", sig)
			continue
		}
		// The signal has to come while it writes: with so many files that it is not done before.
		for files := 400; ; files *= 2 {
			done, code := interrupted(t, exec.Command(binary, "--fix", "--quiet"), sig, files, before, after)
			t.Logf("%v: exit status %d, %d of %d files fixed", sig, code, done, files)
			if code == 128+int(sig) && done > 0 && done < files {
				break
			}
			if code != 128+int(sig) && code != 0 || files > 5000 {
				t.Errorf("%v: exit status %d, %d of %d files fixed", sig, code, done, files)
				break
			}
		}
	}
	ignores := exec.Command("sh", "-c", `trap "" HUP; exec "$0" --fix --quiet`, binary)
	if done, code := interrupted(t, ignores, syscall.SIGHUP, 40, before, after); done != 40 || code != 0 {
		t.Errorf("started to ignore SIGHUP: exit status %d, %d of 40 files fixed", code, done)
	}
}

// interrupted stops a run in the middle, checks what is left of it, and returns how many files it has fixed, and its exit status.
func interrupted(t *testing.T, command *exec.Cmd, sig syscall.Signal, files int, before, after string) (done, code int) {
	t.Helper()
	dir := t.TempDir()
	for n := range files {
		put(t, dir, fmt.Sprintf("%d/Dockerfile", n), before)
	}
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
	for n := range files {
		folder := filepath.Join(dir, fmt.Sprint(n))
		entries, err := os.ReadDir(folder)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%v: %s holds %v: %v", sig, folder, entries, err)
		}
		switch text := get(t, folder, "Dockerfile"); text {
		case before:
		case after:
			done++
		default:
			t.Fatalf("%v: %s reads %q", sig, folder, text)
		}
	}
	return done, command.ProcessState.ExitCode()
}
