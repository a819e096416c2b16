package program

import (
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// A Shutdown is what the settings of an application say about how it stops: those of its framework or its server, in files,
// variables and options.
type Shutdown struct {
	Of    string // what the settings are those of: "Spring Boot 2.7.18", "gunicorn"
	Limit Limit  // the zero Limit where none is known
	Drops Drops  // the zero Drops where it lets the requests in flight finish, or that is not known
	Files []*parser.File
}

// A Limit is how long an application gives its work in flight at most when it is told to stop.
type Limit struct {
	Time    time.Duration
	Setting string      // the name of the setting: "--graceful-timeout"
	At      parser.Span // where it is written; zero for a variable or an option
	Default bool        // nobody has written it: it is what the framework does by itself
}

// A Drops says why an application does not let all requests in flight finish.
type Drops struct {
	Why    string      // a clause: "server.shutdown is immediate, its default before 3.4"
	Remedy string      // what to do, in the imperative
	At     parser.Span // the setting; zero where nothing is set
	Void   bool        // what is set was meant to make it wait, and has no effect
	Unset  bool        // nobody has set it, as far as is seen
}

// shutdowns read the settings of applications, each that of one framework or server. The first one that returns something decides.
var shutdowns = []func(Command, Sources) *Shutdown{
	gunicornShutdown, uvicornShutdown, nginxShutdown, fpmShutdown, dotnetShutdown, tomcatShutdown, javaShutdown,
}

// ReadShutdown returns what the settings of a program say about how it stops. It returns nil where they say nothing that is certain.
func ReadShutdown(c Command, s Sources) *Shutdown {
	for _, read := range shutdowns {
		if found := read(c, s); found != nil {
			return found
		}
	}
	return nil
}

// Unresolved is the value of a variable that is not known.
const Unresolved = "$"

// Variable returns a variable of the process, "" where it is not set and Unresolved where its value is not known.
func (c Command) Variable(name string) string {
	if c.Getenv == nil {
		return ""
	}
	return c.Getenv(name)
}
