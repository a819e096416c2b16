package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pid1lint/pid1lint/rules"
)

// Catalogue writes one line for each rule.
func Catalogue(w io.Writer, all []*rules.Rule, o Options) error {
	p := newPrinter(w, o)
	widest := 0
	for _, r := range all {
		widest = max(widest, len(r.ID))
	}
	for _, r := range all {
		title := r.Title
		if r.Preview {
			title += " (preview)"
		}
		before := fmt.Sprintf("%-*s  %-7s  ", widest, r.ID, r.Severity)
		room := 0
		if o.Width > 0 {
			room = max(o.Width-len(before), 20)
		}
		for i, part := range wrap(title, room) {
			if i == 0 {
				p.line(p.o.paint(strong, before[:widest]), "  ", p.o.paint(severityStyle(r.Severity), before[widest+2:]), part)
			} else {
				p.line(strings.Repeat(" ", len(before)), part)
			}
		}
	}
	return p.Flush()
}

// Page writes the documentation of one rule.
func Page(w io.Writer, r *rules.Rule, o Options) error {
	if o.Width == 0 {
		o.Width = 80
	}
	o.Width = min(o.Width, 100) // longer lines are hard to read
	p := newPrinter(w, o)
	severity := r.Severity.String()
	if r.Preview {
		severity += ", only with --preview"
	}
	p.line(p.o.paint(strong, r.ID), " (", p.o.paint(severityStyle(r.Severity), severity), ")")
	p.line()
	p.paragraph("", r.Title+".")
	p.markdown(r.Markdown())
	return p.Flush()
}

// markdown writes the Markdown that documentation of rules uses: headings, paragraphs, lists, tables and code.
func (p *printer) markdown(doc string) {
	var before, text string // a paragraph or list item that is not finished
	item := false
	flush := func() {
		if text != "" {
			p.paragraph(before, inline(text))
		}
		before, text = "", ""
	}
	code, table := false, false
	for raw := range strings.Lines(strings.TrimSpace(doc) + "\n") {
		raw = strings.TrimRight(raw, "\r\n")
		content := strings.TrimSpace(raw)
		fence := strings.HasPrefix(content, "```")
		marker := listMarker(content)
		switch {
		case fence:
			flush()
			if !code {
				p.line()
			}
			code = !code
		case code:
			p.line("    ", p.o.paint(source, layOut(raw).window(0, 1<<30, "", "").text))
		case content == "":
			flush()
			item, table = false, false
		case strings.HasPrefix(content, "#"):
			flush()
			p.line()
			p.line(p.o.paint(strong, inline(strings.TrimLeft(content, "# "))))
		case text == "" && len(content) > 4 && strings.HasPrefix(content, "**") && strings.HasSuffix(content, "**"):
			p.line()
			p.line(p.o.paint(strong, content[2:len(content)-2]))
		case strings.HasPrefix(content, "|"):
			flush()
			if !table {
				p.line()
			}
			table = true
			p.line("  ", content)
		case marker > 0:
			flush()
			if !item {
				p.line()
			}
			item = true
			before = strings.Repeat(" ", 2+len(raw)-len(strings.TrimLeft(raw, " "))) + content[:marker] + " "
			text = strings.TrimSpace(content[marker:])
		case text != "":
			text += " " + content
		default:
			p.line()
			text = content
		}
	}
	flush()
}

// listMarker returns the length of "-", "*" or "12." in front of an item of a list, 0 where there is none.
func listMarker(line string) int {
	digits := 0
	for digits < len(line) && line[digits] >= '0' && line[digits] <= '9' {
		digits++
	}
	rest := line[digits:]
	switch {
	case digits > 0 && strings.HasPrefix(rest, ". "):
		return digits + 1
	case digits == 0 && (strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "* ")):
		return 1
	}
	return 0
}

// inline drops what only marks Markdown: bold, and the brackets of links, whose addresses stay. Code keeps its backticks.
func inline(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = links(strings.ReplaceAll(parts[i], "**", ""))
	}
	return strings.Join(parts, "`")
}

func links(text string) string {
	open := strings.Index(text, "[")
	if open < 0 {
		return text
	}
	name, rest, ok := strings.Cut(text[open+1:], "](")
	if !ok {
		return text
	}
	target, rest, ok := strings.Cut(rest, ")")
	if !ok {
		return text
	}
	if strings.Contains(target, "://") {
		name += " (" + target + ")"
	}
	return text[:open] + name + links(rest)
}
