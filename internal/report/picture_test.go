package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// TestPictures compares the pictures of samples with testdata/pictures, where they can be looked at.
func TestPictures(t *testing.T) {
	for _, sample := range pictured() {
		t.Run(sample.name, func(t *testing.T) {
			var svg, mermaid bytes.Buffer
			if err := errors.Join(report.ExplainSVG(&svg, sample.result, report.Options{}), report.ExplainMermaid(&mermaid, sample.result, report.Options{})); err != nil {
				t.Fatal(err)
			}
			for suffix, got := range map[string][]byte{".svg": svg.Bytes(), ".mmd": mermaid.Bytes()} {
				golden := filepath.Join("testdata", "pictures", sample.name+suffix)
				if *update {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("%s differs (go test ./internal/report -update writes it):\n%s", golden, diff)
				}
			}
			checkSVG(t, svg.Bytes())
			checkMermaid(t, mermaid.String())
		})
	}
}

func pictured() []sample {
	wanted := []string{"no-exec", "nothing", "branches", "unknown", "hostile", "layout", "no-process", "deep", "kinds"}
	out := slices.DeleteFunc(samples(), func(s sample) bool { return !slices.Contains(wanted, s.name) })
	return append(out, sample{"signals", "", signals()})
}

// Every way in which the stop signal gets to a process or does not.
func signals() rules.Result {
	docker := file("Dockerfile", "FROM debian:12\nCMD [\"tini\", \"-g\", \"/start.sh\"]\nSTOPSIGNAL SIGINT\n")
	child := func(receives image.Answer, end process.End, argv ...string) *process.Process {
		return &process.Process{PID: 9, Argv: words(argv...), Role: process.RoleApp, How: process.InBackground, Receives: receives, End: end}
	}
	root := child(image.Yes, process.Finished, "tini", "-g", "/start.sh")
	root.Role, root.How, root.Got, root.Why = process.RoleInit, process.ByExec, []process.Signal{process.SIGINT}, "passes the signal on"
	shell := child(image.Yes, process.ByDefault, "/bin/sh", "/start.sh")
	shell.Role, shell.Got, shell.Sender = process.RoleShell, []process.Signal{process.SIGINT}, root
	deaf, told, opaque, other := child(image.No, process.Killed, "tail", "-F", "log"), child(image.Yes, process.Finished, "app"), child(image.Unknown, process.Killed, "./start"), child(image.Yes, process.Finished, "nginx")
	told.Got, told.Sender = []process.Signal{process.SIGINT}, root
	other.Got, other.Sender = []process.Signal{process.SIGQUIT, process.SIGTERM}, deaf
	below := child(image.No, process.Killed, "grep", "x")
	deaf.Children = []*process.Process{below}
	shell.Children = []*process.Process{deaf, told, opaque, other}
	root.Children = []*process.Process{shell}
	launch := &process.Launch{Start: process.Start{Kind: process.KindDockerfile, Origin: at(docker, "CMD"), Signal: process.SIGINT, Argv: words("tini", "-g", "/start.sh")}, Root: root, App: told, Verdict: process.Lost}
	dropped := child(image.No, process.Stuck, "app")
	alone := &process.Launch{Start: process.Start{Kind: process.KindKubernetes, Target: "web", Origin: at(docker, "FROM")}, Root: dropped, App: dropped, Verdict: process.Ignored}
	hooked := child(image.Yes, process.Finished, "nginx")
	hooked.Got, hooked.How, hooked.Why = []process.Signal{process.SIGQUIT}, process.AsChild, "receives SIGQUIT from the preStop hook and shuts down"
	above := child(image.Yes, process.Finished, "/bin/sh", "-c", "nginx; true")
	above.Role, above.How, above.Got, above.Children = process.RoleShell, process.ByExec, []process.Signal{process.SIGTERM}, []*process.Process{hooked}
	hook := &process.Launch{Start: process.Start{Kind: process.KindKubernetes, Target: "hook", Origin: at(docker, "FROM"), SharedPID: at(docker, "debian"), PreStop: &process.Hook{}}, Root: above, App: hooked, Verdict: process.Graceful}
	return rules.Result{Launches: []*process.Launch{launch, alone, hook}}
}

// FuzzPictures draws text from files that is meant to break the picture that it stands in.
func FuzzPictures(f *testing.F) {
	for _, text := range []string{
		"", " ", "\"", "`x`", "]]>", "--><script>", "&amp;&#0;", "#quot;#35;", "a]b[c)d(e}f{", "$$x$$", "style a:#b;", "classDef", "direction LR", "end", "ﬂ°°35¶ß",
		"\x00\x1b[31m\x7f", "\xff\xfe", "\ufffe\uffff\ufffd" + strings.Repeat("\uffff", 200), "\u202e\u2028", "日本語 🎉", "a\nb\r\tc", strings.Repeat("x", 2000), strings.Repeat("日", 300), "fa:fa-car www.example.com",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := noExec()
		l := r.Launches[0]
		l.Base, l.Target, l.Reason, l.Argv = text, text, text, words(text, text)
		l.Origin.File.Path += text
		l.Root.Argv, l.Root.Why = words(text, text), text
		l.App.Argv, l.App.Receives = words(text), image.Yes
		l.App.Sender = l.App
		l.Verdict, l.Unknown = process.Undecided, []process.Gap{{Span: l.Origin, Reason: text + "?"}}
		var svg, mermaid bytes.Buffer
		if err := errors.Join(report.ExplainSVG(&svg, r, report.Options{}), report.ExplainMermaid(&mermaid, r, report.Options{})); err != nil {
			t.Fatal(err)
		}
		checkSVG(t, svg.Bytes())
		checkMermaid(t, mermaid.String())
	})
}

// checkSVG checks that a picture is well-formed XML, that nothing leaves it, and that no two lines of text overlap.
func checkSVG(t *testing.T, svg []byte) {
	t.Helper()
	type line struct{ x, y, end int }
	var lines []line
	var at *line
	wide, high := 0, 0
	inTitle := false
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			n := map[string]int{}
			for _, a := range token.Attr {
				number, _ := strconv.ParseFloat(a.Value, 64)
				n[a.Name.Local] = int(number)
			}
			switch token.Name.Local {
			case "svg":
				wide, high = n["width"], n["height"]
			case "title":
				inTitle = true
			case "text":
				at = &line{x: n["x"], y: n["y"], end: n["x"]}
			case "rect":
				if n["x"] < 0 || n["x"]+n["width"] > wide || n["y"]+n["height"] > high || n["width"] <= 0 {
					t.Errorf("a box leaves the picture of %dx%d: %v", wide, high, token.Attr)
				}
			}
		case xml.CharData:
			if at != nil && !inTitle {
				at.end += 8 * runewidth.StringWidth(string(token))
			}
		case xml.EndElement:
			switch token.Name.Local {
			case "title":
				inTitle = false
			case "text":
				if at.x < 0 || at.end > wide || at.y > high-4 {
					t.Errorf("text leaves the picture: %+v of %dx%d", *at, wide, high)
				}
				for _, other := range lines {
					if abs(other.y-at.y) < 14 && other.x < at.end && at.x < other.end {
						t.Errorf("texts overlap: %+v and %+v", other, *at)
					}
				}
				lines = append(lines, *at)
				at = nil
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

const quoted = `"(?:[\p{L}0-9 /.,-]|#[0-9]+;|<br/>)+"`

var mermaidLine = regexp.MustCompile(`^(?:%%\{init: .*\}%%|flowchart TD| +(?:end|direction (?:TB|LR)|launch\d+ ~~~ launch\d+|\w+ (?:---|-\.-|==>) \w+|classDef [\w:#, -]+|subgraph \w+ \[` +
	quoted + `\]|\w+(?:\[` + quoted + `\]|\(\[` + quoted + `\]\)|\(` + quoted + `\)):::\w+|\w+ (?:-->|-\.-x)\|` + quoted + `\| \w+))$`)

// checkMermaid checks that a flowchart consists of nothing but the statements that are meant, whatever stands in its labels.
func checkMermaid(t *testing.T, chart string) {
	t.Helper()
	open := 0
	for text := range strings.SplitSeq(strings.TrimSuffix(chart, "\n"), "\n") {
		if !mermaidLine.MatchString(text) {
			t.Errorf("not a statement: %s", text)
		}
		switch word, _, _ := strings.Cut(strings.TrimSpace(text), " "); word {
		case "subgraph":
			open++
		case "end":
			open--
		}
		if labels := regexp.MustCompile(`"[^"]*"`).FindAllString(text, -1); !strings.HasPrefix(text, "%%") {
			for _, word := range []string{"style", "classDef", "direction ", "www.", "#36;#36;", "#58;fa-"} {
				if strings.Contains(strings.Join(labels, ""), word) {
					t.Errorf("Mermaid looks for %q in a label: %s", word, text)
				}
			}
		}
	}
	if open != 0 {
		t.Errorf("%d subgraphs are not closed", open)
	}
}

// TestContrast checks that the colours of pictures are readable on their grounds: 4.5 to 1 for text, 3 to 1 for marks.
//
// Source: Web Content Accessibility Guidelines 2.2, success criteria 1.4.3 and 1.4.11.
func TestContrast(t *testing.T) {
	var out bytes.Buffer
	if err := report.ExplainSVG(&out, noExec(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	_, sheet, _ := strings.Cut(out.String(), "<style>")
	sheet, _, _ = strings.Cut(sheet, "</style>")
	light, dark, ok := strings.Cut(sheet, "@media (prefers-color-scheme:dark)")
	if !ok {
		t.Fatal("no colours for dark pages")
	}
	for name, part := range map[string]string{"light": light, "dark": dark} {
		fill := func(selector string) string {
			m := regexp.MustCompile(regexp.QuoteMeta(selector) + `[^{]*\{fill:(#\w+)`).FindStringSubmatch(part)
			if m == nil {
				t.Fatalf("%s: no colour for %s", name, selector)
			}
			return m[1]
		}
		for _, ground := range []string{fill(".card"), fill(".box")} {
			for _, text := range []string{".strong", "text.plain", "text.muted", "text.aside", "text.good", "text.unsure", "text.bad"} {
				if c := contrast(fill(text), ground); c < 4.5 {
					t.Errorf("%s: %s is %.1f to 1 on %s", name, text, c, ground)
				}
			}
		}
	}
	out.Reset()
	if err := report.ExplainMermaid(&out, noExec(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	classes := regexp.MustCompile(`classDef (\w+) fill:(#\w+),stroke:(#\w+).*color:(#\w+)`).FindAllStringSubmatch(out.String(), -1)
	if len(classes) != 5 {
		t.Fatalf("%d classes", len(classes))
	}
	for _, m := range classes {
		if text, stroke := contrast(m[4], m[2]), contrast(m[3], m[2]); text < 4.5 || stroke < 3 {
			t.Errorf("mermaid %s: text %.1f, border %.1f to 1", m[1], text, stroke)
		}
	}
}
