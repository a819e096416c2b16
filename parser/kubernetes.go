package parser

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A Manifest is what a file says about pods: of any kind of object that has a pod in it, known or not.
type Manifest struct {
	Pods       []*Pod
	ConfigMaps []*ConfigMap
}

// A Pod is a specification of pods. What is not set is the zero value, with a zero Span.
type Pod struct {
	Kind       string // of the object that it stands in: "Deployment"; "" where that has none
	Name       Scalar // of that object
	Namespace  string
	Grace      Scalar // terminationGracePeriodSeconds
	Restart    Scalar // restartPolicy
	SharedPID  Scalar // shareProcessNamespace
	HostPID    Scalar
	User       Scalar // securityContext.runAsUser
	Windows    bool
	Volumes    map[string]Volume
	Containers []*Container // init containers first
}

// A Volume is what a pod may mount.
type Volume struct {
	ConfigMap string            // the name of the ConfigMap that it shows, "" for any other kind
	Optional  bool              // the pod starts without the ConfigMap, too
	Items     map[string]string // file name by key where only some keys are shown, nil for all of them
	Mode      Scalar            // defaultMode
}

// A Container is one container of a pod.
type Container struct {
	Span       Span // the first line of it
	Name       Scalar
	Image      Scalar
	Init       bool // it is an init container
	Sidecar    bool // an init container that runs as long as the pod does
	Command    Arguments
	Args       Arguments
	Env        []EnvVar
	MoreEnv    bool // envFrom adds variables that are not known
	Dir        Scalar
	Mounts     []VolumeMount
	User       Scalar
	Stdin, TTY bool
	StopSignal Scalar // lifecycle.stopSignal
	PreStop    *Hook  // nil where there is none
}

// Arguments are a list of command or args.
type Arguments struct {
	Set   bool // it is there, and is no empty list, which is as good as none
	Words []Scalar
}

// An EnvVar is a variable of a container; it is not Known where its value comes from elsewhere.
type EnvVar struct {
	Name  string
	Value Word
}

// A VolumeMount is a volume at a path of a container.
type VolumeMount struct {
	Volume  string
	Path    string // absolute and clean as far as it is written so
	SubPath string
	Span    Span
}

// A Hook is what is done before the stop signal is sent.
type Hook struct {
	Span    Span // the line that says what it is
	Kind    HookKind
	Command []Scalar // of HookExec
	Seconds Scalar   // of HookSleep
}

// HookKind says what a hook does.
type HookKind string

// The kinds of hooks, as they are called in a manifest.
const (
	HookExec  HookKind = "exec"
	HookHTTP  HookKind = "httpGet"
	HookTCP   HookKind = "tcpSocket" // which does nothing for a hook
	HookSleep HookKind = "sleep"
)

// A ConfigMap is a set of files.
type ConfigMap struct {
	Name      string
	Namespace string
	Data      map[string]Scalar
}

// ParseManifest reads the pods of a file that is YAML or JSON. What makes no sense in it is left out: kubectl says so better. The
// error is the first one of YAML, a *SyntaxError; the pods of the other documents are returned all the same.
func ParseManifest(file *File) (*Manifest, error) {
	m := &Manifest{}
	var first error
	for from, tries := 0, 0; ; tries++ {
		y, err := parseYAMLFrom(file, from)
		r := &manifestReader{YAML: y, manifest: m}
		for _, document := range y.Documents {
			r.object(document, Pod{}, 0)
		}
		if err == nil {
			return m, first
		}
		if first == nil {
			first = err
		}
		syntax := (*SyntaxError)(nil)
		if !errors.As(err, &syntax) || tries == maxMistakes || !utf8.ValidString(file.Src) {
			return m, first
		}
		next := strings.Index(file.Src[max(from, syntax.Span.Start):], "\n---")
		if next < 0 {
			return m, first
		}
		from = max(from, syntax.Span.Start) + next + 1
	}
}

// maxMistakes is behind how many documents that are no YAML the next one is looked at: each costs a look at the whole file.
const maxMistakes = 20

// parseYAMLFrom parses the documents of a file from an offset on, the start of a line.
func parseYAMLFrom(file *File, from int) (*YAML, error) {
	if from == 0 {
		return ParseYAML(file)
	}
	breaks := strings.Repeat("\n", len(yamlLines(file.Src[:from]))-1)
	y, err := ParseYAML(&File{Path: file.Path, Src: breaks + file.Src[from:]})
	if syntax := (*SyntaxError)(nil); errors.As(err, &syntax) {
		move := from - len(breaks)
		err = &SyntaxError{Span{file, syntax.Span.Start + move, syntax.Span.End + move}, syntax.Message}
	}
	y.File, y.lines = file, yamlLines(file.Src)
	return y, err
}

// object looks for pods at a node and below it. around is what is known of the object that it stands in.
func (m *manifestReader) object(node *yaml.Node, around Pod, depth int) {
	if depth > maxManifestDepth {
		return
	}
	switch node.Kind {
	case yaml.SequenceNode:
		for _, item := range node.Content {
			m.object(item, around, depth+1)
		}
		return
	case yaml.MappingNode:
	default: // what an alias stands for is found where it is written
		return
	}
	if kind := m.field(node, "kind"); kind != nil && m.field(node, "apiVersion") != nil {
		around = Pod{Kind: kind.Value}
		if around.Kind == "ConfigMap" {
			m.configMap(node)
			return
		}
		if around.Kind == "CustomResourceDefinition" {
			return
		}
	}
	if metadata := m.field(node, "metadata"); metadata != nil && (around.Name.Text == "" || around.Kind != "") {
		if name := m.scalar(metadata, "name"); name.Text != "" && around.Name.Text == "" {
			around.Name = name
		}
		if space := m.scalar(metadata, "namespace"); space.Text != "" {
			around.Namespace = space.Text
		}
	}
	if containers := m.field(node, "containers"); m.isContainers(containers, around.Kind != "") {
		m.pod(node, around)
	}
	for i := 1; i < len(node.Content); i += 2 {
		m.object(node.Content[i], around, depth+1)
	}
}

// isContainers reports whether a node is a list of containers. sure says that it stands in an object of Kubernetes; else a
// container has to have a name and an image.
func (m *manifestReader) isContainers(node *yaml.Node, sure bool) bool {
	if node == nil || node.Kind != yaml.SequenceNode {
		return false
	}
	for _, item := range node.Content {
		if item = aliased(item); m.field(item, "image") != nil && (sure || m.field(item, "name") != nil) {
			return true
		}
	}
	return false
}

func (m *manifestReader) configMap(node *yaml.Node) {
	c := &ConfigMap{Name: m.scalar(node, "metadata", "name").Text, Namespace: m.scalar(node, "metadata", "namespace").Text, Data: map[string]Scalar{}}
	data := m.field(node, "data")
	if data != nil && data.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(data.Content); i += 2 {
			if value := aliased(data.Content[i+1]); value.Kind == yaml.ScalarNode {
				c.Data[data.Content[i].Value] = m.value(value)
			}
		}
	}
	m.manifest.ConfigMaps = append(m.manifest.ConfigMaps, c)
}
