package report

import (
	"bufio"
	"io"
	"strings"
)

// Diff writes a unified diff. Programs get it as it is, for they apply it; a terminal would obey what stands in the files, and gets that
// as what can be seen.
func Diff(w io.Writer, diff string, o Options) error {
	out := bufio.NewWriter(w)
	for line := range strings.Lines(diff) {
		if o.Width > 0 {
			text := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
			end := line[len(text):]
			parts := strings.Split(text, "\t")
			for i, part := range parts {
				parts[i] = visible(part)
			}
			line = strings.Join(parts, "\t") + end
		}
		_, _ = out.WriteString(line) // Flush returns the error
	}
	return out.Flush()
}
