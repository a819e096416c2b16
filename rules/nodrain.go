package rules

import "github.com/pid1lint/pid1lint/internal/process"

// NoDrain finds an application that cuts off requests in flight when it is told to stop, because of its settings.
var NoDrain = register(Rule{
	ID:       "no-drain",
	Title:    "The application is not set to let the requests in flight finish",
	Severity: Warning,
	Doc: `The application is not set to let the requests in flight finish when it is told to stop: Spring Boot before 3.4 without
«server.shutdown=graceful», Micronaut since 4.9 on Netty without «micronaut.lifecycle.graceful-shutdown.enabled», Quarkus without
«quarkus.shutdown.timeout» (notes); or a setting that is to make it wait has no effect: «server.shutdown» before Spring Boot 2.3, the one of
Micronaut before 4.9, «gracefulStopAwaitMillis» of Tomcat without a connector that has «bindOnInit="false"».

pid1lint reads them where it is certain from which module of the project the jar was built: in «pom.xml» or «build.gradle», in
«application.properties» and «application.yml», in variables and options. Where settings may come from elsewhere too, it says nothing.`,
	Why: `The application receives the stop signal and closes what it has opened, the connections with requests that it has not yet
answered too: their clients get an error at every deploy.

Read in source: spring-boot v2.2 to v4.1 (ServerProperties: «Shutdown.IMMEDIATE» up to 3.3), quarkus (ShutdownRecorder: nothing waits without a
timeout), micronaut-core 4.7 to 5.3 (NettyHttpServer: stopping waits for nothing; GracefulShutdownListener), tomcat (StandardService waits for connectors that are not bound when they are initialised). Measured, tomcat 10.1: by itself it
lets a request of 1.8 seconds finish, its «unloadDelay», and cuts off one of 4.`,
	Fix: `Set what the finding names, and make the time that it waits shorter than the grace period, 10 seconds for «docker stop»:

~~~yaml
server:
  shutdown: graceful
spring:
  lifecycle:
    timeout-per-shutdown-phase: 8s
~~~`,
	Ignore: `If a load balancer has drained the application before it is stopped, or its requests may fail:

~~~dockerfile
# pid1lint ignore=no-drain; reason=the gateway drains it first
ENTRYPOINT ["java", "-jar", "/app.jar"]
~~~`,
	Bad: `-- Dockerfile --
FROM eclipse-temurin:21
COPY target/*.jar /app.jar
ENTRYPOINT ["java", "-jar", "/app.jar"]
-- pom.xml --
<project>
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>3.3.5</version>
    <relativePath/>
  </parent>
  <artifactId>shop</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.springframework.boot</groupId>
      <artifactId>spring-boot-starter-web</artifactId>
    </dependency>
  </dependencies>
</project>
-- src/main/resources/application.yml --
server:
  port: 8080
`,
	Good: `-- Dockerfile --
FROM eclipse-temurin:21
COPY target/*.jar /app.jar
ENTRYPOINT ["java", "-jar", "/app.jar"]
-- pom.xml --
<project>
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>3.3.5</version>
    <relativePath/>
  </parent>
  <artifactId>shop</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.springframework.boot</groupId>
      <artifactId>spring-boot-starter-web</artifactId>
    </dependency>
  </dependencies>
</project>
-- src/main/resources/application.yml --
server:
  port: 8080
  shutdown: graceful
spring:
  lifecycle:
    timeout-per-shutdown-phase: 8s
`,
	Check: func(p *Pass) {
		l := p.Launch
		s := settings(l)
		if s == nil || s.Drops.Why == "" {
			return
		}
		f := Finding{
			Severity: Note,
			Span:     place(l.App),
			Label:    "gets " + received(l).String() + " on stop",
			Message:  s.Of + " can cut off requests in flight when it stops, because " + s.Drops.Why + branch(l),
			Remedy:   s.Drops.Remedy,
		}
		if s.Drops.Void {
			f.Severity = Warning
		}
		if !s.Drops.At.IsZero() {
			f.Related = append(f.Related, Related{Span: s.Drops.At, Message: "the setting"})
		}
		f.Related = append(f.Related, start(l, f.Span)...)
		p.Report(f)
	},
})

// settings returns what the settings of the application say about how it stops; nil where that is not known, or it does not come to that.
func settings(l *process.Launch) *process.Shutdown {
	if l.Verdict != process.Graceful || l.Idle || l.OneShot || l.App == nil || !l.App.Told {
		return nil
	}
	return l.App.Shutdown
}
