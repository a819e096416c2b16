package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands print into the scripts that compare it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pid1lint": main})
}

// TestCommandLine runs the scripts of testdata/cli over whole command lines.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "../../testdata/cli",
		UpdateScripts: *update,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"} {
				env.Setenv(name, "")
			}
			return compile(env.WorkDir)
		},
	})
}

// compile turns every file that starts like a compiled program into more of one: an archive of text holds neither zero bytes nor permissions.
func compile(dir string) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if text, err := os.ReadFile(name); err != nil || !strings.HasPrefix(string(text), "\x7fELF") {
			return err
		}
		if err := os.WriteFile(name, []byte("\x7fELF\x02\x01\x01\x00"), 0o755); err != nil {
			return err
		}
		return os.Chmod(name, 0o755)
	})
}

// exits runs a command and checks its exit status: "exits 2 pid1lint --nonsense".
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed := (*exec.ExitError)(nil)
		if !errors.As(err, &failed) {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// TestNearest compares what is suggested for misspelt words.
func TestNearest(t *testing.T) {
	known := []string{"no-exec", "shell-form", "ends-at-once", "no-trap", "wait-once"}
	for word, want := range map[string]string{
		"noexec": "no-exec", "no-exce": "no-exec", "NO-EXEC": "no-exec", "shell": "shell-form", "shell_form": "shell-form",
		"notrap": "no-trap", "wait": "wait-once", "x": "", "zzz": "", "": "", "docker": "", "ends-at-onze": "ends-at-once",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// TestRoot checks how the root of a run is chosen.
func TestRoot(t *testing.T) {
	top := t.TempDir()
	t.Chdir(top)
	for _, dir := range []string{"repo/.git", "repo/api/src", "plain/a/b", "plain/c"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ cwd, first, second, root string }{
		{"repo/api", "repo/api/src", "repo/api/src", "repo"},
		{"plain/c", "repo", "plain", "repo"},
		{"plain/c", "plain/a/b", "plain/c", "plain"},
		{"plain/a/b", "plain/a/b", "plain/a/b", "plain/a/b"},
		{"plain/a/b", "plain", "plain", "plain"},
		{"repo/api", "plain/a/b", "plain/c", ""},
	} {
		got := rootOf(top+"/"+test.cwd, []string{top + "/" + test.first, top + "/" + test.second})
		want := top
		if test.root != "" {
			want += "/" + test.root
		}
		if got != want {
			t.Errorf("root for %v is %s, want %s", test, got, want)
		}
	}
	if got := rootOf("/proc/self", []string{top + "/plain/a", top + "/plain/c"}); got != top+"/plain" {
		t.Errorf("paths far from the current folder: root is %s", got)
	}
}
