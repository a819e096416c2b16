package parser

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Property is one setting of an application: a line of a .properties file, or a scalar of a YAML file with the keys that lead to it.
type Property struct {
	Key      string // "server.shutdown"; an element of a list is "profiles[0]"
	Value    Word   // Known is false where it holds a placeholder, ${NAME} or @name@, that something else fills in
	Document int    // zero-based: a file may hold several, which Spring Boot tells apart by "---"
}

// ParseProperties reads a .properties file of Java. There is nothing that cannot be read: each line that is no comment is a key
// and a value.
//
// Source: java.util.Properties, load(Reader); Spring Boot 2.4 begins another document at "#---" and "!---".
func ParseProperties(file *File) []Property {
	var all []Property
	document := 0
	src := file.Src
	for at := 0; at < len(src); {
		start := at
		for start < len(src) && strings.IndexByte(" \t\f", src[start]) >= 0 {
			start++
		}
		end := lineEnd(src, start)
		if start == end || src[start] == '#' || src[start] == '!' {
			if line := strings.TrimRight(src[at:end], " \t\f"); line == "#---" || line == "!---" {
				document++
			}
			at = behindLineEnd(src, end)
			continue
		}
		// A line that ends in an odd number of backslashes goes on in the next one.
		for continued(src[start:end]) {
			next := behindLineEnd(src, end)
			if next >= len(src) {
				break
			}
			end = lineEnd(src, next)
		}
		all = append(all, property(file, start, end, document))
		at = behindLineEnd(src, end)
	}
	return all
}

func lineEnd(src string, at int) int {
	if end := strings.IndexAny(src[at:], "\r\n"); end >= 0 {
		return at + end
	}
	return len(src)
}

func behindLineEnd(src string, at int) int {
	if strings.HasPrefix(src[at:], "\r\n") {
		return at + 2
	}
	return min(at+1, len(src))
}

func continued(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}

func property(file *File, start, end, document int) Property {
	src := file.Src
	key := start
	for key < end && strings.IndexByte(" \t\f=:\r\n", src[key]) < 0 {
		if src[key] == '\\' {
			key++
		}
		key++
	}
	key = min(key, end)
	value := key
	for separated := false; value < end; value++ {
		c := src[value]
		if c == '=' || c == ':' {
			if separated {
				break
			}
			separated = true
		} else if c != ' ' && c != '\t' && c != '\f' {
			break
		}
	}
	text := unescape(src[value:end])
	return Property{
		Key:      unescape(src[start:key]),
		Value:    Word{Text: text, Span: Span{file, value, end}, Known: !placeholder(text)},
		Document: document,
	}
}

// unescape resolves the escapes of a key or value.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case '\r', '\n':
			for i+1 < len(text) && strings.IndexByte(" \t\f\r\n", text[i+1]) >= 0 {
				i++
			}
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		case 'u':
			if code, err := strconv.ParseUint(text[i+1:min(i+5, len(text))], 16, 16); err == nil {
				b.WriteRune(rune(code))
				i += 4
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// placeholder reports whether something fills in a part of a value: Spring at run time, or Maven when it builds.
func placeholder(text string) bool {
	return strings.Contains(text, "${") || strings.Count(text, "@") > 1 || strings.Contains(text, "{{")
}

// Properties returns the scalars of all documents with the keys that lead to them. Where a key comes twice in a document, the last one
// counts.
func (y *YAML) Properties() []Property {
	var all []Property
	var walk func(node *yaml.Node, key string, document int)
	walk = func(node *yaml.Node, key string, document int) {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		switch node.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == "<<" {
					walk(node.Content[i+1], key, document) // what stands in the map itself counts more, and comes later
				}
			}
			for i := 0; i+1 < len(node.Content); i += 2 {
				name := node.Content[i].Value
				if name == "<<" {
					continue
				}
				if key != "" && !strings.HasPrefix(name, "[") {
					name = "." + name
				}
				walk(node.Content[i+1], key+name, document)
			}
		case yaml.SequenceNode:
			for i, element := range node.Content {
				walk(element, key+"["+strconv.Itoa(i)+"]", document)
			}
		case yaml.ScalarNode:
			word := y.Word(node)
			word.Known = !placeholder(word.Text)
			all = append(all, Property{Key: key, Value: word, Document: document})
		}
	}
	for document, top := range y.Documents {
		walk(top, "", document)
	}
	return all
}
