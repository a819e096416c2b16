package parser

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A YAML is a stream of YAML documents whose nodes have exact places.
type YAML struct {
	File      *File
	Documents []*yaml.Node // the node at the top of each document

	lines []int // offset of the first byte of each line as YAML counts them

	marksOnce sync.Once
	marks     []int // offset of each markDistance-th character of the file, for lines that are long
}

const markDistance = 64

// maxYAMLNodes is how many nodes all documents of a file may have once each alias is replaced by what it stands for: a hundred times
// those of the largest Compose files and manifests, and little enough to be walked. Aliases can double at every line.
const maxYAMLNodes = 1 << 20

// ParseYAML parses a stream of YAML documents. Where it cannot be parsed, or where its aliases stand for more than a million nodes, the
// error is a *SyntaxError, and the documents before that place are returned all the same.
func ParseYAML(file *File) (*YAML, error) {
	y := &YAML{File: file}
	if !utf8.ValidString(file.Src) {
		return y, &SyntaxError{Span{File: file}, notUTF8(file.Src)}
	}
	y.lines = yamlLines(file.Src)
	decoder := yaml.NewDecoder(strings.NewReader(file.Src))
	total := 0
	for {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return y, nil
		case err != nil:
			return y, y.mistake(err)
		}
		if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
			continue
		}
		top := document.Content[0]
		size, at := expandedSize(top, map[*yaml.Node]int{})
		if total += size; total > maxYAMLNodes {
			if at == nil {
				at = top
			}
			return y, &SyntaxError{y.at(at), fmt.Sprintf("with what its aliases stand for it has more than %d nodes", maxYAMLNodes)}
		}
		y.Documents = append(y.Documents, top)
	}
}

// expandedSize counts the nodes below one, what aliases stand for included, and returns the alias that it became too many at. sizes has
// the nodes that were counted, with -1 those that are being counted: an alias may stand for what it is in.
func expandedSize(node *yaml.Node, sizes map[*yaml.Node]int) (int, *yaml.Node) {
	if node.Kind == yaml.AliasNode {
		switch size, seen := sizes[node.Alias]; {
		case size < 0:
			return maxYAMLNodes + 1, node
		case seen:
			return size, nil
		}
		return expandedSize(node.Alias, sizes)
	}
	sizes[node] = -1
	size := 1
	for _, child := range node.Content {
		n, at := expandedSize(child, sizes)
		if at != nil {
			return n, at
		}
		if size += n; size > maxYAMLNodes {
			return size, child
		}
	}
	sizes[node] = size
	return size, nil
}

// mistake returns what the library says of a file it cannot parse, with its place.
func (y *YAML) mistake(err error) error {
	found := &SyntaxError{Span{File: y.File}, strings.TrimPrefix(err.Error(), "yaml: ")}
	if load := (*yaml.LoadError)(nil); errors.As(err, &load) {
		found.Message = load.Message
		if load.Mark.Line > 0 {
			found.Span = y.line(load.Mark.Line)
		}
	}
	return found
}

// line returns the place of a one-based line without the blanks around it.
func (y *YAML) line(number int) Span {
	number = min(max(number, 1), len(y.lines))
	start, end := y.lines[number-1], len(y.File.Src)
	if number < len(y.lines) {
		end = y.lines[number]
	}
	text := y.File.Src[start:end]
	trimmed := strings.TrimLeft(text, " \t")
	start += len(text) - len(trimmed)
	return Span{y.File, start, start + len(strings.TrimRight(trimmed, " \t\r\n"))}
}

// yamlLines returns where lines start. Source: is_break of libyaml, which follows YAML 1.1.
func yamlLines(src string) []int {
	lines := []int{0}
	for at, c := range src {
		switch c {
		case '\r':
			if !strings.HasPrefix(src[at+1:], "\n") {
				lines = append(lines, at+1)
			}
		case '\n', '\u0085', '\u2028', '\u2029':
			lines = append(lines, at+utf8.RuneLen(c))
		}
	}
	return lines
}

// offset returns where a node begins, its anchor and its tag included.
func (y *YAML) offset(node *yaml.Node) int {
	at := y.lines[min(max(node.Line, 1), len(y.lines))-1]
	if at == 0 && strings.HasPrefix(y.File.Src, "\ufeff") {
		at = len("\ufeff")
	}
	count := node.Column - 1
	if count > 4*markDistance {
		at, count = y.far(at, count)
	}
	return min(y.skip(at, count), len(y.File.Src))
}

// skip returns where the character begins that is so many behind the one at an offset.
func (y *YAML) skip(at, count int) int {
	for range count {
		_, size := utf8.DecodeRuneInString(y.File.Src[at:])
		at += size
	}
	return at
}

// far returns a mark that a character far behind the one at an offset is behind, and how many characters are between them: to count from
// there for each of the nodes of a long line would take for ever.
func (y *YAML) far(at, count int) (mark, rest int) {
	y.marksOnce.Do(func() {
		n := 0
		for offset := range y.File.Src {
			if n%markDistance == 0 {
				y.marks = append(y.marks, offset)
			}
			n++
		}
	})
	before, exact := slices.BinarySearch(y.marks, at)
	if !exact {
		before--
	}
	index := before*markDistance + utf8.RuneCountInString(y.File.Src[y.marks[before]:at]) + count
	if index/markDistance >= len(y.marks) {
		return len(y.File.Src), 0
	}
	return y.marks[index/markDistance], index % markDistance
}

// at returns the place of the first byte of a node.
func (y *YAML) at(node *yaml.Node) Span {
	at := y.offset(node)
	return Span{y.File, at, min(at+1, len(y.File.Src))}
}

// Span returns the place of a node: of a scalar as it is written, its quotes included and its anchor and tag not; of a block scalar that
// of its text without the indentation of the first line; of a list or a map from the first to the last of what is in it, with the
// brackets if there are any, or else without the dash in front.
func (y *YAML) Span(node *yaml.Node) Span {
	src := y.File.Src
	start := y.behindProperties(y.offset(node))
	span := Span{y.File, start, start}
	switch {
	case node.Kind == yaml.AliasNode:
		span.End = start + 1 + len(node.Value)
	case node.Kind == yaml.ScalarNode:
		return y.scalarSpan(node, start)
	case len(node.Content) > 0:
		if span.End = y.Span(node.Content[len(node.Content)-1]).End; node.Style&yaml.FlowStyle == 0 {
			span.Start = y.Span(node.Content[0]).Start
		}
	}
	if start < len(src) && (src[start] == '[' || src[start] == '{') && node.Kind != yaml.AliasNode {
		end := skipBlanks(src, max(span.End, start+1))
		if strings.HasPrefix(src[end:], ",") {
			end = skipBlanks(src, end+1)
		}
		if end < len(src) && (src[end] == ']' || src[end] == '}') {
			span.End = end + 1
		}
	}
	span.End = max(min(span.End, len(src)), span.Start)
	return span
}

func (y *YAML) scalarSpan(node *yaml.Node, start int) Span {
	src := y.File.Src
	end := start
	switch {
	case start >= len(src):
		return Span{y.File, len(src), len(src)}
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return y.blockSpan(node, start)
	case node.Style&yaml.DoubleQuotedStyle != 0 && src[start] == '"':
		for end++; end < len(src) && src[end] != '"'; end++ {
			if src[end] == '\\' {
				end++
			}
		}
		end++
	case node.Style&yaml.SingleQuotedStyle != 0 && src[start] == '\'':
		for end++; end < len(src); end++ {
			if src[end] != '\'' {
				continue
			}
			if !strings.HasPrefix(src[end+1:], "'") {
				break
			}
			end++
		}
		end++
	default:
		// White space of a plain scalar is folded, so both sides are compared without it.
		for _, c := range node.Value {
			if isYAMLBlank(c) {
				continue
			}
			at := end + len(src[end:]) - len(strings.TrimLeftFunc(src[end:], isYAMLBlank))
			if !strings.HasPrefix(src[at:], string(c)) {
				break
			}
			end = at + utf8.RuneLen(c)
		}
	}
	return Span{y.File, start, min(end, len(src))}
}

func isYAMLBlank(c rune) bool { return strings.ContainsRune(" \t\r\n\u0085\u2028\u2029", c) }

// blockSpan returns the place of the text of a block scalar whose header, "|" or ">", stands at an offset; that of the header where the
// scalar is empty.
func (y *YAML) blockSpan(node *yaml.Node, header int) Span {
	src := y.File.Src
	span, indent := Span{y.File, header, header + 1}, -1
	value := strings.TrimLeft(node.Value, "\n")
	end := strings.IndexByte(src[header:], '\n')
	if value == "" || end < 0 {
		return span
	}
	for next := header + end + 1; next < len(src); {
		line := src[next:]
		if end := strings.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		blanks := len(line) - len(strings.TrimLeft(line, " "))
		text := strings.TrimRight(line, " \t\r\n")
		switch {
		case text == "":
		case indent < 0:
			// The header may say how far it is indented: then more blanks are a part of the text.
			indent = max(blanks-(len(value)-len(strings.TrimLeft(value, " "))), 0)
			span.Start, span.End = next+indent, next+len(text)
		case blanks < indent:
			return span
		default:
			span.End = next + len(text)
		}
		next += len(line)
	}
	return span
}

// behindProperties returns the offset behind an anchor and a tag, and the blanks and comments that follow them.
func (y *YAML) behindProperties(at int) int {
	src := y.File.Src
	for at < len(src) && (src[at] == '&' || src[at] == '!') {
		end := strings.IndexAny(src[at:], " \t\r\n,]}")
		if end < 0 {
			return len(src)
		}
		at = skipBlanks(src, at+end)
	}
	return at
}

// skipBlanks returns the offset of what comes behind blanks, line ends and comments.
func skipBlanks(src string, at int) int {
	for at < len(src) {
		switch src[at] {
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			end := strings.IndexByte(src[at:], '\n')
			if end < 0 {
				return len(src)
			}
			at += end + 1
		default:
			return at
		}
	}
	return at
}

// Word returns a scalar as a word; what an alias stands for has the place of that. Known is true.
func (y *YAML) Word(node *yaml.Node) Word {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return Word{Text: node.Value, Span: y.Span(node), Known: true}
}
