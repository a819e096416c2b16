package lint

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A manifest is what one file says about pods.
type manifest struct {
	*parser.Manifest
	err        error
	names      []string // of the containers, each once in the file
	containers map[string]podContainer
}

// A podContainer is a container of a pod.
type podContainer struct {
	*parser.Container
	pod *parser.Pod
}

// manifest returns the pods of a file, read once in a run.
func (p *Project) manifest(name string) *manifest {
	if found, ok := p.manifests.Load(name); ok {
		return found.(*manifest)
	}
	m := &manifest{Manifest: &parser.Manifest{}, containers: map[string]podContainer{}}
	if src := p.sources.get(name); src.err != nil {
		m.err = src.err
	} else {
		m.Manifest, m.err = parser.ParseManifest(src.file)
	}
	var all []podContainer
	for _, pod := range m.Pods {
		for _, c := range pod.Containers {
			if !pod.Windows {
				all = append(all, podContainer{c, pod})
			}
		}
	}
	m.number(all)
	found, _ := p.manifests.LoadOrStore(name, m)
	return found.(*manifest)
}

// number names the containers of a file: by their own name, and where that is there more than once with that of their object.
func (m *manifest) number(all []podContainer) {
	full := func(c podContainer) string { return c.pod.Name.Text + "/" + c.Name.Text }
	plain, named, taken := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range all {
		plain[c.Name.Text]++
		named[full(c)]++
	}
	for _, c := range all {
		name := c.Name.Text
		switch {
		case name == "" && plain[name] == 1:
			name = c.pod.Name.Text
		case plain[name] == 1:
		case named[full(c)] == 1:
			name = full(c)
		default:
			name = strings.ToLower(c.pod.Kind) + "/" + full(c)
		}
		if taken[name]++; taken[name] > 1 {
			name = fmt.Sprintf("%s#%d", name, taken[name])
		}
		m.names = append(m.names, name)
		m.containers[name] = c
	}
}

// containersOf returns the launches of a manifest: one for each container.
func (p *Project) containersOf(u unit) []unit {
	m := p.manifest(u.path)
	src := p.sources.get(u.path)
	if m.err != nil && u.sure && (src.err != nil || !strings.Contains(src.file.Src, "{{")) {
		p.problems = append(p.problems, problemOf(u.path, m.err))
	}
	var units []unit
	for _, name := range m.names {
		one := u
		one.name = name
		units = append(units, one)
	}
	return units
}

// podGrace is how long Kubernetes waits where a pod says nothing. Source: DefaultTerminationGracePeriodSeconds of the API; leastGrace
// is minimumGracePeriodInSeconds of kubernetes pkg/kubelet/kuberuntime.
const (
	podGrace   = 30 * time.Second
	leastGrace = 2 * time.Second
)

// connectContainer returns the start of a container of a manifest, nil where there is none.
func (p *Project) connectContainer(u unit) *connected {
	m := p.manifest(u.path)
	c, ok := m.containers[u.name]
	if !ok {
		return nil
	}
	reads := &reads{}
	reads.note(u.path)
	over := overrideOfContainer(u.name, c)
	var done *connected
	if !c.Image.Known || strings.ContainsAny(c.Image.Text, "$<%") {
		over.gap(c.Image.Span, "a template engine fills in the image "+c.Image.Text)
		return &connected{process.Start{Kind: over.kind, Target: over.name, Origin: over.origin, Grace: over.grace, Env: map[string]string{}, Gaps: over.gaps},
			scriptFiles{p, reads}, reads}
	}
	if b := p.builds(u.path, c.Image.Word, reads); b != nil {
		var why string
		if done, why = p.connectBuild(b, over, reads); why != "" {
			done = nil // what builds it may be there at another time
		}
	}
	if done == nil {
		if done = p.connectImage(c.Image.Word, over, reads); done == nil {
			return nil
		}
	}
	if volumes := p.volumesOf(u.path, c, reads); len(volumes) > 0 {
		done.files = volumeFiles{done.files, volumes}
	}
	return done
}

// overrideOfContainer returns what a container says about the start of its image.
func overrideOfContainer(name string, c podContainer) *override {
	over := &override{
		kind: process.KindKubernetes, name: name, origin: c.Image.Span, grace: podGrace,
		signal: c.StopSignal.Word, dir: c.Dir.Word, user: c.User.Word, input: c.Stdin || c.TTY,
		env: map[string]string{}, scripts: map[parser.Word]*parser.Script{},
		graceAt: c.pod.Grace.Span, imageAt: c.Image.Span,
	}
	over.oneShot, over.awaited = ends(c)
	if seconds, err := strconv.Atoi(c.pod.Grace.Text); err == nil && seconds >= 0 && seconds < 1e9 {
		over.grace = max(time.Duration(seconds)*time.Second, leastGrace)
	}
	if over.user.Text == "" {
		over.user = c.pod.User.Word
	}
	for _, shared := range []parser.Scalar{c.pod.SharedPID, c.pod.HostPID} {
		if shared.Text == "true" {
			over.sharedPID = shared.Span
		}
	}
	over.moreEnv = c.MoreEnv
	for _, v := range c.Env {
		if v.Value.Known {
			over.env[v.Name] = v.Value.Text
		} else {
			over.unresolved = append(over.unresolved, v.Name)
		}
	}
	if c.Command.Set {
		over.entrypoint = &parser.Command{Form: parser.ExecForm, Words: over.list(c.Command.Words)}
		over.origin = spanOf(over.entrypoint.Words)
	}
	if c.Args.Set {
		over.cmd = &parser.Command{Form: parser.ExecForm, Words: over.list(c.Args.Words)}
		if !c.Command.Set {
			over.origin = spanOf(over.cmd.Words)
		}
	}
	if c.PreStop != nil {
		over.preStop = over.hookOf(c.PreStop)
	}
	return over
}

// ends reports whether a container is to end by itself, and who surely waits for that.
func ends(c podContainer) (itself bool, awaited string) {
	switch restart := c.pod.Restart.Text; {
	case c.Sidecar:
		return false, ""
	case c.Init:
		return true, "the pod"
	case c.pod.Kind == "Job" || c.pod.Kind == "CronJob":
		return true, "the Job"
	default:
		return restart == "Never" || restart == "OnFailure", ""
	}
}

// list returns command or args as a list of words, and notes the programs behind -c among them. The -c may stand at the end of command
// and its program at the start of args.
func (o *override) list(scalars []parser.Scalar) []parser.Word {
	var words []parser.Word
	for n, s := range scalars {
		words = append(words, s.Word)
		if n == 0 && strings.ContainsAny(s.Text, " \t\n$") || n > 0 && takesProgram(scalars[n-1].Text) {
			if script := s.Script(); script != nil {
				o.scripts[s.Word] = script
			}
		}
	}
	return words
}

func (o *override) hookOf(h *parser.Hook) *process.Hook {
	hook := &process.Hook{Span: h.Span}
	switch h.Kind {
	case parser.HookExec:
		hook.Argv = o.list(h.Command)
		hook.Span = spanOf(hook.Argv)
	case parser.HookSleep:
		if seconds, err := strconv.Atoi(h.Seconds.Text); err == nil && seconds > 0 && seconds < 1e9 {
			hook.Sleep = time.Duration(seconds) * time.Second
		}
	case parser.HookHTTP:
		hook.Unknown = "what the HTTP request of the preStop hook does to the application cannot be known"
	}
	return hook
}
