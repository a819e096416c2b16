// Package config holds the settings of a project.
package config

import "time"

// A Config is what a project has set. The zero Config has every default.
type Config struct {
	Rules   map[string]string // severity by rule: "off", "note", "warning" or "error"
	Exclude []string          // globs of files and folders that are not linted, relative to the root: "legacy/**"
	Images  map[string]string // for an image that is not known, one that it is like: "registry.corp/base" is "debian:12"
	FailOn  string            // the least severity that makes a run fail, "" for the default
	Grace   time.Duration     // how long the runtime waits before it kills, 0 for the default of the runtime
}
