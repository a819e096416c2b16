package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/google/renameio/v2/maybe"

	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// A writer writes a result in one format.
type writer func(io.Writer, rules.Result, report.Options) error

// write writes a result to standard output, or to the file that --output names.
func (s *session) write(format writer, r rules.Result, o report.Options, name string) error {
	if name == "" || name == "-" {
		if err := format(s.stdout, r, o); err != nil {
			return fmt.Errorf("writing the report to standard output: %w", err)
		}
		return nil
	}
	o.Width, o.Boxes, o.Color = 0, false, s.color == "always"
	var out bytes.Buffer
	if err := format(&out, r, o); err != nil {
		return err
	}
	s.writing.Lock()
	err := writeFile(name, out.Bytes())
	s.writing.Unlock()
	if err != nil {
		if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
			err = pathError.Err // its path is that of a temporary file
		}
		return fmt.Errorf("writing the report to %s: %w", name, err)
	}
	return nil
}

// writeFile writes a file so that nobody ever reads half of it. What is not a regular file, such as /dev/stderr, is written as it is.
func writeFile(name string, data []byte) error {
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() {
		return maybe.WriteFile(name, data, 0o644)
	}
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
