package parser

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
)

// pod reads a mapping that has containers.
func (m *manifestReader) pod(node *yaml.Node, around Pod) {
	p := around
	p.Grace = m.scalar(node, "terminationGracePeriodSeconds")
	p.Restart = m.scalar(node, "restartPolicy")
	p.SharedPID = m.scalar(node, "shareProcessNamespace")
	p.HostPID = m.scalar(node, "hostPID")
	p.User = m.scalar(node, "securityContext", "runAsUser")
	p.Windows = m.scalar(node, "os", "name").Text == "windows"
	for _, label := range []string{"kubernetes.io/os", "beta.kubernetes.io/os"} {
		p.Windows = p.Windows || m.scalar(node, "nodeSelector", label).Text == "windows"
	}
	p.Volumes = map[string]Volume{}
	for _, volume := range m.items(node, "volumes") {
		v := Volume{ConfigMap: m.scalar(volume, "configMap", "name").Text, Mode: m.scalar(volume, "configMap", "defaultMode"),
			Optional: m.scalar(volume, "configMap", "optional").Text == "true"}
		for _, item := range m.items(volume, "configMap", "items") {
			if v.Items == nil {
				v.Items = map[string]string{}
			}
			v.Items[m.scalar(item, "key").Text] = m.scalar(item, "path").Text
		}
		p.Volumes[m.scalar(volume, "name").Text] = v
	}
	for _, list := range []string{"initContainers", "containers"} {
		for _, item := range m.items(node, list) {
			if c := m.container(item); c != nil {
				c.Init = list == "initContainers"
				c.Sidecar = c.Init && m.scalar(item, "restartPolicy").Text == "Always"
				p.Containers = append(p.Containers, c)
			}
		}
	}
	m.manifest.Pods = append(m.manifest.Pods, &p)
}

// container reads a container, nil where it has no image: in a patch, which is no container yet.
func (m *manifestReader) container(node *yaml.Node) *Container {
	c := &Container{Name: m.scalar(node, "name"), Image: m.scalar(node, "image")}
	if c.Image.Text == "" {
		return nil
	}
	at := m.Span(node)
	if end := strings.IndexAny(at.Text(), "\r\n"); end >= 0 {
		at.End = at.Start + end
	}
	c.Span = at
	c.Dir = m.scalar(node, "workingDir")
	c.User = m.scalar(node, "securityContext", "runAsUser")
	c.Stdin, c.TTY = m.scalar(node, "stdin").Text == "true", m.scalar(node, "tty").Text == "true"
	c.StopSignal = m.scalar(node, "lifecycle", "stopSignal")
	for _, item := range m.items(node, "env") {
		v := EnvVar{Name: m.scalar(item, "name").Text}
		switch value := m.field(item, "value"); {
		case m.field(item, "valueFrom") != nil:
		case value == nil:
			v.Value.Known = true // it is set to nothing
		case value.Kind == yaml.ScalarNode:
			v.Value = m.value(value).expand(c).Word
		}
		c.Env = append(c.Env, v)
	}
	c.MoreEnv = len(m.items(node, "envFrom")) > 0
	c.Command, c.Args = m.arguments(node, "command", c), m.arguments(node, "args", c)
	for _, item := range m.items(node, "volumeMounts") {
		at := m.scalar(item, "mountPath")
		mount := VolumeMount{Volume: m.scalar(item, "name").Text, Path: at.Text, SubPath: m.scalar(item, "subPath").Text, Span: at.Span}
		if at.Known && strings.HasPrefix(at.Text, "/") {
			mount.Path = path.Clean(at.Text)
		}
		c.Mounts = append(c.Mounts, mount)
	}
	c.PreStop = m.hook(m.field(m.field(node, "lifecycle"), "preStop"))
	return c
}

// arguments reads command or args with its variables resolved.
func (m *manifestReader) arguments(node *yaml.Node, name string, c *Container) Arguments {
	var a Arguments
	for _, item := range m.items(node, name) {
		if item.Kind == yaml.ScalarNode {
			a.Words = append(a.Words, m.value(item).expand(c))
		}
	}
	a.Set = len(a.Words) > 0
	return a
}

func (m *manifestReader) hook(node *yaml.Node) *Hook {
	for _, kind := range []HookKind{HookExec, HookHTTP, HookTCP, HookSleep} {
		action := m.field(node, string(kind))
		if action == nil {
			continue
		}
		h := &Hook{Kind: kind, Span: m.keySpan(node, string(kind))}
		switch kind {
		case HookExec:
			for _, item := range m.items(action, "command") {
				if item.Kind == yaml.ScalarNode {
					h.Command = append(h.Command, m.value(item))
				}
			}
			if len(h.Command) == 0 {
				return nil
			}
		case HookSleep:
			h.Seconds = m.scalar(action, "seconds")
		}
		return h
	}
	return nil
}

// keySpan returns the place of a key of a mapping, that of the mapping where the key is merged into it.
func (m *manifestReader) keySpan(node *yaml.Node, name string) Span {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return m.Span(node.Content[i])
		}
	}
	return m.Span(node)
}

// maxArgument is how many bytes one argument can have. Source: MAX_ARG_STRLEN, execve(2).
const maxArgument = 128 << 10

// expand resolves $(NAME) as Kubernetes does: one that is not set stays as it is, and $$ stands for $.
//
// Source: k8s.io/kubernetes third_party/forked/golang/expansion, Expand. The variables that a service sets are not known.
func (s Scalar) expand(c *Container) Scalar {
	if !strings.Contains(s.Text, "$") {
		return s
	}
	var text strings.Builder
	var at []int
	end := func(i int) int {
		if s.at == nil {
			return 0
		}
		return s.at[i]
	}
	keep := func(from, to int) {
		text.WriteString(s.Text[from:to])
		for i := from; i < to; i++ {
			at = append(at, end(i))
		}
	}
	for i := 0; i < len(s.Text); {
		rest := s.Text[i:]
		switch {
		case strings.HasPrefix(rest, "$$"):
			keep(i, i+1)
			i += 2
			continue
		case strings.HasPrefix(rest, "$(") && strings.Contains(rest, ")"):
			length := strings.IndexByte(rest, ')') + 1
			value, set, known := c.variable(rest[2 : length-1])
			if !set {
				if !known {
					s.Known, s.unset = false, append(s.unset, [2]int{text.Len(), text.Len() + length})
				}
				keep(i, i+length)
			} else {
				if text.Len()+len(value) > maxArgument {
					s.Known = false
					return s
				}
				text.WriteString(value)
				for range len(value) {
					at = append(at, end(i))
				}
			}
			i += length
			continue
		}
		keep(i, i+1)
		i++
	}
	at = append(at, end(len(s.Text)))
	s.Text = text.String()
	if s.at != nil {
		s.at = at
	}
	return s
}

// variable returns the value of a variable of a container. known says whether one that is not set is surely not.
func (c *Container) variable(name string) (value string, set, known bool) {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if v := c.Env[i]; v.Name == name {
			return v.Value.Text, v.Value.Known, v.Value.Known
		}
	}
	return "", false, !isEnvName(name) || !c.MoreEnv && !ofService(name)
}

// isEnvName reports whether a variable can have a name: $(hostname -f) is meant for a shell.
func isEnvName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == ""
}

// ofService reports whether Kubernetes sets a variable of that name for a service. Source: kubelet/envvars.
func ofService(name string) bool {
	for _, part := range []string{"_SERVICE_HOST", "_SERVICE_PORT", "_PORT"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
