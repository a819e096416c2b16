package program

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// gunicornTimeout is an assignment of the setting in the configuration, which is a program in Python.
var gunicornTimeout = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^graceful_timeout[ \t]*=[ \t]*(\d+)[ \t]*(?:#.*)?\r?$`)
})

// gunicornShutdown reads how long gunicorn waits for its workers, where no option says it: GUNICORN_CMD_ARGS counts more than the
// configuration. Its default of 30 seconds is left out: nobody has thought of it.
//
// Source: benoitc/gunicorn 26.1.0, app/base.py (load_config), config.py (GracefulTimeout, get_default_config_file); 19.9 and 20.0 do the same.
func gunicornShutdown(c Command, s Sources) *Shutdown {
	if !runs(c, "gunicorn") || option(c.Args, "--graceful-timeout") != "" {
		return nil
	}
	out := &Shutdown{Of: "gunicorn"}
	extra := strings.Fields(c.Variable("GUNICORN_CMD_ARGS"))
	if slices.Contains(extra, Unresolved) {
		return nil
	}
	if seconds := option(extra, "--graceful-timeout"); seconds != "" {
		return out.limited("--graceful-timeout in GUNICORN_CMD_ARGS", seconds, time.Second)
	}
	file := gunicornConfig(c, extra, s)
	if file == nil || strings.Count(file.Src, "graceful_timeout") != 1 {
		return nil
	}
	m := gunicornTimeout().FindStringSubmatchIndex(file.Src)
	if m == nil {
		return nil
	}
	out.Limit.At, out.Files = parser.Span{File: file, Start: m[0], End: m[3]}, []*parser.File{file}
	return out.limited("graceful_timeout", file.Src[m[2]:m[3]], time.Second)
}

// gunicornConfig returns the configuration that gunicorn reads, nil where it cannot be told.
func gunicornConfig(c Command, extra []string, s Sources) *parser.File {
	name := "gunicorn.conf.py"
	for _, args := range [][]string{extra, c.Args} {
		for _, flag := range []string{"-c", "--config"} {
			if given := option(args, flag); given != "" {
				name = strings.TrimPrefix(given, "file:")
			}
		}
	}
	if !path.IsAbs(name) && (c.Dir == "" || option(c.Args, "--chdir") != "" || option(extra, "--chdir") != "") {
		return nil // it changes the folder before it reads the file
	}
	if strings.HasPrefix(name, "python:") {
		return nil
	}
	return s.File(absolute(c.Dir, name))
}

// uvicornShutdown reads how long uvicorn waits for the requests in flight, where no option says it: by default without limit.
//
// Source: encode/uvicorn 0.35, main.py (auto_envvar_prefix UVICORN), server.py (timeout_graceful_shutdown).
func uvicornShutdown(c Command, _ Sources) *Shutdown {
	if !runs(c, "uvicorn") || option(c.Args, "--timeout-graceful-shutdown") != "" {
		return nil
	}
	return (&Shutdown{Of: "uvicorn"}).limited("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN", c.Variable("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"), time.Second)
}

// limited sets the limit to a number of some unit, and returns nil where it is none.
func (out *Shutdown) limited(setting, number string, unit time.Duration) *Shutdown {
	n, err := strconv.Atoi(number)
	if err != nil || n <= 0 || n > maxSeconds*int(time.Second/unit) {
		return nil
	}
	out.Limit.Time, out.Limit.Setting = time.Duration(n)*unit, setting
	return out
}

// maxSeconds is the largest limit that is believed: ten days.
const maxSeconds = 10 * 24 * 3600

// runs reports whether a command is that of a server, started by itself or by an interpreter.
func runs(c Command, server string) bool {
	if len(c.Args) == 0 {
		return false
	}
	name := path.Base(c.Args[0])
	if name == server {
		return true
	}
	args, name := throughInterpreter(c.Args, name)
	return name == server && len(args) > 0
}

// option returns the value of an option, as a word of its own or behind "=", the last one that is given.
func option(args []string, name string) string {
	value := ""
	for i, arg := range args {
		if arg == name && i+1 < len(args) {
			value = args[i+1]
		} else if rest, ok := strings.CutPrefix(arg, name+"="); ok {
			value = rest
		}
	}
	return value
}
