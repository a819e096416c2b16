package parser

import (
	"maps"
	"path"
	"strings"
	"sync"
)

// A Config is what an image says about its start.
type Config struct {
	Entrypoint     Command
	Cmd            Command
	Shell          []Word // SHELL; nil for the default
	StopSignal     Word   // Text is "" where it is not set
	User           Word
	Workdir        string            // absolute, "/" at least
	WorkdirUnknown bool              // Workdir has a variable in it that is not known, or is relative to such a one
	Env            map[string]string // what ENV and the base image set, variables resolved
	Unresolved     map[string]bool   // names in Env whose value holds something that is not known
	Healthcheck    *Instruction      // nil for HEALTHCHECK NONE too
}

// A Command is ENTRYPOINT or CMD as it takes effect.
type Command struct {
	Instruction *Instruction // nil where it is inherited from the base image or not set
	Form        Form         // NoForm where it is not set
	Words       []Word       // exec form: the words
	Shell       []Word       // shell form: the SHELL in force at that instruction; nil for the default
}

// Configure returns what the stage says about its start on top of what its base image brings. base is not changed;
// args are build arguments given from outside (Compose, --build-arg).
func (s *Stage) Configure(base Config, args map[string]string) Config {
	return s.run(base, args, nil).Config
}

// Walk calls visit for each instruction that makes the image of the stage, in the order in which they take effect, with what is in
// force just before it: those of the stages that it is FROM come first, and ONBUILD instructions come where they are triggered.
// The Scope changes when visit has returned. It returns what Configure does.
func (s *Stage) Walk(base Config, args map[string]string, visit func(*Instruction, *Scope)) Config {
	return s.run(base, args, func(i *Instruction, scope *Scope) bool {
		visit(i, scope)
		return true
	}).Config
}

// Resolve takes a word of an instruction of the stage as it is written and returns it with quotes and variables
// resolved as they are known just before that instruction, without what the base image or build arguments may bring. A variable
// that is not known stays as it is written.
func (s *Stage) Resolve(i *Instruction, text string) (value string, known bool) {
	if i == s.From {
		return s.doc.globals(nil).Resolve(text)
	}
	found := s.run(Config{}, nil, func(at *Instruction, _ *Scope) bool { return at != i })
	return found.Resolve(text)
}

// BaseFor returns the image or stage that the stage is FROM with build arguments that are given from outside, and the stage where it
// is one. Without arguments these are Base and Parent.
func (s *Stage) BaseFor(args map[string]string) (Word, *Stage) {
	if len(args) == 0 {
		return s.Base, s.Parent
	}
	return s.base(s.doc.globals(args))
}

func (s *Stage) base(globals *Scope) (Word, *Stage) {
	text, known := globals.Resolve(s.From.Words[0].Text)
	base := Word{text, s.From.Words[0].Span, known}
	if text == "" {
		base.Text, base.Known = s.From.Words[0].Text, false
	}
	if !base.Known {
		// FROM base-${TARGETARCH}: the stages for each platform are made alike, and amd64 stands for them.
		if text, stage := s.platformStage(globals); stage != nil {
			return Word{text, base.Span, true}, stage
		}
		return base, nil
	}
	return base, s.doc.named(text, s.Index)
}

// platformStage returns the earlier stage that FROM names on linux/amd64, nil where it does not depend on the platform.
func (s *Stage) platformStage(globals *Scope) (string, *Stage) {
	vars := maps.Clone(globals.vars)
	for name, value := range map[string]string{"TARGETARCH": "amd64", "TARGETOS": "linux", "TARGETPLATFORM": "linux/amd64", "TARGETVARIANT": "",
		"BUILDARCH": "amd64", "BUILDOS": "linux", "BUILDPLATFORM": "linux/amd64"} {
		if v, set := vars[name]; !set || !v.known {
			vars[name] = variable{value, true}
		}
	}
	amd64 := *globals
	amd64.vars = vars
	text, known := amd64.Resolve(s.From.Words[0].Text)
	if !known {
		return "", nil
	}
	return text, s.doc.named(text, s.Index)
}

// run applies the instructions of the stage and of those it is FROM, until before returns false, and returns what is then in force.
func (s *Stage) run(base Config, args map[string]string, before func(*Instruction, *Scope) bool) *Scope {
	globals := s.doc.globals(args)
	chain := []*Stage{s}
	image, parent := s.BaseFor(args)
	for parent != nil {
		chain = append(chain, parent)
		image, parent = parent.BaseFor(args)
	}
	scope := newScope(s.doc.Escape, base)
	if image.Text == "scratch" {
		scope.complete = true
		if _, set := base.Env["PATH"]; !set {
			scope.setEnv("PATH", variable{defaultPath, true})
		}
	}
	var triggers []*Instruction
	for n := len(chain) - 1; n >= 0; n-- {
		scope.begin(chain[n])
		for _, i := range triggers {
			if before != nil && !before(i, scope) {
				return scope
			}
			scope.apply(i, globals, args)
		}
		triggers = nil
		for _, i := range chain[n].Instructions {
			if i.OnBuild {
				triggers = append(triggers, i)
				continue
			}
			if before != nil && !before(i, scope) {
				return scope
			}
			scope.apply(i, globals, args)
		}
	}
	return scope
}

// What BuildKit sets in an image FROM scratch. Source: system.DefaultPathEnvUnix of github.com/moby/buildkit/util/system.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// apply lets an instruction take effect. Source: the dispatch functions of buildkit's dockerfile2llb package.
func (s *Scope) apply(i *Instruction, globals *Scope, args map[string]string) {
	word := func() Word {
		text, known := s.Resolve(i.Words[0].Text)
		return Word{text, i.Words[0].Span, known}
	}
	command := Command{Instruction: i, Form: i.Form, Words: i.Exec}
	if i.Form == ShellForm {
		command.Shell = s.Config.Shell
	}
	switch i.Name {
	case "CMD":
		s.Config.Cmd, s.hasCmd = command, true
		return
	case "ENTRYPOINT":
		// A CMD of the base image or of a stage before is meant for the entrypoint there.
		if s.Config.Entrypoint = command; !s.hasCmd {
			s.Config.Cmd = Command{}
		}
		return
	case "SHELL":
		if i.Form == ExecForm {
			s.Config.Shell = i.Exec
		}
		return
	}
	if len(i.Words) == 0 { // behind ONBUILD it may be
		return
	}
	switch i.Name {
	case "ARG":
		for _, word := range i.Words {
			s.declare(word.Text, globals, args)
		}
	case "ENV":
		names, values := make([]string, len(i.Words)), make([]variable, len(i.Words))
		for n, word := range i.Words { // each with the variables of before, then all take effect
			name, value, _ := strings.Cut(word.Text, "=")
			names[n], _ = s.Resolve(name)
			values[n].text, values[n].known = s.Resolve(value)
		}
		for n, name := range names {
			s.setEnv(name, values[n])
		}
	case "WORKDIR":
		dir := word()
		switch {
		case strings.HasPrefix(dir.Text, "/"), !dir.Known && strings.HasPrefix(dir.Text, "$"):
			s.Config.Workdir, s.Config.WorkdirUnknown = path.Join("/", dir.Text), !dir.Known
		default:
			s.Config.Workdir = path.Join("/", s.Config.Workdir, dir.Text)
			s.Config.WorkdirUnknown = s.Config.WorkdirUnknown || !dir.Known
		}
	case "USER":
		s.Config.User = word()
	case "STOPSIGNAL":
		s.Config.StopSignal = word()
	case "HEALTHCHECK":
		if s.Config.Healthcheck = i; strings.EqualFold(i.Words[0].Text, "NONE") {
			s.Config.Healthcheck = nil
		}
	}
}

// declare lets one word of an ARG in a stage take effect. As in BuildKit it hides an ENV of the same name for what follows.
func (s *Scope) declare(raw string, globals *Scope, args map[string]string) {
	name, value, hasDefault := strings.Cut(raw, "=")
	if given, ok := args[name]; ok {
		s.vars[name] = variable{given, true}
	} else if hasDefault {
		text, known := s.Resolve(value)
		s.vars[name] = variable{text, known}
	} else if global, ok := globals.vars[name]; ok {
		s.vars[name] = global
	} else if _, set := s.vars[name]; !set {
		s.leaveUnset(name)
	}
}

// leaveUnset notes an ARG without a value.
func (s *Scope) leaveUnset(name string) {
	if s.unset == nil {
		s.unset = map[string]bool{}
	}
	s.unset[name] = true
}

func (s *Scope) setEnv(name string, value variable) {
	s.vars[name] = value
	s.Config.Env[name] = value.text
	if delete(s.Config.Unresolved, name); !value.known {
		s.Config.Unresolved[name] = true
	}
}

// globals returns the variables that FROM sees: ARG before the first FROM, and those that BuildKit knows by itself.
func (d *Dockerfile) globals(args map[string]string) *Scope {
	switch {
	case len(args) == 0 && d.outer != nil:
		return d.outer
	case len(args) == 0 && len(d.Args) == 0 && d.Escape == '\\':
		return plainGlobals()
	}
	return d.newGlobals(args)
}

// plainGlobals are those of most Dockerfiles: no ARG is in front of the first FROM.
var plainGlobals = sync.OnceValue(func() *Scope { return (&Dockerfile{Escape: '\\'}).newGlobals(nil) })

func (d *Dockerfile) newGlobals(args map[string]string) *Scope {
	s := newScope(d.Escape, Config{})
	s.complete = true
	for _, name := range platformArgs {
		if given, ok := args[name]; ok {
			s.vars[name] = variable{given, true}
		} else {
			s.vars[name] = variable{}
		}
	}
	for _, i := range d.Args {
		for _, word := range i.Words {
			name, value, hasDefault := strings.Cut(word.Text, "=")
			if given, ok := args[name]; ok {
				s.vars[name] = variable{given, true}
			} else if hasDefault {
				text, known := s.Resolve(value)
				s.vars[name] = variable{text, known}
			} else if _, set := s.vars[name]; !set {
				s.leaveUnset(name)
			}
		}
	}
	return s
}

// platformArgs are set by BuildKit; what they are depends on where the image is built. Source: defaultArgs of buildkit's
// dockerfile2llb package.
var platformArgs = [...]string{
	"BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT",
	"TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE",
}

func newScope(escape byte, base Config) *Scope {
	s := &Scope{Config: base, escape: escape, vars: map[string]variable{}}
	s.Config.Env, s.Config.Unresolved = maps.Clone(base.Env), maps.Clone(base.Unresolved)
	if s.Config.Env == nil {
		s.Config.Env = map[string]string{}
	}
	if s.Config.Unresolved == nil {
		s.Config.Unresolved = map[string]bool{}
	}
	if s.Config.Workdir = base.Workdir; !strings.HasPrefix(base.Workdir, "/") {
		s.Config.Workdir = path.Join("/", base.Workdir)
	}
	return s
}

// begin starts a stage. An ARG of the stage before is still set there, unless the image has an ENV of that name.
func (s *Scope) begin(stage *Stage) {
	s.Stage, s.hasCmd = stage, false
	for name, value := range s.Config.Env {
		s.vars[name] = variable{value, !s.Config.Unresolved[name]}
	}
}
