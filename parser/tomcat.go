package parser

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// A TomcatServer is what a server.xml of Tomcat says about how it stops.
type TomcatServer struct {
	Services []TomcatService
}

// A TomcatService is a Service of a server.xml.
type TomcatService struct {
	GracefulStop Word   // gracefulStopAwaitMillis; the zero Word where it is not set
	BindOnInit   []Word // of each Connector; the zero Word where it is not set
}

// ParseTomcatServer reads a server.xml. The error is a *SyntaxError.
func ParseTomcatServer(file *File) (*TomcatServer, error) {
	decoder := xml.NewDecoder(strings.NewReader(file.Src))
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	server := &TomcatServer{}
	for {
		start := int(decoder.InputOffset())
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return server, nil
		}
		if err != nil {
			return nil, &SyntaxError{Span{file, start, start}, err.Error()}
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		end := int(decoder.InputOffset())
		switch element.Name.Local {
		case "Service":
			server.Services = append(server.Services, TomcatService{GracefulStop: attribute(file, element, "gracefulStopAwaitMillis", start, end)})
		case "Connector":
			if n := len(server.Services); n > 0 {
				service := &server.Services[n-1]
				service.BindOnInit = append(service.BindOnInit, attribute(file, element, "bindOnInit", start, end))
			}
		}
	}
}

// attribute returns an attribute of an element that stands between two offsets, with the place of its name and value.
func attribute(file *File, element xml.StartElement, name string, start, end int) Word {
	for _, a := range element.Attr {
		if a.Name.Local != name {
			continue
		}
		span := Span{file, start, end}
		if at := strings.Index(span.Text(), name); at >= 0 {
			span.Start += at
			rest := span.Text()
			if quote := strings.IndexAny(rest, `"'`); quote >= 0 {
				if length := strings.IndexByte(rest[quote+1:], rest[quote]); length >= 0 {
					span.End = span.Start + quote + 1 + length + 1
				}
			}
		}
		return Word{Text: a.Value, Span: span, Known: !placeholder(a.Value)}
	}
	return Word{}
}
