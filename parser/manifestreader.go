package parser

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// A manifestReader reads one file.
type manifestReader struct {
	*YAML
	manifest *Manifest
	merges   int // how many mappings were looked into because they are merged into others
}

// maxMerges is how many of them are looked into: merges in merges can double the work at every line.
const maxMerges = 100_000

// maxManifestDepth is how deep an object may be in others: a List of objects of an operator that have templates.
const maxManifestDepth = 40

// aliased returns what an alias stands for, and any other node as it is.
func aliased(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// field returns the value of a key of a mapping, nil where there is none or it is null. The last one counts, and one that is written
// there counts more than one that is merged in.
func (m *manifestReader) field(node *yaml.Node, name string) *yaml.Node {
	return m.fieldAt(node, name, 0)
}

func (m *manifestReader) fieldAt(node *yaml.Node, name string, depth int) *yaml.Node {
	if node = aliased(node); node == nil || node.Kind != yaml.MappingNode || depth > 8 {
		return nil
	}
	for i := len(node.Content) - 2; i >= 0; i -= 2 {
		if key := node.Content[i]; key.Kind == yaml.ScalarNode && key.Value == name {
			if value := aliased(node.Content[i+1]); value.Kind != yaml.ScalarNode || value.Tag != "!!null" {
				return value
			}
			return nil
		}
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key := node.Content[i]; key.Value != "<<" || key.Style != 0 {
			continue
		}
		if m.merges++; m.merges > maxMerges {
			return nil
		}
		merged := aliased(node.Content[i+1])
		if merged.Kind != yaml.SequenceNode {
			return m.fieldAt(merged, name, depth+1)
		}
		for _, one := range merged.Content {
			if value := m.fieldAt(one, name, depth+1); value != nil {
				return value
			}
		}
	}
	return nil
}

// scalar returns a scalar of a mapping, the zero Scalar where there is none. What a template engine fills in is not Known.
func (m *manifestReader) scalar(node *yaml.Node, names ...string) Scalar {
	for _, name := range names {
		node = m.field(node, name)
	}
	if node == nil || node.Kind != yaml.ScalarNode {
		return Scalar{}
	}
	return m.value(node)
}

func (m *manifestReader) value(node *yaml.Node) Scalar {
	s := m.Scalar(node)
	s.template = isTemplate(s.Text)
	s.Known = !s.template
	return s
}

// isTemplate reports whether a template engine has to run over a text before it means anything: Helm, Argo and Jinja.
func isTemplate(text string) bool {
	for _, open := range []string{"{{", "{%"} {
		if _, rest, found := strings.Cut(text, open); found && strings.Contains(rest, "}") {
			return true
		}
	}
	return false
}

// items returns the items of a list of a mapping.
func (m *manifestReader) items(node *yaml.Node, names ...string) []*yaml.Node {
	for _, name := range names {
		node = m.field(node, name)
	}
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]*yaml.Node, 0, len(node.Content))
	for _, item := range node.Content {
		items = append(items, aliased(item))
	}
	return items
}
