package lint

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/pid1lint/pid1lint/parser"
)

// builds returns how the project builds the image that a manifest names: as an artifact of Skaffold or as a service of Compose, in the
// folder of the manifest or above it; nil where nothing of that kind is known, or more than one.
func (p *Project) builds(manifest string, image parser.Word, reads *reads) *parser.Build {
	name := withoutTag(image.Text)
	for dir := path.Dir(manifest); ; dir = path.Dir(dir) {
		if file := firstOf(p.sources.fsys, dir, []string{"skaffold.yaml", "skaffold.yml"}); file != "" {
			if b := p.artifact(file, name); b != nil {
				reads.note(file)
				return b
			}
		}
		if file := firstOf(p.sources.fsys, dir, composeNames); file != "" {
			project := p.composeProject(file)
			var found *parser.Build
			for _, s := range project.services {
				if s.Build == nil || s.Build.Inline.Text != "" || s.Image.Text == "" || !s.Image.Known || withoutTag(s.Image.Text) != name {
					continue
				}
				if found != nil && found.Span != s.Build.Span {
					return nil
				}
				found = s.Build
			}
			if found != nil {
				reads.note(file)
				return found
			}
		}
		if dir == "." {
			return nil
		}
	}
}

// withoutTag returns the name of an image without its tag and digest.
func withoutTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if colon := strings.LastIndexByte(image, ':'); colon > strings.LastIndexByte(image, '/') {
		image = image[:colon]
	}
	return image
}

// artifact returns how Skaffold builds an image with Docker, nil where it does not.
//
// Source: skaffold.dev/docs/references/yaml: the context is the folder of skaffold.yaml and the file is Dockerfile where nothing is said.
func (p *Project) artifact(file, image string) *parser.Build {
	y, err := p.sources.get(file).yaml()
	if err != nil {
		return nil
	}
	for _, document := range y.Documents {
		for _, artifact := range items(value(document, "build", "artifacts")) {
			if name := value(artifact, "image"); name == nil || withoutTag(name.Value) != image {
				continue
			}
			for _, other := range []string{"bazel", "buildpacks", "custom", "jib", "kaniko", "ko"} {
				if value(artifact, other) != nil && other != "kaniko" {
					return nil
				}
			}
			b := &parser.Build{Dir: path.Dir(file), Span: y.Span(artifact)}
			if context := value(artifact, "context"); context != nil {
				b.Context = y.Word(context)
			}
			for _, builder := range []string{"docker", "kaniko"} {
				if dockerfile := value(artifact, builder, "dockerfile"); dockerfile != nil {
					b.Dockerfile = y.Word(dockerfile)
				}
				if target := value(artifact, builder, "target"); target != nil {
					b.Target = y.Word(target)
				}
			}
			return b
		}
	}
	return nil
}

// value returns what stands in a mapping under a path of keys, nil where nothing does.
func value(node *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if node = resolved(node); node == nil || node.Kind != yaml.MappingNode {
			return nil
		}
		var found *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				found = node.Content[i+1]
			}
		}
		node = found
	}
	return resolved(node)
}

func resolved(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func items(node *yaml.Node) []*yaml.Node {
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	return node.Content
}
