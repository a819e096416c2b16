package process

import (
	"os"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
)

// TestLaunchers holds the model against testdata/launchers.tsv. A verdict "without X" says how a runtime ends where its
// script does not handle the signal, which is not known: the verdict itself is then graceful.
//
// Left out of the measured rows: npm, npx, yarn, pnpm, supervisord, s6-svscan and runsvdir, which read files and have tests
// of their own; the shells, which TestMeasured has; cat, which has no input there; Go, Rust and C programs, which cannot be
// told from others by their command.
func TestLaunchers(t *testing.T) {
	data, err := os.ReadFile("testdata/launchers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	n := 0
	for line := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		rows[fields[0]] = true
		n++
		l := predictCommand(t, splitQuoted(fields[1]), fields[2])
		got := string(l.Verdict)
		if l.Slow {
			got += " slow"
		}
		want := fields[3]
		if without, ok := strings.CutPrefix(want, "without "); ok {
			want = string(Graceful)
			if l.Root == nil || l.Root.Handler == "" || string(l.Root.Without) != without {
				t.Errorf("%s %s: without a handler %s, predicted %+v", fields[1], fields[2], without, l.Root)
			}
		}
		if got != want {
			t.Errorf("%s %s: measured %s, predicted %s (%s) %v", fields[1], fields[2], fields[3], got, l.Reason, l.Unknown)
		}
	}
	t.Logf("%d commands of %d rows", n, len(rows))
}

// splitQuoted splits a command at blanks that are not between double quotes.
func splitQuoted(text string) []string {
	var words []string
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func predictCommand(t *testing.T, argv []string, signal string) *Launch {
	t.Helper()
	files := newFakeFiles()
	files.text("/w/control.conf", "[global]\nprocess_control_timeout = 10s\n", 0o644)
	files.entries["/w/manage.py"], files.entries["/w/gradlew"], files.entries["/w/node_modules/.bin/next"] = Entry{Kind: Program}, Entry{Kind: Program}, Entry{Kind: Program}
	if argv[0] == "ash:" { // where /bin/sh and the tools are those of busybox
		argv = argv[1:]
		files.entries["/bin/sh"] = files.entries["/opt/bb/sh"]
	}
	var words []parser.Word
	for _, text := range argv {
		words = append(words, parser.Word{Text: text, Known: true, Span: parser.Span{File: &parser.File{Src: text}, Start: 0, End: len(text)}})
	}
	sig, _ := ParseSignal(signal)
	declared := func(name string) (program, bool) {
		prog := program{kind: application, name: name, caught: handled.with(SIGWINCH), stays: true, needs: 1000}
		switch name {
		case "app-slow", "app-slow.sh":
			prog.needs = 4000
		case "app":
		default:
			return program{}, false
		}
		return prog, true
	}
	files.entries["/usr/bin/time"] = Entry{Kind: Program}
	files.entries["/w/app-slow.sh"] = Entry{Kind: Program}
	start := Start{Kind: KindScript, Argv: words, Dir: "/w", Env: map[string]string{"HOME": "/root"}, Signal: sig, Closed: true}
	return predict(&machine{start: start, files: files, declared: declared})
}
