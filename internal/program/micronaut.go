package program

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// The version of Micronaut that brings its graceful shutdown, which is off by default, and how long that waits where nothing is set.
//
// Source: micronaut-projects/micronaut-core, GracefulShutdownConfiguration.java (since 4.9.0, enabled by "true", 15 seconds), the same in
// 5.3; GracefulShutdownListener.java waits when the context is stopped. Without it nothing waits: the hook of Micronaut.java stops the
// server, and NettyHttpServer.stopInternal awaits its event loops only for a checkpoint (4.7.1, and the one with the setting).
var micronautGraceful = Version{4, 9, 0}

const micronautPeriod = 15 * time.Second

// micronautShutdown reads what Micronaut does with the requests in flight that its server, Netty, takes. Other servers are left out.
func micronautShutdown(b *javaBuild, s *javaSettings) *Shutdown {
	version, text, ok := b.micronautVersion()
	if !ok || !b.runsNetty() || s.micronautElsewhere(b) {
		return nil
	}
	s.chosen = false // profiles are Spring's; which environment is active is deduced when it starts
	enabled, period := s.get("micronaut.lifecycle.graceful-shutdown.enabled"), s.get("micronaut.lifecycle.graceful-shutdown.grace-period")
	on, off := strings.EqualFold(enabled.value, "true"), !enabled.set || strings.EqualFold(enabled.value, "false")
	if !enabled.known || !period.known || !on && !off {
		return nil
	}
	out := &Shutdown{Of: "Micronaut " + text, Files: b.files}
	switch {
	case version.Before(micronautGraceful):
		if !on {
			return nil
		}
		out.Drops = Drops{Void: true, At: enabled.at, Why: "micronaut.lifecycle.graceful-shutdown has no effect before Micronaut 4.9", Remedy: "move to Micronaut 4.9 or later"}
	case on:
		out.Limit = Limit{Time: micronautPeriod, Setting: "micronaut.lifecycle.graceful-shutdown.grace-period", Default: true, At: enabled.at}
		if !period.set {
			return out
		}
		if strings.Trim(period.value, "0123456789") == "" {
			return nil // it needs a unit
		}
		out.Limit.Default, out.Limit.At = false, period.at
		if out.Limit.Time, ok = javaDuration(period.value, time.Millisecond); !ok {
			return nil
		}
	case s.shutsDownItself(b):
		return nil
	default:
		out.Drops = Drops{
			At: enabled.at, Why: "micronaut.lifecycle.graceful-shutdown.enabled is false, which is its default",
			Remedy: "set micronaut.lifecycle.graceful-shutdown.enabled to true, and its grace-period to 8s", Unset: true,
		}
		if enabled.set {
			out.Drops.Why, out.Drops.Unset = "micronaut.lifecycle.graceful-shutdown.enabled is false", false
		}
	}
	return out
}

// micronautVersion returns the version of Micronaut: of its parent or its bill of materials, of the block "micronaut" of Gradle, or of the
// property that its plugin takes where that says nothing. The versions of the platform are those of the core in their first two parts.
//
// Source: micronaut-projects/micronaut-platform 4.2 and 4.4, libs.versions.toml; micronaut-projects/micronaut-gradle-plugin, README.md (version,
// micronautVersion).
func (b *javaBuild) micronautVersion() (Version, string, bool) {
	found := slices.Concat(b.versions("io.micronaut.platform", "micronaut-parent", "micronaut-platform"), b.versions("io.micronaut", "micronaut-parent", "micronaut-bom"))
	if value, ok := property("${micronaut.version}", b.poms); ok {
		found = append(found, value)
	}
	if b.gradle != nil {
		written := false
		for _, g := range append([]*parser.Gradle{b.gradle}, b.above...) {
			for _, p := range g.Micronaut {
				switch {
				case p.Key != "version" || strings.Contains(p.Value.Text, "micronautVersion"):
				case p.Value.Known:
					found, written = append(found, p.Value.Text), true
				default:
					found = append(found, "?")
				}
			}
		}
		for dir := b.dir; !written; dir = path.Dir(dir) {
			if file := b.read(path.Join(dir, "gradle.properties")); file != nil {
				for _, p := range parser.ParseProperties(file) {
					if p.Key == "micronautVersion" {
						found = append(found, p.Value.Text)
					}
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return oneVersion(found)
}

// runsNetty reports whether the server of the application is Netty.
func (b *javaBuild) runsNetty() bool {
	if b.dependsOn("io.micronaut", "micronaut-http-server-netty") {
		return true
	}
	return b.gradle != nil && slices.ContainsFunc(b.gradle.Micronaut, func(p parser.Property) bool { return p.Key == "runtime" && p.Value.Text == "netty" })
}

// micronautElsewhere reports whether settings may be read from elsewhere than the files that are read for all frameworks.
//
// Source: micronaut-projects/micronaut-core 4.7.1, Environment.java (micronaut.config.files) and the property source loaders of its modules.
func (s *javaSettings) micronautElsewhere(b *javaBuild) bool {
	if s.java.begins("micronaut.config") || s.command.Variable("MICRONAUT_CONFIG_FILES") != "" {
		return true
	}
	return slices.ContainsFunc(b.modules, func(module string) bool {
		return slices.ContainsFunc(b.sources.Names(path.Join(module, "src/main/resources")), func(name string) bool {
			return strings.HasPrefix(name, "application") && path.Ext(name) != "" && settingsFileName().FindString(name) == ""
		})
	})
}
