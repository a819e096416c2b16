package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	text := `# A table.
run: @SHELL@ ./start.sh "a b"
-- lib.sh --
true

=== # A heading.

=== one
graceful: bash tini-env+dash,ash
-- start.sh --
#!@SHELL@

exec ./app

=== two
run: ./x
signal: QUIT
told: nothing
slow: direct
file x 0644: "a\r\n"
`
	scenarios, err := parseTable("t.txt", text)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, s := range scenarios {
		fmt.Fprintf(&got, "%s %s %v %v %v\n", s.At, s.Name, s.Verdict, s.Slow, s.First)
		fmt.Fprintf(&got, "  %q %q %v %v\n  ", s.Case.Argv, s.Case.Env, s.Case.Signal, s.Told)
		for _, f := range s.Case.Files {
			fmt.Fprintf(&got, "%s %o %q ", f.Name, f.Mode, f.Content)
		}
		got.WriteByte('\n')
	}
	want := `t.txt:9 t/one/bash graceful false true
  ["/bin/bash" "./start.sh" "a b"] [] signal 0 []
  lib.sh 0 "true\n" start.sh 0 "#!/bin/bash\n\nexec ./app\n" 
t.txt:9 t/one/tini-env+dash graceful false false
  ["tini" "--" "/bin/dash" "./start.sh" "a b"] ["TINI_KILL_PROCESS_GROUP=1"] signal 0 []
  lib.sh 0 "true\n" start.sh 0 "#!/bin/dash\n\nexec ./app\n" 
t.txt:9 t/one/tini-env+ash graceful false false
  ["tini" "--" "/w/.live/busybox/sh" "./start.sh" "a b"] ["TINI_KILL_PROCESS_GROUP=1"] signal 0 []
  lib.sh 0 "true\n" start.sh 0 "#!/w/.live/busybox/sh\n\nexec ./app\n" 
t.txt:19 t/two/direct graceful true true
  ["./x"] [] quit []
  lib.sh 0 "true\n" x 644 "a\r\n" 
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", &got, want)
	}
}

func TestTableErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"=== a\nrun ./app\n", "t.txt:2: neither a setting nor an expectation: run ./app"},
		{"=== a\nspeed: 3\n", "t.txt:2: speed: there is no such setting"},
		{"=== a\nsignal: KILLALL\n", "t.txt:2: signal: no such signal: KILLALL"},
		{"=== a\ngrace: soon\n", `t.txt:2: grace: time: invalid duration "soon"`},
		{"\n=== a\nrun: ./app\n", "t.txt:2: a: nothing is expected"},
		{"=== a\nrun: ./app\nlost: tini+fish\n", "t.txt:1: no such runner: tini+fish"},
		{"=== a\nrun: ./app\nlost: bash\n", "t.txt:1: bash: @SHELL@ stands exactly where the runner has a shell"},
		{"=== a\nrun: @SHELL@\nlost: tini\n", "t.txt:1: tini: @SHELL@ stands exactly where the runner has a shell"},
		{"=== a\nrun: ./app\nlost: tini\nignored: tini\n", "t.txt:4: t/a/tini is also at t.txt:3"},
		{"=== a\nrun: \"./app\nlost: tini\n", "t.txt:1: run: invalid syntax: \"./app"},
	}
	for _, tt := range tests {
		if _, err := parseTable("t.txt", tt.text); err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.text, err, tt.want)
		}
	}
	dir := t.TempDir()
	if _, err := Scenarios(dir); err == nil {
		t.Error("an empty directory gives no error")
	}
	if err := os.WriteFile(filepath.Join(dir, "t.txt"), []byte(tests[0].text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Scenarios(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "t.txt:2:")) {
		t.Errorf("got %v, want the path", err)
	}
}
