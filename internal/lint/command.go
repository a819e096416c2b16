package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// command notes what one command of RUN does, and returns what it writes. shown is that for echo and printf.
func (r *runReader) command(args []argument, input, shown content, span parser.Span) content {
	args = withoutPrefixes(args)
	if len(args) == 0 {
		return nothing
	}
	if !args[0].known {
		r.unclear = true
		return content{}
	}
	r.commands = append(r.commands, buildCommand{args, r.dir, r.maybe == 0, len(r.effects)})
	name := path.Base(args[0].text)
	options, operands := splitOptions(args[1:], optionsWithArgument[name])
	switch name {
	case "cd", "pushd":
		if r.dir = "/root"; len(operands) > 0 {
			r.dir = r.path(operands[0])
		}
	case "echo", "printf":
		return shown
	case "cat":
		if len(operands) == 0 {
			return input
		}
		if len(operands) == 1 {
			return content{file: r.path(operands[0])}
		}
	case "tee":
		for _, file := range operands {
			r.write(file, input, options.has("a", "append"), span)
		}
		return input
	case "mv":
		r.transfer(moves, options, operands, "", span)
	case "cp":
		r.transfer(copies, options, operands, "", span)
	case "install":
		if !options.has("d", "directory") {
			r.transfer(copies, options, operands, "0755", span) // install(1): the mode without -m
		}
	case "ln":
		if options.has("s", "symbolic") {
			r.link(options, operands, span)
		} else {
			r.transfer(copies, options, operands, "", span)
		}
	case "chmod":
		r.chmod(args[1:], span)
	case "find", "xargs":
		r.chmodOfMany(args, span)
	case "rm":
		for _, file := range operands {
			r.do(effect{kind: removes, to: r.path(file), deep: options.has("r", "R", "recursive"), span: span})
		}
	case "dos2unix":
		for _, file := range operands {
			r.do(effect{kind: strips, to: r.path(file), span: span})
		}
	case "sed":
		r.sed(options, operands, span)
	case "curl", "wget":
		return r.download(name, options, operands, span)
	case "go", "gcc", "cc", "g++", "clang", "rustc":
		if out, ok := options.get("o"); ok {
			r.do(effect{kind: builds, to: r.path(out), span: span})
		}
		r.unclear = true
	case "sh", "bash", "ash", "dash":
		r.unclear = true
	default:
		if installs, ok := packagesOf(name, args[1:]); ok {
			r.installs = append(r.installs, installs)
		} else if !bringsNothing[name] {
			r.unclear = true
		}
	}
	return content{}
}

// withoutPrefixes drops words that change nothing about which files a command touches.
func withoutPrefixes(args []argument) []argument {
	for len(args) > 0 {
		switch args[0].text {
		case "sudo", "command", "exec", "env", "time", "nice", "builtin", "eatmydata":
			args = args[1:]
			for len(args) > 0 && (strings.HasPrefix(args[0].text, "-") || strings.Contains(args[0].text, "=")) {
				args = args[1:]
			}
			continue
		}
		return args
	}
	return args
}

// bringsNothing has the commands that put no program anywhere, apart from those that command notes, and such subcommands
// of package managers.
var bringsNothing = map[string]bool{
	"update": true, "upgrade": true, "dist-upgrade": true, "clean": true, "autoclean": true, "autoremove": true, "purge": true, "remove": true,
	"del": true, "erase": true, "cache": true, "makecache": true, "global": true,
	"set": true, "true": true, "false": true, "export": true, "unset": true, "test": true, "[": true, ":": true, "exit": true, "sleep": true,
	"popd": true, "pwd": true, "umask": true, "ulimit": true, "touch": true, "mkdir": true, "rmdir": true, "chown": true, "chgrp": true,
	"useradd": true, "adduser": true, "addgroup": true, "groupadd": true, "usermod": true, "groupmod": true, "passwd": true, "chpasswd": true,
	"id": true, "getent": true, "ls": true, "stat": true, "which": true, "type": true, "date": true, "uname": true, "grep": true, "head": true,
	"tail": true, "wc": true, "sort": true, "awk": true, "tr": true, "cut": true, "sha256sum": true, "sha512sum": true, "md5sum": true,
	"locale-gen": true, "update-locale": true, "ldconfig": true, "update-ca-certificates": true, "setcap": true, "apt-mark": true,
	"dpkg-reconfigure": true, "debconf-set-selections": true, "apt-cache": true, "rc-update": true, "a2enmod": true, "a2dismod": true,
	"a2ensite": true, "a2dissite": true, "mkfifo": true, "ssh-keygen": true, "openssl": true, "gpg": true, "find": true, "xargs": true,
}

// optionsWithArgument has the short options that take the next word, by command.
var optionsWithArgument = map[string]string{
	"install": "mogtS", "cp": "tS", "mv": "tS", "ln": "tS", "sed": "ef", "curl": "oHdAeuxXTmbcFKwryYzCE", "wget": "OoPUtTe", "go": "o", "gcc": "oILlDx", "cc": "oILlDx",
	"g++": "oILlDx", "clang": "oILlDx", "rustc": "oL", "tee": "",
}

// options are the options of a command in their order.
type options []option

// An option has a name without dashes, and its argument where it takes one.
type option struct {
	name  string
	value argument
}

func (o options) has(names ...string) bool {
	return slices.ContainsFunc(o, func(one option) bool { return slices.Contains(names, one.name) })
}

// get returns the argument of an option, of one that is repeated that of the last.
func (o options) get(name string) (argument, bool) {
	for _, one := range slices.Backward(o) {
		if one.name == name {
			return one.value, true
		}
	}
	return argument{}, false
}

// splitOptions takes the words behind a command's name apart. withArgument holds the short options that take the next word.
func splitOptions(args []argument, withArgument string) (options, []argument) {
	var found options
	var operands []argument
	for n := 0; n < len(args); n++ {
		text := args[n].text
		switch {
		case text == "--":
			return found, append(operands, args[n+1:]...)
		case strings.HasPrefix(text, "--"):
			name, value, _ := strings.Cut(text[2:], "=")
			found = append(found, option{name, argument{value, args[n].known}})
		case len(text) > 1 && text[0] == '-':
			for j := 1; j < len(text); j++ {
				letter := text[j : j+1]
				if !strings.Contains(withArgument, letter) {
					found = append(found, option{name: letter})
					continue
				}
				switch {
				case j+1 < len(text):
					found = append(found, option{letter, argument{text[j+1:], args[n].known}})
				case n+1 < len(args):
					n++
					found = append(found, option{letter, args[n]})
				}
				break
			}
		default:
			operands = append(operands, args[n])
		}
	}
	return found, operands
}

// transfer notes mv, cp, install and ln without -s. mode is what the files get, "" where they keep theirs.
func (r *runReader) transfer(kind effectKind, opts options, operands []argument, mode string, span parser.Span) {
	dir, intoDir := opts.get("t")
	if target, ok := opts.get("target-directory"); ok {
		dir, intoDir = target, true
	}
	if !intoDir {
		if len(operands) < 2 {
			return
		}
		dir, operands = operands[len(operands)-1], operands[:len(operands)-1]
		intoDir = len(operands) > 1 || strings.HasSuffix(dir.text, "/") || dir.text == "."
	}
	for _, name := range []string{"m", "mode"} {
		if given, ok := opts.get(name); ok {
			mode = given.text
		}
	}
	for _, source := range operands {
		from := r.path(source)
		if from == "" {
			continue
		}
		if strings.HasSuffix(source.text, "/.") {
			from = path.Join(from, "*")
		}
		r.do(effect{kind: kind, from: from, to: r.path(dir), into: intoDir, deep: opts.has("r", "R", "a", "recursive"), mode: mode, span: span})
	}
}

// link notes ln -s.
func (r *runReader) link(opts options, operands []argument, span parser.Span) {
	to, into := argument{".", true}, true
	if dir, ok := opts.get("t"); ok {
		to = dir
	} else if len(operands) > 1 {
		to = operands[len(operands)-1]
		into = len(operands) > 2 || strings.HasSuffix(to.text, "/") || to.text == "."
		operands = operands[:len(operands)-1]
	}
	for _, target := range operands {
		if target.known {
			r.do(effect{kind: links, from: target.text, to: r.path(to), into: into, span: span})
		}
	}
}

func (r *runReader) chmod(args []argument, span parser.Span) {
	deep := false
	for len(args) > 0 && (args[0].text == "-R" || args[0].text == "-v" || args[0].text == "-f" || args[0].text == "-c" ||
		args[0].text == "-Rv" || args[0].text == "-vR" || args[0].text == "-Rf" || args[0].text == "-fR" || strings.HasPrefix(args[0].text, "--")) {
		deep = deep || strings.Contains(args[0].text, "R") || args[0].text == "--recursive"
		args = args[1:]
	}
	if len(args) < 2 {
		return
	}
	mode := args[0]
	for _, file := range args[1:] {
		if file.text == "-R" {
			deep = true
			continue
		}
		e := effect{kind: chmods, to: r.path(file), mode: mode.text, deep: deep, span: span}
		if !mode.known || e.to == "" {
			e.kind = blurs
		}
		r.do(e)
	}
}

// chmodOfMany notes that chmod is run on files that find looks for or that come from the output of another command.
func (r *runReader) chmodOfMany(args []argument, span parser.Span) {
	for n, arg := range args {
		if arg.text != "chmod" {
			continue
		}
		e := effect{kind: blurs, deep: true, span: span}
		if args[0].text == "find" && n > 1 {
			e.to = r.path(args[1])
		}
		r.do(e)
		return
	}
}

// sed notes that carriage returns are removed. Other edits are taken to keep what matters about a script.
func (r *runReader) sed(opts options, operands []argument, span parser.Span) {
	if !opts.has("i", "in-place") {
		return
	}
	program, ok := opts.get("e")
	if !ok {
		if len(operands) == 0 {
			return
		}
		program, operands = operands[0], operands[1:]
	}
	if !strings.Contains(program.text, `\r`) && !strings.Contains(program.text, "\r") && !strings.Contains(program.text, `\x0D`) {
		return
	}
	for _, file := range operands {
		r.do(effect{kind: strips, to: r.path(file), span: span})
	}
}

func (r *runReader) download(name string, opts options, operands []argument, span parser.Span) content {
	r.unclear = true
	url := ""
	for _, operand := range operands {
		if strings.Contains(operand.text, "://") {
			url = operand.text
		}
	}
	if url == "" {
		url = "the network"
	}
	out, named := opts.get("o")
	if name == "wget" {
		out, named = opts.get("O")
	}
	if long, ok := opts.get("output"); ok {
		out, named = long, true
	}
	e := effect{kind: fetches, from: url, span: span, why: "is downloaded from " + url}
	switch {
	case named && out.text == "-":
		return content{url: url}
	case named:
		e.to = r.path(out)
	case name == "wget" || opts.has("O", "remote-name"):
		e.to, e.into = r.dir, true
		if folder, ok := opts.get("P"); ok {
			e.to = r.path(folder)
		}
	default:
		return content{url: url}
	}
	r.do(e)
	return nothing
}
