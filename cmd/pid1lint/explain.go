package main

import (
	"github.com/spf13/cobra"

	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// The formats that launches can be explained in.
var explainFormats = map[string]writer{
	"text": report.Explain, "json": report.ExplainJSON, "mermaid": report.ExplainMermaid, "svg": report.ExplainSVG,
}

func (s *session) explainCommand() *cobra.Command {
	var from source
	format := "text"
	c := &cobra.Command{
		Use:   "explain [PATH...]",
		Short: "Show which processes run in a container and what a stop does to them",
		Long: `Show for every way a container is started which processes will run in it, how
the stop signal goes from PID 1 to the application or where it ends, and what
becomes of the application.

The format svg is a picture for light and dark pages, mermaid a flowchart for
Markdown, both with what the fixes make of it.`,
		Example: `  pid1lint explain
  pid1lint explain --target prod api/Dockerfile
  pid1lint explain --format svg > explain.svg
  pid1lint explain --format json | jq '.launches[].verdict'`,
		Args:                  cobra.ArbitraryArgs,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			result, p, err := s.look(args, from, func(project *lint.Project) rules.Result {
				project.Choose = chooseFor(nil, nil, true)
				project.Alone = true
				return project.Run(rules.All())
			})
			if err != nil {
				return err
			}
			look := s.options(s.stdout)
			look.Path = p.show
			s.problems(result.Problems, look)
			return s.write(explainFormats[format], result, look, "")
		},
	}
	formats := choice(&format, "FORMAT", "text", "json", "mermaid", "svg")
	c.Flags().Var(formats, "format", "how to write it: "+formats.list())
	from.addFlags(c)
	completeWith(c, "format", formats.known...)
	return c
}
