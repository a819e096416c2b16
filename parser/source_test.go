package parser

import (
	"strconv"
	"testing"
)

func TestPosition(t *testing.T) {
	file := &File{Src: "\uFEFFab\r\n\r\nc\nlast"}
	for _, test := range []struct {
		offset int
		want   Position
	}{
		{-1, Position{1, 1}},
		{0, Position{1, 1}},
		{3, Position{1, 4}}, // behind the byte-order mark: columns count bytes
		{5, Position{1, 6}}, // the carriage return
		{6, Position{1, 7}}, // the line feed
		{7, Position{2, 1}},
		{8, Position{2, 2}},
		{9, Position{3, 1}},
		{11, Position{4, 1}},
		{15, Position{4, 5}}, // end of file
		{99, Position{4, 5}},
	} {
		if got := file.Position(test.offset); got != test.want {
			t.Errorf("Position(%d) = %v, want %v", test.offset, got, test.want)
		}
	}
	for line, want := range []string{"", "\uFEFFab", "", "c", "last", ""} {
		if got := file.Line(line); got != want {
			t.Errorf("Line(%d) = %q, want %q", line, got, want)
		}
	}
}

func TestPositionAtTheEnd(t *testing.T) {
	for src, want := range map[string]Position{"": {1, 1}, "a": {1, 2}, "a\n": {2, 1}, "\n\n": {3, 1}} {
		file := &File{Src: src}
		if got := file.Position(len(src)); got != want {
			t.Errorf("the end of %q is at %v, want %v", src, got, want)
		}
		if got := file.Line(want.Line); want.Column == 1 && got != "" {
			t.Errorf("the last line of %q is %q", src, got)
		}
	}
}

func TestSpan(t *testing.T) {
	file := &File{Src: "FROM a\nCMD b\n"}
	span := Span{file, 7, 10}
	if got := span.Text(); got != "CMD" {
		t.Errorf("Text() = %q", got)
	}
	if begin, finish := span.Begin(), span.Finish(); begin != (Position{2, 1}) || finish != (Position{2, 4}) {
		t.Errorf("from %v to %v", begin, finish)
	}
	var none Span
	if !none.IsZero() || none.Text() != "" || none.Begin() != (Position{}) || none.Finish() != (Position{}) {
		t.Errorf("the zero Span is at %v: %s", none.Begin(), strconv.Quote(none.Text()))
	}
}
