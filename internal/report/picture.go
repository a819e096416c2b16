package report

import (
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/rules"
)

// A scene is one tree of processes in a picture: a launch as it is, or as fixes leave it.
type scene struct {
	title  string // "Now", "After pid1lint --fix"
	launch *process.Launch
	first  bool // it is the launch as it is
}

func scenes(l *process.Launch, findings []rules.Finding) []scene {
	after, how := bestFix(l, findings)
	if after == nil {
		return []scene{{"", l, true}}
	}
	return []scene{{"Now", l, true}, {"After " + how, after, false}}
}

// name is a word for the scene in identifiers.
func (s scene) name() string {
	if s.first {
		return "now"
	}
	return "after"
}

// headline is the verdict of a scene with what the scene is: "After pid1lint --fix: graceful".
func (s scene) headline() string {
	verdict := string(s.launch.Verdict)
	if s.launch.Slow {
		verdict += ", but slow"
	}
	if s.title == "" {
		return verdict
	}
	return s.title + ": " + verdict
}

// notes returns the sentences under the tree of a scene: what the verdict means and why it is so.
func (o Options) notes(s scene) []string {
	l := s.launch
	text := meaning(l)
	out := []string{strings.ToUpper(text[:1]) + text[1:]}
	if l.Reason != "" {
		out = append(out, "Reason: "+visible(sentence(l.Reason)))
	}
	if !s.first {
		return out
	}
	if text := o.branches(l); text != "" {
		out = append(out, text)
	}
	if l.OneShot {
		out = append(out, onlyOnce)
	}
	if l.Kind == process.KindScript {
		out = append(out, takenAsPID1)
	}
	if len(l.Unknown) > 0 {
		reasons := o.newReasons(l, func(reason string) bool { return reason != visible(l.Reason) })
		for _, reason := range reasons {
			out = append(out, "Not known: "+sentence(reason))
		}
	}
	return out
}

// setting says what a launch consists of: the command, and what that is started in.
func setting(l *process.Launch) []string {
	var out, parts []string
	if len(l.Argv) > 0 {
		out = append(out, "starts "+command(l.Argv))
	}
	if base := baseOf(l); base != "" {
		parts = append(parts, "base image "+visible(base))
	}
	if shell := l.Shell.String(); shell != "" {
		parts = append(parts, "shell "+visible(shell))
	}
	parts = append(parts, seconds(l.GracePeriod())+" to shut down")
	return append(out, strings.Join(parts, ", "))
}

// stopCommand names who stops a launch in the fewest words.
func stopCommand(l *process.Launch) string {
	switch l.Kind {
	case process.KindCompose:
		return "docker compose stop"
	case process.KindKubernetes:
		return "Kubernetes stops the pod"
	}
	return "docker stop"
}

// firstProcess names the first process of a launch: it is PID 1 where the container has PIDs of its own.
func firstProcess(l *process.Launch) string {
	if l.SharedPID.IsZero() {
		return "PID 1"
	}
	return "the first process"
}

// role says what a process is and where it is written: "PID 1, shell, Dockerfile:5".
func (o Options) role(l *process.Launch, at *process.Process) string {
	what := string(at.Role)
	switch {
	case at.Role == process.RoleApp && at == l.App:
		what = "application"
	case at.Role == process.RoleApp || at.Role == "":
		what = "program"
	}
	if at == l.Root {
		what = firstProcess(l) + ", " + what
	}
	if at.How == process.InBackground {
		what += " in the background"
	}
	span := at.Span
	if span.IsZero() && at == l.Root {
		span = l.Origin
	}
	if file, line := o.fileLine(span); line > 0 {
		what += ", " + placePrefix(path.Base(file), line)
	}
	return strings.TrimSuffix(what, ": ")
}

// A passage is the last step of the stop signal to a process, or what comes of it.
type passage struct {
	tone    tone // isGood where the signal arrives
	text    string
	arrives bool
}

// passageTo says how the stop signal gets from a process, nil for the container runtime, to its child.
func passageTo(l *process.Launch, from, to *process.Process) passage {
	name := l.StopSignal().String()
	lost := isBad
	if l.Verdict == process.Graceful {
		lost = isAside // nobody misses it
	}
	switch {
	case !stops(l):
		return passage{}
	case to.Receives == image.Unknown:
		return passage{isUnsure, "whether " + name + " gets here is not known", false}
	case to.Receives == image.No && from == nil:
		return passage{lost, name + " is dropped: PID 1 has no handler for it", false}
	case to.Receives == image.No && from.Receives == image.No:
		return passage{lost, "no signal to pass on", false}
	case to.Receives == image.No:
		return passage{lost, name + " is not passed on", false}
	}
	if len(to.Got) > 0 {
		names := make([]string, len(to.Got))
		for i, sig := range to.Got {
			names[i] = sig.String()
		}
		name = strings.Join(names, ", ")
	}
	switch {
	case from == nil:
		name += " to " + firstProcess(l)
		if l.PreStop != nil && len(to.Got) > 0 && !slices.Contains(to.Got, l.StopSignal()) {
			name += " from the preStop hook"
		}
	case to.Sender == nil && l.PreStop != nil:
		name += " from the preStop hook"
	case to.Sender == nil || to.Sender == from:
	case to.Sender == l.Root:
		name += " from " + firstProcess(l) + " itself"
	default:
		name += " from " + visible(path.Base(to.Sender.Argv[0].Text))
	}
	return passage{isGood, name, true}
}

// depth returns how many processes stand below each other at most.
func depth(at *process.Process) int {
	deepest := 0
	for _, child := range at.Children {
		deepest = max(deepest, depth(child))
	}
	return deepest + 1
}
