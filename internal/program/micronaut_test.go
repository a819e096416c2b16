package program

import (
	"strings"
	"testing"
)

// micronautPOM is a module of Micronaut whose server is Netty.
func micronautPOM(version string) string {
	return `-- src/pom.xml --
<project>
  <parent>
    <groupId>io.micronaut.platform</groupId>
    <artifactId>micronaut-parent</artifactId>
    <version>` + version + `</version>
  </parent>
  <artifactId>shop</artifactId>
  <properties><micronaut.version>` + version + `</micronaut.version></properties>
  <dependencies>
    <dependency><groupId>io.micronaut</groupId><artifactId>micronaut-http-server-netty</artifactId></dependency>
  </dependencies>
</project>
`
}

func TestMicronaut(t *testing.T) {
	const (
		on     = "-- src/src/main/resources/application.yml --\nmicronaut:\n  lifecycle:\n    graceful-shutdown:\n      enabled: true\n"
		plain  = "-- src/src/main/resources/application.properties --\nmicronaut.application.name=shop\n"
		gradle = "plugins { id(\"io.micronaut.application\") version \"4.5.4\" }\nversion = \"0.1\"\nmicronaut {\n    runtime(\"netty\")\n    processing {\n        version(\"no\")\n    }\n}\n"
		off    = "Micronaut 4.9.1: drops, micronaut.lifecycle.graceful-shutdown.enabled is false, which is its default, at nowhere"
	)
	for _, tt := range []struct{ name, args, env, files, want string }{
		{"by default", "", "", micronautPOM("4.9.1") + plain, off},
		{"before 4.9", "", "", micronautPOM("4.8.3") + plain, "nothing"},
		{"before 4.9, set in vain", "", "", micronautPOM("4.8.3") + on,
			`Micronaut 4.8.3: drops, micronaut.lifecycle.graceful-shutdown has no effect before Micronaut 4.9, at /src/src/main/resources/application.yml:4 "true", void`},
		{"set", "", "", micronautPOM("5.0.0") + on,
			`Micronaut 5.0.0: waits 15s, micronaut.lifecycle.graceful-shutdown.grace-period at /src/src/main/resources/application.yml:4 "true" by default`},
		{"with a period", "", "", micronautPOM("4.9.1") + on + "      grace-period: 40s\n",
			`Micronaut 4.9.1: waits 40s, micronaut.lifecycle.graceful-shutdown.grace-period at /src/src/main/resources/application.yml:5 "40s"`},
		{"with a period without a unit", "", "", micronautPOM("4.9.1") + on + "      grace-period: 40\n", "nothing"},
		{"set to false", "", "", micronautPOM("4.9.1") + strings.ReplaceAll(on, "true", "false"),
			`Micronaut 4.9.1: drops, micronaut.lifecycle.graceful-shutdown.enabled is false, at /src/src/main/resources/application.yml:4 "false"`},
		{"by a variable", "", "MICRONAUT_LIFECYCLE_GRACEFUL_SHUTDOWN_ENABLED=true", micronautPOM("4.9.1") + plain,
			"Micronaut 4.9.1: waits 15s, micronaut.lifecycle.graceful-shutdown.grace-period at nowhere by default"},
		{"by a property", "-Dmicronaut.lifecycle.graceful-shutdown.enabled=true", "", micronautPOM("4.9.1") + plain,
			"Micronaut 4.9.1: waits 15s, micronaut.lifecycle.graceful-shutdown.grace-period at nowhere by default"},
		{"for an environment", "", "", micronautPOM("4.9.1") + plain + strings.ReplaceAll(on, "application.yml", "application-prod.yml"), "nothing"},
		{"for an environment, with a profile of Spring", "", "SPRING_PROFILES_ACTIVE=dev", micronautPOM("4.9.1") + plain + strings.ReplaceAll(on, "application.yml", "application-prod.yml"), "nothing"},
		{"other files of settings", "", "MICRONAUT_CONFIG_FILES=/etc/shop.yml", micronautPOM("4.9.1") + plain, "nothing"},
		{"other files of settings by a property", "-Dmicronaut.config.files=/etc/shop.yml", "", micronautPOM("4.9.1") + plain, "nothing"},
		{"settings in another language", "", "", micronautPOM("4.9.1") + plain + "-- src/src/main/resources/application.toml --\n", "nothing"},
		{"code that sets it", "", "", micronautPOM("4.9.1") + plain + "-- src/src/main/java/shop/Application.java --\nclass Application { void f() { Micronaut.build().properties(x).start(); } }\n", "nothing"},
		{"code that waits", "", "", micronautPOM("4.9.1") + plain + "-- src/src/main/java/shop/DrainListener.java --\nclass DrainListener implements ApplicationEventListener<ServerShutdownEvent> {}\n", "nothing"},
		{"another server", "", "", strings.ReplaceAll(micronautPOM("4.9.1"), "server-netty", "server-jetty") + plain, "nothing"},
		{"two versions", "", "", strings.ReplaceAll(micronautPOM("4.9.1"), "<micronaut.version>4.9.1", "<micronaut.version>4.8.0") + plain, "nothing"},
		{"Gradle with a property", "", "", "-- src/gradle.properties --\nmicronautVersion=4.9.1\n-- src/build.gradle.kts --\n" + gradle + plain, off},
		{"Gradle with a version", "", "", "-- src/build.gradle.kts --\n" + strings.ReplaceAll(gradle, "runtime(", "version(\"4.9.1\")\n    runtime(") + plain, off},
		{"Gradle with the property named", "", "", "-- src/gradle.properties --\nmicronautVersion=4.9.1\n-- src/build.gradle --\n" +
			strings.ReplaceAll(gradle, "runtime(", "version micronautVersion\n    runtime(") + plain, off},
		{"Gradle with a catalogue", "", "", "-- src/gradle.properties --\nmicronautVersion=4.9.1\n-- src/build.gradle --\n" +
			strings.ReplaceAll(gradle, "runtime(", "version libs.versions.micronaut.get()\n    runtime(") + plain, "nothing"},
		{"Gradle without a version", "", "", "-- src/build.gradle --\n" + gradle + plain, "nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Command{Args: strings.Fields("java " + tt.args + " -jar app.jar"), Dir: "/app", Getenv: environment(tt.env)}
			built := "/src/target/*.jar"
			if strings.Contains(tt.files, "build.gradle") {
				built = "/src/build/libs/*-all.jar"
			}
			if got := describeShutdown(ReadShutdown(c, sourcesOf(tt.files, built))); got != tt.want {
				t.Errorf("have %s\nwant %s", got, tt.want)
			}
		})
	}
}
