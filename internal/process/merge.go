package process

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	programs "github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
	"mvdan.cc/sh/v3/syntax"
)

// merge lets courses that differ in nothing that matters go on as one. Variables matter where they decide what is
// started; of many courses that differ in variables only, whatever they are, the last ones are merged all the same.
func (m *machine) merge(arrived []*world) []*world {
	kept := make(map[string]*world, len(arrived))
	alike := map[string][]*world{}
	var order []*world
	for _, w := range arrived {
		structure, variables := m.key(w)
		full := structure + variables
		if first, ok := kept[full]; ok {
			join2(first, w)
			continue
		}
		if group := alike[structure]; len(group) >= maxApart {
			join2(group[len(group)-1], w)
			continue
		}
		kept[full] = w
		alike[structure] = append(alike[structure], w)
		order = append(order, w)
	}
	return order
}

// join2 lets one world stand for another as well.
func join2(w, other *world) {
	n := 0
	for n < len(w.choices) && n < len(other.choices) && w.choices[n] == other.choices[n] {
		n++
	}
	w.choices = slices.Clip(w.choices[:n])
	for _, rest := range other.last {
		if !slices.Contains(w.last, rest) {
			w.last = append(slices.Clip(w.last), rest)
		}
	}
	for k, n := range other.seen.entries {
		w.seen.set(k, max(w.seen.entries[k], n))
	}
	for _, gap := range other.doubts {
		if !slices.Contains(w.doubts, gap) {
			w.doubts = append(slices.Clip(w.doubts), gap)
		}
	}
	w.births = max(w.births, other.births) + 1
	for i, p := range w.procs {
		if p.sh == nil || other.procs[i].sh == nil {
			continue
		}
		for _, read := range other.procs[i].sh.reads {
			if !slices.Contains(p.sh.reads, read) {
				p.sh.reads = append(slices.Clip(p.sh.reads), read)
			}
		}
		var differ []string
		theirs := other.procs[i].sh.vars.entries
		for name, v := range p.sh.vars.entries {
			if o, ok := theirs[name]; !ok || !sameWords(v.words, o.words) {
				differ = append(differ, name)
			}
		}
		for name := range theirs {
			if _, ok := p.sh.vars.entries[name]; !ok {
				differ = append(differ, name)
			}
		}
		slices.Sort(differ)
		p.sh.forget(differ)
	}
}

func sameWords(a, b []parser.Word) bool {
	return slices.EqualFunc(a, b, func(a, b parser.Word) bool { return a.Text == b.Text && a.Known == b.Known })
}

// key returns two texts: the first is equal for worlds that differ in variables only, the second for equal variables.
func (m *machine) key(w *world) (structure, variables string) {
	var b, v keyWriter
	b.numbers(w.stopAt, w.hook, w.killAt, w.now, truth(w.ended), len(w.ready))
	for _, p := range w.procs {
		b.numbers(p.pid, p.parent, p.group, truth(p.alive), p.status, int(p.ignored), p.timer, truth(p.told), int(p.prog.kind), int(p.wait.kind), int(p.reached))
		b.text(p.prog.name)
		b.list(p.wait.pids)
		b.words(p.argv)
		if p.relay != nil && p.relay.team != nil {
			b.text(fmt.Sprint(*p.relay.team))
		}
		s := p.sh
		if s == nil {
			continue
		}
		b.numbers(truth(s.errexit), truth(s.excused), truth(s.quits), truth(s.monitor), s.lastJob, int(s.handling), int(s.dying), truth(s.leaving), truth(s.trapped),
			truth(s.exitTrapped), truth(s.served), s.depth, s.loops, truth(s.more))
		b.list(s.jobs)
		b.numbers(len(s.pending))
		for _, sig := range s.pending {
			b.numbers(int(sig))
		}
		b.text(p.dir)
		b.words(s.args)
		for _, f := range s.frames {
			b.numbers(int(f.op), f.i, truth(f.tail), truth(f.tested), truth(f.cond), m.identity(f.node))
			if len(f.stmts) > 0 {
				b.numbers(m.identity(f.stmts[0]))
			}
		}
		for _, sig := range slices.Sorted(maps.Keys(s.traps.entries)) {
			b.numbers(int(sig))
			b.text(s.traps.entries[sig].text)
		}
		for _, name := range m.matter(s) {
			if value, set := s.vars.entries[name]; set {
				v.text(name)
				v.words(value.words)
			}
		}
		v.numbers(-1)
	}
	return string(b), string(v)
}

// A keyWriter joins what makes worlds differ to one text, which tells where each part ends.
type keyWriter []byte

func (k *keyWriter) numbers(all ...int) {
	for _, n := range all {
		*k = binary.AppendVarint(*k, int64(n))
	}
}

func (k *keyWriter) list(all []int) {
	k.numbers(len(all))
	k.numbers(all...)
}

func (k *keyWriter) text(text string) {
	*k = append(binary.AppendVarint(*k, int64(len(text))), text...)
}

func (k *keyWriter) words(words []parser.Word) {
	k.numbers(len(words))
	for _, w := range words {
		k.text(w.Text)
	}
}

// identity returns a number for a node of a syntax tree, 0 for none.
func (m *machine) identity(node syntax.Node) int {
	if node == nil {
		return 0
	}
	n, ok := m.identities[node]
	if !ok {
		if m.identities == nil {
			m.identities = map[syntax.Node]int{}
		}
		n = len(m.identities) + 1
		m.identities[node] = n
	}
	return n
}

// matter returns the variables that may decide what a shell starts, signals or waits for, sorted.
func (m *machine) matter(s *shell) []string {
	var read []*parser.Script // in any order
	look := func(script *parser.Script) {
		if script != nil && script.Tree != nil && !slices.Contains(read, script) {
			read = append(read, script)
		}
	}
	look(s.script)
	for _, f := range s.frames {
		look(f.script)
	}
	for _, fn := range s.funcs.entries {
		look(fn.script)
	}
	for _, known := range m.mattersTogether {
		if len(known.scripts) == len(read) && !slices.ContainsFunc(read, func(script *parser.Script) bool { return !slices.Contains(known.scripts, script) }) {
			return known.names
		}
	}
	all := map[string]bool{}
	for _, script := range read {
		maps.Copy(all, m.matterIn(script))
	}
	names := slices.Sorted(maps.Keys(all))
	m.mattersTogether = append(m.mattersTogether, mattering{read, names})
	return names
}

// mattering are the variables that matter to a shell that has read some scripts.
type mattering struct {
	scripts []*parser.Script
	names   []string
}

func (m *machine) matterIn(script *parser.Script) map[string]bool {
	if set, ok := m.mattering[script]; ok {
		return set
	}
	set := map[string]bool{}
	type assigned struct {
		name  string
		value syntax.Node
	}
	var assigns []assigned
	names := func(n syntax.Node) {
		syntax.Walk(n, func(n syntax.Node) bool {
			if pe, ok := n.(*syntax.ParamExp); ok && pe.Param != nil {
				set[pe.Param.Value] = true
			}
			return true
		})
	}
	syntax.Walk(script.Tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil && n.Value != nil {
				assigns = append(assigns, assigned{n.Name.Value, n.Value})
			} else if n.Name != nil && n.Array != nil {
				assigns = append(assigns, assigned{n.Name.Value, n.Array})
			}
		case *syntax.CaseClause:
			names(n.Word)
		case *syntax.CallExpr:
			if len(n.Args) == 0 {
				return true
			}
			name := n.Args[0].Lit()
			name = name[strings.LastIndexByte(name, '/')+1:]
			switch name {
			case "echo", "printf", "[", "test", "export", "local", "readonly", "declare", "unset", "read", "return", "exit", "shift", "umask", "ulimit":
				return true
			}
			if name != "" && programs.Utility(name) && name != "kill" {
				return true
			}
			names(n.Args[0])
			switch name {
			case "exec", "eval", "command", "sh", "bash", "set", "kill", "wait", "trap", ".", "source", "":
			default:
				if !programs.StartsAnother(name) {
					return true
				}
			}
			for _, a := range n.Args[1:] {
				names(a)
			}
		}
		return true
	})
	for range assigns {
		before := len(set)
		for _, a := range assigns {
			if set[a.name] {
				names(a.value)
			}
		}
		if len(set) == before {
			break
		}
	}
	if m.mattering == nil {
		m.mattering = map[*parser.Script]map[string]bool{}
	}
	m.mattering[script] = set
	return set
}
