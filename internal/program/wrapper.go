package program

import "strings"

// A Wrapper is a program that changes something about itself and then becomes the program that its arguments name: the
// process stays the same, and so does what it does with signals but for what Ignores says.
type Wrapper struct {
	Name        string
	Arguments   string // short options that take an argument
	Long        string // long options that take an argument as a word of their own, between blanks
	Operands    int    // words before the command: the user of gosu
	Assignments bool   // NAME=value words before the command
	Number      bool   // -10 is an option (nice)
	Ignores     []int  // signals that it sets to be ignored
	User        bool   // it changes the user, to the one that its operand or option names
	Source      string
}

// Wrappers, by name. Source where a row has none of its own: measured as "exec NAME ... app", the application was PID 1.
var wrappers = []Wrapper{
	{Name: "env", Arguments: "uCS", Long: " --unset --chdir --split-string ", Assignments: true},
	{Name: "nice", Arguments: "n", Long: " --adjustment ", Number: true},
	{Name: "nohup", Ignores: []int{1}},
	{Name: "setpriv", User: true, Long: " --reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig --selinux-label --apparmor-profile "},
	{Name: "gosu", User: true, Operands: 1},
	{Name: "su-exec", User: true, Operands: 1, Source: "ncopa/su-exec README"},
	{Name: "chroot", Long: " --userspec --groups ", Operands: 1},
	{Name: "stdbuf", Arguments: "ioe", Long: " --input --output --error "},
	{Name: "ionice", Arguments: "cn", Long: " --class --classdata ", Source: "util-linux ionice(1)"},
	{Name: "taskset", Operands: 1, Source: "util-linux taskset(1)"},
	{Name: "chrt", Arguments: "TPD", Operands: 1, Source: "util-linux chrt(1)"},
	{Name: "numactl", Arguments: "lCNpimP", Long: " --cpunodebind --membind --physcpubind --interleave --preferred --localalloc ", Source: "numactl(8)"},
	{Name: "setarch", Source: "measured, util-linux 2.38, without an architecture"},
	{Name: "linux32", Source: "util-linux setarch(8)"},
	{Name: "linux64", Source: "util-linux setarch(8)"},
	{Name: "chpst", User: true, Arguments: "uUbenmodfpcrt/"},
	{Name: "setuidgid", User: true, Operands: 1},
	{Name: "s6-setuidgid", User: true, Operands: 1},
	{Name: "s6-envdir", Operands: 1, Source: "skarnet.org s6-envdir"},
	{Name: "s6-env", Assignments: true, Source: "skarnet.org s6-env"},
	{Name: "with-contenv", Source: "s6-overlay"},
	{Name: "envdir", Operands: 1, Source: "cr.yp.to daemontools"},
	{Name: "softlimit", Arguments: "amdoslfcrptn", Source: "cr.yp.to daemontools"},
	{Name: "prlimit", Source: "util-linux prlimit(1)"},
	{Name: "choom", Arguments: "n", Long: " --adjust ", Source: "util-linux choom(1)"},
	{Name: "setlock", Operands: 1, Source: "cr.yp.to daemontools"},
}

// WrapperNamed returns the wrapper with that name.
func WrapperNamed(name string) (*Wrapper, bool) {
	for i := range wrappers {
		if wrappers[i].Name == name {
			return &wrappers[i], true
		}
	}
	return nil, false
}

// Command returns the index of the command in the arguments of the wrapper, args[0] being the wrapper itself, and
// len(args) where it is given none.
func (w *Wrapper) Command(args []string) int {
	i := 1
	for ; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			i++
			return min(w.skip(args, i), len(args))
		case len(arg) < 2 || arg[0] != '-':
			return min(w.skip(args, i), len(args))
		case strings.HasPrefix(arg, "--"):
			if !strings.Contains(arg, "=") && strings.Contains(w.Long, " "+arg+" ") {
				i++
			}
		case w.Number && arg[1] >= '0' && arg[1] <= '9':
		default:
			// The last letter of a cluster may take the next word, an earlier one the rest of its own.
			for j := 1; j < len(arg); j++ {
				if strings.IndexByte(w.Arguments, arg[j]) >= 0 {
					if j == len(arg)-1 {
						i++
					}
					break
				}
			}
		}
	}
	return len(args)
}

func (w *Wrapper) skip(args []string, i int) int {
	if w.Assignments {
		for i < len(args) && strings.IndexByte(args[i], '=') > 0 {
			i++
		}
	}
	return i + w.Operands
}
