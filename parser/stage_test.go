package parser

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// showConfig writes what is set in a Config, a line for each.
func showConfig(c Config) string {
	var lines []string
	command := func(name string, c Command) {
		switch c.Form {
		case ExecForm:
			lines = append(lines, fmt.Sprintf("%s %q", name, Texts(c.Words)))
		case ShellForm:
			shell := "default"
			if c.Shell != nil {
				shell = strings.Join(Texts(c.Shell), " ")
			}
			lines = append(lines, fmt.Sprintf("%s %s [%s]", name, c.Instruction.Args.Text(), shell))
		}
		if c.Form != NoForm && c.Instruction == nil {
			lines[len(lines)-1] += " of the base image"
		}
	}
	command("entrypoint", c.Entrypoint)
	command("cmd", c.Cmd)
	for name, word := range map[string]Word{"user": c.User, "stopsignal": c.StopSignal} {
		if word.Text != "" {
			lines = append(lines, fmt.Sprintf("%s %s known=%t", name, word.Text, word.Known))
		}
	}
	if c.Shell != nil {
		lines = append(lines, fmt.Sprintf("shell %q", Texts(c.Shell)))
	}
	if c.Workdir != "/" {
		lines = append(lines, "workdir "+c.Workdir)
	}
	if c.WorkdirUnknown {
		lines = append(lines, "workdir unknown")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		line := "env " + name + "=" + c.Env[name]
		if c.Unresolved[name] {
			line += " ?"
		}
		lines = append(lines, line)
	}
	if c.Healthcheck != nil {
		lines = append(lines, c.Healthcheck.Span.Text())
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestConfigure(t *testing.T) {
	base := Config{
		Entrypoint: Command{Form: ExecForm, Words: []Word{{Text: "/base.sh", Known: true}}},
		Cmd:        Command{Form: ExecForm, Words: []Word{{Text: "base", Known: true}}},
		Env:        map[string]string{"PATH": "/bin", "HOME": "$X/home"},
		Unresolved: map[string]bool{"HOME": true},
	}
	args := map[string]string{"given": "G", "TARGETARCH": "riscv64"}
	for _, test := range []struct{ name, src, want string }{
		{"nothing", "FROM a", `
			entrypoint ["/base.sh"] of the base image
			cmd ["base"] of the base image
			env HOME=$X/home ?
			env PATH=/bin`},
		{"cmd keeps the entrypoint", "FROM a\nENV HOME=h PATH=p\nCMD b c", `
			entrypoint ["/base.sh"] of the base image
			cmd b c [default]
			env HOME=h
			env PATH=p`},
		{"entrypoint drops the cmd of the base", "FROM a\nENV HOME=h PATH=p\nENTRYPOINT [\"b\"]", `
			entrypoint ["b"]
			env HOME=h
			env PATH=p`},
		{"entrypoint keeps the cmd of the stage", "FROM scratch\nCMD [\"c\"]\nENTRYPOINT b", `
			entrypoint b [default]
			cmd ["c"]
			env HOME=$X/home ?
			env PATH=/bin`},
		{"entrypoint drops the cmd of the stage before", "FROM a AS x\nENV HOME=h PATH=p\nCMD [\"c\"]\nFROM X\nENTRYPOINT b", `
			entrypoint b [default]
			env HOME=h
			env PATH=p`},
		{"cmd of the stage before", "FROM a AS x\nENV HOME=h PATH=p\nENTRYPOINT d\nCMD [\"c\"]\nFROM x", `
			entrypoint d [default]
			cmd ["c"]
			env HOME=h
			env PATH=p`},
		{"resets", "FROM a\nENV HOME=h PATH=p\nENTRYPOINT []\nCMD []", `
			entrypoint []
			cmd []
			env HOME=h
			env PATH=p`},
		{"shell in force", "FROM a AS x\nENV HOME=h PATH=p\nENTRYPOINT b\nSHELL [\"bash\", \"-c\"]\nFROM x\nCMD c\nSHELL [\"zsh\"]", `
			entrypoint b [default]
			cmd c [bash -c]
			shell ["zsh"]
			env HOME=h
			env PATH=p`},
		{"other settings", "FROM a\nENV HOME=h PATH=p\nARG U=u\nUSER ${U}:g\nSTOPSIGNAL \"SIGINT\"\nHEALTHCHECK CMD x", `
			entrypoint ["/base.sh"] of the base image
			cmd ["base"] of the base image
			user u:g known=true
			stopsignal SIGINT known=true
			HEALTHCHECK CMD x
			env HOME=h
			env PATH=p`},
		{"settings that are not known", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p\nUSER $U\nARG S\nSTOPSIGNAL $S\nWORKDIR $D/x\nHEALTHCHECK CMD x\nHEALTHCHECK none", `
			entrypoint []
			user $U known=false
			stopsignal $S known=false
			workdir /$D/x
			workdir unknown
			env HOME=h
			env PATH=p`},
		{"workdir", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p\nWORKDIR /a/\nWORKDIR \"b c\"\nWORKDIR ../d", `
			entrypoint []
			workdir /a/d
			env HOME=h
			env PATH=p`},
		{"workdir behind one that is not known", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p\nWORKDIR a/$U\nWORKDIR b", `
			entrypoint []
			workdir /a/$U/b
			workdir unknown
			env HOME=h
			env PATH=p`},
		{"absolute workdir", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p\nWORKDIR a/$U\nWORKDIR /b", `
			entrypoint []
			workdir /b
			env HOME=h
			env PATH=p`},
		{"env", `FROM a
			ENTRYPOINT []
			ENV HOME=h PATH=/x:$PATH
			ENV PATH=/y:${PATH} a=1 b=$a
			ENV c=$a$HOME d='$a' e="$a" f=\$a g=${none:-2}
			ENV h $none  "$a"
			ENV c=${c}3 i=$none:$c j=$i`, `
			entrypoint []
			env PATH=/y:/x:/bin
			env HOME=h
			env a=1
			env b=$a ?
			env c=1h3
			env d=$a
			env e=1
			env f=$a
			env g=${none:-2} ?
			env h=$none  1 ?
			env i=$none:1h ?
			env j=$i ?`},
		{"env that is accumulated", "FROM a\nENTRYPOINT []\nENV HOME=/x:$HOME P=/a:$P\nENV P=/b:$P", `
			entrypoint []
			env HOME=/x:$X/home ?
			env P=/b:/a:$P ?
			env PATH=/bin`},
		{"scratch has nothing", "FROM scratch\nENTRYPOINT []\nENV HOME=h L=/a:$L M=${L2:-b}", `
			entrypoint []
			env HOME=h
			env L=/a:
			env M=b
			env PATH=/bin`},
		{"args", `ARG g=1
			ARG given=2
			ARG h
			FROM a
			ENTRYPOINT []
			ENV HOME=h PATH=p
			ENV a=$g$given
			ARG g
			ARG given
			ARG h
			ARG i=$g/${given}
			ARG j=x
			ARG j=y
			ENV b=$g c=$given d=$h e=$i f=${h:-z} k=$j`, `
			entrypoint []
			env HOME=h
			env PATH=p
			env a=$g$given ?
			env b=1
			env c=G
			env d=$h ?
			env e=1/G
			env f=z
			env k=y`},
		{"an arg hides an env in what follows", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p A=1\nARG A=2\nENV B=$A", `
			entrypoint []
			env A=1
			env B=2
			env HOME=h
			env PATH=p`},
		{"args of the stage before", "FROM a AS x\nENTRYPOINT []\nARG A=1 B=2\nENV HOME=h PATH=p B=3\nARG B=4\nFROM x\nENV C=$A$B", `
			entrypoint []
			env B=3
			env C=13
			env HOME=h
			env PATH=p`},
		{"platform args", "FROM a\nENTRYPOINT []\nARG TARGETARCH TARGETOS\nARG BUILDARCH=amd64\nENV HOME=h PATH=p A=$TARGETARCH B=${TARGETOS:-linux} C=$BUILDARCH", `
			entrypoint []
			env A=riscv64
			env B=${TARGETOS:-linux} ?
			env C=amd64
			env HOME=h
			env PATH=p`},
		{"what cannot be expanded", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p A=\"b C=${d", `
			entrypoint []
			env A="b C=${d ?
			env HOME=h
			env PATH=p`},
		{"onbuild", `FROM a AS x
			ENTRYPOINT ["x"]
			ENV HOME=h PATH=p A=1
			ONBUILD ENV B=$A$A2
			ONBUILD CMD ["triggered"]
			ONBUILD WORKDIR
			FROM x AS y
			ENTRYPOINT ["y"]
			FROM y`, `
			entrypoint ["y"]
			cmd ["triggered"]
			env A=1
			env B=1$A2 ?
			env HOME=h
			env PATH=p`},
		{"onbuild says nothing about its own image", "FROM a\nENTRYPOINT []\nENV HOME=h PATH=p\nONBUILD CMD b", `
			entrypoint []
			env HOME=h
			env PATH=p`},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := parse(t, test.src)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(strings.TrimSpace(test.want)) {
				want = append(want, strings.TrimSpace(line))
			}
			slices.Sort(want)
			got := showConfig(d.Stage("").Configure(base, args))
			if diff := cmp.Diff(strings.Join(want, "\n"), got); diff != "" {
				t.Error(diff)
			}
			if len(base.Env) != 2 || len(base.Unresolved) != 1 {
				t.Fatal("the base is changed")
			}
		})
	}
}

func TestScratchHasAPath(t *testing.T) {
	d, err := parse(t, "FROM scratch\nENV PATH=/x:$PATH\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Stages[0].Configure(Config{}, nil).Env["PATH"]; got != "/x:"+defaultPath {
		t.Errorf("PATH is %s", got)
	}
}

func TestStages(t *testing.T) {
	d, err := parse(t, strings.Join([]string{
		"ARG VERSION=12",
		"ARG BASE=debian:${VERSION} MODE=prod EMPTY",
		"FROM ${BASE}-slim AS Build",
		"FROM --platform=$BUILDPLATFORM build AS prod",
		`FROM "alpine" AS dev`,
		"FROM $MODE AS build",
		"FROM ${REGISTRY:-docker.io}/a:$EMPTY",
		"FROM --platform=linux/${ARCH:-arm64} BUILD",
		"FROM later AS x",
		"FROM scratch AS later",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{
		"build: debian:12-slim known=true parent=-1",
		"prod: build known=true parent=0 platform=$BUILDPLATFORM",
		"dev: alpine known=true parent=-1",
		"build: prod known=true parent=1",
		": ${REGISTRY:-docker.io}/a:$EMPTY known=false parent=-1",
		": BUILD known=true parent=3 platform=linux/arm64",
		"x: later known=true parent=-1",
		"later: scratch known=true parent=-1",
	} {
		s := d.Stages[n]
		parent := -1
		if s.Parent != nil {
			parent = s.Parent.Index
		}
		got := fmt.Sprintf("%s: %s known=%t parent=%d", s.Name, s.Base.Text, s.Base.Known, parent)
		if s.Platform != "" {
			got += " platform=" + s.Platform
		}
		if got != want {
			t.Errorf("stage %d is %s, want %s", n, got, want)
		}
	}
	if base, parent := d.Stages[3].BaseFor(map[string]string{"MODE": "Dev"}); base.Text != "Dev" || parent != d.Stages[2] {
		t.Errorf("with MODE=Dev it is FROM %s", base.Text)
	}
	if base, _ := d.Stages[0].BaseFor(map[string]string{"VERSION": "13", "REGISTRY": "x"}); base.Text != "debian:13-slim" {
		t.Errorf("with VERSION=13 it is FROM %s", base.Text)
	}
	for name, want := range map[string]int{"": 7, "build": 3, "PROD": 1, "0": 0, "7": 7, "8": -1, "-1": -1, "none": -1} {
		got := -1
		if s := d.Stage(name); s != nil {
			got = s.Index
		}
		if got != want {
			t.Errorf("Stage(%q) has index %d, want %d", name, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	d, err := parse(t, strings.Join([]string{
		"ARG g=1",
		"FROM a AS x",
		"ENV A=1",
		"COPY a b",
		"ENV A=2 D=/d",
		"FROM x",
		"WORKDIR $D",
		"ENV A=3",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	copied, workdir := d.Stages[0].Instructions[1], d.Stages[1].Instructions[0]
	for _, test := range []struct {
		stage *Stage
		at    *Instruction
		text  string
		want  string
		known bool
	}{
		{d.Stages[0], copied, "$A", "1", true},
		{d.Stages[1], workdir, `"$A b"`, "2 b", true},
		{d.Stages[1], workdir, "$D/\\\n# c\n ${A}'$A'", "/d/ 2$A", true},
		{d.Stages[1], workdir, "$A$g", "2$g", false},
		{d.Stages[1], workdir, "plain", "plain", true},
		{d.Stages[1], workdir, "a\xff$A", "a\xff$A", false},
		{d.Stages[1], d.Stages[1].From, "$g", "1", true},
		{d.Stages[1], d.Stages[1].From, "$A", "$A", false},
	} {
		if got, known := test.stage.Resolve(test.at, test.text); got != test.want || known != test.known {
			t.Errorf("%q at %s is %q, known %t", test.text, test.at.Span.Text(), got, known)
		}
	}
}

func TestWalk(t *testing.T) {
	d, err := parse(t, strings.Join([]string{
		"FROM a AS x",
		"WORKDIR /a",
		"ONBUILD COPY $b d/",
		"COPY a b",
		"FROM x",
		"WORKDIR c",
		"ONBUILD COPY a b",
		"CMD x",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	d.Stage("").Walk(Config{Env: map[string]string{"b": "B"}}, nil, func(i *Instruction, scope *Scope) {
		words := []string{i.Name}
		for _, w := range i.Words {
			text, _ := scope.Resolve(w.Span.Text())
			words = append(words, text)
		}
		got = append(got, fmt.Sprintf("%d %s: %s", scope.Stage.Index, scope.Config.Workdir, strings.Join(words, " ")))
	})
	want := []string{"0 /: WORKDIR /a", "0 /a: COPY a b", "1 /a: COPY B d/", "1 /a: WORKDIR c", "1 /a/c: CMD"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVariable(t *testing.T) {
	d, err := parse(t, "ARG g=1\nFROM scratch\nARG g\nARG unset\nARG TARGETARCH\nENV a=x b=$unset c= d=${TARGETARCH}y\nRUN x\n\nFROM image\nENV a=$none\nRUN y\n")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"a=x b=? c= d=? g=1 unset=? TARGETARCH=? none=", "a=? b=? c=? d=? g=? unset=? TARGETARCH=? none=?"} {
		d.Stages[n].Walk(Config{}, nil, func(i *Instruction, scope *Scope) {
			if i.Name != "RUN" {
				return
			}
			var got []string
			for _, name := range []string{"a", "b", "c", "d", "g", "unset", "TARGETARCH", "none"} {
				checkVariable(t, scope, name)
				value, known := scope.Variable(name)
				if !known {
					value = "?"
				}
				got = append(got, name+"="+value)
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("stage %d (-want +got):\n%s", n, diff)
			}
		})
	}
}

// checkVariable checks that a variable is what a word that names it means.
func checkVariable(t *testing.T, scope *Scope, name string) {
	t.Helper()
	value, known := scope.Variable(name)
	want, wantKnown := scope.Resolve("${" + name + "}")
	if known != wantKnown || known && value != want {
		t.Errorf("%s is %q, %t, but ${%s} means %q, %t", name, value, known, name, want, wantKnown)
	}
}

// TestPlatformStage checks that FROM finds the stage for a platform, which differs from that of others in what it installs.
func TestPlatformStage(t *testing.T) {
	src := "FROM debian:12 AS base-amd64\nCMD [\"app\"]\nFROM debian:12 AS base-arm64\nCMD [\"app\"]\nFROM base-${TARGETARCH}\n"
	d, err := ParseDockerfile(&File{Path: "Dockerfile", Src: src})
	if err != nil {
		t.Fatal(err)
	}
	if _, parent := d.Stage("").BaseFor(nil); parent == nil || parent.Name != "base-amd64" {
		t.Errorf("the parent is %+v", parent)
	}
	if _, parent := d.Stage("").BaseFor(map[string]string{"TARGETARCH": "arm64"}); parent == nil || parent.Name != "base-arm64" {
		t.Errorf("the parent for arm64 is %+v", parent)
	}
}
