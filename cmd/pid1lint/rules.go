package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/pid1lint/pid1lint/internal/config"
	"github.com/pid1lint/pid1lint/internal/lint"
	"github.com/pid1lint/pid1lint/internal/report"
	"github.com/pid1lint/pid1lint/rules"
)

func (s *session) rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules, or explain one",
		Long: `List the rules with their severity, or print the documentation of one: what it
finds, why it matters, how to fix it, and an example.`,
		Example: `  pid1lint rules
  pid1lint rules no-exec`,
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return rules.IDs(rules.All()), cobra.ShellCompDirectiveNoFileComp
		},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("pid1lint rules takes one rule at most: %q", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			o := s.options(s.stdout)
			if len(args) == 0 {
				return report.Catalogue(s.stdout, rules.All(), o)
			}
			rule, err := findRule(rules.All(), args[0])
			if err != nil {
				return err
			}
			return report.Page(s.stdout, rule, o)
		},
	}
}

// findRule returns the rule with an ID or an alias in any case.
func findRule(all []*rules.Rule, name string) (*rules.Rule, error) {
	for _, r := range all {
		if r.Named(name) {
			return r, nil
		}
	}
	return nil, usagef("unknown rule %q%s: 'pid1lint rules' lists them all", name, didYouMean(name, rules.IDs(all), ""))
}

// chooseRules returns the rules that --select, --ignore and --preview leave. A rule in preview runs when it is selected by name, too.
func chooseRules(all []*rules.Rule, selected, ignored []string, preview bool) ([]*rules.Rule, error) {
	wanted, err := findRules(all, selected)
	if err != nil {
		return nil, err
	}
	unwanted, err := findRules(all, ignored)
	if err != nil {
		return nil, err
	}
	var chosen []*rules.Rule
	for _, r := range all {
		on := preview || !r.Preview
		if len(wanted) > 0 {
			on = wanted[r]
		}
		if on && !unwanted[r] {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

// chooseFor returns the choice of --select, --ignore and --preview, with what the settings of a file add: rules that are off are
// left out, unless --select names them.
func chooseFor(selected, ignored []string, preview bool) lint.Choice {
	return func(all []*rules.Rule, under *config.Config) []*rules.Rule {
		chosen, _ := chooseRules(all, selected, ignored, preview || under.Preview) // they were looked at before
		var judging []*rules.Rule
		for _, r := range chosen {
			severity, set := under.Rules[r.ID]
			switch {
			case !set || severity == "off" && len(selected) > 0:
				judging = append(judging, r)
			case severity != "off":
				judging = append(judging, r.WithSeverity(severity))
			}
		}
		return judging
	}
}

func findRules(all []*rules.Rule, names []string) (map[*rules.Rule]bool, error) {
	found := map[*rules.Rule]bool{}
	for _, name := range names {
		rule, err := findRule(all, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		found[rule] = true
	}
	return found, nil
}
