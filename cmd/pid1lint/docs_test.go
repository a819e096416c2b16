package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocs writes the manual pages and the completions of a release, and lets man and the shells read them.
func TestDocs(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "docs")
	if out, status := runIn(t, ".", "go", "build", "-tags", "docs", "-ldflags", "-X main.version=v1.2.3", "-o", program, "."); status != 0 {
		t.Fatal(out)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	written := map[string]string{}
	for _, folder := range []string{"one", "two"} {
		if out, status := runIn(t, dir, program, folder); status != 0 {
			t.Fatal(out)
		}
		text := map[string]string{}
		if err := filepath.WalkDir(filepath.Join(dir, folder), func(name string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				text[strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(dir)+"/"+folder+"/")] = get(t, "", name)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(written) == 0 {
			written = text
		} else if diff := cmp.Diff(written, text); diff != "" {
			t.Errorf("another run writes something else (-first +second):\n%s", diff)
		}
	}
	for _, name := range []string{
		"man/pid1lint.1", "man/pid1lint-explain.1", "man/pid1lint-rules.1", "man/pid1lint-completion.1", "man/pid1lint-version.1",
		"completions/pid1lint.bash", "completions/_pid1lint", "completions/pid1lint.fish", "completions/pid1lint.ps1",
	} {
		if written[name] == "" {
			t.Errorf("no %s is written", name)
		}
	}
	one := filepath.Join(dir, "one")
	t.Run("man", func(t *testing.T) {
		need(t, "man")
		t.Setenv("MANWIDTH", "80")
		for name := range written {
			if filepath.Ext(name) != ".1" {
				continue
			}
			c := exec.Command("man", "--warnings", "-l", name)
			c.Dir = one
			out, err := c.CombinedOutput()
			if err != nil || strings.Contains(string(out), "warning:") {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
			if name == "man/pid1lint.1" {
				for _, want := range []string{"--fail-on SEVERITY", "warning by default", "2023-11-14", "pid1lint v1.2.3", "A script that  is  named"} {
					if !strings.Contains(strings.Join(strings.Fields(string(out)), " "), strings.Join(strings.Fields(want), " ")) {
						t.Errorf("%s does not say %q:\n%s", name, want, out)
					}
				}
			}
		}
	})
	for shell, script := range map[string]string{
		"fish": `source completions/pid1lint.fish; complete -C "pid1lint --fail-on "`,
		"bash": `source completions/pid1lint.bash
			_get_comp_words_by_ref() { words=(pid1lint --fail-on ''); cword=2; cur=''; prev=--fail-on; } # of bash-completion
			compopt() { :; } # works only while a person completes
			COMP_TYPE=9 __start_pid1lint; printf '%s\n' "${COMPREPLY[@]}"`,
		"zsh": `autoload -Uz compinit; compinit -u -D; zsh -n completions/_pid1lint; source completions/_pid1lint
			compadd() { shift $(( $# - 4 )); print -l "$@" }; _describe() { print -l $completions }
			words=(pid1lint --fail-on ''); CURRENT=3; _pid1lint`,
	} {
		t.Run(shell, func(t *testing.T) {
			need(t, shell)
			out, _ := runIn(t, one, shell, "-c", script)
			if diff := cmp.Diff([]string{"error", "never", "note", "warning"}, slices.Sorted(slices.Values(strings.Fields(out)))); diff != "" {
				t.Errorf("--fail-on is completed with (-want +got):\n%s\n%s", diff, out)
			}
		})
	}
}
