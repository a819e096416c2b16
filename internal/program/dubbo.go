package program

import (
	"slices"
	"strings"
	"time"

	"github.com/pid1lint/pid1lint/parser"
)

// dubboShutdown reads how long Dubbo waits for its consumers to leave and for the calls in flight. Its default of 10 seconds is left
// out: it is that of docker stop.
//
// Source: apache/dubbo 3.3.1, ConfigurationUtils.getServerShutdownTimeout (dubbo.service.shutdown.wait, milliseconds), ApplicationConfig.setShutwait
// (sets the same), HeaderExchangeServer.close (waits while anybody is connected).
func dubboShutdown(b *javaBuild, s *javaSettings) *Shutdown {
	if !slices.ContainsFunc(b.depends, func(a parser.Artifact) bool {
		return strings.HasPrefix(a.Name, "dubbo") && (a.Group == "org.apache.dubbo" || a.Group == "com.alibaba" || a.Group == "com.alibaba.boot")
	}) {
		return nil
	}
	var found *Shutdown
	for _, name := range []string{"dubbo.service.shutdown.wait", "dubbo.application.shutwait"} {
		setting := s.get(name)
		if !setting.set {
			continue
		}
		wait, ok := javaDuration(setting.value, time.Millisecond)
		if !setting.known || !ok || strings.Trim(setting.value, "0123456789") != "" || found != nil {
			return nil
		}
		found = &Shutdown{Of: "Dubbo", Limit: Limit{Time: wait, Setting: name, At: setting.at}, Files: b.files}
	}
	return found
}

// quarkusWeb are extensions of Quarkus that take requests.
var quarkusWeb = []string{
	"quarkus-rest", "quarkus-rest-jackson", "quarkus-rest-jsonb", "quarkus-resteasy", "quarkus-resteasy-jackson", "quarkus-resteasy-jsonb",
	"quarkus-resteasy-reactive", "quarkus-resteasy-reactive-jackson", "quarkus-resteasy-reactive-jsonb", "quarkus-vertx-http", "quarkus-undertow", "quarkus-spring-web",
	"quarkus-reactive-routes",
}

// quarkusShutdown reads what Quarkus does with the requests in flight: unless a timeout is set, it ends at once.
//
// Source: quarkusio/quarkus, core/runtime, ShutdownConfig.java and ShutdownRecorder.runShutdown.
func quarkusShutdown(b *javaBuild, s *javaSettings) *Shutdown {
	if !b.dependsOn("io.quarkus", quarkusWeb...) {
		return nil
	}
	timeout := s.get("quarkus.shutdown.timeout")
	out := &Shutdown{Of: "Quarkus", Files: b.files}
	switch {
	case !timeout.known:
		return nil
	case timeout.set:
		limit, ok := javaDuration(timeout.value, time.Second)
		if !ok {
			return nil
		}
		out.Limit = Limit{Time: limit, Setting: "quarkus.shutdown.timeout", At: timeout.at}
	default:
		out.Drops = Drops{Why: "quarkus.shutdown.timeout is not set", Remedy: "set quarkus.shutdown.timeout, for example to 8s", Unset: true}
	}
	return out
}
