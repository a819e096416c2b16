package parser

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// As returns the script parsed again in another dialect; its Tree is nil where it is no program of that dialect.
func (s *Script) As(dialect syntax.LangVariant) *Script {
	again := *s
	again.Dialect = dialect
	again.Tree, again.Err = syntax.NewParser(syntax.Variant(dialect), syntax.KeepComments(true)).Parse(strings.NewReader(s.Text), "")
	if again.Err != nil {
		again.Tree = nil
	}
	return &again
}
