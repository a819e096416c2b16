package parser

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A POM is what a pom.xml of Maven says about what is built. Profiles are left out: whether one is active is not written in it.
type POM struct {
	Parent       Artifact // the zero Artifact where there is none
	RelativePath string   // of the parent; "../pom.xml" where nothing is said, "" where it is not a file of the project
	Artifact     Artifact // of the module itself; Group and Version are "" where they are the parent's
	Packaging    string   // "jar" where nothing is said
	Properties   map[string]Word
	Managed      []Artifact // dependencyManagement
	Dependencies []Artifact
	Plugins      []Artifact
	Modules      []string

	Varying         []string // the properties that a profile may set to something else
	CustomResources bool     // what goes into the jar does not stand in src/main/resources alone
}

// An Artifact is a library, a plugin or a module of Maven, as it is written: properties are not resolved.
type Artifact struct {
	Group, Name, Version string
	Scope, Type          string
	Span                 Span // of the version, of the name where there is none
}

// maxXMLDepth is how deep elements may be nested in each other.
const maxXMLDepth = 100

// ParsePOM reads a pom.xml. The error is a *SyntaxError.
func ParsePOM(file *File) (*POM, error) {
	pom := &POM{RelativePath: "../pom.xml", Packaging: "jar", Properties: map[string]Word{}}
	err := eachXMLText(file, func(path []string, text string, span Span) {
		if len(path) < 2 || path[0] != "project" {
			return
		}
		pom.take(path[1:], text, span)
	}, func(path []string) {
		switch strings.Join(path, "/") {
		case "project/dependencies/dependency":
			pom.Dependencies = append(pom.Dependencies, Artifact{})
		case "project/dependencyManagement/dependencies/dependency":
			pom.Managed = append(pom.Managed, Artifact{})
		case "project/build/plugins/plugin":
			pom.Plugins = append(pom.Plugins, Artifact{})
		case "project/parent/relativePath":
			pom.RelativePath = ""
		}
	})
	if err != nil {
		return nil, err
	}
	return pom, nil
}

// take takes the text of an element below project.
func (p *POM) take(path []string, text string, span Span) {
	switch path[0] {
	case "packaging":
		if len(path) == 1 {
			p.Packaging = text
		}
	case "groupId", "artifactId", "version":
		if len(path) == 1 {
			p.Artifact.take(path[0], text, span)
		}
	case "parent":
		switch {
		case len(path) == 2 && path[1] == "relativePath":
			p.RelativePath = text
		case len(path) == 2:
			p.Parent.take(path[1], text, span)
		}
	case "properties":
		if len(path) == 2 {
			p.Properties[path[1]] = Word{Text: text, Span: span, Known: !placeholder(text)}
		}
	case "modules":
		if len(path) == 2 {
			p.Modules = append(p.Modules, text)
		}
	case "dependencies":
		if len(path) == 3 && len(p.Dependencies) > 0 {
			p.Dependencies[len(p.Dependencies)-1].take(path[2], text, span)
		}
	case "dependencyManagement":
		if len(path) == 4 && len(p.Managed) > 0 {
			p.Managed[len(p.Managed)-1].take(path[3], text, span)
		}
	case "profiles":
		switch {
		case len(path) == 4 && path[2] == "properties":
			p.Varying = append(p.Varying, path[3])
		case len(path) > 4 && path[2] == "build" && path[3] == "resources":
			p.CustomResources = true
		}
	case "build":
		switch {
		case len(path) == 4 && path[1] == "resources" && path[3] == "directory":
			if !strings.HasSuffix(text, "src/main/resources") && !strings.HasSuffix(text, "src/main/java") {
				p.CustomResources = true
			}
		case len(path) == 4 && path[1] == "plugins" && len(p.Plugins) > 0:
			p.Plugins[len(p.Plugins)-1].take(path[3], text, span)
		}
	}
}

func (a *Artifact) take(element, text string, span Span) {
	switch element {
	case "groupId":
		a.Group = text
	case "artifactId":
		a.Name = text
		if a.Version == "" {
			a.Span = span
		}
	case "version":
		a.Version, a.Span = text, span
	case "scope":
		a.Scope = text
	case "type":
		a.Type = text
	}
}

// eachXMLText reads an XML file and calls text for each element that holds nothing but text, and open for each that begins. A path
// has the names of the elements from the outermost one on.
func eachXMLText(file *File, text func(path []string, text string, span Span), open func(path []string)) error {
	decoder := xml.NewDecoder(strings.NewReader(file.Src))
	// Every character set that XML files of builds use agrees with UTF-8 in what is looked for.
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var path []string
	var written strings.Builder
	var span Span
	plain := false
	for {
		start := int(decoder.InputOffset())
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &SyntaxError{Span{file, start, start}, err.Error()}
		}
		switch token := token.(type) {
		case xml.StartElement:
			if path = append(path, token.Name.Local); len(path) > maxXMLDepth {
				return &SyntaxError{Span{file, start, start}, fmt.Sprintf("its elements are nested more than %d deep", maxXMLDepth)}
			}
			written.Reset()
			plain, span = true, Span{File: file, Start: int(decoder.InputOffset()), End: int(decoder.InputOffset())}
			open(path)
		case xml.EndElement:
			if value := strings.TrimSpace(written.String()); plain && value != "" {
				text(path, value, trimmed(span))
			}
			path, plain = path[:len(path)-1], false
		case xml.CharData:
			written.Write(token)
			span.End = int(decoder.InputOffset())
		}
	}
}

// trimmed returns a span without the blanks and line ends at its ends.
func trimmed(s Span) Span {
	text := s.Text()
	s.Start += len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	s.End = s.Start + len(strings.TrimSpace(text))
	return s
}
