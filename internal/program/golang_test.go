package program

import (
	"slices"
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
)

// TestGoBuilds: which package a command makes a program of.
func TestGoBuilds(t *testing.T) {
	for _, test := range []struct{ command, target, want string }{
		{"go build", "/src/app", "/src"},
		{"go build .", "/src/app", "/src"},
		{"go build", "/other/app", ""},
		{"go build -o app", "/src/app", "/src"},
		{"go build -o app", "/src/other", ""},
		{"go build -o=app ./cmd/app", "/src/app", "/src/cmd/app"},
		{"go build -v -a -ldflags -s -mod=vendor -o /out/app ./cmd/app", "/out/app", "/src/cmd/app"},
		{"go build -o /bin/app .", "/usr/bin/app", "/src"},
		{"go build -o /out/ ./cmd/one ./cmd/two", "/out/two", "/src/cmd/two"},
		{"go build -o /out ./cmd/one ./cmd/two", "/out/one", "/src/cmd/one"},
		{"go build -o /out/ ./...", "/out/two", "/src"},
		{"go build -C sub -o app ./cmd", "/src/sub/app", "/src/sub/cmd"},
		{"go build -o app main.go util.go", "/src/app", "/src main.go util.go"},
		{"go build ./cmd/main.go", "/src/main", "/src/cmd main.go"},
		{"go build -o app *.go", "/src/app", "/src"},
		{"go build -o bin/app cmd/app/*", "/src/bin/app", "/src/cmd/app"},
		{"go build cmd/app/*", "/src/app", ""},
		{"go build -o app example.com/app/cmd", "/src/app", "example.com/app/cmd"},
		{"go build -tags netgo,prod -o app .", "/src/app", "/src [netgo prod]"},
		{"go build -o app $FLAGS .", "/src/app", ""},
		{"go build -o $NAME .", "/src/app", ""},
		{"go build -ldflags $FLAGS -o app .", "/src/app", "/src"},
		{"go build -overlay x.json -o app .", "/src/app", ""},
		{"go install ./cmd/app", "/go/bin/app", "/src/cmd/app"},
		{"go install example.com/tool@latest", "/go/bin/tool", ""},
		{"xx-go build -o app .", "/src/app", "/src"},
		{"go vet -o app .", "/src/app", ""},
		{"gcc -o app .", "/src/app", ""},
	} {
		c := BuildCommand{Dir: "/src", Sure: true}
		for _, word := range strings.Fields(test.command) {
			c.Args = append(c.Args, parser.Word{Text: word, Known: !strings.HasPrefix(word, "$")})
		}
		b, ok := goBuildOf(c, test.target)
		got := ""
		if ok {
			got = b.dir
			for _, file := range b.files {
				got += " " + file[strings.LastIndexByte(file, '/')+1:]
			}
			if b.tags != nil {
				got += " [" + strings.Join(b.tags, " ") + "]"
			}
		}
		if got != test.want {
			t.Errorf("%s makes %s of %q, want %q", test.command, test.target, got, test.want)
		}
		c.Sure = false
		if _, ok := goBuildOf(c, test.target); ok {
			t.Errorf("%s is not sure to be run", test.command)
		}
	}
}

// TestGoModules: the table is in order, and finds packages below a module and none of another major version.
func TestGoModules(t *testing.T) {
	var names []string
	for line := range strings.Lines(goModules) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[1][0] != 'v' {
			t.Fatalf("%q has no version", line)
		}
		names = append(names, fields[0])
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("the lines are not in order, or one is there twice")
	}
	for imported, want := range map[string]bool{
		"github.com/gin-gonic/gin":                                 true,
		"github.com/gin-gonic/gin/binding":                         true,
		"github.com/gin-gonic/ginger":                              false,
		"github.com/labstack/echo/v4/middleware":                   true,
		"github.com/labstack/echo/v9":                              false,
		"github.com/go-chi/chi":                                    true,
		"github.com/go-chi/chi/v5":                                 true,
		"github.com/go-chi/chi/v9":                                 false,
		"github.com/golang-migrate/migrate/v4/database/sqlite":     false,
		"github.com/golang-migrate/migrate/v4/database/postgresql": true,
		"example.com/anything":                                     false,
		"#":                                                        false,
	} {
		if _, ok := goModuleOf(imported); ok != want {
			t.Errorf("%s: got %v", imported, ok)
		}
	}
}
