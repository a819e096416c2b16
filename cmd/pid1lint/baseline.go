package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pid1lint/pid1lint/internal/lint"
)

// readBaseline reads the file of --baseline, "" for none.
func readBaseline(name string) (lint.Baseline, error) {
	if name == "" {
		return nil, nil
	}
	log, err := os.ReadFile(name)
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err
	}
	var known lint.Baseline
	if err == nil {
		known, err = lint.ParseBaseline(log)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w: pid1lint --format sarif --output %s writes one", name, err, name)
	}
	return known, nil
}
