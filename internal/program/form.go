package program

import (
	"slices"
	"strings"
)

// A Form is how a command line is written by which a row knows it: the file names that the program may have, and the words
// that follow, options aside. "|" stands between alternatives, and a name that ends in "*" may be followed by a version:
// "python*|pypy* manage.py runserver".
type Form string

// match returns the index of the first argument behind the words of a form. args[0] is the program, name its file name.
func (f Form) match(args []string, name string) (int, bool) {
	if !f.named(name) {
		return 0, false
	}
	_, words, _ := strings.Cut(string(f), " ")
	i := 1
	for words != "" {
		var word string
		word, words, _ = strings.Cut(words, " ")
		found := false
		for value := false; i < len(args) && !found; i++ {
			switch arg := args[i]; {
			case oneOf(word, arg[strings.LastIndexByte(arg, '/')+1:]):
				found = true
			case strings.HasPrefix(arg, "-") && len(arg) > 1:
				value = !strings.Contains(arg, "=")
			case value:
				value = false // what belongs to the option in front of it
			default:
				return 0, false
			}
		}
		if !found {
			return 0, false
		}
	}
	return i, true
}

// named reports whether a program of a file name may be what the form is for.
func (f Form) named(name string) bool {
	names, _, _ := strings.Cut(string(f), " ")
	return oneOf(names, name)
}

// oneOf reports whether a name is one of those that "|" separates.
func oneOf(names, name string) bool {
	for names != "" {
		var one string
		one, names, _ = strings.Cut(names, "|")
		if stem, versions := strings.CutSuffix(one, "*"); versions {
			if rest, ok := strings.CutPrefix(name, stem); ok && strings.Trim(rest, "0123456789.-") == "" {
				return true
			}
		} else if one == name {
			return true
		}
	}
	return false
}

// initials has the rows of a table by the first byte of the names in their forms, in their order: a command line is looked for in
// several tables of a hundred rows, and most rows are for other programs.
type initials [256][]int

// initialsOf makes them for a table with a number of rows.
func initialsOf(rows int, form func(row int) Form) *initials {
	index := &initials{}
	for row := range rows {
		names, _, _ := strings.Cut(string(form(row)), " ")
		for one := range strings.SplitSeq(names, "|") {
			if same := &index[one[0]]; !slices.Contains(*same, row) {
				*same = append(*same, row)
			}
		}
	}
	return index
}

// rows returns those that may be for a program of a file name.
func (index *initials) rows(name string) []int {
	if name == "" {
		return nil
	}
	return index[name[0]]
}

// An Options says by which options a row knows a command line. They stand between blanks.
type Options struct {
	With     string // one of these is needed, as a word of its own or in front of a "="
	Without  string // none of these may be there
	Clusters bool   // one letter may stand among others: "-De"
}

func (o Options) allow(args []string) bool {
	return (o.With == "" || given(o.With, args, o.Clusters)) && (o.Without == "" || !given(o.Without, args, o.Clusters))
}

// given reports whether one of the options is among the arguments.
func given(options string, args []string, clusters bool) bool {
	for _, option := range strings.Fields(options) {
		for _, arg := range args {
			switch {
			case arg == option, strings.HasPrefix(arg, option+"="):
				return true
			case clusters && len(option) == 2 && len(arg) > 2 && arg[0] == '-' && arg[1] != '-' && strings.IndexByte(arg[1:], option[1]) >= 0:
				return true
			}
		}
	}
	return false
}

// A Way leads through the arguments of a program to the command that it runs.
type Way struct {
	Arguments   string // short options that take an argument
	Long        string // other options that take an argument as a word of their own, between blanks
	Operands    int    // words before the command: the user of gosu
	Assignments bool   // NAME=value words before the command
	Number      bool   // -10 is an option (nice)
	Behind      string // the command stands behind one of these words, between blanks, and nowhere else: "--", "-exec"
	Shell       string // options whose argument is a command for sh -c, between blanks: "-c --command"
}

// command returns the index of the command from an index on, len(args) where there is none, and whether it is a text for
// sh -c.
func (w *Way) command(args []string, i int) (at int, shell bool) {
	if w.Behind != "" {
		for ; i < len(args); i++ {
			if strings.Contains(w.Behind, " "+args[i]+" ") {
				return i + 1, false
			}
		}
		return len(args), false
	}
	for ; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return min(w.skip(args, i+1), len(args)), false
		case len(arg) < 2 || arg[0] != '-':
			at := min(w.skip(args, i), len(args))
			if at < len(args)-1 && w.Operands > 0 && w.Shell != "" && strings.Contains(w.Shell, " "+args[at]+" ") {
				return at + 1, true // flock FILE -c COMMAND
			}
			return at, false
		case w.Shell != "" && strings.Contains(w.Shell, " "+arg+" ") && i+1 < len(args):
			return i + 1, true
		case strings.Contains(w.Long, " "+arg+" "):
			i++
		case strings.HasPrefix(arg, "--"):
		case w.Number && arg[1] >= '0' && arg[1] <= '9':
		default:
			// The last letter of a cluster may take the next word, an earlier one the rest of its own.
			for j := 1; j < len(arg); j++ {
				last := j == len(arg)-1
				if last && w.Shell != "" && strings.Contains(w.Shell, " -"+arg[j:]+" ") && i+1 < len(args) {
					return i + 1, true // script -qec COMMAND
				}
				if strings.IndexByte(w.Arguments, arg[j]) >= 0 {
					if last {
						i++
					}
					break
				}
			}
		}
	}
	return len(args), false
}

func (w *Way) skip(args []string, i int) int {
	if w.Assignments {
		for i < len(args) && strings.IndexByte(args[i], '=') > 0 {
			i++
		}
	}
	return i + w.Operands
}
