package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// The longest command that a box shows, in columns.
const mermaidCommand = 100

// The colours of boxes. Text and ground are both given, so that they are readable on any page.
const mermaidClasses = `  classDef runtime fill:#ddf4ff,stroke:#0969da,color:#1f2328
  classDef aside fill:#f6f8fa,stroke:#59636e,color:#1f2328
  classDef good fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef unsure fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef bad fill:#ffebe9,stroke:#cf222e,stroke-width:2px,color:#1f2328
`

func (t tone) class() string { return [...]string{"aside", "good", "unsure", "unsure", "bad"}[t] }

// ExplainMermaid writes launches as one flowchart of Mermaid, https://mermaid.js.org, for a fence of that name in Markdown.
func ExplainMermaid(w io.Writer, r rules.Result, o Options) error {
	o.Boxes = true
	m := &flowchart{Writer: bufio.NewWriter(w), o: o}
	m.printf("%%%%{init: {\"flowchart\": {\"wrappingWidth\": 400}}}%%%%\nflowchart TD\n")
	if len(r.Launches) == 0 {
		m.printf("  none[%s]:::aside\n", label("There is nothing to explain."))
	}
	for i, l := range r.Launches {
		id := fmt.Sprintf("launch%d", i+1)
		all := scenes(l, r.Findings)
		if i > 0 {
			m.printf("  launch%d ~~~ %s\n", i, id) // one below the other
		}
		if len(all) == 1 {
			m.scene(id, o.where(l)+": ", all[0])
			continue
		}
		m.printf("  subgraph %s [%s]\n    direction LR\n", id, label(o.where(l)))
		for _, s := range all {
			m.scene(id+s.name(), "", s)
		}
		m.printf("    %s%s ==> %[1]s%[3]s\n  end\n", id, all[0].name(), all[1].name())
	}
	m.printf("%s", mermaidClasses)
	return m.Flush()
}

// A flowchart is written node by node; its first error stays and is returned by Flush.
type flowchart struct {
	*bufio.Writer
	o     Options
	nodes int // of the scene
}

func (m *flowchart) printf(format string, args ...any) { _, _ = fmt.Fprintf(m, format, args...) }

// scene writes a subgraph: who stops the container, the processes, and what becomes of the application.
func (m *flowchart) scene(id, title string, s scene) {
	l, t := s.launch, verdictTone(s.launch)
	m.nodes = 0
	m.printf("    subgraph %s [%s]\n      direction TB\n", id, label(title+m.o.glyphs().mark(t)+" "+s.headline()))
	end := id + "_end"
	last := id + "_stop"
	if l.Root == nil {
		m.printf("      %s[%s]:::%s\n", last, label(noProcesses(l)), t.class())
	} else {
		above := ""
		if stops(l) {
			m.printf("      %s([%s]):::runtime\n", last, label(stopCommand(l), "kills all after "+seconds(l.GracePeriod())))
			above = last
		}
		last = m.process(id, above, l, nil, l.Root)
	}
	m.printf("      %s(%s):::%s\n", end, label(m.o.notes(s)...), t.class())
	m.printf("      %s --- %s\n", last, end)
	m.printf("    end\n")
}

// process writes a process below another one, "" for none, and returns the node of the application, or else of the process.
func (m *flowchart) process(id, above string, l *process.Launch, from, at *process.Process) string {
	m.nodes++
	node := fmt.Sprintf("%s_%d", id, m.nodes)
	t := processTone(l, at)
	words := shorten(command(at.Argv), mermaidCommand, m.o.glyphs().dots)
	lines := []string{m.o.role(l, at), words}
	if why := fate(l, at); why != "" {
		lines = append(lines, m.o.glyphs().mark(t)+" "+visible(why))
	}
	m.printf("      %s[%s]:::%s\n", node, label(lines...), t.class())
	if above != "" {
		p := passageTo(l, from, at)
		switch {
		case p.arrives:
			m.printf("      %s -->|%s| %s\n", above, label(m.o.glyphs().ok+" "+p.text), node)
		case p.text == "":
			m.printf("      %s -.- %s\n", above, node)
		default:
			m.printf("      %s -.-x|%s| %s\n", above, label(m.o.glyphs().mark(p.tone)+" "+p.text), node)
		}
	}
	found := node
	for _, child := range at.Children {
		if below := m.process(id, node, l, at, child); child == l.App || below != "" && holds(child, l.App) {
			found = below
		}
	}
	return found
}

// holds reports whether a process is another one or stands above it.
func holds(at, wanted *process.Process) bool {
	if at == wanted {
		return true
	}
	for _, child := range at.Children {
		if holds(child, wanted) {
			return true
		}
	}
	return false
}

// label returns lines as a quoted text of Mermaid. All that is not plain becomes a numeric entity: besides quotes and
// hashes this is what Markdown, HTML, KaTeX or the names of icons would be made of, which Mermaid looks for in labels.
func label(lines ...string) string {
	var out strings.Builder
	out.WriteByte('"')
	wrote := false
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if wrote {
			out.WriteString("<br/>")
		}
		wrote = true
		before := rune(0)
		for i, r := range line {
			if r == '$' && before == '$' {
				out.WriteString("#8203;") // two of them are KaTeX, even as entities; nothing is seen between them
			}
			before = r
			// A digit or a hyphen at the start would make a list.
			if unicode.IsLetter(r) || r == ' ' || r == '/' || i > 0 && strings.ContainsRune("0123456789-,.", r) {
				out.WriteRune(r)
			} else {
				fmt.Fprintf(&out, "#%d;", r)
			}
		}
	}
	if !wrote {
		out.WriteString("#45;") // no text at all is a syntax error
	}
	out.WriteByte('"')
	return mermaidWords.Replace(out.String())
}

// mermaidWords breaks up what Mermaid 11 looks for even in quoted texts and entities: words of its own, the marks that it
// puts around entities, names of icons, and links.
var mermaidWords = strings.NewReplacer("style", "#115;tyle", "classDef", "#99;lassDef", "direction", "#100;irection",
	"ﬂ#176;", "ﬂ#8203;#176;", "#182;ß", "#182;#8203;ß", "#58;fa-", "#58;#8203;fa-", "www.", "www#46;", "WWW.", "WWW#46;")
