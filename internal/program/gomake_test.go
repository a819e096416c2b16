package program

import (
	"strings"
	"testing"

	"github.com/pid1lint/pid1lint/parser"
)

// TestMake reads recipes. What is not known of a command is written "$", and one of which nothing is known "?".
func TestMake(t *testing.T) {
	const plain = "build:\n\tgo build -o app .\n"
	for _, test := range []struct{ name, makefile, command, want string }{
		{"a target", plain, "make build", "go build -o app ."},
		{"the first target", ".PHONY: build\n" + plain + "test:\n\tgo test ./...\n", "make", "go build -o app ."},
		{"in a folder", plain, "make -C sub build", "?"},
		{"another target", plain, "make other", "?"},
		{"variables", "APP := shop\nBIN = $(APP)\nbuild:\n\t@CGO_ENABLED=0 go build -o bin/${BIN} ./cmd/$@\n", "make build", "go build -o bin/shop ./cmd/build"},
		{"a variable of the command line", "APP = a\nbuild:\n\tgo build -o $(APP)\n", "make build APP=b", "go build -o b"},
		{"a variable that is not known", "V := $(shell git describe $(X))\nF = \"-X main.v=$(V)\"\nbuild:\n\tgo build -ldflags=$(F) -o app .\n", "make build", "go build $-ldflags=-X main.v=$ -o app ."},
		{"a variable of the environment", "APP ?= shop\nbuild:\n\tgo build -o $(APP)\n", "make build", "go build -o $$"},
		{"a variable of the shell", "build:\n\tgo build -o $$APP\n", "make build", "go build -o $$APP"},
		{"a variable that is added to", "F = a\nF += b\nbuild:\n\tgo build $(F)\n", "make build", "go build $$"},
		{"a variable under a condition", "ifeq ($(CI),true)\nAPP = a\nelse\nAPP = b\nendif\nbuild:\n\tgo build -o $(APP)\n", "make build", "go build -o $$"},
		{"a variable of a target", "build: APP = a\nbuild: ## builds it\n\tgo build -o $(APP) # now\n", "make build", "?"},
		{"a variable of a target, without a comment", "build: APP = a\nbuild: ## builds it\n\tgo build -o $(APP)\n", "make build", "go build -o a"},
		{"what is needed", "all: generate build\ngenerate:\n\tgo generate ./...\n" + plain, "make all", "go generate ./... | go build -o app ."},
		{"a recipe under a condition", "ifdef X\n" + plain + "endif\n", "make build", "?"},
		{"a rule that is written twice", plain + plain, "make build", "?"},
		{"an include", "include common.mk\n" + plain, "make build", "?"},
		{"a template", "$(eval $(call x))\n" + plain, "make build", "?"},
		{"several lines", "build:\n\tgo build \\\n\t\t-o app \\\n\t\t.\n", "make build", "go build -o app ."},
		{"another folder", "build:\n\tcd cmd/app && go build -o ../app\n", "make build", "/src/cmd/app: cd cmd/app | /src/cmd/app: go build -o ../app"},
		{"a folder that is not known", "build:\n\tcd $$D && go build\n", "make build", "?"},
		{"a pipe", "build:\n\tgo build -o app . | tee log\n", "make build", "?"},
		{"quotes that do not end", "build:\n\tgo build -o 'app\n", "make build", "?"},
		{"where go install writes", "export GOBIN=/bin\nbuild:\n\tgo install .\n", "make build", "?"},
		{"an option that is not known", plain, "make -f other.mk build", "?"},
		{"a file that is needed", "build: main.go\n\tgo build\n", "make build", "go build"},
		{"a file that a pattern may make", "%.pb.go: %.proto\n\tprotoc $<\nbuild: x.pb.go\n\tgo build\n", "make build", "? | go build"},
		{"a rule that needs itself", "build: build\n\tgo build\n", "make build", "go build"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := BuildCommand{Dir: "/src", Sure: true}
			for _, word := range strings.Fields(test.command) {
				c.Args = append(c.Args, parser.Word{Text: word, Known: true})
			}
			var have []string
			for _, c := range made([]BuildCommand{c}, memory{"/src/Makefile": {Path: "Makefile", Src: test.makefile}}) {
				if c.Args[0].Text == "make" || !c.Args[0].Known {
					have = append(have, "?")
					continue
				}
				text := ""
				if c.Dir != "/src" {
					text = c.Dir + ": "
				}
				for i, word := range c.Args {
					if i > 0 {
						text += " "
					}
					if !word.Known {
						text += "$"
					}
					text += word.Text
				}
				have = append(have, text)
			}
			if got := strings.Join(have, " | "); got != test.want {
				t.Errorf("have %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestMakeDoubling has variables of which each doubles the next.
func TestMakeDoubling(t *testing.T) {
	src := "build:\n\tgo build $(A)\n"
	for c := 'A'; c < 'Z'; c++ {
		src += string(c) + " = " + strings.Repeat("$("+string(c+1)+")", 8) + "\n"
	}
	m := readMakefile(src)
	m.make("build", true, 0)
	if len(m.commands) != 1 || m.expanded > 10*maxExpanded {
		t.Errorf("%d texts are expanded for %d commands", m.expanded, len(m.commands))
	}
}

// FuzzMake: whatever stands in a Makefile, it is read.
func FuzzMake(f *testing.F) {
	for _, text := range []string{"build:\n\tgo build -o app .\n", "A = $(A", "a: b; c\nb: ; d", "\tx", "a:=b", "$(", "a: $(b)\n\t$(c $(d)) && cd \\", "ifdef\na:\n\t'"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := BuildCommand{Dir: "/src", Sure: true, Args: []parser.Word{{Text: "make", Known: true}}}
		for _, command := range made([]BuildCommand{c}, memory{"/src/Makefile": {Path: "Makefile", Src: text}}) {
			if len(command.Args) == 0 {
				t.Error("a command without a program")
			}
		}
	})
}
