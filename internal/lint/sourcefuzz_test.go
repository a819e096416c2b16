package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pid1lint/pid1lint/rules"
)

// sourceFiles are the files beside a Dockerfile that are read to know how what it starts stops, each with the rest of such a project.
var sourceFiles = []struct {
	name  string
	files map[string]string
	seeds []string
}{
	{"main.go", map[string]string{"Dockerfile": "FROM golang AS b\nWORKDIR /a\nCOPY . .\nRUN go build -o /x .\nFROM debian\nCOPY --from=b /x /x\nCMD /x\n", "go.mod": "module a\n"}, []string{
		"package main\nimport (\"os\"; \"os/signal\"; \"syscall\")\nfunc main() { c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGTERM); <-c }\n",
		"package main\nimport sig \"os/signal\"\nfunc main() { ctx, stop := sig.NotifyContext(nil, os.Interrupt); defer stop(); go func() { for { select { case <-ctx.Done(): os.Exit(1) } } }() }\n",
	}},
	{"go.mod", map[string]string{"Dockerfile": "FROM golang\nWORKDIR /a\nCOPY . .\nRUN go build -o /x ./cmd\nCMD /x\n", "cmd/main.go": "package main\nimport \"a/b\"\nfunc main() { b.Run() }\n", "b/b.go": "package b\nfunc Run() {}\n"}, []string{
		"module a\n\ngo 1.22\n\nrequire (\n\tx/y v1.0.0 // indirect\n)\nreplace x/y => ../y\n",
	}},
	{"Makefile", map[string]string{"Dockerfile": "FROM golang\nWORKDIR /a\nCOPY . .\nRUN make build\nCMD bin/x\n", "main.go": "package main\nfunc main() {}\n", "go.mod": "module a\n"}, []string{
		"NAME := x\nbuild: $(NAME)\n\t@go build -o bin/$(NAME) . # x\n.PHONY: build\n",
	}},
	{"package.json", map[string]string{"Dockerfile": "FROM node:20\nCOPY . .\nCMD npm start\n", "a.js": "process.on('SIGTERM', f)\n"}, []string{
		`{"scripts": {"prestart": "x", "start": "NODE_ENV=a node a.js && b"}, "main": "a.js", "type": "module"}`,
	}},
	{"a.js", map[string]string{"Dockerfile": "FROM node:20\nCOPY . .\nCMD [\"node\", \"a.js\"]\n"}, []string{
		"const { createServer } = require('http')\nfor (const s of ['SIGTERM', `SIGINT`]) process.on(s, () => { server.close(() => process.exit(0)) })\n",
	}},
	{"a.py", map[string]string{"Dockerfile": "FROM python:3\nCOPY . .\nCMD [\"python\", \"a.py\"]\n"}, []string{
		"import signal, sys, os\ndef stop(*_):\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)\nos.execvp('x', ['x', '-y'])\n",
	}},
	{"gunicorn.conf.py", map[string]string{"Dockerfile": "FROM python:3\nCOPY . .\nCMD gunicorn -c gunicorn.conf.py a:b\n"}, []string{"graceful_timeout = 90\nworkers = 2 * 3\n"}},
	{"supervisord.conf", map[string]string{"Dockerfile": "FROM debian\nRUN apt-get install -y supervisor\nCOPY supervisord.conf /etc/supervisord.conf\nCMD supervisord -n -c /etc/supervisord.conf\n"}, []string{
		"[supervisord]\nnodaemon=true\n[program:a]\ncommand=sh -c 'a; b' %(ENV_A)s\nstopwaitsecs=90\nstopsignal=INT ; x\n",
	}},
	{"Procfile", map[string]string{"Dockerfile": "FROM ruby:3\nCOPY . .\nCMD foreman start\n"}, []string{"web: bundle exec puma -p $PORT\nworker: a; b\n"}},
	{"pom.xml", map[string]string{"Dockerfile": "FROM maven AS b\nWORKDIR /a\nCOPY . .\nRUN mvn package\nFROM eclipse-temurin:21\nCOPY --from=b /a/target/x.jar /x.jar\nCMD [\"java\", \"-jar\", \"/x.jar\"]\n", "src/main/resources/application.properties": "server.shutdown=graceful\n"}, []string{
		"<project><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>3.3.0</version></parent><artifactId>x</artifactId></project>\n",
	}},
	{"build.gradle", map[string]string{"Dockerfile": "FROM gradle AS b\nWORKDIR /a\nCOPY . .\nRUN gradle bootJar\nFROM eclipse-temurin:21\nCOPY --from=b /a/build/libs/x.jar /x.jar\nCMD [\"java\", \"-jar\", \"/x.jar\"]\n", "src/main/resources/application.yml": "server: {shutdown: graceful}\n"}, []string{
		"plugins { id 'org.springframework.boot' version '3.3.0' }\ndependencies { implementation 'org.springframework.boot:spring-boot-starter-web' }\n",
	}},
	{"src/main/resources/application.yml", map[string]string{"Dockerfile": "FROM maven AS b\nWORKDIR /a\nCOPY . .\nRUN mvn package\nFROM eclipse-temurin:21\nCOPY --from=b /a/target/x.jar /x.jar\nCMD [\"java\", \"-jar\", \"/x.jar\"]\n", "pom.xml": "<project><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>3.3.0</version></parent><artifactId>x</artifactId></project>\n"}, []string{
		"spring:\n  lifecycle:\n    timeout-per-shutdown-phase: ${A:20s}\n---\nserver.shutdown: graceful\n",
	}},
	{"server.xml", map[string]string{"Dockerfile": "FROM tomcat:10\nCOPY server.xml /usr/local/tomcat/conf/server.xml\n"}, []string{"<Server><Service name='a' gracefulStopAwaitMillis='8000'><Connector port='1' bindOnInit='false'/></Service></Server>\n"}},
	{"app.csproj", map[string]string{"Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS b\nWORKDIR /a\nCOPY . .\nRUN dotnet publish -o /x\nFROM mcr.microsoft.com/dotnet/aspnet:8.0\nCOPY --from=b /x .\nENTRYPOINT [\"dotnet\", \"app.dll\"]\n", "Program.cs": "var app = WebApplication.Create(args);\napp.Run();\n"}, []string{
		"<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n",
	}},
	{"Program.cs", map[string]string{"Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS b\nWORKDIR /a\nCOPY . .\nRUN dotnet publish -o /x\nFROM mcr.microsoft.com/dotnet/aspnet:8.0\nCOPY --from=b /x .\nENTRYPOINT [\"dotnet\", \"app.dll\"]\n", "app.csproj": "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n"}, []string{
		"builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(90)); // x\n",
	}},
	{".dockerignore", map[string]string{"Dockerfile": "FROM debian\nCOPY . /\nCMD /a.sh\n", "a.sh": "#!/bin/sh\na; b\n"}, []string{"**\n!*.sh\n# x\n/b/[a-z]?\\*\n"}},
	{".gitignore", map[string]string{"Dockerfile": "FROM debian\nCMD a\n", "b/Dockerfile": "FROM debian\nCMD b\n"}, []string{"*\n!b/\n!Dockerfile\n\\#x\n/**/[!a]\n"}},
	{"skaffold.yaml", map[string]string{"Dockerfile": "FROM debian\nCMD a; b\n", "pod.yaml": "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: x}]}\n"}, []string{
		"apiVersion: skaffold/v4beta1\nkind: Config\nbuild:\n  artifacts:\n  - image: x\n    context: .\n    docker: {dockerfile: Dockerfile, buildArgs: {A: b}}\n",
	}},
	{"pod.yaml", map[string]string{"Dockerfile": "FROM debian\nCMD a\n"}, []string{
		"apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {terminationGracePeriodSeconds: 5, containers: [{name: a, image: debian, command: [sh, -c, 'a; $(B)'], env: [{name: B, value: c}], lifecycle: {preStop: {exec: {command: [sleep, '9']}}}}]}}}\n",
	}},
}

// FuzzSources lets any text be one of the files that say how a program stops. Whatever it says, the run ends soon, without a crash, says
// the same each time, and names places that there are.
func FuzzSources(f *testing.F) {
	for n, source := range sourceFiles {
		for _, seed := range source.seeds {
			f.Add(uint8(n), seed)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		source := sourceFiles[int(which)%len(sourceFiles)]
		files := map[string]string{source.name: text}
		for name, content := range source.files {
			files[name] = content
		}
		look := func() string {
			begin := time.Now()
			p, err := Load(tree(files), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			result := p.Run(rules.All())
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("%s of %d bytes took %v", source.name, len(text), took)
			}
			var out strings.Builder
			for _, problem := range result.Problems {
				fmt.Fprintln(&out, problem.Message)
				if strings.Contains(problem.Message, "mistake in pid1lint") {
					t.Error(problem.Message)
				}
			}
			for _, l := range result.Launches {
				fmt.Fprintln(&out, l.Verdict, l.Reason, l.Cause)
				for _, gap := range l.Unknown {
					fmt.Fprintln(&out, gap.Reason)
				}
				for _, fact := range l.Facts {
					fmt.Fprintln(&out, fact.Kind, fact.Text)
				}
			}
			for _, finding := range result.Findings {
				if s := finding.Span; s.IsZero() || s.Start < 0 || s.End < s.Start || s.End > len(s.File.Src) {
					t.Errorf("%s is at %d-%d of %d bytes", finding.Rule.ID, s.Start, s.End, len(s.File.Src))
				}
				fmt.Fprintln(&out, finding.Rule.ID, finding.Message, finding.Span.Start, finding.Span.End, len(finding.Fixes))
			}
			return out.String()
		}
		if one, other := look(), look(); one != other {
			t.Errorf("one time\n%s\nthe other\n%s", one, other)
		}
	})
}
