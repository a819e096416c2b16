package report_test

import (
	"bytes"
	"errors"
	"flag"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

var update = flag.Bool("update", false, "write the wanted output into testdata")

// TestReport compares every form of the report of each sample with testdata/<sample>.txtar.
func TestReport(t *testing.T) {
	elapsed := 10 * time.Millisecond
	forms := []struct {
		name    string
		write   func(*bytes.Buffer, rules.Result, report.Options) error
		options report.Options
	}{
		{"text", text, report.Options{Elapsed: elapsed}},
		{"text 80 columns", text, report.Options{Elapsed: elapsed, Width: 80, Boxes: true}},
		{"explain", explain, report.Options{}},
		{"explain 80 columns", explain, report.Options{Width: 80, Boxes: true}},
		{"json", func(b *bytes.Buffer, r rules.Result, o report.Options) error { return report.JSON(b, r, o) }, report.Options{}},
		{"explain json", func(b *bytes.Buffer, r rules.Result, o report.Options) error { return report.ExplainJSON(b, r, o) }, report.Options{}},
	}
	for _, sample := range samples() {
		t.Run(sample.name, func(t *testing.T) {
			var got txtar.Archive
			for _, form := range forms {
				if sample.only != "" && sample.only != form.name {
					continue
				}
				var out bytes.Buffer
				if err := form.write(&out, sample.result, form.options); err != nil {
					t.Fatal(err)
				}
				got.Files = append(got.Files, txtar.File{Name: form.name, Data: out.Bytes()})
			}
			compare(t, filepath.Join("testdata", sample.name+".txtar"), txtar.Format(&got))
		})
	}
}

func text(b *bytes.Buffer, r rules.Result, o report.Options) error {
	if err := report.Problems(b, r.Problems, o); err != nil {
		return err
	}
	return report.Text(b, r, o)
}

func explain(b *bytes.Buffer, r rules.Result, o report.Options) error { return report.Explain(b, r, o) }

// TestColor checks that colour changes nothing but colour, so that every meaning is there without it.
func TestColor(t *testing.T) {
	for _, sample := range samples() {
		for _, write := range []func(*bytes.Buffer, rules.Result, report.Options) error{text, explain} {
			var plain, colored bytes.Buffer
			if err := errors.Join(write(&plain, sample.result, report.Options{Width: 80}), write(&colored, sample.result, report.Options{Width: 80, Color: true})); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain.String(), escapes.ReplaceAllString(colored.String(), "")); diff != "" {
				t.Errorf("%s: %s", sample.name, diff)
			}
			if bytes.Contains(plain.Bytes(), []byte("\x1b")) {
				t.Errorf("%s: escapes without colour", sample.name)
			}
		}
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestWidth checks that nothing that a terminal gets is wider than the terminal.
func TestWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100, 200} {
		for _, sample := range samples() {
			var out bytes.Buffer
			o := report.Options{Width: width, Boxes: true}
			if err := errors.Join(report.Text(&out, sample.result, o), report.Explain(&out, sample.result, o)); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				if got := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); got > width {
					t.Errorf("%s: %d columns of %d: %s", sample.name, got, width, line)
				}
			}
		}
	}
}

// TestWriteError checks that a report that cannot be written is an error.
func TestWriteError(t *testing.T) {
	r := noExec()
	for name, err := range map[string]error{
		"text":    report.Text(full{}, r, report.Options{}),
		"explain": report.Explain(full{}, r, report.Options{}), "explain json": report.ExplainJSON(full{}, r, report.Options{}),
		"mermaid": report.ExplainMermaid(full{}, r, report.Options{}), "svg": report.ExplainSVG(full{}, r, report.Options{}),
		"page": report.Page(full{}, sampleRule, report.Options{}), "catalogue": report.Catalogue(full{}, []*rules.Rule{sampleRule}, report.Options{}),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, format := range formats {
		if err := format.write(full{}, r, report.Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format.name, err)
		}
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
