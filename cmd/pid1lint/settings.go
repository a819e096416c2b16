package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/parser"
)

// maxSettings is how much is read of a file of settings.
const maxSettings = 1 << 20

// settings reads the file of --config, which may be anywhere. It returns nil where none is named: each file of the project has the
// settings of the nearest one then.
func (p *place) settings(named string) (*config.Config, error) {
	if named == "" {
		return nil, nil
	}
	file := physical(p.cwd, named)
	name := relative(p.root, file)
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, lint.SettingsError{{Path: name, Message: fmt.Sprintf("reading %s: no such file: check --config", name)}}
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("it is not a file")
	case err == nil && info.Size() > maxSettings:
		err = errors.New("it is longer than 1 MiB")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, lint.SettingsError{{Path: name, Message: fmt.Sprintf("reading %s: %v", name, err)}}
	}
	return lint.ParseSettings(&parser.File{Path: name, Src: string(text)})
}
