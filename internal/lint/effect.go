package lint

import (
	"maps"
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// An effect is one thing that a RUN instruction surely does to the files of the image.
type effect struct {
	kind effectKind
	from string  // an absolute path, or a pattern of paths
	to   string  // an absolute path; for chmod, rm and dos2unix a pattern of paths
	into bool    // to is surely a folder
	deep bool    // chmod -R, rm -r: all that is below, too
	mode string  // of chmod and install
	what content // that is written
	why  string  // for fetches: a clause behind the name of the file
	span parser.Span
}

type effectKind uint8

const (
	moves   effectKind = iota // mv
	copies                    // cp, install, ln without -s
	links                     // ln -s
	writes                    // > file
	appends                   // >> file
	chmods                    // chmod
	strips                    // dos2unix, sed 's/\r$//'
	removes                   // rm
	fetches                   // curl -o, wget -O
	builds                    // go build -o, gcc -o
	blurs                     // a chmod whose mode or files cannot be known
)

// effectsFor returns what a RUN instruction does, in order. The instruction is parsed only where its text lets expect that
// it has to do with the path: parsing all RUN instructions of a large Dockerfile costs more than all the rest.
func (s *imageFiles) effectsFor(st *step, name string) []effect {
	if st.effect == nil {
		base := path.Base(name)
		if base == st.silent { // it is looked for in all folders of PATH
			return nil
		}
		text := st.text()
		if !containsAny(text, "mv ", "cp ", "ln ", "chmod", "dos2unix", "sed ") && !runsInstall(text) &&
			!(containsAny(text, ">", "tee", "rm", "curl", "wget", "-o", "mv", "cp", "ln", "install", "sed") && strings.Contains(text, base)) {
			st.silent = base
			return nil
		}
	}
	return s.run(st).effects
}

// runsInstall reports whether install(1) may be run, and not only that command of a package manager.
func runsInstall(text string) bool {
	for {
		before, after, found := strings.Cut(text, "install ")
		if !found {
			return false
		}
		words := strings.Fields(before)
		for len(words) > 0 && strings.HasPrefix(words[len(words)-1], "-") {
			words = words[:len(words)-1]
		}
		if len(words) == 0 {
			return true
		}
		if _, manages := managers[words[len(words)-1]]; !manages {
			return true
		}
		text = after
	}
}

// run returns what a RUN instruction does.
func (s *imageFiles) run(st *step) *runReader {
	if st.effect == nil {
		st.effect = &runReader{step: st, base: s.base, dir: st.dir, vars: maps.Clone(st.vars)}
		st.effect.read()
	}
	return st.effect
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// happened goes back over one effect. Either the effect has put something at the path: then done is true. Or the search
// goes on before it, perhaps for another path.
func (s *imageFiles) happened(e effect, name string, before place, hops int, t *trail) (found entry, next string, done bool) {
	switch e.kind {
	case chmods:
		if matchesPath(e.to, name, e.deep) {
			t.modes = append(t.modes, e.mode)
		}
	case blurs:
		if e.to == "" || matchesPath(e.to, name, e.deep) {
			t.unclear = t.unclear || len(t.modes) == 0
		}
	case strips:
		if matchesPath(e.to, name, e.deep) {
			t.stripped = true
		}
	case removes:
		if matchesPath(e.to, name, e.deep) {
			return entry{Entry: process.Entry{Kind: process.Missing, Origin: e.span, Reason: "it is removed again"}}, "", true
		}
	case appends:
		if e.to == name {
			t.more = append(t.more, e)
		}
	case writes:
		if e.to == name {
			return s.written(e), "", true
		}
	case fetches:
		if e.to == name || e.into && path.Dir(name) == e.to && path.Base(name) == path.Base(e.from) {
			found := download(path.Base(e.from), name, e.why, 0)
			found.Origin = e.span
			return found, "", true
		}
	case builds:
		if e.to == name {
			return entry{Entry: process.Entry{Kind: process.Program, Mode: 0o755, ModeKnown: true, Origin: e.span}, made: made{files: s, name: name, at: before}}, "", true
		}
	case links:
		return s.linked(e, name, hops)
	case moves, copies:
		return s.moved(e, name, before, hops, t)
	}
	return entry{}, name, false
}

// matchesPath reports whether a path matches a pattern of paths, or with deep stands below what matches.
func matchesPath(pattern, name string, deep bool) bool {
	for {
		if pattern == name {
			return true
		}
		if matched, _ := path.Match(pattern, name); matched {
			return true
		}
		if !deep || name == "/" {
			return false
		}
		name = path.Dir(name)
	}
}

func (s *imageFiles) written(e effect) entry {
	if !e.what.known {
		return entry{Entry: process.Entry{Kind: process.Opaque, Origin: e.span, Reason: "what is written to " + e.to + " cannot be known"}}
	}
	script := scriptAt(e.what.at, e.what.text)
	return entry{Entry: process.Entry{Kind: process.Text, Script: script, Mode: 0o644, ModeKnown: true, Origin: e.span}}
}

// linked follows a symbolic link, or a folder that is one. The target is what it is at the end of the build, not at the time
// when the link is made.
func (s *imageFiles) linked(e effect, name string, hops int) (found entry, next string, done bool) {
	at := e.to
	rest, below := under(at, name)
	switch {
	case name == at && !e.into:
		rest = ""
	case path.Dir(name) == at && path.Base(name) == path.Base(e.from):
		at, rest, below = name, "", false
	case below && !e.into:
	default:
		return entry{}, name, false
	}
	target := path.Join(inDir(path.Dir(at), e.from), rest)
	if target == name {
		return entry{}, name, false
	}
	found = s.follow(target, hops+1)
	if found.Kind == process.Unseen {
		if below {
			return found, "", true
		}
		found.Kind = process.Program
	}
	if found.Name == "" && path.Base(target) != path.Base(name) {
		found.Name = path.Base(target)
	}
	if found.Kind == process.ShellProgram && found.Shell.Family == image.Bash && path.Base(name) == "sh" {
		found.Shell.Family = image.BashSh
	}
	return found, "", true
}

// moved goes on with the source of mv and cp. A source that may be a folder is only taken if something is found in it.
func (s *imageFiles) moved(e effect, name string, before place, hops int, t *trail) (found entry, next string, done bool) {
	if e.mode != "" {
		defer func() {
			if next != name {
				t.modes = append(t.modes, e.mode)
			}
		}()
	}
	if name == e.to && !e.into && !isPattern(e.from) {
		return entry{}, e.from, false
	}
	rest, below := under(e.to, name)
	if !below {
		return entry{}, name, false
	}
	if path.Dir(name) == e.to {
		if path.Base(e.from) == path.Base(name) {
			return entry{}, e.from, false
		}
	}
	var candidates []string
	first, _, _ := strings.Cut(rest, "/")
	switch matched, _ := path.Match(path.Base(e.from), first); {
	case matched:
		candidates = append(candidates, path.Join(path.Dir(e.from), rest))
	case isPattern(e.from):
	default:
		candidates = append(candidates, path.Join(e.from, rest))
	}
	for _, candidate := range candidates {
		if found := s.find(candidate, before, hops+1); found.Kind != process.Unseen && found.Kind != process.Missing {
			return entry{}, candidate, false
		}
	}
	return entry{}, name, false
}
