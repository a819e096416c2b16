package report

import (
	"bufio"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/rules"
)

// GitHub writes findings as workflow commands, which GitHub Actions shows beside the lines of a pull request. The worst come
// first, since it shows ten of each kind only. Paths are relative to the root of the run, whatever Options.Path is.
//
// Source: docs.github.com, "Workflow commands for GitHub Actions"; actions/runner, src/Runner.Common/ActionCommand.cs.
func GitHub(w io.Writer, r rules.Result, o Options) error {
	o.Path = nil
	out := bufio.NewWriter(w)
	for _, p := range r.Problems {
		c := workflowCommand{name: "error", data: visible(problemMessage(p))}
		file, line := o.problemPlace(p)
		c.set("file", visible(file))
		c.setNumber("line", line)
		c.set("title", "pid1lint")
		c.write(out)
	}
	findings := o.shown(r)
	sort.SliceStable(findings, func(i, j int) bool { return urgency(findings[i]) > urgency(findings[j]) })
	for _, f := range findings {
		o.annotation(f).write(out)
	}
	return out.Flush()
}

// urgency orders findings by their severity; one that is silenced comes last.
func urgency(f foldedFinding) rules.Severity {
	if f.suppressed != nil {
		return rules.Off
	}
	return f.Severity
}

func (o Options) annotation(f foldedFinding) workflowCommand {
	c := workflowCommand{name: "notice"}
	switch urgency(f) {
	case rules.Error:
		c.name = "error"
	case rules.Warning:
		c.name = "warning"
	}
	if at := placeOf(f); !at.IsZero() {
		if strings.HasSuffix(at.Text(), "\n") {
			at.End--
		}
		in := regionOf(at)
		c.set("file", visible(o.path(at.File)))
		c.setNumber("line", in.StartLine)
		c.setNumber("endLine", in.EndLine)
		if in.StartLine == in.EndLine { // it ignores the lines where there are columns and the lines differ
			c.setNumber("col", in.StartColumn)
			c.setNumber("endColumn", in.EndColumn)
		}
	}
	c.set("title", "pid1lint: "+f.Rule.ID)
	c.data = strings.Join(append([]string{summaryOf(f)}, o.elsewhere(f)...), "\n")
	return c
}

// A workflowCommand is one line that GitHub Actions obeys.
type workflowCommand struct {
	name       string
	properties []string
	data       string
}

func (c *workflowCommand) set(name, value string) {
	if value != "" {
		c.properties = append(c.properties, name+"="+propertyEscapes.Replace(value))
	}
}

func (c *workflowCommand) setNumber(name string, value int) {
	if value > 0 {
		c.set(name, strconv.Itoa(value))
	}
}

func (c workflowCommand) write(w *bufio.Writer) {
	_, _ = w.WriteString("::" + c.name + " " + strings.Join(c.properties, ",") + "::" + dataEscapes.Replace(c.data) + "\n") // Flush returns the error
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
