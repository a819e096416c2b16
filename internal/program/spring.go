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

// webStarters are the starters of Spring Boot that bring an embedded web server.
//
// Source: spring-projects/spring-boot 3.3.13, spring-boot-project/spring-boot-starters; spring-boot-starter-webmvc is its name in 4.0.
var webStarters = []string{
	"spring-boot-starter-web", "spring-boot-starter-webflux", "spring-boot-starter-webmvc", "spring-boot-starter-jersey",
	"spring-boot-starter-web-services", "spring-boot-starter-webservices", "spring-boot-starter-data-rest", "spring-boot-starter-hateoas", "spring-boot-starter-websocket",
}

// configServers are libraries that read settings from a server.
var configServers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^spring-cloud-.*(config|bootstrap|vault|kubernetes)|^(nacos|apollo)-.*(config|client)|^micronaut-.*(discovery|kubernetes|vault|secret|parameter-store|secure-config)|^quarkus-(consul-config|spring-cloud-config|kubernetes-config|vault)`)
})

// The versions of Spring Boot that its graceful shutdown depends on, and how long it waits by default.
//
// Source: spring-projects/spring-boot, ServerProperties.java (Shutdown.IMMEDIATE in v2.3.0 to v3.3.13, GRACEFUL since v3.4.0),
// LifecycleProperties.java (30 seconds since v2.3.0), neither in v2.2.13.
var (
	springGraceful  = Version{2, 3, 0}
	springByDefault = Version{3, 4, 0}
)

const springTimeout = 30 * time.Second

// springShutdown reads what Spring Boot does with the requests in flight.
func springShutdown(b *javaBuild, s *javaSettings) *Shutdown {
	version, text, ok := b.version("org.springframework.boot", "spring-boot-starter-parent", "spring-boot-dependencies", "spring-boot-gradle-plugin",
		"spring-boot-starter-web", "spring-boot-starter", "spring-boot")
	if !ok || !b.dependsOn("org.springframework.boot", webStarters...) {
		return nil
	}
	if kind := s.get("spring.main.web-application-type"); !kind.known || kind.set && strings.EqualFold(kind.value, "none") {
		return nil
	}
	out := &Shutdown{Of: "Spring Boot " + text, Files: b.files}
	shutdown, timeout := s.get("server.shutdown"), s.get("spring.lifecycle.timeout-per-shutdown-phase")
	graceful, immediate := strings.EqualFold(shutdown.value, "graceful"), strings.EqualFold(shutdown.value, "immediate")
	switch {
	case !shutdown.known || shutdown.set && !graceful && !immediate:
		return nil
	case version.Before(springGraceful):
		if !graceful {
			return nil
		}
		out.Drops = Drops{Void: true, At: shutdown.at, Why: "server.shutdown has no effect before Spring Boot 2.3", Remedy: "move to Spring Boot 2.3 or later"}
	case !graceful && version.Before(springByDefault):
		if s.shutsDownItself(b) {
			return nil
		}
		out.Drops = Drops{At: shutdown.at, Why: "server.shutdown is immediate, which is its default before Spring Boot 3.4", Remedy: "set server.shutdown=graceful", Unset: true}
		if immediate {
			out.Drops.Why, out.Drops.Unset = "server.shutdown is immediate", false
		}
	case immediate:
		out.Drops = Drops{At: shutdown.at, Why: "server.shutdown is immediate", Remedy: "set server.shutdown=graceful"}
	default:
		out.Limit = Limit{Setting: "spring.lifecycle.timeout-per-shutdown-phase", At: timeout.at}
		switch {
		case !timeout.known:
			return nil
		case timeout.set:
			if out.Limit.Time, ok = javaDuration(timeout.value, time.Millisecond); !ok {
				return nil
			}
		case shutdown.set:
			out.Limit.Time, out.Limit.Default, out.Limit.At = springTimeout, true, shutdown.at
		default:
			return nil // nobody has asked for it
		}
	}
	return out
}

var wiringName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(appl|config|tomcat|jetty|undertow|netty|server|grace|shutdown|container|main|web|boot|start|stop|drain|hook|listener|lifecycle).*\.(java|kt|groovy|scala)$`)
})

// wiring are words, in lower case, of code that may decide how the server stops.
var wiring = []string{
	"graceful", "setdefaultproperties", ".properties(", "contextclosedevent", "shutdownevent", "@propertysource", "environmentpostprocessor", "system.setproperty",
	"tomcatconnectorcustomizer", "server.shutdown",
}

// maxNames is how many names of files are looked at for code that decides how the server stops.
const maxNames = 5000

// shutsDownItself reports whether code of the project may decide how the web server stops.
func (s *javaSettings) shutsDownItself(b *javaBuild) bool {
	left := maxNames
	var look func(dir string, depth int) bool
	look = func(dir string, depth int) bool {
		for _, name := range b.sources.Names(dir) {
			if left--; left < 0 || depth > 30 {
				return true
			}
			switch {
			case !strings.Contains(name, "."):
				if look(path.Join(dir, name), depth+1) {
					return true
				}
			case wiringName().MatchString(name):
				file := b.sources.File(path.Join(dir, name))
				if file == nil {
					return true
				}
				src := strings.ToLower(file.Src)
				if slices.ContainsFunc(wiring, func(word string) bool { return strings.Contains(src, word) }) {
					return true
				}
			}
		}
		return false
	}
	return slices.ContainsFunc(b.modules, func(module string) bool { return look(path.Join(module, "src/main"), 0) })
}

var javaDurationForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:(\d{1,9})(ns|us|ms|s|m|h|d)?|PT(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)$`)
})

// javaDuration reads a time as Spring, Quarkus and Dubbo do: "20s", "PT1M30S", or a number of a unit.
//
// Source: spring-projects/spring-boot v3.3.13, DurationStyle.java.
func javaDuration(text string, unit time.Duration) (time.Duration, bool) {
	m := javaDurationForm().FindStringSubmatch(text)
	if m == nil || text == "" {
		return 0, false
	}
	number := func(digits string) time.Duration {
		n, err := strconv.Atoi(digits)
		if err != nil {
			return 0
		}
		return time.Duration(n)
	}
	if m[1] == "" {
		total := number(m[3])*time.Hour + number(m[4])*time.Minute + number(m[5])*time.Second
		return total, total > 0
	}
	units := map[string]time.Duration{"ns": 1, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
	if u, ok := units[strings.ToLower(m[2])]; ok {
		unit = u
	}
	if most := maxSeconds * time.Second / unit; number(m[1]) > most {
		return 0, false
	}
	total := number(m[1]) * unit
	return total, total > 0
}

// beside reports whether files of settings stand where the application starts: they go before those in the jar.
func beside(dir string, image Sources) bool {
	if dir == "" {
		return true
	}
	for _, folder := range []string{dir, path.Join(dir, "config")} {
		for _, ending := range []string{".properties", ".yml", ".yaml"} {
			if image.File(path.Join(folder, "application"+ending)) != nil {
				return true
			}
		}
	}
	return false
}

// javaShutdown reads the settings of an application that a jar of the project is.
func javaShutdown(c Command, sources Sources) *Shutdown {
	j, ok := parseJava(c)
	if !ok || j.jar == "" && !j.unpacked() {
		return nil
	}
	jar := j.jar
	if !path.IsAbs(jar) {
		if c.Dir == "" {
			return nil
		}
		jar = absolute(c.Dir, jar)
	}
	b := findJavaBuild(jar, sources)
	if j.jar == "" {
		b = findUnpackedBuild(sources)
	}
	if b == nil {
		return nil
	}
	s := newJavaSettings(c, j, b)
	s.elsewhere = s.elsewhere || beside(c.Dir, sources) ||
		slices.ContainsFunc(b.depends, func(a parser.Artifact) bool { return configServers().MatchString(a.Name) })
	spring := springShutdown(b, s)
	if other := dubboShutdown(b, s); other != nil && (spring == nil || spring.Drops == (Drops{}) && spring.Limit.Time < other.Limit.Time) {
		return other
	}
	if spring != nil {
		return spring
	}
	if micronaut := micronautShutdown(b, s); micronaut != nil {
		return micronaut
	}
	return quarkusShutdown(b, s)
}
