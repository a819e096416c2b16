package program

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
	"github.com/rogpeppe/go-internal/txtar"
)

// treeSources are files that stand at their paths in the image. What is built from them is named in origins.
type treeSources struct {
	files   map[string]*parser.File
	origins map[string]string
}

func (s treeSources) File(name string) *parser.File { return s.files[name] }

func (s treeSources) Names(dir string) []string {
	var names []string
	for file := range s.files {
		if rest, ok := strings.CutPrefix(file, strings.TrimSuffix(dir, "/")+"/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s treeSources) Origin(name string) *Origin {
	from, ok := s.origins[name]
	if !ok {
		return nil
	}
	o := &Origin{Path: from, Sources: s, Commands: func(...string) []BuildCommand { return nil }}
	if before, command, ok := strings.Cut(from, " <- "); ok {
		o.Path = before
		c := BuildCommand{Dir: "/src", Sure: true}
		for word := range strings.FieldsSeq(command) {
			c.Args = append(c.Args, parser.Word{Text: word, Known: true})
		}
		o.Commands = func(...string) []BuildCommand { return []BuildCommand{c} }
	}
	return o
}

// sourcesOf makes files of an archive. Modules that have no settings get some.
func sourcesOf(archive, jar string) treeSources {
	if !strings.Contains(archive, "resources/") {
		archive += "-- src/src/main/resources/application.properties --\nserver.port=80\n-- src/shop/src/main/resources/application.yml --\nserver.port: 80\n"
	}
	s := treeSources{files: map[string]*parser.File{}, origins: map[string]string{"/app/app.jar": jar}}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := path.Join("/", f.Name)
		s.files[name] = &parser.File{Path: name, Src: string(f.Data)}
	}
	return s
}

// describe writes what was found in one line.
func describeShutdown(found *Shutdown) string {
	if found == nil {
		return "nothing"
	}
	place := func(s parser.Span) string {
		if s.IsZero() {
			return "nowhere"
		}
		return fmt.Sprintf("%s:%d %q", s.File.Path, s.Begin().Line, s.Text())
	}
	text := found.Of
	if l := found.Limit; l.Setting != "" {
		text += fmt.Sprintf(": waits %v, %s at %s", l.Time, l.Setting, place(l.At))
		if l.Default {
			text += " by default"
		}
	}
	if d := found.Drops; d.Why != "" {
		text += fmt.Sprintf(": drops, %s, at %s", d.Why, place(d.At))
		if d.Void {
			text += ", void"
		}
	}
	return text
}

// pom is a module of Spring Boot with a web server.
func pom(version string, more ...string) string {
	return `-- src/pom.xml --
<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId>
    <version>` + version + `</version>
    <relativePath/>
  </parent>
  <artifactId>shop</artifactId>
  <dependencies>
    <dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency>
    ` + strings.Join(more, "\n") + `
  </dependencies>
</project>
`
}

func TestSpring(t *testing.T) {
	const graceful = "-- src/src/main/resources/application.yml --\nserver:\n  port: 8080\n  shutdown: graceful\n"
	for _, tt := range []struct{ name, args, env, files, want string }{
		{"2.7 by default", "java -jar app.jar", "", pom("2.7.18"),
			"Spring Boot 2.7.18: drops, server.shutdown is immediate, which is its default before Spring Boot 3.4, at nowhere"},
		{"3.4 by default", "java -jar app.jar", "", pom("3.4.1"), "nothing"},
		{"3.4 immediate", "java -jar app.jar", "", pom("3.4.1") + "-- src/src/main/resources/application.properties --\nserver.shutdown = immediate\n",
			`Spring Boot 3.4.1: drops, server.shutdown is immediate, at /src/src/main/resources/application.properties:1 "immediate"`},
		{"graceful", "java -jar app.jar", "", pom("3.3.0") + graceful,
			`Spring Boot 3.3.0: waits 30s, spring.lifecycle.timeout-per-shutdown-phase at /src/src/main/resources/application.yml:3 "graceful" by default`},
		{"graceful with a timeout", "java -jar app.jar", "", pom("3.3.0") + graceful + "spring:\n  lifecycle:\n    timeoutPerShutdownPhase: 1m\n",
			`Spring Boot 3.3.0: waits 1m0s, spring.lifecycle.timeout-per-shutdown-phase at /src/src/main/resources/application.yml:6 "1m"`},
		{"before 2.3", "java -jar app.jar", "", pom("2.2.13.RELEASE"), "nothing"},
		{"before 2.3, set in vain", "java -jar app.jar", "", pom("2.2.13.RELEASE") + graceful,
			`Spring Boot 2.2.13.RELEASE: drops, server.shutdown has no effect before Spring Boot 2.3, at /src/src/main/resources/application.yml:3 "graceful", void`},
		{"by an argument", "java -jar app.jar --server.shutdown=graceful", "", pom("2.7.18"),
			"Spring Boot 2.7.18: waits 30s, spring.lifecycle.timeout-per-shutdown-phase at nowhere by default"},
		{"by a property", "java -Dserver.shutdown=graceful -jar app.jar", "SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE=45s", pom("2.7.18"),
			"Spring Boot 2.7.18: waits 45s, spring.lifecycle.timeout-per-shutdown-phase at nowhere"},
		{"by a variable", "java -jar app.jar", "SERVER_SHUTDOWN=graceful", pom("2.7.18") + graceful,
			"Spring Boot 2.7.18: waits 30s, spring.lifecycle.timeout-per-shutdown-phase at nowhere by default"},
		{"by JAVA_TOOL_OPTIONS", "java -jar app.jar", "JAVA_TOOL_OPTIONS=-Xmx1g -Dserver.shutdown=graceful", pom("2.7.18"),
			"Spring Boot 2.7.18: waits 30s, spring.lifecycle.timeout-per-shutdown-phase at nowhere by default"},
		{"JAVA_OPTS alone is nothing to java", "java -jar app.jar", "JAVA_OPTS=-Dserver.shutdown=graceful", pom("2.7.18"),
			"Spring Boot 2.7.18: drops, server.shutdown is immediate, which is its default before Spring Boot 3.4, at nowhere"},
		{"a profile that nobody chose", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/application-prod.yml --\nserver.shutdown: graceful\n", "nothing"},
		{"a profile that is chosen", "java -jar app.jar", "SPRING_PROFILES_ACTIVE=prod", pom("2.7.18") + "-- src/src/main/resources/application-prod.yml --\nserver.shutdown: graceful\n",
			`Spring Boot 2.7.18: waits 30s, spring.lifecycle.timeout-per-shutdown-phase at /src/src/main/resources/application-prod.yml:1 "graceful" by default`},
		{"a document for a profile", "java -Dspring.profiles.active=prod,cloud -jar app.jar", "",
			pom("2.7.18") + "-- src/src/main/resources/application.yml --\nserver:\n  port: 1\n---\nspring:\n  config:\n    activate:\n      on-profile: prod\nserver:\n  shutdown: graceful\n",
			`Spring Boot 2.7.18: waits 30s, spring.lifecycle.timeout-per-shutdown-phase at /src/src/main/resources/application.yml:9 "graceful" by default`},
		{"a document for an expression", "java -Dspring.profiles.active=prod -jar app.jar", "",
			pom("2.7.18") + "-- src/src/main/resources/application.properties --\na=b\n#---\nspring.config.activate.on-profile=!dev\nserver.shutdown=graceful\n", "nothing"},
		{"a placeholder", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/application.properties --\nserver.shutdown=${MODE}\n", "nothing"},
		{"YAML that Maven fills in", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/application.yml --\nspring:\n  profiles:\n    active: @profile@\n", "nothing"},
		{"a server of settings", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/application.yml --\nspring:\n  config:\n    import: optional:configserver:\n", "nothing"},
		{"bootstrap.yml", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/bootstrap.yml --\nspring:\n  application:\n    name: a\n", "nothing"},
		{"a client of a server of settings", "java -jar app.jar", "", pom("2.7.18", "<dependency><groupId>org.springframework.cloud</groupId><artifactId>spring-cloud-starter-config</artifactId></dependency>"), "nothing"},
		{"another place for settings", "java -jar app.jar --spring.config.location=/etc/app.yml", "", pom("2.7.18"), "nothing"},
		{"settings beside the jar", "java -jar app.jar", "", pom("2.7.18") + "-- app/config/application.yml --\nserver.shutdown: graceful\n", "nothing"},
		{"code that stops it", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/java/shop/ShopApplication.java --\nclass ShopApplication { void f(App a) { a.setDefaultProperties(x); } }\n", "nothing"},
		{"no web server", "java -jar app.jar", "", strings.ReplaceAll(pom("2.7.18"), "starter-web<", "starter-batch<"), "nothing"},
		{"a web server for tests", "java -jar app.jar", "", strings.ReplaceAll(pom("2.7.18"), "</artifactId></dep", "</artifactId><scope>test</scope></dep"), "nothing"},
		{"no web application", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/application.properties --\nspring.main.web-application-type=none\n", "nothing"},
		{"resources of a profile of Maven", "java -jar app.jar", "",
			strings.ReplaceAll(pom("2.7.18"), "<dependencies>", "<build><resources><resource><directory>src/main/profiles/prod</directory></resource></resources></build><dependencies>"), "nothing"},
		{"an aggregator", "java -jar app.jar", "", strings.ReplaceAll(pom("2.7.18"), "<dependencies>", "<packaging>pom</packaging><modules><module>a</module></modules><dependencies>"), "nothing"},
		{"a broken pom.xml", "java -jar app.jar", "", pom("2.7.18")[:300], "nothing"},
		{"another jar", "java -jar other.jar", "", pom("2.7.18"), "nothing"},
		{"no settings", "java -jar app.jar", "", pom("2.7.18") + "-- src/src/main/resources/banner.txt --\n", "nothing"},
		{"no jar", "java -cp app.jar Main", "", pom("2.7.18"), "nothing"},
		{"a version that is a milestone", "java -jar app.jar", "", pom("3.4.0-M1"), "nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Command{Args: strings.Fields(tt.args), Dir: "/app", Getenv: environment(tt.env)}
			if got := describeShutdown(ReadShutdown(c, sourcesOf(tt.files, "/src/target/*.jar"))); got != tt.want {
				t.Errorf("have %s\nwant %s", got, tt.want)
			}
		})
	}
}

func environment(text string) func(string) string {
	return func(name string) string {
		if value, ok := strings.CutPrefix(text, name+"="); ok {
			return value
		}
		return ""
	}
}

// TestVersion finds the version of Spring Boot where Maven and Gradle let it be written.
func TestVersion(t *testing.T) {
	const (
		web    = "<dependencies><dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies>"
		module = "-- src/shop/pom.xml --\n<project><parent><groupId>g</groupId><artifactId>root</artifactId><version>1</version></parent><artifactId>shop</artifactId>" + web + "</project>\n"
		root   = "-- src/pom.xml --\n<project><groupId>g</groupId><artifactId>root</artifactId><version>1</version><packaging>pom</packaging>"
		boot   = "<groupId>org.springframework.boot</groupId><artifactId>spring-boot-dependencies</artifactId><version>${boot}</version><type>pom</type><scope>import</scope>"
		bom    = root + "<modules><module>shop</module><module>bom</module></modules><dependencyManagement><dependencies><dependency><groupId>g</groupId>" +
			"<artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement></project>\n" +
			"-- src/bom/pom.xml --\n<project><groupId>g</groupId><artifactId>bom</artifactId><properties><boot>2.6.1</boot></properties>" +
			"<dependencyManagement><dependencies><dependency>" + boot + "</dependency></dependencies></dependencyManagement></project>\n"
		gradle = "dependencies { \n implementation 'org.springframework.boot:spring-boot-starter-web'\n}\n"
	)
	managed := func(more string) string {
		return root + more + "<dependencyManagement><dependencies><dependency>" + boot + "</dependency></dependencies></dependencyManagement></project>\n"
	}
	for _, tt := range []struct{ name, files, jar, want string }{
		{"imported by the parent", module + managed("<properties><boot>2.5.0</boot></properties>"), "/src/shop/target/shop.jar", "Spring Boot 2.5.0"},
		{"by a property that is nowhere", module + managed(""), "/src/shop/target/shop.jar", ""},
		{"by a property that a profile changes", module + managed("<properties><boot>2.5.0</boot></properties><profiles><profile><properties><boot>3.4.0</boot></properties></profile></profiles>"),
			"/src/shop/target/shop.jar", ""},
		{"imported by a bill of materials of the project", module + bom, "/src/shop/target/shop.jar", "Spring Boot 2.6.1"},
		{"the parent is not there", module, "/src/shop/target/shop.jar", ""},
		{"the folder above is of another project", module + strings.ReplaceAll(managed("<properties><boot>2.5.0</boot></properties>"), ">root<", ">other<"), "/src/shop/target/shop.jar", ""},
		{"a plugin of Gradle", "-- src/build.gradle --\nplugins { id 'org.springframework.boot' version '2.7.1' }\n" + gradle, "/src/build/libs/shop-1.jar", "Spring Boot 2.7.1"},
		{"a plugin of the project above", "-- src/build.gradle.kts --\nplugins {\n id(\"org.springframework.boot\") version \"2.7.2\" apply false\n}\n-- src/shop/build.gradle --\nplugins { id 'org.springframework.boot' }\n" + gradle,
			"/src/shop/build/libs/*.jar", "Spring Boot 2.7.2"},
		{"a class path of Gradle", "-- src/build.gradle --\nbuildscript { dependencies { classpath 'org.springframework.boot:spring-boot-gradle-plugin:2.7.3' } }\n" + gradle, "/src/build/libs/shop.jar", "Spring Boot 2.7.3"},
		{"a variable of Gradle", "-- src/build.gradle --\nbuildscript { dependencies { classpath \"org.springframework.boot:spring-boot-gradle-plugin:${v}\" } }\n" + gradle, "/src/build/libs/shop.jar", ""},
		{"resources of Gradle that stand elsewhere", "-- src/build.gradle --\nplugins { id 'org.springframework.boot' version '2.7.1' }\nsourceSets { main { resources { srcDir 'conf' } } }\n" + gradle, "/src/build/libs/shop.jar", ""},
		{"a pattern in the module", module + managed("<properties><boot>2.5.0</boot></properties>"), "/src/*/target/shop.jar", ""},
		{"a jar that the build copies", module + managed("<properties><boot>2.5.0</boot></properties>"), "/app.jar <- cp shop/target/shop.jar /app.jar", "Spring Boot 2.5.0"},
		{"another file that the build copies", module + managed("<properties><boot>2.5.0</boot></properties>"), "/app.jar <- cp shop/target/shop.jar /other.jar", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if found := ReadShutdown(Command{Args: []string{"java", "-jar", "app.jar"}, Dir: "/app"}, sourcesOf(tt.files, tt.jar)); found != nil {
				got = found.Of
			}
			if got != tt.want {
				t.Errorf("have %q, want %q", got, tt.want)
			}
		})
	}
}
