package report

import (
	"github.com/fatih/color"

	"github.com/pid1lint/pid1lint/rules"
)

// A style is how text of one meaning is drawn. The meaning is always in the words and marks too.
type style []color.Attribute

var (
	strong = style{color.Bold}
	quiet  = style{color.Faint}
	gutter = style{color.FgBlue, color.Bold}
	good   = style{color.FgGreen}
	bad    = style{color.FgRed}
	unsure = style{color.FgYellow}
	source = style{color.FgCyan}
)

// A tone says how good something is; every form of report has its own marks and colours for it.
type tone int

const (
	isAside tone = iota // of no importance
	isGood
	isSlow // good in the end
	isUnsure
	isBad
)

func (t tone) style() style { return [...]style{quiet, good, unsure, unsure, bad}[t] }

func (g glyphs) mark(t tone) string {
	return [...]string{g.aside, g.ok, g.aside, g.unknown, g.failed}[t]
}

func severityStyle(s rules.Severity) style {
	switch s {
	case rules.Error:
		return style{color.FgRed, color.Bold}
	case rules.Warning:
		return style{color.FgYellow, color.Bold}
	}
	return style{color.FgCyan, color.Bold}
}

// paint draws text where colour is on. Widths are computed before, for colour has none.
func (o Options) paint(s style, text string) string {
	if !o.Color || len(s) == 0 || text == "" {
		return text
	}
	c := color.New(s...)
	c.EnableColor() // the package would look at the environment by itself, and differently
	return c.Sprint(text)
}

// glyphs are the characters of drawings.
type glyphs struct {
	bar, arrow, dots           string
	branch, last, trunk        string // of a tree, each three columns wide
	ok, failed, unknown, aside string
	top, side, bottom, under   string // of a span over several lines
}

var (
	ascii = glyphs{
		bar: "|", arrow: "-->", dots: "...", branch: "|- ", last: "`- ", trunk: "|  ",
		ok: "ok", failed: "x", unknown: "?", aside: "-",
		top: "/", side: "|", bottom: "|", under: "_",
	}
	boxes = glyphs{
		bar: "│", arrow: "──▶", dots: "…", branch: "├─ ", last: "└─ ", trunk: "│  ",
		ok: "✓", failed: "✗", unknown: "?", aside: "·",
		top: "╭", side: "│", bottom: "╰", under: "─",
	}
)

func (o Options) glyphs() glyphs {
	if o.Boxes {
		return boxes
	}
	return ascii
}
