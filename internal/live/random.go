package live

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Random is a launch that is made up.
type Random struct {
	Shell, Front string // the path of the shell; the name of the init in front, "" for none
	File         bool   // the shell reads a file; otherwise its text stands behind -c
	Signal       string
	nodes        []*node
}

// A node is a statement of a random script.
type node struct {
	format string // %s stands for the statements of a list
	lists  [][]*node
}

func (n *node) text() string {
	if len(n.lists) == 0 {
		return n.format
	}
	var parts []any
	for _, list := range n.lists {
		parts = append(parts, lines(list, "; "))
	}
	return strings.ReplaceAll(fmt.Sprintf(n.format, parts...), "&; ", "& ")
}

func lines(nodes []*node, separator string) string {
	var texts []string
	for _, n := range nodes {
		texts = append(texts, n.text())
	}
	return strings.ReplaceAll(strings.Join(texts, separator), "&; ", "& ")
}

// Text returns the script.
func (r *Random) Text() string {
	if r.File {
		return lines(r.nodes, "\n") + "\n"
	}
	return lines(r.nodes, "; ")
}

// Argv returns the command line.
func (r *Random) Argv() []string {
	argv := strings.Fields(fronts[r.Front])
	if len(argv) > 0 && strings.Contains(argv[0], "=") {
		argv = argv[1:]
	}
	if r.File {
		return append(argv, r.Shell, "./start.sh")
	}
	return append(argv, r.Shell, "-c", r.Text())
}

// Case returns the launch as the harness runs it.
func (r *Random) Case() Case {
	c := Case{Argv: r.Argv()}
	if r.File {
		c.Files = []File{{Name: "start.sh", Content: r.Text()}}
	}
	if env, _, _ := strings.Cut(fronts[r.Front], " "); strings.Contains(env, "=") {
		c.Env = []string{env}
	}
	c.Signal, _ = parseSignal(r.Signal)
	return c
}

var fronts = map[string]string{
	"":              "",
	"tini":          "tini --",
	"tini-g":        "tini -g --",
	"dumb-init":     "dumb-init",
	"dumb-init-c":   "dumb-init --single-child",
	"dumb-init-env": "DUMB_INIT_SETSID=0 dumb-init",
	"catatonit":     "catatonit --",
	"catatonit-g":   "catatonit -g --",
}

// RandomCase makes up a launch. The same seed makes the same one.
func RandomCase(seed uint64) *Random {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 42))}
	r := &Random{Shell: pick(g, "/bin/dash", "/bin/dash", "/bin/bash", "/bin/bash", "/w/.live/busybox/sh", "/w/.live/busybox/sh", "/bin/mksh", "/bin/zsh"),
		Front: pick(g, "", "", "", "", "tini", "tini-g", "dumb-init", "dumb-init-c", "dumb-init-env", "catatonit", "catatonit-g"),
		File:  g.IntN(3) > 0, Signal: pick(g, "TERM", "TERM", "TERM", "TERM", "INT", "QUIT", "HUP")}
	if (r.Shell == "/bin/mksh" || r.Shell == "/bin/zsh") && r.Signal == "HUP" {
		r.Signal = "TERM" // these two hang up their jobs by rules of their own
	}
	g.busybox = strings.Contains(r.Shell, "busybox")
	r.nodes = g.list(2+g.IntN(4), 2)
	return r
}

// A generator makes up scripts.
type generator struct {
	*rand.Rand
	functions int
	busybox   bool // its static build runs its own applets in the place of programs
}

func pick(g *generator, choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *generator) list(n, depth int) []*node {
	var nodes []*node
	for range n {
		nodes = append(nodes, g.node(depth))
	}
	return nodes
}

func (g *generator) node(depth int) *node {
	leaf := func(text string) *node { return &node{format: text} }
	compound := func(format string, lists ...[]*node) *node { return &node{format: format, lists: lists} }
	n := g.IntN(100)
	if depth == 0 {
		n = g.IntN(58)
	}
	switch {
	case n < 6:
		return leaf(pick(g, "true", ":", "echo x", "X=1", "cd /w", "set -e", "false || true", "export Y=2", "umask 022"))
	case n < 18:
		return leaf("trap " + pick(g, "'kill -TERM $P'", "'kill -TERM $P; wait $P'", "'kill $P'", "'kill $P; wait'", "'echo t'", ":", "'exit 0'", "''", "-", "'kill -TERM -1; wait'",
			"'trap - TERM; kill 0; wait'", "'kill $(jobs -p); wait'", "'kill -s INT $P; wait $P'", "'wait'") + " " + pick(g, "TERM", "TERM", "TERM", "TERM INT", "INT", "QUIT", "EXIT", "SIGTERM", "HUP", "15"))
	case n < 26:
		return leaf("./app")
	case n < 34:
		return leaf(pick(g, "./app & P=$!", "./app & P=$!", "./app-default & P=$!", "X=1 ./app & P=$!", "exec ./app & P=$!"))
	case n < 39:
		return leaf(pick(g, "wait", "wait $P", "wait $P", "wait $!", "wait -n"))
	case n < 46:
		return leaf(pick(g, "exec ./app", "exec ./app", "exec env A=1 ./app", "exec nohup ./app", "exec ./app > /dev/null", "X=1 exec ./app", "exec ./app-default"))
	case n < 49:
		return leaf(pick(g, "sleep 0.1", "sleep 0.05 & wait $!", "sleep infinity &", "/bin/true"))
	case n < 51:
		return leaf(pick(g, "exec sleep infinity", "tail -f /dev/null", "sleep infinity", "sleep infinity & wait $!"))
	case n < 54:
		return leaf(pick(g, "env X=1 ./app", "nohup ./app", "command ./app", "eval ./app", "eval 'exec ./app'", "./app > /dev/null", "setsid ./app", "./app < /dev/null"))
	case n < 56 && g.busybox:
		return leaf(pick(g, "./app | cat", "exec ./app | cat", "echo x | ./app", "./app-daemon"))
	case n < 56:
		// With a time behind timeout it would not be what a container rests in.
		return leaf(pick(g, "./app | cat", "exec ./app | cat", "echo x | ./app", "./app-daemon", "timeout 0 ./app"))
	case n < 58:
		return leaf(pick(g, "exit 0", "kill -0 $$", "while kill -0 $P; do sleep 0.1; done", "for i in 1 2; do :; done", "while true; do sleep 0.1; done", "until ! kill -0 $P; do sleep 0.1; done"))
	case n < 64:
		return compound("if "+pick(g, "true", "[ -n x ]", "! false", "[ 1 = 1 ]")+"; then %s; fi", g.list(1+g.IntN(2), depth-1))
	case n < 68:
		return compound("if "+pick(g, "false", "[ -z x ]")+"; then %s; else %s; fi", g.list(1, depth-1), g.list(1+g.IntN(2), depth-1))
	case n < 73:
		return compound("{ %s; }", g.list(1+g.IntN(3), depth-1))
	case n < 78:
		return compound("( %s)", g.list(1+g.IntN(3), depth-1))
	case n < 83:
		g.functions++
		name := fmt.Sprintf("f%d", g.functions)
		return compound(name+"() { %s; }; "+name, g.list(1+g.IntN(2), depth-1))
	case n < 86:
		return compound("case x in x) %s ;; esac", g.list(1, depth-1))
	case n < 89:
		return compound("for i in 1; do %s; done", g.list(1, depth-1))
	case n < 93:
		return compound(pick(g, "true && %s", "false || %s", "cd /w && %s"), g.list(1, 0))
	case n < 95:
		return compound(pick(g, "%s && true", "%s || true", "! %s"), []*node{leaf(pick(g, "./app", "exec ./app", "true", "wait", "sleep 0.1", "./app-default"))})
	case n < 98:
		return compound("{ %s; } & P=$!", g.list(1+g.IntN(2), depth-1))
	}
	return compound("( %s) & P=$!", g.list(1+g.IntN(2), depth-1))
}

// Smaller returns the launches that lack one thing of this one.
func (r *Random) Smaller() []*Random {
	var all []*Random
	for _, nodes := range without(r.nodes) {
		s := *r
		s.nodes = nodes
		all = append(all, &s)
	}
	if r.Front != "" {
		s := *r
		s.Front = ""
		all = append(all, &s)
	}
	if r.Signal != "TERM" {
		s := *r
		s.Signal = "TERM"
		all = append(all, &s)
	}
	return all
}

// without returns the lists that lack one statement, or have the statements of a compound command in its place.
func without(nodes []*node) [][]*node {
	var all [][]*node
	splice := func(i int, in ...*node) []*node {
		list := append([]*node{}, nodes[:i]...)
		return append(append(list, in...), nodes[i+1:]...)
	}
	for i, n := range nodes {
		if len(nodes) > 1 {
			all = append(all, splice(i))
		}
		for j, list := range n.lists {
			all = append(all, splice(i, list...))
			for _, less := range without(list) {
				m := *n
				m.lists = append([][]*node{}, n.lists...)
				m.lists[j] = less
				all = append(all, splice(i, &m))
			}
		}
	}
	return all
}
