package lint

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
)

// connectFile connects one Dockerfile of a project.
func connectFile(t *testing.T, fsys fs.FS, name, target string) *connected {
	t.Helper()
	p, err := Load(fsys, nil, []string{name})
	if err != nil {
		t.Fatal(err)
	}
	p.Target = target
	c, problem := p.connectDockerfile(unit{path: name, kind: process.KindDockerfile, named: true, sure: true})
	if problem != nil {
		t.Fatal(problem.Message)
	}
	return c
}

var kindNames = map[process.EntryKind]string{
	process.Unseen: "unseen", process.Missing: "missing", process.Text: "text", process.Program: "program",
	process.ShellProgram: "shell", process.Opaque: "opaque",
}

// described puts an entry into one line: its kind, its mode, and its text, reason, shell or name.
func described(e process.Entry) string {
	parts := []string{kindNames[e.Kind]}
	if e.ModeKnown {
		parts = append(parts, e.Mode.String())
	}
	if e.Script != nil {
		parts = append(parts, strings.ReplaceAll(strings.TrimPrefix(e.Script.Text, "#!/bin/sh\n"), "\n", ";"))
	}
	if e.Kind == process.ShellProgram {
		parts = append(parts, e.Shell.Family)
	}
	if e.Name != "" {
		parts = append(parts, "called "+e.Name)
	}
	if e.Reason != "" {
		parts = append(parts, "("+e.Reason+")")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

func TestLookup(t *testing.T) {
	const sh = "#!/bin/sh\n"
	for _, test := range []struct {
		name       string
		dockerfile string
		files      map[string]string // a name that ends in * is executable
		look       string
		want       string
	}{
		// COPY of one file.
		{"copy", "COPY start.sh /start.sh", map[string]string{"start.sh": sh + "exec a\n"}, "/start.sh", "text exec a;"},
		{"copy renames", "COPY docker/entry.sh /start.sh", map[string]string{"docker/entry.sh": "a\n"}, "/start.sh", "text a;"},
		{"copy keeps the mode", "COPY start.sh /start.sh", map[string]string{"start.sh*": "a\n"}, "/start.sh", "text -rwxr-xr-x a;"},
		{"copy with --chmod", "COPY --chmod=555 start.sh /start.sh", map[string]string{"start.sh": "a\n"}, "/start.sh", "text -r-xr-xr-x a;"},
		{"copy with symbolic --chmod", "COPY --chmod=u=rwx,go=r start.sh /start.sh", map[string]string{"start.sh": "a\n"}, "/start.sh", "text -rwxr--r-- a;"},
		{"copy into a folder", "COPY start.sh /app/", map[string]string{"start.sh": "a\n"}, "/app/start.sh", "text a;"},
		{"copy into a folder that is there", "COPY start.sh /usr/local/bin", map[string]string{"start.sh": "a\n"}, "/usr/local/bin/start.sh", "text a;"},
		{"copy into the working directory", "WORKDIR /srv\nWORKDIR app\nCOPY start.sh .", map[string]string{"start.sh": "a\n"}, "/srv/app/start.sh", "text a;"},
		{"copy several", "COPY a.sh b.sh /bin/", map[string]string{"a.sh": "a\n", "b.sh": "b\n"}, "/bin/b.sh", "text b;"},
		{"copy in JSON form", `COPY ["my start.sh", "/start.sh"]`, map[string]string{"my start.sh": "a\n"}, "/start.sh", "text a;"},
		{"copy with variables", "ARG SCRIPT=start\nENV APP=/opt/app\nCOPY ${SCRIPT}.sh $APP/", map[string]string{"start.sh": "a\n"}, "/opt/app/start.sh", "text a;"},
		{"copy a quoted name", `COPY "start.sh" /`, map[string]string{"start.sh": "a\n"}, "/start.sh", "text a;"},
		{"the last copy counts", "COPY a.sh /start.sh\nCOPY b.sh /start.sh", map[string]string{"a.sh": "a\n", "b.sh": "b\n"}, "/start.sh", "text b;"},
		{"add", "ADD start.sh /", map[string]string{"start.sh": "a\n"}, "/start.sh", "text a;"},
		{"a program", "COPY app /app", map[string]string{"app*": "\x7fELF\x00"}, "/app", "program -rwxr-xr-x"},
		{"lower case", "copy start.sh /", map[string]string{"start.sh": "a\n"}, "/start.sh", "text a;"},

		// COPY of folders and patterns.
		{"copy a folder", "COPY root/ /", map[string]string{"root/usr/bin/start.sh": "a\n"}, "/usr/bin/start.sh", "text a;"},
		{"copy everything", "WORKDIR /app\nCOPY . .", map[string]string{"bin/start.sh": "a\n"}, "/app/bin/start.sh", "text a;"},
		{"copy everything, not there", "WORKDIR /app\nCOPY . .", nil, "/app/bin/start.sh", "opaque (nothing in the Dockerfile is seen to create /app/bin/start.sh)"},
		{"copy a pattern", "COPY *.sh /bin/", map[string]string{"start.sh": "a\n", "b.sh": "b\n"}, "/bin/start.sh", "text a;"},
		{"copy a pattern of folders", "COPY root-*/ /", map[string]string{"root-a/bin/start.sh": "a\n", "root-b/x": ""}, "/bin/start.sh", "text a;"},
		{"copy a pattern, one match renamed", "COPY start*.sh /run.sh", map[string]string{"start-v1.sh": "a\n"}, "/run.sh", "text a;"},
		{"copy --parents", "COPY --parents a/b/start.sh /opt/", map[string]string{"a/b/start.sh": "a\n"}, "/opt/a/b/start.sh", "text a;"},
		{"copy --parents with a pivot", "COPY --parents a/./b/start.sh /opt/", map[string]string{"a/b/start.sh": "a\n"}, "/opt/b/start.sh", "text a;"},
		{"copy --exclude", "COPY --exclude=*.sh scripts /opt/", map[string]string{"scripts/start.sh": "a\n"}, "/opt/start.sh", "opaque (nothing in the Dockerfile is seen to create /opt/start.sh)"},

		// What is missing.
		{"not in the context", "COPY start.sh /", nil, "/start.sh", "opaque (start.sh is not in the build context)"},
		{"a program that is not in the context", "COPY target/app /app", nil, "/app", "opaque (target/app is not in the build context)"},
		{"no match", "COPY target/*.jar /app.jar", nil, "/app.jar", "opaque (no file in the build context matches target/*.jar)"},
		{"a folder that is not in the context", "COPY dist/ /app/", nil, "/app/run.sh", "opaque (/app/run.sh may be in dist, which is not in the build context)"},
		{"a program in a folder that is not in the context", "COPY dist/ /app/", nil, "/app/run", "unseen"},
		{"another folder of PATH", "COPY start.sh /usr/bin/", map[string]string{"start.sh": ""}, "/usr/local/bin/start.sh", "unseen"},
		{"never outside", "COPY ../../../etc/passwd /etc/passwd", nil, "/etc/passwd", "opaque (etc/passwd is not in the build context)"},
		{"nothing creates it", "RUN true", nil, "/opt/run.sh", "opaque (nothing in the Dockerfile is seen to create /opt/run.sh)"},
		{"nothing creates the program", "RUN make install", nil, "/opt/run", "unseen"},
		{"ignored", "COPY start.sh /", map[string]string{"start.sh": "a\n", ".dockerignore": "*.sh\n"}, "/start.sh", "opaque (start.sh is not in the build context: .dockerignore leaves it out)"},
		{"not ignored again", "COPY start.sh /", map[string]string{"start.sh": "a\n", ".dockerignore": "*\n!start.sh\n"}, "/start.sh", "text a;"},
		{"ignored below a folder", "COPY . /", map[string]string{"bin/start.sh": "a\n", ".dockerignore": "bin\n"}, "/bin/start.sh", "opaque (bin/start.sh is not in the build context: .dockerignore leaves it out)"},
		{"the ignore file of the Dockerfile goes first", "COPY start.sh /", map[string]string{"start.sh": "a\n", ".dockerignore": "*\n", "Dockerfile.dockerignore": "nothing\n"}, "/start.sh", "text a;"},

		// Here-documents.
		{"copy a here-document", "COPY <<EOF /start.sh\n#!/bin/sh\nexec a\nEOF", nil, "/start.sh", "text -rw-r--r-- exec a;"},
		{"copy an executable here-document", "COPY --chmod=755 <<'EOF' /start.sh\n#!/bin/sh\nexec \"$@\"\nEOF", nil, "/start.sh", "text -rwxr-xr-x exec \"$@\";"},
		{"copy a here-document into a folder", "COPY <<start.sh /opt/\na\nstart.sh", nil, "/opt/start.sh", "text -rw-r--r-- a;"},
		{"variables of a here-document", "ENV A=one\nCOPY <<EOF /start.sh\n$A ${B} \\$C\nEOF", nil, "/start.sh", "text -rw-r--r-- one  $C;"},

		// Other stages and images.
		{"from another stage", "COPY --from=make /out/start.sh /\nFROM alpine AS make", nil, "/start.sh", ""},
		{"an external image", "COPY --from=registry.example/x /start.sh /", nil, "/start.sh", "opaque (/start.sh comes from the image registry.example/x)"},
		{"a download", "ADD https://example.com/start.sh /opt/", nil, "/opt/start.sh", "opaque -rw------- (/opt/start.sh is downloaded from https://example.com/start.sh)"},
		{"an archive", "ADD root.tar.gz /", map[string]string{"root.tar.gz": "\x1f"}, "/start.sh", "opaque (/start.sh may come out of root.tar.gz)"},

		// RUN.
		{"run mv", "COPY start.sh /tmp/\nRUN mv /tmp/start.sh /run.sh", map[string]string{"start.sh": "a\n"}, "/run.sh", "text a;"},
		{"run mv into a folder", "COPY start.sh /tmp/\nRUN mkdir /opt && mv /tmp/start.sh /opt/", map[string]string{"start.sh": "a\n"}, "/opt/start.sh", "text a;"},
		{"run mv of a pattern", "COPY start.sh /tmp/\nRUN mv /tmp/*.sh /opt", map[string]string{"start.sh": "a\n"}, "/opt/start.sh", "text a;"},
		{"run mv of a folder", "COPY bin /tmp/bin\nRUN mv /tmp/bin /opt/bin", map[string]string{"bin/start.sh": "a\n"}, "/opt/bin/start.sh", "text a;"},
		{"run cp -r", "COPY . /src\nRUN cp -r /src/. /opt", map[string]string{"bin/start.sh": "a\n"}, "/opt/bin/start.sh", "text a;"},
		{"run cp behind cd", "COPY start.sh /tmp/\nRUN cd /tmp && cp start.sh /run.sh", map[string]string{"start.sh": "a\n"}, "/run.sh", "text a;"},
		{"run install", "COPY start.sh /tmp/\nRUN install -m 0700 /tmp/start.sh /usr/local/bin/run", map[string]string{"start.sh": "a\n"}, "/usr/local/bin/run", "text -rwx------ a;"},
		{"run ln -s", "COPY start.sh /opt/\nRUN ln -s /opt/start.sh /run.sh", map[string]string{"start.sh": "a\n"}, "/run.sh", "text a; called start.sh"},
		{"run ln -s, relative", "COPY start.sh /opt/\nRUN ln -sf ../opt/start.sh /usr/run.sh", map[string]string{"start.sh": "a\n"}, "/usr/run.sh", "text a; called start.sh"},
		{"run ln -s into a folder", "COPY start.sh /usr/local/bin/\nRUN ln -s usr/local/bin/start.sh /", map[string]string{"start.sh": "a\n"}, "/start.sh", "text a;"},
		{"run ln -s of a folder", "COPY start.sh /opt/app-1/\nRUN ln -s app-1 /opt/app", map[string]string{"start.sh": "a\n"}, "/opt/app/start.sh", "text a;"},
		{"run ln -s in a circle", "RUN ln -s /a.sh /b.sh && ln -s /b.sh /a.sh", nil, "/a.sh", "missing called b.sh (its symbolic links lead in a circle)"},
		{"run chmod", "COPY start.sh /\nRUN chmod +x /start.sh", map[string]string{"start.sh": "a\n"}, "/start.sh", "text ---x--x--x a;"},
		{"run chmod of a pattern", "COPY . /opt\nRUN chmod 755 /opt/*.sh", map[string]string{"start.sh": "a\n"}, "/opt/start.sh", "text -rwxr-xr-x a;"},
		{"run chmod -R", "COPY . /opt\nRUN chmod -R 0755 /opt", map[string]string{"start.sh": "a\n"}, "/opt/start.sh", "text -rwxr-xr-x a;"},
		{"run chmod with braces", "COPY a.sh b.sh /\nRUN chmod 755 /{a,b}.sh", map[string]string{"a.sh": "a\n", "b.sh": ""}, "/a.sh", "text -rwxr-xr-x a;"},
		{"run chmod in a loop", "COPY . /opt\nRUN for f in /opt/*.sh; do chmod 755 \"$f\"; done", map[string]string{"start.sh": "a\n"}, "/opt/start.sh", "text -rwxr-xr-x a;"},
		{"run chmod on a condition", "COPY --chmod=644 a.sh /\nRUN if true; then chmod 755 /a.sh; fi", map[string]string{"a.sh": "a\n"}, "/a.sh", "text a;"},
		{"run chmod by find", "COPY --chmod=644 a.sh /\nRUN find / -name '*.sh' -exec chmod +x {} +", map[string]string{"a.sh": "a\n"}, "/a.sh", "text a;"},
		{"run chmod before the copy", "RUN chmod 755 /a.sh\nCOPY --chmod=644 a.sh /", map[string]string{"a.sh": "a\n"}, "/a.sh", "text -rw-r--r-- a;"},
		{"run chmod in exec form", "COPY a.sh /\nRUN [\"chmod\", \"755\", \"/a.sh\"]", map[string]string{"a.sh": "a\n"}, "/a.sh", "text -rwxr-xr-x a;"},
		{"run echo", "RUN echo '#!/bin/sh' > /a.sh && echo 'exec \"$@\"' >> /a.sh && chmod 755 /a.sh", nil, "/a.sh", "text -rwxr-xr-x exec \"$@\";"},
		{"run a group of echo", "RUN { echo '#!/bin/sh'; echo 'exec a'; } > /a.sh", nil, "/a.sh", "text -rw-r--r-- exec a;"},
		{"run printf", `RUN printf '#!/bin/sh\nexec %s\n' app > /a.sh`, nil, "/a.sh", "text -rw-r--r-- exec app;"},
		{"run cat", "RUN cat > /a.sh <<'EOF'\n#!/bin/sh\nexec \"$@\"\nEOF", nil, "/a.sh", "text -rw-r--r-- exec \"$@\";"},
		{"run cat, not quoted", "ENV A=one\nRUN cat <<EOF > /a.sh\n#!/bin/sh\n$A \\$B $C\nEOF", nil, "/a.sh", "text -rw-r--r-- one $B ;"},
		{"run tee", "RUN echo 'exec a' | tee /a.sh", nil, "/a.sh", "text -rw-r--r-- exec a;"},
		{"run with what is not known", "RUN echo \"exec $(which a)\" > /a.sh", nil, "/a.sh", "opaque (what is written to /a.sh cannot be known)"},
		{"run appends to a file", "COPY a.sh /\nRUN echo 'b' >> /a.sh", map[string]string{"a.sh": "a\n"}, "/a.sh", "text a;b;"},
		{"run dos2unix", "COPY a.sh /\nRUN dos2unix /a.sh", map[string]string{"a.sh": "a\r\n"}, "/a.sh", "text a ;"},
		{"run sed", "COPY a.sh /\nRUN sed -i 's/\\r$//' /a.sh", map[string]string{"a.sh": "a\r\n"}, "/a.sh", "text a ;"},
		{"run another sed", "COPY a.sh /\nRUN sed -i 's/x/y/' /a.sh", map[string]string{"a.sh": "a\r\n"}, "/a.sh", "text a\r;"},
		{"run rm", "COPY a.sh /\nRUN rm -f /a.sh", map[string]string{"a.sh": "a\n"}, "/a.sh", "missing (it is removed again)"},
		{"run curl", "RUN curl -fsSL -o /a.sh https://example.com/a.sh", nil, "/a.sh", "opaque (/a.sh is downloaded from https://example.com/a.sh)"},
		{"run curl to the output", "RUN curl -fsSL https://example.com/a.sh > /a.sh", nil, "/a.sh", "opaque (/a.sh is downloaded from https://example.com/a.sh)"},
		{"run wget", "WORKDIR /opt\nRUN wget https://example.com/a.sh", nil, "/opt/a.sh", "opaque (/opt/a.sh is downloaded from https://example.com/a.sh)"},
		{"run go build", "RUN go build -o /app .", nil, "/app", "program -rwxr-xr-x"},
		{"run with a mount", "RUN --mount=type=bind,source=a.sh,target=/a.sh cp /a.sh /b.sh", map[string]string{"a.sh": "a\n"}, "/b.sh", "opaque (nothing in the Dockerfile is seen to create /b.sh)"},
		{"onbuild says nothing", "ONBUILD COPY a.sh /", map[string]string{"a.sh": "a\n"}, "/a.sh", "opaque (nothing in the Dockerfile is seen to create /a.sh)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == "" {
				t.Skip("tested with several stages below")
			}
			fsys := fstest.MapFS{"Dockerfile": {Data: []byte("FROM alpine:3.20\n" + test.dockerfile + "\nCMD [\"/app\"]\n")}}
			for name, text := range test.files {
				file := &fstest.MapFile{Data: []byte(text)}
				if executable, ok := strings.CutSuffix(name, "*"); ok {
					name, file.Mode = executable, 0o755
				}
				fsys[name] = file
			}
			if got := described(connectFile(t, fsys, "Dockerfile", "").files.Lookup(test.look)); got != test.want {
				t.Errorf("Lookup(%s):\n got %s\nwant %s", test.look, got, test.want)
			}
		})
	}
}

func TestLookupStages(t *testing.T) {
	fsys := tree(map[string]string{"start.sh": "a\n", "Dockerfile": `
FROM alpine:3.20 AS make
COPY start.sh /src/
RUN mkdir /out && cp /src/start.sh /out/start.sh && go build -o /out/app .
COPY <<EOF /out/etc/run.sh
b
EOF

FROM scratch AS empty
COPY --from=make /out/ /opt/
COPY --from=0 /out/start.sh /renamed.sh
COPY --from=make /out/*.sh /pattern/
COPY --from=make /usr/lib/thing /thing
CMD ["/opt/app"]

FROM empty
COPY --from=empty /renamed.sh /twice.sh
COPY --from=later /x.sh /
`})
	files := connectFile(t, fsys, "Dockerfile", "").files
	for look, want := range map[string]string{
		"/opt/start.sh":     "text a;",
		"/opt/etc/run.sh":   "text -rw-r--r-- b;",
		"/opt/app":          "program -rwxr-xr-x",
		"/renamed.sh":       "text a;",
		"/pattern/start.sh": "text a;",
		"/thing":            "program",
		"/twice.sh":         "text a;",
		"/x.sh":             "opaque (/x.sh comes from the image later)",
		"/bin/sh":           "missing (scratch has no shell)",
		"/bin/bash":         "missing (bash is not installed in scratch)",
	} {
		if got := described(files.Lookup(look)); got != want {
			t.Errorf("Lookup(%s):\n got %s\nwant %s", look, got, want)
		}
	}
}

func TestLookupShells(t *testing.T) {
	for _, test := range []struct{ dockerfile, look, want string }{
		{"FROM alpine:3.20", "/bin/sh", "shell -rwxr-xr-x busybox ash called busybox"},
		{"FROM alpine:3.20", "/bin/bash", "missing (bash is not installed in alpine:3.20)"},
		{"FROM alpine:3.20\nRUN apk add --no-cache bash", "/bin/bash", "shell -rwxr-xr-x bash"},
		{"FROM alpine:3.20\nRUN apk add --no-cache bash && ln -sf /bin/bash /bin/sh", "/bin/sh", "shell -rwxr-xr-x bash as sh called bash"},
		{"FROM alpine:3.20\nRUN ./install.sh", "/bin/bash", "shell -rwxr-xr-x bash"},
		{"FROM debian:12", "/bin/sh", "shell -rwxr-xr-x dash"},
		{"FROM debian:12", "/usr/bin/sh", "shell -rwxr-xr-x dash"},
		{"FROM debian:12", "/bin/bash", "shell -rwxr-xr-x bash"},
		{"FROM debian:12\nRUN ln -sf bash /bin/sh", "/bin/sh", "shell -rwxr-xr-x bash as sh called bash"},
		{"FROM debian:12\nRUN ln -sf bash /bin/sh", "/usr/bin/sh", "shell -rwxr-xr-x bash as sh called bash"},
		{"FROM debian:12", "/bin/zsh", "missing (zsh is not installed in debian:12)"},
		{"FROM debian:12\nRUN apt-get update && apt-get install -y zsh", "/usr/bin/zsh", "shell -rwxr-xr-x zsh"},
		{"FROM registry.example/unknown", "/bin/sh", "shell -rwxr-xr-x"},
		{"FROM registry.example/unknown", "/bin/bash", "shell -rwxr-xr-x bash"},
		{"FROM scratch", "/bin/sh", "missing (scratch has no shell)"},
		{"FROM scratch\nADD root.tar.xz /", "/bin/sh", "shell -rwxr-xr-x"},
		{"FROM scratch\nCOPY --from=busybox /bin/sh /bin/sh", "/bin/sh", "shell busybox ash"},
		{"FROM alpine:3.20", "/sbin/tini", "missing (tini is not installed in alpine:3.20)"},
		{"FROM alpine:3.20\nRUN apk add --no-cache tini", "/sbin/tini", "program -rwxr-xr-x"},
		{"FROM alpine:3.20\nRUN apk add --no-cache tini", "/usr/bin/tini", "missing (tini is not installed in alpine:3.20)"},
		{"FROM alpine:3.20\nADD https://github.com/krallin/tini/releases/download/v0.19.0/tini-static /init\nRUN chmod +x /init", "/init", "program -rwx--x--x called tini"},
		{"FROM alpine:3.20\nCOPY --from=some/tini /tini /sbin/tini", "/sbin/tini", "program"},
	} {
		files := connectFile(t, tree(map[string]string{"root.tar.xz": "x", "Dockerfile": test.dockerfile + "\nENTRYPOINT [\"app\"]\n"}), "Dockerfile", "").files
		if got := described(files.Lookup(test.look)); got != test.want {
			t.Errorf("%s\nLookup(%s):\n got %s\nwant %s", test.dockerfile, test.look, got, test.want)
		}
	}
}

// TestPlaces checks that the parts of a script in a Dockerfile have their exact places.
func TestPlaces(t *testing.T) {
	for name, dockerfile := range map[string]string{
		"copy": "COPY <<'EOF' /a.sh\n#!/bin/sh\nset -e\nexec  app\nEOF",
		"run":  "RUN set -e; cat > /a.sh <<'EOF'\n#!/bin/sh\nset -e\nexec  app\nEOF",
		"tee":  "RUN tee /a.sh <<'EOF' && true\nset -e\nexec  app\nEOF",
	} {
		t.Run(name, func(t *testing.T) {
			script := connectFile(t, tree(map[string]string{"Dockerfile": "FROM debian:12\n" + dockerfile + "\nCMD [\"/a.sh\"]\n"}), "Dockerfile", "").files.Lookup("/a.sh").Script
			if script == nil || script.Tree == nil {
				t.Fatalf("no script: %+v", script)
			}
			stmts := script.Tree.Stmts
			if got := script.NodeSpan(stmts[len(stmts)-1]).Text(); got != "exec  app" {
				t.Errorf("the last command stands at %q", got)
			}
		})
	}
}

func TestContext(t *testing.T) {
	for _, test := range []struct {
		name       string
		dockerfile string // its path
		text       string
		files      []string
		want       string
	}{
		{"its own folder", "api/Dockerfile", "COPY start.sh /", []string{"api/start.sh", "start.sh"}, "api"},
		{"the root", "docker/Dockerfile", "COPY docker/start.sh /", []string{"docker/start.sh"}, "."},
		{"a folder between", "services/api/docker/Dockerfile", "COPY docker/start.sh src/ /", []string{"services/api/docker/start.sh", "services/api/src/x"}, "services/api"},
		{"the most count", "docker/Dockerfile", "COPY README .\nCOPY docker/start.sh src /app/", []string{"docker/README", "README", "src/a", "docker/start.sh"}, "."},
		{"generated files say nothing", "api/Dockerfile", "COPY dist /app\nCOPY start.sh /", []string{"api/start.sh"}, "api"},
		{"earlier stages count", "docker/Dockerfile", "COPY go.mod .\nFROM alpine\nCOPY start.sh /", []string{"go.mod", "docker/start.sh", "start.sh"}, "."},
		{"another stage does not", "api/Dockerfile", "FROM alpine AS b\nFROM alpine\nCOPY --from=b x /", []string{"x"}, "api"},
		{"nothing is copied", "api/Dockerfile", "RUN true", []string{"x"}, "api"},
		{"only the dot", "api/Dockerfile", "COPY . /app", []string{"x"}, "api"},
		{"only the dot, and a script that the root has", "docker/Dockerfile", "COPY . /app\nENTRYPOINT [\"/app/start.sh\"]", []string{"start.sh"}, "."},
		{"only the dot, and a script that both have", "docker/Dockerfile", "COPY . /app\nENTRYPOINT [\"/app/start.sh\"]", []string{"start.sh", "docker/start.sh"}, "docker"},
		{"patterns", "docker/Dockerfile", "COPY conf/*.sh /", []string{"conf/a.sh"}, "."},
	} {
		files := map[string]string{test.dockerfile: "FROM alpine\n" + test.text + "\nCMD [\"app\"]\n"}
		for _, name := range test.files {
			files[name] = ""
		}
		fsys := tree(files)
		image := connectFile(t, fsys, test.dockerfile, "").files.(launchFiles).files
		image.lookup("/app/start.sh")
		if got := image.build.context.dir; got != test.want {
			t.Errorf("%s: the context is %s, want %s", test.name, got, test.want)
		}
	}
}

func TestIntricate(t *testing.T) {
	var text strings.Builder
	text.WriteString("FROM alpine\nRUN true")
	for range 60 {
		text.WriteString(" && cp -r /a/b /a && cp -r /a /a/b")
	}
	text.WriteString("\nENTRYPOINT [\"/a/b/b/b/b/x.sh\"]\n")
	entry := connectFile(t, tree(map[string]string{"Dockerfile": text.String()}), "Dockerfile", "").files.Lookup("/a/b/b/b/b/x.sh")
	if entry.Kind != process.Opaque {
		t.Errorf("got %s", described(entry))
	}
	if image.DefaultPath == "" {
		t.Error("no path")
	}
}
