package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"
)

var (
	severities = []string{"off", "note", "warning", "error"}
	failures   = []string{"note", "warning", "error", "never"}
)

// Parse reads the settings from the text of a file in YAML. rules are the names that rules may have. It goes on behind a
// mistake, so that all of them are said at once; a Config with mistakes is not to be used.
func Parse(text string, rules []string) (*Config, []Mistake) {
	r := &reader{config: &Config{}, rules: rules}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		line, message := syntax(err)
		r.mistake(&yaml.Node{Line: line}, "it is not YAML: %s", message)
		return r.config, r.mistakes
	}
	if len(doc.Content) == 0 {
		return r.config, nil // empty, or comments alone
	}
	r.settings(doc.Content[0])
	return r.config, r.mistakes
}

// syntax takes the line out of the text of an error of the YAML parser.
func syntax(err error) (line int, message string) {
	message = err.Error()
	if loaded := (*yaml.LoadErrors)(nil); errors.As(err, &loaded) && len(loaded.Errors) > 0 {
		message = loaded.Errors[0].Error()
	}
	message = strings.TrimPrefix(message, "yaml: ")
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			return n, what
		}
	}
	return 0, message
}

// A reader reads one file.
type reader struct {
	config   *Config
	rules    []string
	mistakes []Mistake
}

func (r *reader) mistake(at *yaml.Node, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{Line: at.Line, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) unknown(at *yaml.Node, what, got string, known []string) {
	r.mistakes = append(r.mistakes, Mistake{Line: at.Line, Message: fmt.Sprintf("there is no %s %q", what, got), Got: got, Known: known})
}

func (r *reader) settings(node *yaml.Node) {
	keys := map[string]func(name string, value *yaml.Node){
		"rules":   r.ruleSeverities,
		"preview": r.preview,
		"exclude": r.exclude,
		"images":  r.images,
		"fail-on": r.failOn,
		"grace":   r.grace,
	}
	r.each(node, "the file", func(key, value *yaml.Node) {
		read, ok := keys[key.Value]
		if !ok {
			names := make([]string, 0, len(keys))
			for name := range keys {
				names = append(names, name)
			}
			slices.Sort(names)
			r.unknown(key, "setting", key.Value, names)
			return
		}
		read(key.Value, value)
	})
}

// each goes through the keys of a mapping.
func (r *reader) each(node *yaml.Node, name string, do func(key, value *yaml.Node)) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Tag == "!!null" {
		return
	}
	if node.Kind != yaml.MappingNode {
		r.mistake(node, "%s is to be a mapping, lines of \"key: value\"", name)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if seen[key.Value] {
			r.mistake(key, "%q stands there twice", key.Value)
			continue
		}
		seen[key.Value] = true
		do(key, node.Content[i+1])
	}
}

// text returns the text of a scalar.
func (r *reader) text(node *yaml.Node, name string) (string, bool) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" || node.Value == "" {
		r.mistake(node, "%s needs a value", name)
		return "", false
	}
	return node.Value, true
}

func (r *reader) ruleSeverities(name string, node *yaml.Node) {
	r.each(node, name, func(key, value *yaml.Node) {
		if !slices.Contains(r.rules, key.Value) {
			r.unknown(key, "rule", key.Value, r.rules)
			return
		}
		severity, ok := r.text(value, key.Value)
		switch {
		case !ok:
		case !slices.Contains(severities, severity):
			r.unknown(value, "severity", severity, severities)
		default:
			if r.config.Rules == nil {
				r.config.Rules = map[string]string{}
			}
			r.config.Rules[key.Value] = severity
		}
	})
}

func (r *reader) preview(name string, node *yaml.Node) {
	text, ok := r.text(node, name)
	if on, err := strconv.ParseBool(text); err == nil {
		r.config.Preview = on
	} else if ok {
		r.mistake(node, "%s is to be true or false, not %q", name, text)
	}
}

func (r *reader) exclude(name string, node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		r.mistake(node, "%s is to be a list of patterns, such as [legacy/**]", name)
		return
	}
	for _, item := range node.Content {
		pattern, ok := r.text(item, name)
		switch {
		case !ok:
		case !doublestar.ValidatePattern(pattern):
			r.mistake(item, "%q is not a valid pattern", pattern)
		default:
			r.config.Exclude = append(r.config.Exclude, pattern)
		}
	}
}

func (r *reader) images(name string, node *yaml.Node) {
	r.each(node, name, func(key, value *yaml.Node) {
		like, ok := r.text(value, key.Value)
		switch {
		case !ok:
		case !doublestar.ValidatePattern(key.Value):
			r.mistake(key, "%q is not a valid pattern", key.Value)
		default:
			if r.config.Images == nil {
				r.config.Images = map[string]string{}
			}
			r.config.Images[key.Value] = like
		}
	})
}

func (r *reader) failOn(name string, node *yaml.Node) {
	text, ok := r.text(node, name)
	switch {
	case !ok:
	case !slices.Contains(failures, text):
		r.unknown(node, "severity", text, failures)
	default:
		r.config.FailOn = text
	}
}

func (r *reader) grace(name string, node *yaml.Node) {
	text, ok := r.text(node, name)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if seconds, number := strconv.ParseFloat(text, 64); number == nil {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d <= 0 {
		r.mistake(node, "%s is to be a time such as 30s, not %q", name, text)
		return
	}
	r.config.Grace = d
}
