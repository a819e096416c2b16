package program

import "strings"

// A Runtime runs the program of a user, whose handlers decide. Without one it does what is said here.
type Runtime struct {
	Names   string  // as in a Form
	Values  string  // options that take an argument as a word of their own, between blanks
	Modules string  // options whose argument is what runs: -m, -jar
	Code    string  // options whose argument is code: -c, -e
	With    string  // so it is only with this option: java -Xrs
	Extra   string  // variables that hold further options, between blanks
	None    Signals // it installs no handler for them: as PID 1 it ignores them
	Ends    Signals // they end it at once
	Follow  bool    // its script may be a server that is known by its name: manage.py, .bin/next
	Source  string
}

const unhandled = term | hup | quit | usr1 | usr2

// runtimes are those that do not end gracefully by themselves. Java, Erlang and Elixir do.
var runtimes = []Runtime{
	{Names: "python*|pypy*", Values: " -W -X -Q ", Modules: " -m ", Code: " -c ", None: unhandled, Follow: true, Source: "measured, CPython 3.13.5, pypy3"},
	{Names: "node|nodejs", Values: nodeValues, Code: " -e --eval -p --print ", None: term | intr, Follow: true, Source: "measured, node 22.23.3"},
	{Names: "ts-node", Values: " -P --project -r --require -O ", Code: " -e --eval ", None: term | intr, Source: "measured, ts-node 10.9.2"},
	{Names: "bun", Values: " --env-file --preload -r --config -c --cwd ", Code: " -e --eval ", None: term | intr, Follow: true, Source: "measured, bun 1.4.5"},
	{Names: "deno", Values: " --config -c --import-map --env-file ", Ends: term, Source: "measured, deno 2.9.6"},
	{Names: "ruby*", Values: " -r -I -C -E -W ", Code: " -e ", Ends: term, Follow: true, Source: "measured, ruby 3.3.14"},
	{Names: "perl", Values: " -I ", Code: " -e -E ", None: unhandled, Source: "measured, perl 5.40.1"},
	{Names: "php*", Values: " -d -c -z ", Modules: " -f ", Code: " -r ", None: unhandled, Follow: true, Source: "measured, php 8.4.28"},
	{Names: "java", Values: " -cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports ", Modules: " -jar -m --module ", With: "-Xrs", Extra: " JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS ", None: unhandled | intr, Source: "measured, OpenJDK 21, the variables with 17"},
	{Names: "Rscript|R", Code: " -e ", None: term, Source: "measured, R of Debian 13"},
	{Names: "lua*|tclsh*|guile*", Code: " -e -c ", None: term, Source: "measured, lua 5.4, tcl 8.6, guile 3.0"},
	{Names: "sbcl", Values: " --load --eval ", Modules: " --script ", Ends: term, Source: "measured, sbcl of Debian 13"},
}

// RuntimeNamed returns the runtime that a program is.
func RuntimeNamed(name string) (*Runtime, bool) {
	for i := range runtimes {
		if oneOf(runtimes[i].Names, name) {
			return &runtimes[i], true
		}
	}
	return nil, false
}

// Script returns the index of what a runtime runs in its arguments, len(args) where that is code or cannot be told, and
// whether it is the name of a module.
func (r *Runtime) Script(args []string) (at int, module bool) {
	if len(args) > 1 && (args[1] == "run" || args[1] == "serve") && (r.Names == "deno" || r.Names == "bun") {
		args = append([]string{args[0], "--"}, args[2:]...)
	}
	for i := 1; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
		case strings.HasPrefix(arg, "-") && len(arg) > 1:
			switch option := " " + arg + " "; {
			case strings.Contains(r.Modules, option):
				return i + 1, true
			case strings.Contains(r.Code, option):
				return len(args), false
			case strings.Contains(r.Values, option):
				i++
			}
		default:
			return i, false
		}
	}
	return len(args), false
}
