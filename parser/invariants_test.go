package parser

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	buildkit "github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/syntax"
)

// parse parses a Dockerfile and checks what must be true of any: it is taken as BuildKit's parser takes it, and every place is what it
// claims to be.
func parse(t *testing.T, src string) (*Dockerfile, error) {
	t.Helper()
	file := &File{Path: "Dockerfile", Src: src}
	d, err := ParseDockerfile(file)
	tree, refused := buildkit.Parse(strings.NewReader(src))
	if err != nil {
		var syntaxError *SyntaxError
		if !errors.As(err, &syntaxError) {
			t.Fatalf("%q: error %T is no *SyntaxError", src, err)
		}
		checkInside(t, "error", syntaxError.Span, Span{file, 0, len(src)})
		if d != nil {
			t.Errorf("%q: a Dockerfile and an error", src)
		}
		return nil, err
	}
	if refused != nil {
		t.Fatalf("%q: BuildKit says %v", src, refused)
	}
	all := slices.Clone(d.Args)
	for n, stage := range d.Stages {
		if stage.Index != n {
			t.Errorf("stage %d has index %d", n, stage.Index)
		}
		all = append(append(all, stage.From), stage.Instructions...)
		stage.Configure(Config{}, nil)
	}
	if len(all) != len(tree.AST.Children) {
		t.Fatalf("%q: %d instructions, BuildKit has %d", src, len(all), len(tree.AST.Children))
	}
	for n, i := range all {
		node := tree.AST.Children[n]
		if i.line.text != node.Original {
			t.Errorf("line %q, BuildKit has %q", i.line.text, node.Original)
		}
		heredocs := node.Heredocs
		if i.OnBuild {
			node = node.Next.Children[0]
		}
		checkInstruction(t, i, node, heredocs, d.Escape)
		if n > 0 && i.Span.Start < all[n-1].Span.End {
			t.Errorf("%q overlaps %q", i.Span.Text(), all[n-1].Span.Text())
		}
	}
	return d, nil
}

func checkInstruction(t *testing.T, i *Instruction, node *buildkit.Node, heredocs []buildkit.Heredoc, escape byte) {
	t.Helper()
	whole := Span{i.Span.File, 0, len(i.Span.File.Src)}
	checkInside(t, "instruction", i.Span, whole)
	checkInside(t, "arguments", i.Args, i.Span)
	if !strings.EqualFold(i.Name, node.Value) {
		t.Errorf("name %q, BuildKit has %q", i.Name, node.Value)
	}
	if got := unfold(i.Span, escape); !strings.HasPrefix(got, node.Value) {
		t.Errorf("instruction %q does not start with %q", got, node.Value)
	}
	if !slices.Equal(Texts(i.Flags), node.Flags) {
		t.Errorf("flags %q, BuildKit has %q", Texts(i.Flags), node.Flags)
	}
	at := i.Span.Start
	for _, flag := range i.Flags {
		checkInside(t, "flag", flag.Span, Span{i.Span.File, at, max(i.Args.Start, i.Span.End)})
		at = flag.Span.End
	}
	var values []string
	for n := node.Next; n != nil; n = n.Next {
		values = append(values, n.Value)
	}
	got := Texts(i.Words)
	switch {
	case i.Form == ExecForm:
		got = Texts(i.Exec)
	case i.Form == ShellForm && i.from < i.to:
		got = []string{i.line.text[i.from:i.to]}
	case i.Name == "ENV", i.Name == "LABEL":
		var pairs []string
		for n := 0; n+2 < len(values); n += 3 {
			pairs = append(pairs, values[n]+"="+values[n+1])
		}
		values = pairs
	case len(values) == 1 && values[0] == "": // an unknown instruction behind ONBUILD
		got = values
	}
	if !slices.Equal(got, values) {
		t.Errorf("%s: words %q, BuildKit has %q", i.Span.Text(), got, values)
	}
	at = i.Args.Start
	for _, w := range append(slices.Clone(i.Exec), i.Words...) {
		checkInside(t, "word", w.Span, Span{i.Span.File, at, i.Args.End})
		at = w.Span.End
	}
	if node.Attributes["json"] {
		words := i.Exec
		if i.Form == NoForm {
			words = i.Words
			if i.Name == "HEALTHCHECK" {
				words = words[1:]
			}
		}
		for _, w := range words {
			var text string
			literal := unfold(w.Span, escape)
			if err := json.Unmarshal([]byte(literal), &text); err != nil {
				t.Errorf("JSON word %q stands at %q", w.Text, literal)
			} else if want := w.Text; text != want {
				t.Errorf("JSON word %q stands at %q", want, literal)
			}
		}
	}
	if i.Broken != nil {
		checkInside(t, "fault", i.Broken.Span, i.Args)
		if i.Broken.Reason == "" {
			t.Errorf("%q is broken for no reason", i.Span.Text())
		}
		at = i.Args.Start
		for _, w := range i.Broken.Words {
			checkInside(t, "word of broken JSON", w.Span, Span{i.Span.File, at, i.Args.End})
			at = w.Span.End
		}
	}
	if len(i.Heredocs) != len(heredocs) {
		t.Fatalf("%d here-documents, BuildKit has %d", len(i.Heredocs), len(heredocs))
	}
	for n, h := range i.Heredocs {
		checkInside(t, "here-document", h.Span, whole)
		if h.Span.Text() != heredocs[n].Content || h.Span.Start < i.Span.End {
			t.Errorf("here-document %q, BuildKit has %q", h.Span.Text(), heredocs[n].Content)
		}
	}
	if s := i.Script(); (s != nil) != (i.Form == ShellForm && i.Name != "SHELL") {
		t.Errorf("%q: script %v", i.Span.Text(), s)
	} else if s != nil {
		if s != i.Script() {
			t.Error("the script is another at each call")
		}
		checkScript(t, s)
		checkMeaning(t, i, s)
	}
}

// checkMeaning compares a shell form with what BuildKit gives to the shell: one long line.
func checkMeaning(t *testing.T, i *Instruction, s *Script) {
	t.Helper()
	if len(i.Heredocs) > 0 || s.Tree == nil {
		return
	}
	if dividedName.MatchString(s.Text) || !utf8.ValidString(s.Text) || strings.ContainsRune(s.Text, 0) {
		return // an escaped newline may stand within a character, and mvdan/sh does not see what shells do with a byte of zero
	}
	line := ParseText(i.line.text[i.from:i.to], i.Args)
	if line.Tree == nil {
		t.Errorf("%q is a script for %q: %v", s.Text, line.Text, line.Err)
		return
	}
	if got, want := outline(s.Tree), outline(line.Tree); got != want {
		t.Errorf("%q means\n%s\nbut the shell reads %q, which means\n%s", s.Text, got, line.Text, want)
	}
}

// dividedName finds an escaped newline behind a $, or in or behind a name that a value is given to: mvdan/sh does not always join the
// first to its name, and counts where the other name ends, and its value begins, as if it stood on one line.
var dividedName = regexp.MustCompile(`\$\\\r?\n|\S\\\r?\n(?:[\w+]|\\\r?\n)*=`)

// outline writes the nodes of a tree without their places, and white space in single quotes as one blank.
func outline(tree *syntax.File) string {
	var out strings.Builder
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case nil:
			out.WriteString(")")
			return true
		case *syntax.Comment:
			fmt.Fprintf(&out, "(comment")
			return true
		case *syntax.Lit:
			fmt.Fprintf(&out, "(%q", n.Value)
		case *syntax.SglQuoted:
			fmt.Fprintf(&out, "(%q", strings.Join(strings.Fields(strings.ReplaceAll(n.Value, "\\\n", "")), " "))
		default:
			fmt.Fprintf(&out, "(%T", n)
		}
		return true
	})
	return strings.ReplaceAll(out.String(), `")("`, "") // an escaped newline divides a string
}

func checkScript(t *testing.T, s *Script) {
	t.Helper()
	if s.Base >= 0 && (s.Base != s.Whole.Start || len(s.Text) != len(s.Whole.Text())) {
		t.Errorf("script %q for %q", s.Text, s.Whole.Text())
	}
	if (s.Tree == nil) != (s.Err != nil) {
		t.Errorf("script %q: tree %v, error %v", s.Text, s.Tree, s.Err)
	}
	if s.Tree == nil {
		return
	}
	plain := !dividedName.MatchString(s.Text) && strings.IndexByte(s.Text, 0) < 0 && strings.IndexByte(s.Text, '`') < 0 && utf8.ValidString(s.Text)
	heredocs := map[syntax.Node]bool{}
	syntax.Walk(s.Tree, func(n syntax.Node) bool {
		if n == nil {
			return true
		}
		span := s.NodeSpan(n)
		checkInside(t, "node", span, s.Whole)
		switch n := n.(type) {
		case *syntax.Redirect:
			if n.Hdoc != nil {
				heredocs[n.Hdoc] = true
			}
		case *syntax.Word:
			return !heredocs[n] // mvdan/sh counts the delimiter to it
		case *syntax.Lit:
			if s.Base < 0 || !plain {
				break
			}
			// At the end of a file mvdan/sh sometimes leaves an escaped newline in a word.
			joined := strings.NewReplacer("\\\n", "", "\\\r\n", "")
			text, value := joined.Replace(s.Text[span.Start-s.Base:span.End-s.Base]), joined.Replace(n.Value)
			if text = strings.ReplaceAll(text, "\r\n", "\n"); text != value {
				t.Errorf("word %q stands at %q", value, text)
			}
		}
		return true
	})
}

func checkInside(t *testing.T, what string, s, outer Span) {
	t.Helper()
	if s.File == nil || s.Start > s.End || s.Start < outer.Start || s.End > outer.End {
		t.Errorf("%s from %d to %d is not between %d and %d", what, s.Start, s.End, outer.Start, outer.End)
	}
}

// unfold returns what stands in a span without continuations and the comments between them.
func unfold(s Span, escape byte) string {
	if !strings.Contains(s.Text(), "\n") {
		return s.Text()
	}
	return readLine(&File{Src: "X" + s.Text()}, 0, escape).text[1:]
}
