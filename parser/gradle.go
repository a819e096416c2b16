package parser

import (
	"regexp"
	"strings"
	"sync"
)

// A Gradle is what the plain lines of a build.gradle or build.gradle.kts say. A build file is a program: what it puts together is
// not seen.
type Gradle struct {
	Plugins      []Artifact // Name is the ID, "org.springframework.boot"; Version "" where none is written beside it
	Dependencies []Artifact // of the configurations that end up in the application; Version "" where none is written
	Literals     []Artifact // all else that is written as "group:name:version"
	Micronaut    []Property // the lines of the block of its plugin, version "4.9.1"; not Known where a value is no plain text
}

var gradleForms = sync.OnceValue(func() (forms struct{ plugin, dependency, literal, micronaut, setting *regexp.Regexp }) {
	forms.plugin = regexp.MustCompile(`\bid\s*\(?\s*["']([\w.-]+)["']\s*\)?(?:\s*\.?\s*version\s*\(?\s*["']([^"'$]+)["'])?`)
	forms.dependency = regexp.MustCompile(`(?m)^[ \t]*(?:implementation|api|compile|runtimeOnly)\s*\(?\s*(?:platform\s*\(\s*)?["']([\w.-]+):([\w.-]+)(?::([^"'$:]+))?["']`)
	forms.literal = regexp.MustCompile(`["']([\w.-]+):([\w.-]+):(\d[^"'$:]*)["']`)
	forms.micronaut = regexp.MustCompile(`(?m)^[ \t]*micronaut\s*\{`)
	forms.setting = regexp.MustCompile(`(?m)^[ \t]*(version|runtime)\b(?:\.set)?\s*[=(]?\s*(?:["']([^"'$\n]*)["']|([^\n]+))`)
	return forms
})

// ParseGradle reads a build file of Gradle, in Groovy or Kotlin, as far as its lines have the plain forms of the documentation.
func ParseGradle(file *File) *Gradle {
	src := blankComments(file.Src)
	forms := gradleForms()
	g := &Gradle{}
	artifact := func(m []int, group, name, version int) Artifact {
		part := func(n int) string {
			if n == 0 || m[2*n] < 0 {
				return ""
			}
			return src[m[2*n]:m[2*n+1]]
		}
		a := Artifact{Group: part(group), Name: part(name), Version: part(version), Span: Span{file, m[2*name], m[2*name+1]}}
		if a.Version != "" {
			a.Span = Span{file, m[2*version], m[2*version+1]}
		}
		return a
	}
	for _, m := range forms.plugin.FindAllStringSubmatchIndex(src, -1) {
		g.Plugins = append(g.Plugins, artifact(m, 0, 1, 2))
	}
	for _, m := range forms.dependency.FindAllStringSubmatchIndex(src, -1) {
		g.Dependencies = append(g.Dependencies, artifact(m, 1, 2, 3))
	}
	for _, m := range forms.literal.FindAllStringSubmatchIndex(src, -1) {
		g.Literals = append(g.Literals, artifact(m, 1, 2, 3))
	}
	for _, m := range forms.micronaut.FindAllStringIndex(src, -1) {
		block := ownLines(src[m[1]:])
		for _, m2 := range forms.setting.FindAllStringSubmatchIndex(block, -1) {
			from, to, known := m2[4], m2[5], m2[4] >= 0
			if !known {
				from, to = m2[6], m2[7]
			}
			g.Micronaut = append(g.Micronaut, Property{Key: block[m2[2]:m2[3]], Value: Word{Text: block[from:to], Span: Span{file, m[1] + from, m[1] + to}, Known: known}})
		}
	}
	return g
}

// ownLines returns what stands in the block at whose start a text begins, with blanks in place of the blocks in it.
func ownLines(text string) string {
	out := []byte(text)
	depth := 1
	for i := range out {
		switch out[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return string(out[:i])
			}
		}
		if depth > 1 && out[i] != '\n' {
			out[i] = ' '
		}
	}
	return string(out)
}

// blankComments overwrites the comments of a program of the C family with blanks, so that all places stay as they are. What looks
// like one in a string, "https://...", is none.
func blankComments(src string) string {
	out := []byte(src)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '"' || c == '\'':
			end := i + 1
			for end < len(src) && src[end] != c && src[end] != '\n' {
				if src[end] == '\\' {
					end++
				}
				end++
			}
			i = end + 1
		case strings.HasPrefix(src[i:], "//"):
			end := lineEnd(src, i)
			blank(i, end)
			i = end
		case strings.HasPrefix(src[i:], "/*"):
			end := len(src)
			if at := strings.Index(src[i+2:], "*/"); at >= 0 {
				end = i + 2 + at + 2
			}
			blank(i, end)
			i = end
		default:
			i++
		}
	}
	return string(out)
}
