package program

import (
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// tomcatShutdown reads how long Tomcat waits for connections to close. It does so only where its connectors are bound when they
// start, and not, as is the default, when they are initialised.
//
// Source: apache/tomcat, StandardService.java (stopInternal, gracefulStopAwaitMillis); webapps/docs/config/service.xml. Measured,
// tomcat 10.1.60: catalina.sh run becomes java; a request of 1.8 s is finished, one of 4 s is cut off.
func tomcatShutdown(c Command, s Sources) *Shutdown {
	if len(c.Args) < 2 || path.Base(c.Args[0]) != "catalina.sh" || c.Args[len(c.Args)-1] != "run" {
		return nil
	}
	home := "/usr/local/tomcat"
	for _, name := range []string{"CATALINA_HOME", "CATALINA_BASE"} {
		switch value := c.Variable(name); {
		case value == Unresolved:
			return nil
		case path.IsAbs(value):
			home = value
		}
	}
	if found := tomcatConnectors(s.File(path.Join(home, "conf/server.xml"))); found != nil {
		return found
	}
	return tomcatUnload(s.File(path.Join(home, "conf/context.xml")))
}

var tomcatContext = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)<!--.*?-->|<Context\b[^<>]*?\bunloadDelay\s*=\s*["'](\d{1,9})["']`)
})

// tomcatUnload reads how long Tomcat waits for the requests that a servlet is at before it takes an application down: by default 2
// seconds, which are left out.
//
// Source: apache/tomcat, StandardContext.java (unloadDelay), StandardWrapper.java (unload); webapps/docs/config/context.xml.
func tomcatUnload(file *parser.File) *Shutdown {
	if file == nil {
		return nil
	}
	for _, m := range tomcatContext().FindAllStringSubmatchIndex(file.Src, -1) {
		if m[2] < 0 {
			continue // a comment
		}
		out := &Shutdown{Of: "Tomcat", Files: []*parser.File{file}}
		if out.limited("unloadDelay", file.Src[m[2]:m[3]], time.Millisecond) == nil {
			return nil
		}
		out.Limit.At = parser.Span{File: file, Start: m[2], End: m[3]}
		return out
	}
	return nil
}

// tomcatConnectors reads how long Tomcat waits for its connectors, where server.xml says so.
func tomcatConnectors(file *parser.File) *Shutdown {
	if file == nil {
		return nil
	}
	server, err := parser.ParseTomcatServer(file)
	if err != nil || len(server.Services) != 1 {
		return nil
	}
	service := server.Services[0]
	out := &Shutdown{Of: "Tomcat", Files: []*parser.File{file}}
	if !service.GracefulStop.Known || out.limited("gracefulStopAwaitMillis", service.GracefulStop.Text, time.Millisecond) == nil {
		return nil
	}
	out.Limit.At = service.GracefulStop.Span
	waits := false
	for _, bind := range service.BindOnInit {
		switch {
		case bind.Text == "":
		case !bind.Known:
			return nil
		default:
			waits = waits || strings.EqualFold(bind.Text, "false")
		}
	}
	if !waits {
		out.Limit = Limit{}
		out.Drops = Drops{Void: true, At: service.GracefulStop.Span,
			Why:    "gracefulStopAwaitMillis works only with a Connector that has bindOnInit=\"false\"",
			Remedy: "set bindOnInit=\"false\" at the Connector"}
	}
	return out
}
