package report

import (
	"io"

	"github.com/pid1lint/pid1lint/rules"
)

// ShortSARIF is SARIF without the pages of rules that have no finding: most of a log, and the same in each.
func ShortSARIF(w io.Writer, r rules.Result, o Options) error { return writeSARIF(w, r, o, nil) }
