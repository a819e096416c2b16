package program

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

var nginxTimeout = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*worker_shutdown_timeout[ \t]+(\d+)(ms|s|m|h|)[ \t]*;`)
})

// nginxShutdown reads after how long nginx closes the connections that are still open after SIGQUIT: by default never.
//
// Source: nginx.org/en/docs/ngx_core_module.html, worker_shutdown_timeout, in the main context, and syntax.html for the units.
func nginxShutdown(c Command, s Sources) *Shutdown {
	if len(c.Args) == 0 || path.Base(c.Args[0]) != "nginx" && path.Base(c.Args[0]) != "openresty" {
		return nil
	}
	name := option(c.Args, "-c")
	if name == "" {
		name = "/etc/nginx/nginx.conf"
		if path.Base(c.Args[0]) == "openresty" {
			name = "/usr/local/openresty/nginx/conf/nginx.conf"
		}
	}
	if !path.IsAbs(name) {
		return nil
	}
	return setIn(s.File(name), nginxTimeout(), &Shutdown{Of: "nginx"}, "worker_shutdown_timeout")
}

var fpmTimeout = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?mi)^[ \t]*process_control_timeout[ \t]*=[ \t]*"?(\d+)(s|m|h|d|)"?[ \t]*(?:;.*)?\r?$`)
})

// fpmShutdown reads how long php-fpm waits for its workers after SIGQUIT.
//
// Source: php-src sapi/fpm/www.conf.in and php-fpm.conf.in: s, m, h and d, seconds where no unit is written.
func fpmShutdown(c Command, s Sources) *Shutdown {
	if len(c.Args) == 0 || !Form("php-fpm*").named(path.Base(c.Args[0])) {
		return nil
	}
	files := []string{"/usr/local/etc/php-fpm.conf"}
	for _, name := range s.Names("/usr/local/etc/php-fpm.d") {
		if path.Ext(name) == ".conf" {
			files = append(files, "/usr/local/etc/php-fpm.d/"+name)
		}
	}
	for _, flag := range []string{"-y", "--fpm-config"} {
		if name := option(c.Args, flag); path.IsAbs(name) {
			files = []string{name}
		}
	}
	var found *Shutdown
	for _, name := range files {
		if one := setIn(s.File(name), fpmTimeout(), &Shutdown{Of: "php-fpm"}, "process_control_timeout"); one != nil {
			if found != nil && found.Limit.Time != one.Limit.Time {
				return nil // which of them counts depends on the order in which they are included
			}
			found = one
		}
	}
	return found
}

// setIn sets the limit to what a file says, in a number and a unit, and returns nil where it says nothing or says it twice.
func setIn(file *parser.File, form *regexp.Regexp, out *Shutdown, setting string) *Shutdown {
	if file == nil {
		return nil
	}
	all := form.FindAllStringSubmatchIndex(file.Src, -1)
	if len(all) != 1 {
		return nil
	}
	m := all[0]
	unit := map[string]time.Duration{"ms": time.Millisecond, "": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
	n, err := strconv.Atoi(file.Src[m[2]:m[3]])
	if err != nil || n <= 0 || n > maxSeconds {
		return nil
	}
	start := m[0] + len(file.Src[m[0]:m[1]]) - len(strings.TrimLeft(file.Src[m[0]:m[1]], " \t\r\n"))
	out.Limit = Limit{Time: time.Duration(n) * unit[strings.ToLower(file.Src[m[4]:m[5]])], Setting: setting, At: parser.Span{File: file, Start: start, End: m[5]}}
	out.Files = []*parser.File{file}
	return out
}
