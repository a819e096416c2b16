package lint

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// A connected is a start together with the files of the image in which it happens.
type connected struct {
	start process.Start
	files process.Files
	reads *reads
}

// reads notes which files of the project a launch depends on.
type reads struct{ paths []string }

func (r *reads) note(path string) {
	if path != "" && !slices.Contains(r.paths, path) {
		r.paths = append(r.paths, path)
	}
}

// launchFiles are the files of an image for one launch, which notes what it reads.
type launchFiles struct {
	files *imageFiles
	reads *reads
	vague variables
}

// Lookup implements process.Files.
func (f launchFiles) Lookup(name string) process.Entry {
	found := f.files.lookup(name)
	f.reads.note(found.source)
	return found.Entry
}

// connectDockerfile reads a Dockerfile and returns the start of the stage that is asked for. It returns nil and no problem
// where there is none: an image without a command, an image for Windows.
func (p *Project) connectDockerfile(u unit) (*connected, *rules.Problem) {
	src := p.sources.get(u.path)
	if src.err != nil {
		return nil, &rules.Problem{Path: u.path, Message: fmt.Sprintf("reading %s: %v", u.path, src.err)}
	}
	if !u.sure && !looksLikeDockerfile(src.file.Src) {
		return nil, nil
	}
	dockerfile, err := parser.ParseDockerfile(src.file)
	if err != nil {
		name := path.Base(u.path)
		plain := u.named || strings.EqualFold(name, "Dockerfile") || strings.EqualFold(name, "Containerfile")
		if !u.sure || !plain && (strings.Contains(src.file.Src, "{{") || !looksLikeDockerfile(src.file.Src)) {
			return nil, nil // a template, or a file that only has the name of one: dockerfile.go
		}
		problem := problemOf(u.path, err)
		return nil, &problem
	}
	stage := dockerfile.Stage(p.Target)
	if stage == nil {
		return nil, nil
	}
	p.targetFound.Store(true)
	reads := &reads{}
	reads.note(u.path)
	return p.connectStage(p.newBuild(u.path, dockerfile, building{folder: p.contextOf(u.path)}, nil), stage, &override{kind: process.KindDockerfile, name: p.Target}, reads), nil
}

// connect returns the start that a unit stands for, nil where there is none.
func (p *Project) connect(u unit) (*connected, *rules.Problem) {
	switch u.kind {
	case process.KindScript:
		return p.connectScript(u)
	case process.KindCompose:
		return p.connectService(u), nil
	case process.KindKubernetes:
		return p.connectContainer(u), nil
	}
	return p.connectDockerfile(u)
}

// connectStage returns the start of the image that a stage makes, nil where there is none.
func (p *Project) connectStage(b *build, stage *parser.Stage, over *override, reads *reads) *connected {
	files := b.files(stage)
	if b.dockerfile.Escape == '`' || files.base.Windows || strings.Contains(strings.ToLower(stage.Platform), "windows") {
		return nil
	}
	config := files.config
	config.Env, config.Unresolved = maps.Clone(config.Env), maps.Clone(config.Unresolved)
	over.change(&config)
	files.search = strings.Split(config.Env["PATH"], ":")
	start, ok := files.start(config, over)
	if !ok {
		return nil
	}
	if local := files.base.local; local != nil {
		start.BaseFile = local.path
	}
	for local := files.base.local; local != nil; local = local.files.base.local {
		reads.note(local.path)
	}
	return &connected{start, launchFiles{files, reads, variables{config.Unresolved, over.moreEnv}}, reads}
}

// start joins ENTRYPOINT and CMD as the runtime does. It returns false where there is nothing to start.
func (s *imageFiles) start(config parser.Config, over *override) (process.Start, bool) {
	b := s.base
	start := process.Start{
		Kind:   over.kind,
		Target: over.name,
		Base:   b.Name,
		Dir:    config.Workdir,
		Musl:   b.Musl,
		Env:    map[string]string{},
		Grace:  over.grace,
		Gaps:   over.gaps,

		Init: over.init, Input: over.input, SharedPID: over.sharedPID, Dropped: over.dropped,
		OneShot: over.oneShot, GraceAt: over.graceAt, Fields: over.fields, Scripts: over.scripts,
		PreStop: over.preStop, Awaited: over.awaited, ImageAt: over.imageAt,
	}
	if config.WorkdirUnknown {
		start.Dir = ""
	}
	for name, value := range config.Env {
		if !config.Unresolved[name] {
			start.Env[name] = value
		}
	}
	entrypoint, cmd := config.Entrypoint, config.Cmd
	hasEntrypoint := entrypoint.Form == parser.ShellForm || len(entrypoint.Words) > 0
	hasCmd := cmd.Form == parser.ShellForm || len(cmd.Words) > 0
	if hasEntrypoint {
		addCommand(&start, entrypoint)
	}
	if hasCmd && entrypoint.Form != parser.ShellForm {
		addCommand(&start, cmd)
	}
	ownEntrypoint, ownCmd := entrypoint.Instruction != nil || over.entrypoint != nil, cmd.Instruction != nil || over.cmd != nil
	switch {
	case entrypoint.Instruction != nil && hasEntrypoint:
		start.Origin = entrypoint.Instruction.Span
	case cmd.Instruction != nil && hasCmd:
		start.Origin = cmd.Instruction.Span
	default:
		start.Origin, start.Inherited = b.from, !(over.entrypoint != nil && hasEntrypoint) && !(over.cmd != nil && hasCmd)
	}
	if !over.origin.IsZero() {
		start.Origin = over.origin
	}
	if !b.StartKnown && !ownEntrypoint {
		start.Gaps = append(start.Gaps, process.Gap{Span: b.from,
			Reason: "the base image " + b.Name + " is not known, and may bring an ENTRYPOINT of its own"})
	}
	if b.StartKnown && !b.CmdKnown && !ownEntrypoint && !ownCmd && cmd.Form == parser.NoForm {
		start.Gaps = append(start.Gaps, process.Gap{Span: b.from, Reason: "which CMD the base image " + b.Name + " brings is not known"})
	}
	for _, command := range []parser.Command{entrypoint, cmd} {
		if command.Instruction != nil && command.Form == parser.ShellForm && start.Broken == nil {
			start.Broken = command.Instruction.Broken
		}
	}
	if entrypoint.Form == parser.ShellForm && hasCmd {
		switch {
		case over.cmd != nil:
			start.IgnoredCmd = spanOf(cmd.Words)
		case cmd.Instruction != nil:
			start.IgnoredCmd = cmd.Instruction.Span
		}
	}
	if start.User = config.User.Text; config.User.Text != "" && !config.User.Known {
		start.User = "?"
	}
	s.stopSignal(&start, config)
	start.FromBase = s.inherited(config, start, ownEntrypoint, ownCmd)
	return start, len(start.Argv) > 0 || len(start.Gaps) > 0
}

// spanOf returns the place from the first to the last of some words.
func spanOf(words []parser.Word) parser.Span {
	span := words[0].Span
	span.End = max(span.End, words[len(words)-1].Span.End)
	return span
}

// inherited lists what of the start comes from the base image, each as the instruction that would set it.
func (s *imageFiles) inherited(config parser.Config, start process.Start, ownEntrypoint, ownCmd bool) []string {
	b := s.base
	var all []string
	if !ownEntrypoint && len(config.Entrypoint.Words) > 0 {
		all = append(all, "ENTRYPOINT "+jsonForm(config.Entrypoint.Words))
	}
	if !ownCmd && len(config.Cmd.Words) > 0 {
		all = append(all, "CMD "+jsonForm(config.Cmd.Words))
	}
	if start.SignalInherited {
		all = append(all, "STOPSIGNAL "+start.Signal.String())
	}
	if b.User != "" && start.User == b.User {
		all = append(all, "USER "+b.User)
	}
	if b.Workdir != "" && b.Workdir != "/" && start.Dir == b.Workdir {
		all = append(all, "WORKDIR "+b.Workdir)
	}
	return all
}

// jsonForm writes words as the JSON form of an instruction.
func jsonForm(words []parser.Word) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word.Text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// addCommand appends ENTRYPOINT or CMD to the words that are started. A shell form is given to the SHELL in force.
func addCommand(start *process.Start, command parser.Command) {
	if command.Form != parser.ShellForm {
		start.Argv = append(start.Argv, command.Words...)
		return
	}
	i := command.Instruction
	shell := command.Shell
	if shell == nil {
		for _, text := range []string{"/bin/sh", "-c"} {
			shell = append(shell, parser.Word{Text: text, Span: i.Span, Known: true})
		}
	}
	start.Argv = append(start.Argv, shell...)
	start.Script, start.ScriptArg, start.ShellForm = i.Script(), len(start.Argv), i.Span
	start.Argv = append(start.Argv, parser.Word{Text: oneLine(start.Script), Span: i.Args, Known: true})
}

// oneLine returns the text of a shell form for people: lines that are continued are one.
func oneLine(script *parser.Script) string {
	if !strings.Contains(script.Whole.Text(), "\n") {
		return script.Text
	}
	text := strings.NewReplacer("\\\r\n", "", "\\\n", "").Replace(script.Text)
	return strings.Join(strings.Fields(text), " ")
}

// stopSignal fills in the signal. A name that does not exist is left to the rules: Docker refuses it when the container starts.
func (s *imageFiles) stopSignal(start *process.Start, config parser.Config) {
	if config.StopSignal.Text == "" {
		return
	}
	if !config.StopSignal.Known {
		start.Gaps = append(start.Gaps, process.Gap{Span: config.StopSignal.Span,
			Reason: "the stop signal " + config.StopSignal.Text + " cannot be known"})
		return
	}
	known := false
	if start.Signal, known = process.ParseSignal(config.StopSignal.Text); !known {
		start.SignalUnknown = config.StopSignal.Text
	}
	start.SignalAt, start.SignalInherited = config.StopSignal.Span, config.StopSignal.Span == s.base.from
}
