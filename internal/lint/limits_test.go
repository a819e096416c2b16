package lint

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/rules"
)

// TestLimits lints files that are made to take long or to fill the memory: each ends with an answer or a limit that is stated.
func TestLimits(t *testing.T) {
	lines := func(n int, format string) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, format, i, i+1)
		}
		return text.String()
	}
	script := func(text string) map[string]string {
		return map[string]string{
			"Dockerfile": "FROM debian:12\nCOPY --chmod=755 start.sh /start.sh\nENTRYPOINT [\"/start.sh\"]\n",
			"start.sh":   "#!/bin/sh\n" + text,
		}
	}
	dockerfile := func(text string) map[string]string { return map[string]string{"Dockerfile": text} }
	for name, files := range map[string]map[string]string{
		"a script of a megabyte":       script(strings.Repeat("if [ -f /a ]; then echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaa; fi\n", 20_000) + "server\n"),
		"a word of a megabyte":         script("server " + strings.Repeat("a", 1_000_000) + "\n"),
		"functions in functions":       script(lines(10_000, "f%d() { f%d; }\n") + "f10000() { server; }\nf0\n"),
		"branches that double":         script(lines(60, "if [ \"$A%[1]d\" ]; then X%[1]d=1; else X%[1]d=%[2]d; fi\n") + "server $X1 $X59\n"),
		"branches with applications":   script(lines(60, "if grep a /etc/x%d; then app%d & fi\n") + "server\n"),
		"conditions in conditions":     script(strings.Repeat("if a; then\n", 3000) + "server\n" + strings.Repeat("fi\n", 3000)),
		"subshells in subshells":       script(strings.Repeat("(", 20_000) + "server" + strings.Repeat(")", 20_000) + "\n"),
		"a variable that doubles":      script("A=xxxxxxxx\n" + strings.Repeat("A=$A$A\n", 60) + "server $A\n"),
		"a loop that hardly ends":      script("i=0\nwhile [ $i -lt 100000000 ]; do i=$((i+1)); done\nserver\n"),
		"arithmetic in arithmetic":     script("server $((" + strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000) + "))\n"),
		"arithmetic without end":       script("server $((" + strings.Repeat("1+", 500_000) + "1))\n"),
		"substitutions":                script("server " + strings.Repeat("$(", 300_000) + "a" + strings.Repeat(")", 300_000) + "\n"),
		"strings in substitutions":     script("server " + strings.Repeat("\"$(", 300_000) + "\n"),
		"defaults in defaults":         script("server " + strings.Repeat("${a:-", 200_000) + strings.Repeat("}", 200_000) + "\n"),
		"conditions without commands":  script(strings.Repeat("if ", 300_000) + "\n"),
		"patterns in patterns":         script("case x in " + strings.Repeat("@(", 300_000) + strings.Repeat(")", 300_000) + ") a;; esac\nserver\n"),
		"pipes without end":            script(strings.Repeat("a | ", 250_000) + "server\n"),
		"pipes before a mistake":       script(strings.Repeat("a | ", 250_000) + "server\nserver\nif\n"),
		"conditions one after another": script("if a; then b\n" + strings.Repeat("elif a; then b\n", 50_000) + "fi\nserver\n"),
		"commands without end":         script(strings.Repeat("a;", 500_000) + "server\n"),
		"traps without end":            script(strings.Repeat("trap : TERM\n", 80_000) + "server\n"),
		"a script that reads itself":   script(strings.Repeat(". /start.sh\n", 80_000) + "server\n"),
		"programs that start programs": script("exec " + strings.Repeat("nohup ", 160_000) + "server\n"),
		"eval of eval":                 script(strings.Repeat("eval ", 200_000) + "server\n"),
		"comments without end":         script(strings.Repeat("#\n", 500_000) + "server\n"),
		"a pattern of stars":           script("A=" + strings.Repeat("a", 100_000) + "\ncase ${A##" + strings.Repeat("*a", 3000) + "*b} in " + strings.Repeat("*a", 3000) + "*b) a;; esac\nserver\n"),
		"a script in a script":         script("sh -c '" + strings.Repeat("(", 500_000) + "server" + strings.Repeat(")", 400_000) + "'\n"),
		"a YAML line of a megabyte":    {"compose.yaml": "services: {s: {image: debian, command: [" + strings.Repeat("a,", 500_000) + "]}}\n"},
		"lists in lists":               {"compose.yaml": "services: " + strings.Repeat("[", 1_000_000) + "\n"},
		"variables in variables":       {"compose.yaml": "services: {s: {image: debian, command: '" + strings.Repeat("${A:-", 20_000) + strings.Repeat("}", 20_000) + "'}}\n"},
		"many stages":                  dockerfile("FROM debian:12 AS s0\n" + lines(10_000, "FROM s%d AS s%d\nRUN a\n") + "CMD server\n"),
		"many copies":                  dockerfile("FROM debian:12\n" + lines(5000, "COPY a%d /b%d\n") + "ENTRYPOINT [\"/start.sh\"]\n"),
		"a line of a megabyte":         dockerfile("FROM debian:12\nRUN echo " + strings.Repeat("a ", 500_000) + "\nCMD server\n"),
		"an environment that doubles":  dockerfile("FROM debian:12\nENV A0=xxxxxxxx\n" + lines(40, "ENV A%[2]d=$A%[1]d$A%[1]d\n") + "CMD server $A40\n"),
		"an argument that doubles":     dockerfile("ARG A0=xxxxxxxx\n" + lines(40, "ARG A%[2]d=$A%[1]d$A%[1]d\n") + "FROM debian:$A40\nCMD server\n"),
		"aliases that explode": {"compose.yaml": "x0: &a0 [l, l, l, l, l, l, l, l, l]\n" +
			lines(9, "x%[2]d: &a%[2]d [*a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d, *a%[1]d]\n") +
			"services:\n  s:\n    image: debian\n    command: *a9\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			p, err := Load(tree(files), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			result := p.Run(rules.All())
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if len(result.Launches)+len(result.Problems) == 0 {
				t.Error("nothing is said")
			}
			t.Logf("%v, %d MiB", took, (after.TotalAlloc-before.TotalAlloc)>>20)
			// Under a second where nothing else runs, and a few times that in CI.
			if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 10*time.Second || allocated > 1024 {
				t.Errorf("it took %v and %d MiB", took, allocated)
			}
		})
	}
}
