package report_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// TestAnySpan draws random places in random files: nothing may panic, be wider than the terminal or reach it as a control character.
func TestAnySpan(t *testing.T) {
	alphabet := []string{"a", "b ", "\t", "日", "é", "e\u0301", "\x1b[2J", "\xff", "\n", "\r\n", " ", "\u202e", "🎉", "word ", "\x00", strings.Repeat("x", 50)}
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		var out strings.Builder
		for range random.IntN(n) {
			out.WriteString(alphabet[random.IntN(len(alphabet))])
		}
		return out.String()
	}
	for range 1000 {
		f := &parser.File{Path: "start.sh", Src: text(60)}
		span := func() parser.Span {
			start := random.IntN(len(f.Src) + 1)
			return parser.Span{File: f, Start: start, End: start + random.IntN(len(f.Src)-start+1)}
		}
		launch := &process.Launch{Start: process.Start{Origin: span()}, Verdict: process.Undecided}
		edit := parser.Edit{Span: span(), New: text(10)}
		r := rules.Result{Launches: []*process.Launch{launch}, Findings: []rules.Finding{{
			Rule: noExecRule, Launch: launch, Severity: rules.Warning, Span: span(), Message: "message", Label: "a label of some words",
			Related: []rules.Related{{Span: span(), Message: "related"}, {Span: span()}},
			Fixes:   []rules.Fix{{Title: "title", Edits: []parser.Edit{edit}}},
		}}}
		width := []int{0, 50, 80, 120}[random.IntN(4)]
		var out bytes.Buffer
		if err := report.Text(&out, r, report.Options{Width: width, Boxes: random.IntN(2) == 0}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\x00\r\u202e") {
			t.Fatalf("a control character in %q", out.String())
		}
		for line := range strings.Lines(out.String()) {
			if got := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); width > 0 && got > width {
				t.Fatalf("%d columns of %d: %q\n%s", got, width, line, out.String())
			}
		}
	}
}
