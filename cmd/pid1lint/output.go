package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/google/renameio/v2/maybe"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

// A writer writes a result in one format.
type writer func(io.Writer, rules.Result, report.Options) error

// write writes a result to standard output, or to the file that --output names.
func (s *session) write(format writer, r rules.Result, o report.Options, name string) error {
	if name == "" || name == "-" {
		out, err := s.render(format, r, o)
		if err == nil {
			_, err = s.stdout.Write(out.Bytes())
		}
		if err != nil {
			return fmt.Errorf("writing the report to standard output: %w", err)
		}
		return nil
	}
	o.Width, o.Boxes, o.Color = 0, false, s.color == "always"
	out, err := s.render(format, r, o)
	if err != nil {
		return err
	}
	s.writing.Lock()
	err = writeFile(name, out.Bytes())
	s.writing.Unlock()
	if err != nil {
		if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
			err = pathError.Err // its path is that of a temporary file
		}
		return fmt.Errorf("writing the report to %s: %w", name, err)
	}
	return nil
}

// render returns a report as it is to be written. A launch that it cannot be written of is left out, and told as a problem: this program
// has a mistake then, and the others are reported all the same.
func (s *session) render(format writer, r rules.Result, o report.Options) (*bytes.Buffer, error) {
	out, cause, err := attempt(format, r, o)
	if cause == nil {
		return out, err
	}
	var crashes []rules.Problem
	for _, l := range r.Launches {
		if l.Origin.IsZero() {
			continue // nothing is said of it: Project.Brief
		}
		others := func(other *process.Launch) bool { return other != l }
		if _, cause, _ := attempt(format, without(r, others), o); cause != nil {
			crash := rules.Crash("reporting "+l.Origin.File.Path, cause)
			crash.Path = l.Origin.File.Path
			crashes = append(crashes, crash)
			r = without(r, func(other *process.Launch) bool { return other == l })
		}
	}
	out, cause, err = attempt(format, r, o)
	if cause != nil {
		return nil, errors.New(rules.Crash("writing the report", cause).Message)
	}
	s.problems(crashes, o)
	return out, err
}

// attempt writes a report. The cause is what it panicked with, nil where it did not.
func attempt(format writer, r rules.Result, o report.Options) (out *bytes.Buffer, cause any, err error) {
	defer func() { cause = recover() }()
	out = &bytes.Buffer{}
	return out, nil, format(out, r, o)
}

// without returns a result without some launches and what was found about them.
func without(r rules.Result, dropped func(*process.Launch) bool) rules.Result {
	r.Launches = slices.DeleteFunc(slices.Clone(r.Launches), dropped)
	r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f rules.Finding) bool { return dropped(f.Launch) })
	r.Suppressed = slices.DeleteFunc(slices.Clone(r.Suppressed), func(f rules.Suppressed) bool { return dropped(f.Launch) })
	return r
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
