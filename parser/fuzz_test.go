package parser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

func FuzzDockerfile(f *testing.F) {
	for _, src := range seeds {
		f.Add(src)
		f.Add(strings.ReplaceAll(src, "\n", "\r\n"))
		f.Add("# escape=`\n" + strings.ReplaceAll(src, "\\\n", "`\n"))
	}
	f.Fuzz(func(t *testing.T, src string) {
		first, err := parse(t, src)
		second, again := parse(t, src)
		if fmt.Sprint(err) != fmt.Sprint(again) {
			t.Fatalf("one time %v, the other %v", err, again)
		}
		if err != nil {
			return
		}
		for n, stage := range first.Stages {
			one, other := stage.Configure(Config{}, nil), second.Stages[n].Configure(Config{}, nil)
			if fmt.Sprint(one.Env, one.Unresolved, one.Workdir, Texts(one.Entrypoint.Words), Texts(one.Cmd.Words)) !=
				fmt.Sprint(other.Env, other.Unresolved, other.Workdir, Texts(other.Entrypoint.Words), Texts(other.Cmd.Words)) {
				t.Errorf("one time %v, the other %v", one, other)
			}
			stage.Walk(Config{}, nil, func(_ *Instruction, scope *Scope) {
				for _, name := range []string{"A", "B", "a", "b", "g", "PATH", "TARGETARCH", "none"} {
					checkVariable(t, scope, name)
				}
			})
			for m, i := range stage.Instructions {
				if i.Span.Text() != second.Stages[n].Instructions[m].Span.Text() {
					t.Errorf("one time %q, the other %q", i.Span.Text(), second.Stages[n].Instructions[m].Span.Text())
				}
			}
		}
	})
}

func FuzzScript(f *testing.F) {
	for _, src := range []string{"#!/bin/sh\nexec \"$@\"\n", "\uFEFF#!/bin/bash\r\na=(b)\r\n", "foo \\\r\n  bar\\\n# b\n", "cat <<-E\n\tx\\\n\tE\n", "\xff\x00`a \\`b\\``", "f\"\\\r@\x10f\"\\\r@\x10ddo \\\rAA\\\\\\\n", "f\\\n=#r\\bar\\\n*# {\x17"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		s := ParseScript(&File{Path: "s", Src: src})
		checkScript(t, s)
		checkScript(t, s.As(syntax.LangBash))
	})
}

// seeds are Dockerfiles with everything that is hard about them.
var seeds = []string{
	"FROM a\nENTRYPOINT [\"/root/tini\",\"--\", /root/start.sh\"]\nCMD ['a', \"b\\c\", “d”,]\n",
	"\uFEFF# syntax=docker/dockerfile:1\n# check=skip=all\nARG V=1 W\nFROM --platform=$BUILDPLATFORM alpine:${V} AS Build\nfrom build\ncopy --from=0 [\"a b\", \"/c\\n\"]\n",
	"FROM a\nRUN --mount=type=cache,target=/x echo \"a \\\n  # comment\n\n b\" 'c \\\n d' && \\  \n e\\\nf # g \\\n h\n",
	"FROM a\nRUN <<EOF\nset -e\nexec x\nEOF\nRUN <<-\"E\" cat >x && \\\n y\n\ta\n\tE\nCOPY <<a <<'b' /d/\n$x\na\nb\nCMD x\n",
	"FROM a\nENV a b \"c d\"\nENV x=1 y=\"2 $a\" z=${q:-3} w=a\\ b\nLABEL a=b\nARG q\nWORKDIR x\nUSER $q:0\nSTOPSIGNAL SIG${x}\nVOLUME [\"/a\"]\nEXPOSE 80 $x\n",
	"FROM a\nONBUILD CMD [\"a\", \\\n \"b\"]\nONBUILD RUN <<E\nx\nE\nSHELL [\"/bin/bash\", \"-c\"]\nHEALTHCHECK --interval=1s CMD [\"a\"]\nHEALTHCHECK NONE\nMAINTAINER me\n",
	"FROM scratch\nCMD\nENTRYPOINT [ ]\nRUN [ -f x ] && y || [ \"$a\" = 'b,c' ]\nRUN --x=\"a b\" -- --y\n",
	// found by fuzzing
	"FROM a\nRUN $\\\n0",
	"FROM a\nRUN $\\ \n!",
	"FROM a\nRUN \x00\\\n0",
	"#0\nFROM a\nRUN --x\x85",
	"FROM a\nONBUILD a b",
	"FROM a\nRUN $\\\n0m\x02",
	"FROM a\nRUN a\xce\\\n\x84",
	"FROM a\nRUN \x00########\\\n\\\n!\\\n\\\n!",
}

// FuzzManifest lets any text be a manifest: reading it must not panic, and what it names must stand where it says.
func FuzzManifest(f *testing.F) {
	f.Add("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: b\n    command: [sh, -c, \"x \\\"y\\\"\"]\n    args: ['a$(B)']\n    env: [{name: B, value: c}]\n")
	f.Add("containers:\n- &c\n  <<: *c\n  name: a\n  image: b\n  args:\n  - |\n    x\n      y\n  - >-\n    z\n\n    w\n")
	f.Add("a: &a [*a]\n---\n\t\n---\nkind: Pod\napiVersion: v1\ncontainers: [{image: x, lifecycle: {preStop: {sleep: {seconds: 5}}}}]\n")
	f.Fuzz(func(t *testing.T, src string) {
		file := &File{Src: src}
		begin := time.Now()
		m, _ := ParseManifest(file)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(src), took)
		}
		for _, p := range m.Pods {
			for _, c := range p.Containers {
				for _, word := range append(slices.Clone(c.Command.Words), c.Args.Words...) {
					checkScalar(t, file, word)
				}
			}
		}
	})
}

func checkScalar(t *testing.T, file *File, s Scalar) {
	t.Helper()
	checkInside(t, "scalar", s.Span, Span{file, 0, len(file.Src)})
	script := s.Script()
	if script == nil || script.Base < 0 {
		return
	}
	for i := range len(s.Text) {
		at := s.at[i]
		if at >= len(file.Src) || s.at[i+1] < at {
			t.Fatalf("byte %d of %q stands at %d, the next at %d", i, s.Text, at, s.at[i+1])
		}
		if c := file.Src[at]; c != s.Text[i] && c != '\\' && c != '$' && !isWhite(s.Text[i]) {
			t.Fatalf("byte %d of %q stands at %q", i, s.Text, c)
		}
	}
	if script.Tree == nil {
		return
	}
	syntax.Walk(script.Tree, func(n syntax.Node) bool {
		if n != nil {
			checkInside(t, "node", script.NodeSpan(n), Span{file, 0, len(file.Src)})
		}
		return true
	})
}
