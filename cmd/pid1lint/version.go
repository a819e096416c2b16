package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the release build: -ldflags "-X main.version=v1.2.3".
var version string

func (s *session) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.stdout, versionLine())
			return err
		},
	}
}

// versionLine names the version and what it was built from: "pid1lint v1.2.3 (commit 0123456789ab, go1.26.8 linux/amd64)".
func versionLine() string {
	name, commit := versionName(), ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision":
				commit = "commit " + setting.Value[:min(12, len(setting.Value))] + commit
			case setting.Key == "vcs.modified" && setting.Value == "true":
				commit += " and changes"
			}
		}
	}
	if name == "" {
		name = "(devel)"
	}
	if commit != "" {
		commit += ", "
	}
	return fmt.Sprintf("pid1lint %s (%s%s %s/%s)", name, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionName returns the version alone, "v1.2.3", "" where it is not known.
func versionName() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}

// noArguments refuses arguments.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument: %q", c.CommandPath(), args[0])
	}
	return nil
}
