package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"
)

func TestShebang(t *testing.T) {
	for _, test := range []struct {
		src  string
		want []string
	}{
		{"", nil},
		{"#!", nil},
		{"#! \t\n", nil},
		{"# !/bin/sh", nil},
		{" #!/bin/sh", nil},
		{"\uFEFF#!/bin/sh", nil},
		{"#!/bin/sh", []string{"/bin/sh"}},
		{"#!/bin/sh\n-e", []string{"/bin/sh"}},
		{"#! /bin/bash -e \n", []string{"/bin/bash", "-e"}},
		{"#!\t/bin/sh\t-e", []string{"/bin/sh", "-e"}},
		{"#!/bin/sh\t -e", []string{"/bin/sh", "-e"}},
		{"#!/bin/sh -e\t-x", []string{"/bin/sh", "-e\t-x"}},
		{"#!/usr/bin/env -S bash -e\n", []string{"/usr/bin/env", "-S bash -e"}},
		{"#!/usr/bin/dumb-init /bin/sh\n", []string{"/usr/bin/dumb-init", "/bin/sh"}},
		{"#!/bin/sh\r\n", []string{"/bin/sh\r"}}, // the kernel looks for a file of that name
		{"#!/bin/sh -e\r\n", []string{"/bin/sh", "-e\r"}},
	} {
		if diff := cmp.Diff(test.want, Shebang(test.src)); diff != "" {
			t.Errorf("Shebang(%q):\n%s", test.src, diff)
		}
	}
}

func TestDialect(t *testing.T) {
	for src, want := range map[string]syntax.LangVariant{
		"exec a\n":               syntax.LangPOSIX,
		"#!/bin/bash\n[[ a ]]\n": syntax.LangPOSIX, // [[ is a command like any other
		"#!/bin/sh\na=(b c)\n":   syntax.LangBash,
		"#!/bin/sh\r\na &>b\r\n": syntax.LangBash,
	} {
		if s := ParseScript(&File{Src: src}); s.Dialect != want || s.Err != nil {
			t.Errorf("%q is %v: %v", src, s.Dialect, s.Err)
		}
	}
}

func TestScriptErrorOfTheDialectThatCameFurthest(t *testing.T) {
	s := ParseScript(&File{Src: "a=(b)\nif true\n"})
	if s.Tree != nil || s.Dialect != syntax.LangBash || s.Err == nil {
		t.Errorf("dialect %v, error %v", s.Dialect, s.Err)
	}
}

// words returns the words of a script with what stands at their places where that differs: "text@place".
func words(s *Script) []string {
	var words []string
	syntax.Walk(s.Tree, func(n syntax.Node) bool {
		if word, ok := n.(*syntax.Word); ok {
			var text strings.Builder
			syntax.NewPrinter().Print(&text, word)
			if place := s.NodeSpan(word).Text(); place != text.String() {
				text.WriteString("@" + place)
			}
			words = append(words, text.String())
		}
		return true
	})
	return words
}

func TestScriptPlaces(t *testing.T) {
	for _, test := range []struct {
		src  string
		want []string
	}{
		{"exec \"$@\"", []string{"exec", `"$@"`}},
		{"a b\r\nc\r\n", []string{"a", "b", "c"}},
		{"a\\\n  b\\\r\n  c", []string{"a", "b", "c"}},
		{"a b\\\nc d\n", []string{"a", "bc@b\\\nc", "d"}},
		{"a b\\\\\nc\n", []string{"a", `b\\`, "c"}},
		{"\uFEFFa b", []string{"\uFEFFa", "b"}},
		{"a '\xe9' b", []string{"a", "'_'@'\xe9'", "b"}},
		{"é \"ü$x\" c", []string{"é", `"ü$x"`, "c"}},
		{strings.Repeat("# a comment longer than the buffer of mvdan/sh\n", 100) + "é b", []string{"é", "b"}},
		{strings.Repeat("# a comment longer than the buffer of mvdan/sh\r\n", 100) + "a\\\r\nb c", []string{"ab@a\\\r\nb", "c"}},
	} {
		s := ParseScript(&File{Src: test.src})
		if s.Err != nil {
			t.Errorf("%q: %v", test.src, s.Err)
			continue
		}
		checkScript(t, s)
		if diff := cmp.Diff(test.want, words(s)); diff != "" {
			t.Errorf("%q:\n%s", test.src, diff)
		}
	}
}

func TestParseBodyAndText(t *testing.T) {
	file := &File{Src: "command: exec app -x"}
	body := ParseBody(file, 9, "exec app -x")
	checkScript(t, body)
	if diff := cmp.Diff([]string{"exec", "app", "-x"}, words(body)); diff != "" {
		t.Error(diff)
	}
	whole := Span{file, 0, 7}
	text := ParseText("exec app -x", whole)
	if text.Base != -1 || text.NodeSpan(text.Tree.Stmts[0]) != whole {
		t.Errorf("a part of a text without a place is at %q", text.NodeSpan(text.Tree.Stmts[0]).Text())
	}
}
