package process

import (
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// s6-overlay looks for services in two folders: that of version 2, and that of s6-rc since version 3.
const legacy, modern = "/etc/services.d", "/etc/s6-overlay/s6-rc.d"

// overlay lets a process become the /init of s6-overlay, which supervises the services that it finds and may run a command.
//
// Source: read, not measured: just-containers/s6-overlay README.md and etc/s6-linux-init/skel of version 3. On SIGTERM the
// services get SIGTERM. What is left when they have ended, and the command, gets it last and is killed 3 seconds later.
func (w *world) overlay(p *proc, argv []parser.Word) {
	const late = "s6-overlay tells %s last of all, and kills it 3 s later, whatever the grace period is"
	init := argv[0]
	r := relay{name: "s6-overlay", role: RoleSupervisor, passes: handled.with(SIGHUP)}
	var posts []post
	for _, folder := range []string{legacy, modern} {
		names, _ := w.list(folder)
		for _, name := range names {
			dir := path.Join(folder, name)
			if kind := w.m.files.Lookup(path.Join(dir, "type")); kind.Kind == Text && strings.TrimSpace(kind.Script.Text) != "longrun" {
				continue
			}
			s := w.service(dir, init)
			if s.gap != "" {
				continue
			}
			if run := w.m.files.Lookup(s.argv[0].Text); folder != legacy && run.Kind == Text && len(run.Script.Shebang) > 0 {
				// s6-rc makes it executable itself.
				for n, text := range run.Script.Shebang {
					s.argv = slices.Insert(s.argv, n, parser.Word{Text: text, Span: s.span, Known: true})
				}
			}
			s.member.signal = SIGTERM
			s.member.place, s.member.unsure = s.span, strings.ReplaceAll(late, "%s", "what a shell leaves behind")
			posts = append(posts, s)
		}
	}
	if len(argv) > 1 {
		s := post{argv: argv[1:], span: argv[1].Span, dir: p.dir, by: byLibc}
		if v, _ := p.env.get("S6_CMD_RECEIVE_SIGNALS"); v.Text == "" || v.Text == "0" {
			s.gap = strings.ReplaceAll(late, "%s", "its command")
		}
		posts = append(posts, s)
	}
	if len(posts) == 0 {
		posts = []post{{span: init.Span, gap: "which services s6-overlay finds is not in the build context", argv: []parser.Word{{Text: "services of s6-overlay", Span: init.Span, Known: true}}}}
	}
	w.startTeam(p, argv, r, posts)
}

// execline lets a process become what a script of execline runs, where that is one command, in front of which may stand
// programs that become the next one.
//
// Source: skarnet.org execlineb: the words of a script are one command line.
func (w *world) execline(p *proc, argv []parser.Word) *Failure {
	file := argument(argv, "sS")
	entry := w.m.files.Lookup(joinDir(p.dir, file.Text))
	gap := func(reason string) {
		w.become(p, argv, program{kind: opaque, name: "execlineb", caught: handled, doubt: &Gap{file.Span, reason}})
	}
	if entry.Kind != Text {
		gap("the script " + file.Text + " is not in the build context")
		return nil
	}
	script := entry.Script
	var words []parser.Word
	for stmt, err := range parser.Statements(script.Text, syntax.LangPOSIX) {
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		if err != nil || !ok || len(call.Assigns) > 0 || len(stmt.Redirs) > 0 || stmt.Background || stmt.Negated {
			gap("the execline script " + file.Text + " does more than to run one command")
			return nil
		}
		for _, arg := range call.Args {
			text, known := plainWord(arg)
			if !known || text == "{" || text == "}" {
				gap("the execline script " + file.Text + " does more than to run one command")
				return nil
			}
			words = append(words, parser.Word{Text: text, Span: script.NodeSpan(arg), Known: true})
		}
	}
	if len(words) == 0 {
		w.become(p, argv, program1(0))
		return nil
	}
	return w.exec(p, words, byLibc)
}
