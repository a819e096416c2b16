// Package config holds the settings of a project.
package config

import "time"

// Names are those that the file with the settings of a folder may have, relative to the folder, in the order in which they are
// looked for.
var Names = []string{".pid1lint.yaml", ".pid1lint.yml", ".github/pid1lint.yaml", ".github/pid1lint.yml"}

// A Config is what a project has set. The zero Config has every default.
type Config struct {
	Rules   map[string]string // severity by rule: "off", "note", "warning" or "error"
	Preview bool              // rules that are new run, too
	Exclude []string          // globs of files and folders that are not linted, relative to the folder of the file: "legacy/**"
	Images  map[string]string // for an image that is not known, one that it is like: "registry.corp/base" is "debian:12"
	FailOn  string            // the least severity that makes a run fail, "" for the default
	Grace   time.Duration     // how long the runtime waits before it kills, 0 for the default of the runtime
}

// A Mistake is something in the file that is no setting.
type Mistake struct {
	Line    int // one-based; 0 where it is the file as a whole
	Message string
	Got     string   // the word that is not known; "" where it is not about one
	Known   []string // the words that may stand in its place
}
