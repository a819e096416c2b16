package parser

import "mvdan.cc/sh/v3/syntax"

// As returns the script parsed again in another dialect; its Tree is nil where it is no program of that dialect.
func (s *Script) As(dialect syntax.LangVariant) *Script {
	again := *s
	again.Dialect = dialect
	again.Tree, again.Err = parseTree(syntax.NewParser(syntax.Variant(dialect), syntax.KeepComments(true)), s.Text)
	return &again
}
