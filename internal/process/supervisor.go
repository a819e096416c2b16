package process

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A member is one of the programs that a supervisor runs side by side.
type member struct {
	pid        int
	signal     Signal // that it is told to stop with; 0 for the one that the supervisor got
	group      bool   // its process group is told
	killsGroup bool
	killAfter  int // milliseconds after which it is killed; 0 for never
	settled    bool
	place      parser.Span // of the supervisor's doubt about what is left of the group when the member is gone
	unsure     string      // that doubt
}

// A team is what a supervisor knows of its programs.
type team struct {
	members  []member
	stopping bool
	since    int // when it was told to stop
	slack    int // milliseconds after that before it looks for the first time who has ended
}

func (t *team) member(pid int) int {
	return slices.IndexFunc(t.members, func(m member) bool { return m.pid == pid })
}

func (t *team) clone() *team {
	if t == nil {
		return nil
	}
	c := *t
	c.members = slices.Clone(t.members)
	return &c
}

// teamSignal lets a supervisor tell its programs to stop.
func (w *world) teamSignal(p *proc, sig Signal) bool {
	r := p.relay
	if !r.passes.has(sig) {
		return false
	}
	if r.leaves {
		w.exit(p, 0)
		return true
	}
	t := r.team
	if t.stopping {
		return true
	}
	t.stopping, t.since = true, w.now
	for _, m := range slices.Clone(t.members) {
		child := w.proc(m.pid)
		if !child.alive {
			continue
		}
		send := m.signal
		if send == 0 {
			send = sig
		}
		if m.group {
			w.killGroup(child.group, send)
		} else {
			w.kill(child, send)
		}
	}
	w.teamNext(p)
	return true
}

// teamNext sets the time at which a supervisor that stops acts again, or lets it end.
func (w *world) teamNext(p *proc) {
	t := p.relay.team
	if !p.alive || !t.stopping {
		return
	}
	next, alive := -1, false
	for _, m := range t.members {
		if !w.proc(m.pid).alive {
			continue
		}
		alive = true
		if at := t.since + m.killAfter; m.killAfter > 0 && at > w.now && (next < 0 || at < next) {
			next = at
		}
	}
	if !alive {
		if next = t.since + t.slack; next <= w.now {
			w.exit(p, 0)
			return
		}
	}
	p.timer = next
}

// teamTimer lets a supervisor kill who has not ended in time.
func (w *world) teamTimer(p *proc) {
	t := p.relay.team
	for _, m := range t.members {
		child := w.proc(m.pid)
		if !child.alive || m.killAfter == 0 || t.since+m.killAfter > w.now {
			continue
		}
		for _, q := range slices.Backward(slices.Clone(w.procs)) {
			if q.alive && (q == child || m.killsGroup && q.group == child.group) {
				w.finish(q, 128+int(SIGKILL), SIGKILL, Killed, "killed by "+p.relay.name)
			}
		}
	}
	w.teamNext(p)
}

// teamMemberEnded deals with the end of a child of a supervisor.
func (w *world) teamMemberEnded(p, child *proc) {
	child.reaped = true
	t := p.relay.team
	at := t.member(child.pid)
	if at < 0 {
		return
	}
	if w.stopAt < 0 {
		if w.fronted == child.pid {
			w.back = child.pid
		}
		return
	}
	if m := t.members[at]; m.unsure != "" {
		for _, q := range w.procs {
			if q.alive && q.group == child.group {
				w.doubt(m.place, m.unsure)
			}
		}
	}
	w.teamNext(p)
}

// settle goes back to where a program of a supervisor ran its last command, and leaves it there: the others may have
// set-up before them.
func (w *world) settle(pid int) bool {
	if len(w.last) == 0 || w.last[0].proc(pid) == nil || !w.last[0].proc(pid).alive {
		return false
	}
	kept := w.last[0]
	again := kept.clone()
	for _, p := range again.procs {
		if p.relay == nil || p.relay.team == nil {
			continue
		}
		if at := p.relay.team.member(pid); at >= 0 {
			p.relay.team.members[at].settled = true
		}
	}
	again.last, again.steps, again.births, again.fronted, again.back = []*world{kept}, w.steps, w.births, 0, 0
	*w = *again
	return true
}

// frontmostOfTeam returns the programs for whose end a program of a supervisor waits and that may be set-up.
func (w *world) frontmostOfTeam(t *team) []*proc {
	for _, m := range t.members {
		if m.settled {
			continue
		}
		if found := w.frontmostOf(w.proc(m.pid)); len(found) > 0 {
			w.fronted = m.pid
			return found
		}
	}
	return nil
}

// A post is a program that a supervisor is told to start.
type post struct {
	argv   []parser.Word
	span   parser.Span // that names the program
	dir    string
	user   string
	env    map[string]parser.Word
	by     caller
	gap    string // why it cannot be known; "" where it can
	member member
}

// startTeam lets a process become a supervisor with its programs.
func (w *world) startTeam(p *proc, argv []parser.Word, r relay, posts []post) {
	r.team = &team{slack: r.slack}
	r.status = 0
	w.become(p, argv, program{})
	p.relay = &r
	runs, why := false, ""
	for _, post := range posts {
		child := w.spawn(p, AsChild)
		child.group, child.session = child.pid, child.pid
		child.span, child.node = post.span, post.span
		if post.dir != "" {
			child.dir = post.dir
		}
		if post.user != "" {
			child.user = post.user
		}
		if len(post.env) > 0 {
			child.env.extra = maps.Clone(child.env.extra)
			if child.env.extra == nil {
				child.env.extra = map[string]parser.Word{}
			}
			maps.Copy(child.env.extra, post.env)
		}
		post.member.pid = child.pid
		r.team.members = append(r.team.members, post.member)
		switch {
		case post.gap != "":
			w.become(child, post.argv, program{kind: opaque, name: r.name, caught: handled.with(w.m.stopSignal()), doubt: &Gap{post.span, post.gap}})
		case len(post.argv) == 0:
			child.alive, child.reaped = false, true
		default:
			child.nested++
			if failure := w.exec(child, post.argv, post.by); failure != nil {
				w.m.failed(w, failure)
				child.alive, child.reaped = false, true
				why = failure.Reason
			}
		}
		runs = runs || child.alive
	}
	if !runs && why != "" {
		child := w.spawn(p, AsChild)
		r.team.members = append(r.team.members, member{pid: child.pid})
		w.become(child, posts[0].argv, program{kind: opaque, name: r.name, caught: handled, doubt: &Gap{posts[0].span, r.name + " can start none of its programs: " + why}})
	}
}

// supervise lets a process become the supervisor that a program is. It returns false where it is none.
func (w *world) supervise(p *proc, argv []parser.Word, name string, texts []string) (*Failure, bool) {
	if p.nested > maxDepth {
		return nil, false
	}
	switch name {
	case "supervisord":
		return w.supervisord(p, argv, texts), true
	case "s6-svscan":
		w.serviceFolder(p, argv, relay{name: name, role: RoleSupervisor, passes: handled.with(SIGHUP)}, argument(argv, "tdcSsXC"))
		return nil, true
	case "runsvdir":
		w.serviceFolder(p, argv, relay{name: name, role: RoleSupervisor, passes: sigset(0).with(SIGTERM).with(SIGHUP), leaves: true}, argument(argv, ""))
		return nil, true
	case "runsv":
		dir := argument(argv, "")
		posts := []post{w.service(joinDir(p.dir, dir.Text), dir)}
		w.startTeam(p, argv, relay{name: name, role: RoleSupervisor, passes: sigset(0).with(SIGTERM)}, posts)
		return nil, true
	case "foreman", "honcho", "goreman", "overmind":
		return w.procfile(p, argv, name, texts)
	}
	return nil, false
}

// argument returns the first word that is no option; takes has the short options that take the next word.
func argument(argv []parser.Word, takes string) parser.Word {
	for i := 1; i < len(argv); i++ {
		text := argv[i].Text
		if !strings.HasPrefix(text, "-") || text == "-" {
			return argv[i]
		}
		if len(text) == 2 && strings.IndexByte(takes, text[1]) >= 0 {
			i++
		}
	}
	return parser.Word{Text: ".", Span: argv[0].Span, Known: true}
}

// serviceFolder lets a process supervise what the folders in a folder say: the script run in each of them.
//
// Source: measured, s6-svscan 2.11.3 and 2.13.1, which tells all services and waits as long as they take, and runsvdir of runit
// 2.1.2 and 2.2.0, which leaves at once on TERM and HUP.
func (w *world) serviceFolder(p *proc, argv []parser.Word, r relay, dir parser.Word) {
	folder := joinDir(p.dir, dir.Text)
	if !dir.Known {
		folder = ""
	}
	names, known := w.list(folder)
	var posts []post
	for _, name := range names {
		if strings.HasPrefix(name, ".") {
			continue
		}
		if s := w.service(path.Join(folder, name), dir); s.gap == "" {
			posts = append(posts, s)
		}
	}
	if len(posts) == 0 || !known {
		posts = append(posts, post{span: dir.Span, gap: "which services stand in " + dir.Text + " is not in the build context",
			argv: []parser.Word{{Text: "services of " + dir.Text, Span: dir.Span, Known: true}}})
	}
	w.startTeam(p, argv, r, posts)
}

// service returns the service that a folder is for.
func (w *world) service(folder string, dir parser.Word) post {
	run := parser.Word{Text: path.Join(folder, "run"), Span: dir.Span, Known: true}
	s := post{argv: []parser.Word{run}, span: dir.Span, dir: folder, by: byKernel}
	switch entry := w.m.files.Lookup(run.Text); entry.Kind {
	case Text:
		s.span = entry.Script.Whole
	case Program:
	default:
		s.gap = "the script " + run.Text + " is not in the build context"
	}
	return s
}

// list returns what is in a folder of the image, and whether that is all.
func (w *world) list(dir string) (names []string, known bool) {
	lister, ok := w.m.files.(Lister)
	if !ok || dir == "" {
		return nil, false
	}
	return lister.List(path.Clean(dir))
}

// procfile lets a process become one of the programs that run a Procfile: each line behind a shell, in a group of its own.
//
// Source: read, not measured: ddollar/foreman lib/foreman/engine.rb (TERM to the groups, KILL after 5 s), nickstenning/honcho
// honcho/manager.py (5 s), mattn/goreman proc.go (10 s), DarthSim/overmind main.go (INT, 5 s). Whether they wait for more than
// the shell is not known.
func (w *world) procfile(p *proc, argv []parser.Word, name string, texts []string) (*Failure, bool) {
	i := 1
	file, only := "Procfile", map[string]bool{}
	started := false
	for ; i < len(texts); i++ {
		option, value, assigned := strings.Cut(texts[i], "=")
		switch {
		case option == "-f" || option == "--procfile":
			if !assigned && i+1 < len(texts) {
				i++
				value = texts[i]
			}
			file = value
		case strings.HasPrefix(option, "-"):
			if !assigned && len(option) == 2 && option != "-r" && option != "-D" && i+1 < len(texts) {
				i++
			}
		case !started:
			if option != "start" && option != "s" {
				w.become(p, argv, program{kind: opaque, name: name, caught: handled, doubt: &Gap{argv[i].Span, "what " + name + " " + option + " does is not known"}})
				return nil, true
			}
			started = true
		default:
			only[texts[i]] = true
		}
	}
	r := relay{name: name, role: RoleSupervisor, passes: sigset(0).with(SIGTERM).with(SIGINT)}
	m := member{group: true, killsGroup: true, killAfter: 5000, signal: SIGTERM}
	switch name {
	case "goreman":
		m.killAfter = 10_000
	case "overmind":
		m.signal = SIGINT
	}
	full := joinDir(p.dir, file)
	var posts []post
	entry := Entry{}
	if full != "" {
		entry = w.m.files.Lookup(full)
	}
	if entry.Kind == Text {
		for _, line := range parser.ParseProcfile(entry.Script) {
			if len(only) > 0 && !only[line.Name] {
				continue
			}
			mine := m
			mine.place, mine.unsure = line.Command.Span, "whether "+name+" waits for what a shell leaves behind is not known: "+oneLine(line.Command.Text)
			posts = append(posts, post{span: line.Command.Span, by: byKernel, member: mine, argv: []parser.Word{
				{Text: "/bin/sh", Span: line.Command.Span, Known: true}, {Text: "-c", Span: line.Command.Span, Known: true}, line.Command}})
		}
	}
	if len(posts) == 0 {
		posts = append(posts, post{span: argv[0].Span, gap: file + " is not in the build context", member: m,
			argv: []parser.Word{{Text: "programs of " + file, Span: argv[0].Span, Known: true}}})
	}
	w.startTeam(p, argv, r, posts)
	return nil, true
}
