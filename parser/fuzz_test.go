package parser

import (
	"fmt"
	"strings"
	"testing"

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
			for m, i := range stage.Instructions {
				if i.Span.Text() != second.Stages[n].Instructions[m].Span.Text() {
					t.Errorf("one time %q, the other %q", i.Span.Text(), second.Stages[n].Instructions[m].Span.Text())
				}
			}
		}
	})
}

func FuzzScript(f *testing.F) {
	for _, src := range []string{"#!/bin/sh\nexec \"$@\"\n", "\uFEFF#!/bin/bash\r\na=(b)\r\n", "foo \\\r\n  bar\\\n# b\n", "cat <<-E\n\tx\\\n\tE\n", "\xff\x00`a \\`b\\``"} {
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
}
