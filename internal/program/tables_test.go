package program

import (
	"fmt"
	"strings"
	"testing"
)

// TestTables: no row without its source, and no row that an earlier one hides.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	row := func(table string, form Form, o Options, source string) {
		t.Helper()
		if source == "" {
			t.Errorf("%s: %q has no source", table, form)
		}
		if strings.Contains(source, "recalled") {
			t.Errorf("%s: %q is only recalled", table, form)
		}
		names, words, _ := strings.Cut(string(form), " ")
		for name := range strings.SplitSeq(names, "|") {
			all := fmt.Sprintf("%s %s %s", table, name, words)
			key := all + fmt.Sprintf(" %q %q", o.With, o.Without)
			if seen[key] || seen[all+` "" ""`] {
				t.Errorf("%s: an earlier row hides %q of %q", table, name, form)
			}
			if !strings.Contains(table, "by user") {
				seen[key] = true
			}
		}
	}
	for _, w := range wrappers {
		row("wrapper", w.Form, w.Options, w.Source)
	}
	for _, l := range launchers {
		row("launcher", l.Form, l.Options, l.Source)
		if l.Passes == 0 && l.Why == "" {
			t.Errorf("launcher: %q does not say why it loses its program", l.Form)
		}
	}
	for _, s := range servers {
		table := "server"
		if s.Root {
			table = "server by user"
		}
		row(table, s.Form, s.Options, s.Source)
		for _, pair := range [][2]Signals{{s.Graceful, s.Abrupt}, {s.Graceful, s.Deaf}, {s.Graceful, s.None}, {s.Abrupt, s.Deaf}, {s.Abrupt, s.None}, {s.Deaf, s.None}} {
			if pair[0]&pair[1] != 0 {
				t.Errorf("server: %q takes a signal in two ways", s.Form)
			}
		}
		if s.Daemonizes && s.Foreground == "" {
			t.Errorf("server: %q does not say how to keep it in the foreground", s.Form)
		}
	}
	for _, r := range runtimes {
		row("runtime", Form(r.Names), Options{}, r.Source)
	}
	t.Logf("%d wrappers, %d launchers, %d servers, %d runtimes", len(wrappers), len(launchers), len(servers), len(runtimes))
}

func TestForms(t *testing.T) {
	for _, test := range []struct {
		form, line string
		want       int
	}{
		{"python*", "python3.11 x", 1},
		{"python*", "python-config x", 0},
		{"bundle exec", "bundle exec puma", 2},
		{"bundle exec", "bundle install", 0},
		{"cargo run|r", "cargo watch -x run", 0},
		{"cargo run|r", "cargo --color never run", 4},
		{"flask run", "flask --app hello run --port 80", 4},
		{"manage.py runserver", "manage.py runserver", 2},
		{"gradle|gradlew run|bootRun", "gradlew -x test bootRun", 4},
		{"nest start", "nest build", 0},
	} {
		args := strings.Fields(test.line)
		if got, ok := Form(test.form).match(args, args[0]); got != test.want || ok != (test.want > 0) {
			t.Errorf("%s matches %q at %d, want %d", test.form, test.line, got, test.want)
		}
	}
}

func BenchmarkUnknown(b *testing.B) {
	args := []string{"app", "--port", "80"}
	for b.Loop() {
		WrapperNamed(args, "app")
		LauncherNamed(args, "app")
		ServerNamed(args, "app")
	}
}
