//go:build docs

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// main writes the manual pages and the completions of the shells below a folder. It is another program of the same package, so
// that what writes them is no part of the released one:
//
//	go run -tags docs ./cmd/pid1lint FOLDER
//
// The pages bear the date of SOURCE_DATE_EPOCH, in seconds since 1970, or else today's.
func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run -tags docs ./cmd/pid1lint FOLDER")
		os.Exit(statusTrouble)
	}
	if err := writeDocs(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error: writing manual pages and completions:", err)
		os.Exit(statusTrouble)
	}
}

func writeDocs(dir string) error {
	date := time.Now()
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return fmt.Errorf("reading SOURCE_DATE_EPOCH: %w", err)
		}
		date = time.Unix(seconds, 0)
	}
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	if err := errors.Join(os.MkdirAll(man, 0o755), os.MkdirAll(completions, 0o755)); err != nil {
		return err
	}
	root := (&session{color: "auto"}).rootCommand()
	for _, c := range append(root.Commands(), root) {
		page := md2man.Render([]byte(manualPage(c, date.UTC())))
		if err := os.WriteFile(filepath.Join(man, pageName(c)+".1"), page, 0o644); err != nil {
			return err
		}
	}
	return errors.Join(
		root.GenBashCompletionFileV2(filepath.Join(completions, "pid1lint.bash"), true),
		root.GenZshCompletionFile(filepath.Join(completions, "_pid1lint")),
		root.GenFishCompletionFile(filepath.Join(completions, "pid1lint.fish"), true),
		root.GenPowerShellCompletionFileWithDesc(filepath.Join(completions, "pid1lint.ps1")),
	)
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manualPage returns the page of a command in the form that md2man reads.
func manualPage(c *cobra.Command, date time.Time) string {
	var page strings.Builder
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&page, "# %s\n\n%s\n\n", title, text)
		}
	}
	name := pageName(c)
	fmt.Fprintf(&page, "%% %q \"1\" %q %q \"pid1lint\"\n", strings.ToUpper(name), date.Format("2006-01-02"), strings.TrimSpace("pid1lint "+version))
	section("NAME", name+" - "+c.Short)
	section("SYNOPSIS", "**"+c.CommandPath()+"**"+escape.Replace(strings.TrimPrefix(c.UseLine(), c.CommandPath())))
	description := c.Long
	if description == "" {
		description = c.Short + "."
	}
	section("DESCRIPTION", escape.Replace(strings.TrimSpace(description)))
	section("OPTIONS", options(c.NonInheritedFlags())+options(c.InheritedFlags()))
	if c.Example != "" {
		section("EXAMPLES", "```\n"+c.Example+"\n```")
	}
	var others []string
	for _, other := range append([]*cobra.Command{c.Root()}, c.Root().Commands()...) {
		if other != c {
			others = append(others, "**"+pageName(other)+"**(1)")
		}
	}
	section("SEE ALSO", strings.Join(others, ", "))
	return page.String()
}

// escape keeps what is said from being read as markup.
var escape = strings.NewReplacer("*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "`", "\\`")

// options lists flags as help does: with the name of what they take, and what that is by default.
func options(flags *pflag.FlagSet) string {
	var list strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		term := "**--" + f.Name + "**"
		if f.Shorthand != "" {
			term = "**-" + f.Shorthand + "**, " + term
		}
		if value != "" {
			term += " *" + escape.Replace(value) + "*"
			if f.DefValue != "" && f.DefValue != "[]" {
				usage += "; " + f.DefValue + " by default"
			}
		}
		fmt.Fprintf(&list, "%s\n: %s\n\n", term, escape.Replace(usage))
	})
	return list.String()
}
