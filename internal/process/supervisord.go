package process

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// supervisord lets a process become supervisord with the programs of its configuration.
//
// Source: measured, supervisor 4.2.5: TERM, INT, QUIT and HUP are handled; a program is told once a second at the earliest, and
// so is its end noticed (supervisor/supervisord.py, runforever: poll with a timeout of a second, which Python restarts after a
// signal); KILL after stopwaitsecs; each program has a process group of its own.
func (w *world) supervisord(p *proc, argv []parser.Word, texts []string) *Failure {
	foreground := false
	var named *parser.Word
	for i := 1; i < len(texts); i++ {
		option, value, assigned := strings.Cut(texts[i], "=")
		switch {
		case option == "-n" || option == "--nodaemon":
			foreground = true
		case option == "-c" || option == "--configuration":
			if assigned {
				named = &parser.Word{Text: value, Span: argv[i].Span, Known: argv[i].Known}
			} else if i+1 < len(argv) {
				i++
				named = &argv[i]
			}
		case strings.HasPrefix(option, "-c") && !strings.HasPrefix(option, "--") && len(option) > 2:
			named = &parser.Word{Text: texts[i][2:], Span: argv[i].Span, Known: argv[i].Known}
		case strings.HasPrefix(option, "--") && !assigned && slices.Contains([]string{"--logfile", "--pidfile", "--user", "--directory", "--loglevel", "--childlogdir", "--umask", "--identifier"}, option),
			len(option) == 2 && option[0] == '-' && strings.IndexByte("bdeijlmqryz", option[1]) >= 0:
			i++
		case len(option) > 2 && option[0] == '-' && option[1] != '-' && strings.HasPrefix(option[1:], "n"):
			foreground = true
			if strings.HasSuffix(option, "c") && i+1 < len(argv) { // -nc FILE
				i++
				named = &argv[i]
			}
		case option == "-v" || option == "--version" || option == "-h" || option == "--help":
			w.become(p, argv, program{kind: passing, name: "supervisord"})
			return nil
		}
	}
	config, here, gap := w.readSupervisord(p, named)
	r := relay{name: "supervisord", role: RoleSupervisor, passes: handled.with(SIGHUP), slack: 1000}
	if config != nil {
		if says, _ := config.NoDaemon(); says {
			foreground = true
		}
	}
	unknown := func(gap string) []post {
		at := argv[0].Span
		if named != nil {
			at = named.Span
		}
		return []post{{span: at, gap: gap, argv: []parser.Word{{Text: "programs of supervisord", Span: at, Known: true}}}}
	}
	switch {
	case !foreground && gap == "":
		return w.daemonize(p, argv, program{kind: application, name: "supervisord", caught: handled.with(SIGHUP)})
	case !foreground:
		w.become(p, argv, program{kind: opaque, name: "supervisord", caught: handled, doubt: &Gap{argv[0].Span, gap}})
		return nil
	case gap != "" && config == nil:
		w.startTeam(p, argv, r, unknown(gap))
		return nil
	}
	posts := w.supervised(p, config, here)
	if gap != "" || len(posts) == 0 {
		if gap == "" {
			gap = "the configuration of supervisord starts no program"
		}
		posts = append(posts, unknown(gap)...)
	}
	w.startTeam(p, argv, r, posts)
	return nil
}

// readSupervisord reads the configuration with what it includes. A gap says what is missing of it.
//
// Source: supervisor/options.py, searchpaths and read_config.
func (w *world) readSupervisord(p *proc, named *parser.Word) (config *parser.Supervisord, here, gap string) {
	candidates := []string{joinDir(p.dir, "supervisord.conf"), joinDir(p.dir, "etc/supervisord.conf"), "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"}
	if named != nil {
		if !named.Known {
			return nil, "", "which file " + named.Text + " is cannot be known"
		}
		candidates = []string{joinDir(p.dir, named.Text)}
	}
	for _, name := range candidates {
		if name == "" {
			continue
		}
		switch entry := w.m.files.Lookup(name); entry.Kind {
		case Text:
			config = &parser.Supervisord{}
			config.Read(entry.Script)
			here = path.Dir(name)
			return config, here, w.includes(config, here)
		case Opaque:
			return nil, "", "the configuration of supervisord cannot be read: " + entry.Reason
		}
	}
	// What the packages bring: Debian's reads /etc/supervisor/conf.d, that of Alpine /etc/supervisor.d. Both daemonize.
	for _, packaged := range [][2]string{{"/etc/supervisor/supervisord.conf", "[supervisord]\n[include]\nfiles=/etc/supervisor/conf.d/*.conf\n"}, {"/etc/supervisord.conf", "[supervisord]\n[include]\nfiles=/etc/supervisor.d/*.ini\n"}} {
		if named != nil && named.Text != packaged[0] {
			continue
		}
		config = &parser.Supervisord{}
		config.Read(&parser.Script{Text: packaged[1], Base: -1})
		if gap := w.includes(config, path.Dir(packaged[0])); gap == "" && len(config.Programs()) > 0 {
			return config, path.Dir(packaged[0]), ""
		}
	}
	at := "its configuration"
	if named != nil {
		at = named.Text
	}
	return nil, "", at + " of supervisord is not in the build context"
}

// includes reads the files that a configuration includes.
func (w *world) includes(config *parser.Supervisord, here string) string {
	gap := ""
	for _, word := range config.Includes() {
		pattern := strings.ReplaceAll(word.Text, "%(here)s", here)
		if !strings.HasPrefix(pattern, "/") {
			pattern = path.Join(here, pattern)
		}
		pattern = path.Clean(pattern)
		files := []string{pattern}
		if strings.ContainsAny(pattern, "*?[") {
			dir := path.Dir(pattern)
			names, known := w.list(dir)
			if !known || strings.ContainsAny(dir, "*?[%") {
				gap = "what " + word.Text + " includes is not in the build context"
			}
			files = nil
			slices.Sort(names)
			for _, name := range names {
				if matched, _ := path.Match(path.Base(pattern), name); matched {
					files = append(files, path.Join(dir, name))
				}
			}
		}
		for _, file := range files {
			switch entry := w.m.files.Lookup(file); entry.Kind {
			case Text:
				config.Read(entry.Script)
			case Opaque:
				gap = entry.Reason
			case Unseen:
				gap = file + " is not in the build context"
			}
		}
	}
	return gap
}

// supervised returns the programs of a configuration.
func (w *world) supervised(p *proc, config *parser.Supervisord, here string) []post {
	var posts []post
	for _, program := range config.Programs() {
		if !program.AutoStart || program.Command.Text == "" {
			continue
		}
		expand := func(name string) (string, bool) {
			switch name {
			case "here":
				return here, true
			case "program_name", "group_name":
				return program.Name, true
			case "process_num":
				return "0", true
			}
			if variable, ok := strings.CutPrefix(name, "ENV_"); ok {
				v, set := p.env.get(variable)
				return v.Text, set && v.Known
			}
			return "", false
		}
		s := post{argv: program.Command.Words(expand), span: program.Command.Span, by: byKernel, env: map[string]parser.Word{}}
		if len(s.argv) == 0 {
			s.gap = "the command of the program " + program.Name + " cannot be split into words"
			s.argv = []parser.Word{{Text: program.Name, Span: program.Command.Span, Known: true}}
		}
		if dir := program.Directory.Words(expand); len(dir) == 1 && dir[0].Known {
			s.dir = dir[0].Text
		}
		s.user = program.User.Text
		for _, pair := range append(config.Environment(), program.Environment...) {
			s.env[pair.Name] = parser.Word{Text: pair.Text, Span: pair.Span, Known: !strings.Contains(pair.Text, "%(")}
		}
		m := member{group: program.StopAsGroup, killsGroup: program.KillAsGroup, killAfter: max(1, program.WaitSeconds()*1000), signal: SIGTERM}
		if sig, ok := ParseSignal(program.StopSignal.Text); ok {
			m.signal = sig
		}
		if m.signal == SIGKILL || m.signal == SIGSTOP {
			w.m.note(Fact{Kind: StopsUnheard, Span: program.StopSignal.Span, Text: program.Name + ": " + m.signal.String(), PID: p.pid})
		}
		if program.WaitSeconds() >= w.m.grace()/1000 && program.StopWait.Text != "" {
			w.m.note(Fact{Kind: WaitsTooLong, Span: program.StopWait.Span, Text: program.Name + ": " + strconv.Itoa(program.WaitSeconds()), PID: p.pid})
		}
		s.member = m
		posts = append(posts, s)
	}
	return posts
}
