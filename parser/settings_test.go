package parser

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func properties(all []Property) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, "%d %q=%q at %q known %v\n", p.Document, p.Key, p.Value.Text, p.Value.Span.Text(), p.Value.Known)
	}
	return b.String()
}

func TestProperties(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"separators", "a=1\nb : 2\nc 3\n d\t=  4 \ne\n", `0 "a"="1" at "1" known true
0 "b"="2" at "2" known true
0 "c"="3" at "3" known true
0 "d"="4 " at "4 " known true
0 "e"="" at "" known true
`},
		{"comments and documents", "# a=1\n! b=2\nc=3 # no comment\r\n#---\r\nd==4\n", `0 "c"="3 # no comment" at "3 # no comment" known true
1 "d"="=4" at "=4" known true
`},
		{"continuations and escapes", "a\\=b = x\\\n   y\\\\\nu=\\u00e9\\t!\nend=\\", `0 "a=b"="xy\\" at "x\\\n   y\\\\" known true
0 "u"="é\t!" at "\\u00e9\\t!" known true
0 "end"="\\" at "\\" known true
`},
		{"placeholders", "a=${B}\nc=@d@\ne=me@example.com\n", `0 "a"="${B}" at "${B}" known false
0 "c"="@d@" at "@d@" known false
0 "e"="me@example.com" at "me@example.com" known true
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := properties(ParseProperties(&File{Path: "application.properties", Src: tt.src})); got != tt.want {
				t.Errorf("have\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestYAMLProperties(t *testing.T) {
	y, err := ParseYAML(&File{Path: "application.yml", Src: `base: &base
  shutdown: immediate
server:
  <<: *base
  shutdown: graceful
  "[port]": 80
spring.profiles:
  active: [a, "b"]
---
server.shutdown: ${MODE}
`})
	if err != nil {
		t.Fatal(err)
	}
	const want = `0 "base.shutdown"="immediate" at "immediate" known true
0 "server.shutdown"="immediate" at "immediate" known true
0 "server.shutdown"="graceful" at "graceful" known true
0 "server[port]"="80" at "80" known true
0 "spring.profiles.active[0]"="a" at "a" known true
0 "spring.profiles.active[1]"="b" at "\"b\"" known true
1 "server.shutdown"="${MODE}" at "${MODE}" known false
`
	if got := properties(y.Properties()); got != want {
		t.Errorf("have\n%swant\n%s", got, want)
	}
}

func TestPOM(t *testing.T) {
	pom, err := ParsePOM(&File{Path: "pom.xml", Src: `<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- <project><packaging>ear</packaging></project> -->
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>g</groupId><artifactId>p</artifactId><version> 1.2 </version><relativePath/></parent>
  <artifactId>shop</artifactId>
  <packaging>war</packaging>
  <modules><module>a</module><module>b</module></modules>
  <properties><v>3.0</v><w>${v}</w></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>g</groupId><artifactId>bom</artifactId><version>${v}</version><type>pom</type><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency>
      <groupId>g</groupId><artifactId>web</artifactId>
      <exclusions><exclusion><groupId>x</groupId><artifactId>tomcat</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
  <profiles><profile><id>prod</id><properties><v>4.0</v></properties>
    <dependencies><dependency><groupId>g</groupId><artifactId>extra</artifactId></dependency></dependencies></profile></profiles>
</project>`})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s:%s:%s (%q) %s %q %s; %v %v; %s:%s:%s %s; %s %d; %v %v", pom.Parent.Group, pom.Parent.Name, pom.Parent.Version, pom.Parent.Span.Text(),
		pom.Artifact.Name, pom.RelativePath, pom.Packaging, pom.Modules, pom.Properties["w"].Text, pom.Managed[0].Group, pom.Managed[0].Name, pom.Managed[0].Version, pom.Managed[0].Scope,
		pom.Dependencies[0].Name, len(pom.Dependencies), pom.Varying, pom.CustomResources)
	if want := `g:p:1.2 ("1.2") shop "" war; [a b] ${v}; g:bom:${v} import; web 1; [v] false`; got != want {
		t.Errorf("have %s\nwant %s", got, want)
	}
	for _, src := range []string{"<project><a></project>", "<project", strings.Repeat("<a>", maxXMLDepth+1)} {
		if _, err := ParsePOM(&File{Path: "pom.xml", Src: src}); err == nil {
			t.Errorf("%.20q is no pom.xml", src)
		}
	}
}

func TestGradle(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"Groovy", `plugins {
  id 'java'
  id 'org.springframework.boot' version '3.1.4' apply false // id 'x' version '1'
}
dependencies {
  implementation 'org.springframework.boot:spring-boot-starter-web'
  testImplementation 'g:test'
  /* implementation 'g:commented' */
  implementation platform('g:bom:1.0')
  implementation "g:computed:$v"
}
def url = "https://example.com" ; def x = 'g:literal:2.0'
`, "plugins java: org.springframework.boot:3.1.4; dependencies spring-boot-starter-web: bom:1.0; literals bom:1.0 literal:2.0"},
		{"Kotlin", `plugins {
    id("org.springframework.boot") version "2.7.18"
    kotlin("jvm") version "1.9"
}
dependencies {
    implementation("org.springframework.boot:spring-boot-starter-webflux:2.7.18")
    implementation(libs.web)
}
`, "plugins org.springframework.boot:2.7.18; dependencies spring-boot-starter-webflux:2.7.18; literals spring-boot-starter-webflux:2.7.18"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := ParseGradle(&File{Path: "build.gradle", Src: tt.src})
			list := func(all []Artifact) string {
				var s string
				for _, a := range all {
					s += " " + a.Name + ":" + a.Version
				}
				return s
			}
			got := "plugins" + list(g.Plugins) + "; dependencies" + list(g.Dependencies) + "; literals" + list(g.Literals)
			if got != tt.want {
				t.Errorf("have %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestTomcatServer(t *testing.T) {
	server, err := ParseTomcatServer(&File{Path: "server.xml", Src: `<Server><Service name="a" gracefulStopAwaitMillis = '8000'>
  <Connector port="1" bindOnInit="false"/><!-- <Connector/> --><Connector port="2"/>
</Service></Server>`})
	if err != nil || len(server.Services) != 1 {
		t.Fatal(server, err)
	}
	s := server.Services[0]
	if got := fmt.Sprintf("%s %q %d %s", s.GracefulStop.Text, s.GracefulStop.Span.Text(), len(s.BindOnInit), s.BindOnInit[0].Text); got != `8000 "gracefulStopAwaitMillis = '8000'" 2 false` {
		t.Error(got)
	}
	if _, err := ParseTomcatServer(&File{Path: "server.xml", Src: "<Server>"}); err == nil {
		t.Error("it does not end")
	}
}

// FuzzSettings lets any text be a file of settings or a build file: reading it must not panic, and what it says stands in the file.
func FuzzSettings(f *testing.F) {
	f.Add("a.b = c\\\n  d\\u00e9\n#---\ne")
	f.Add("a:\n  b: [c, &x d]\n---\n<<: {e: *x}\n")
	f.Add("<project><parent><version> 1 </version></parent><dependencies><dependency><artifactId>a</artifactId></dependency></dependencies></project>")
	f.Add("plugins { id 'a' version \"1\" } // x\n implementation('a:b:1')")
	f.Add("<Server><Service gracefulStopAwaitMillis='1'><Connector bindOnInit=\"false\"/></Service></Server>")
	f.Fuzz(func(t *testing.T, src string) {
		file := &File{Src: src}
		defer func(begin time.Time) {
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("%d bytes took %v", len(src), took)
			}
		}(time.Now())
		within := func(s Span) {
			if !s.IsZero() && (s.Start < 0 || s.End < s.Start || s.End > len(src)) {
				t.Errorf("%d to %d in %d bytes", s.Start, s.End, len(src))
			}
		}
		for _, p := range ParseProperties(file) {
			within(p.Value.Span)
		}
		if y, err := ParseYAML(file); err == nil {
			for _, p := range y.Properties() {
				within(p.Value.Span)
			}
		}
		if pom, err := ParsePOM(file); err == nil {
			for _, a := range append(pom.Dependencies, pom.Parent) {
				within(a.Span)
			}
		}
		g := ParseGradle(file)
		for _, a := range append(append(g.Plugins, g.Dependencies...), g.Literals...) {
			within(a.Span)
		}
		if server, err := ParseTomcatServer(file); err == nil {
			for _, s := range server.Services {
				within(s.GracefulStop.Span)
			}
		}
	})
}
