//go:build linux

package live_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/pid1lint/pid1lint/internal/live"
)

// abreast is how many launches run at a time on any machine: they sleep nearly all of it.
const abreast = 48

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", strconv.Itoa(abreast)); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// The variable PID1LINT_LIVE widens the test: "all" runs every scenario, "require" also fails it where something is not installed.
// CI, if set, means the same as "require".
func required() bool { return os.Getenv("CI") != "" || os.Getenv("PID1LINT_LIVE") == "require" }
func wanted() bool   { return required() || os.Getenv("PID1LINT_LIVE") == "all" }

// open returns a harness, or skips the test where there can be none and none is required.
func open(t *testing.T) *live.Harness {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	// The go command runs the test again, instead of remembering its result, when a file changed that it has looked at.
	sources, err := filepath.Glob("app/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if _, err := os.Stat(name); err != nil {
			t.Fatal(err)
		}
	}
	h, err := live.Open(t.Context(), t.TempDir())
	switch {
	case errors.Is(err, live.ErrImpossible) && !required():
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return h
}

// TestScenarios runs the scenarios of testdata/live and compares the verdicts: the first of those that reach a verdict, or all. What
// is not installed is skipped and counted.
func TestScenarios(t *testing.T) {
	scenarios, err := live.Scenarios(filepath.Join("..", "..", "testdata", "live"))
	if err != nil {
		t.Fatal(err)
	}
	h := open(t)
	var mu sync.Mutex
	missing := map[string]int{}
	t.Cleanup(func() {
		for name, n := range missing {
			t.Logf("%d scenarios need %s", n, name)
		}
	})
	if total := len(scenarios); !wanted() {
		scenarios = slices.DeleteFunc(scenarios, func(s live.Scenario) bool { return !s.First })
		t.Logf("%d of %d scenarios; PID1LINT_LIVE=all runs all", len(scenarios), total)
	}
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if names := live.Missing(s.Needs...); len(names) > 0 {
				if required() {
					t.Fatalf("not installed: %q", names)
				}
				mu.Lock()
				for _, name := range names {
					missing[name]++
				}
				mu.Unlock()
				t.Skipf("not installed: %q", names)
			}
			complaint := try(t, h, s)
			if complaint != "" { // on a machine that is busy, a process may be seconds late
				t.Logf("%s: once more after: %s", s.At, complaint)
				complaint = try(t, h, s)
			}
			if complaint != "" {
				t.Errorf("%s: %s", s.At, complaint)
			}
		})
	}
}

// try runs a scenario and says how its outcome differs from what is expected, or "".
func try(t *testing.T, h *live.Harness, s live.Scenario) string {
	o, err := h.Run(t.Context(), s.Case)
	if err != nil {
		return err.Error()
	}
	return compare(s, &o)
}

// compare says how an outcome differs from what a scenario expects, or "".
func compare(s live.Scenario, o *live.Outcome) string {
	switch {
	case o.Verdict == live.Undecided && (s.Verdict == live.Abrupt || s.Verdict == live.Lost):
		return "" // Linux before 6.15 does not say how a process ended
	case o.Verdict != s.Verdict || o.Slow != s.Slow:
		return fmt.Sprintf("want %s, slow %v; got %v", s.Verdict, s.Slow, o)
	case s.Told != nil && !slices.Equal(o.Told(), s.Told):
		return fmt.Sprintf("want told %v; got %v", s.Told, o)
	}
	return ""
}
