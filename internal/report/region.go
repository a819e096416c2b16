package report

import (
	"strings"
	"unicode/utf8"

	"github.com/pid1lint/pid1lint/parser"
)

// A region is a place as editors and SARIF count: lines and columns are one-based, columns are UTF-16 code units, the end is
// exclusive. A byte-order mark takes no column.
type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

func regionOf(s parser.Span) region {
	begin, end := s.Begin(), s.Finish()
	return region{begin.Line, utf16Column(s.File, s.Start, begin), end.Line, utf16Column(s.File, s.End, end)}
}

const byteOrderMark = "\ufeff"

func utf16Column(file *parser.File, offset int, at parser.Position) int {
	before := file.Src[offset-(at.Column-1) : offset]
	if at.Line == 1 {
		before = strings.TrimPrefix(before, byteOrderMark)
	}
	column := 1
	for _, r := range before {
		column++
		if r > 0xffff {
			column++
		}
	}
	return column
}

// tight cuts a span to what it covers of its first line. One that is empty there is widened by the character behind it, or
// else before it: a place without width is not drawn, or not accepted.
func tight(s parser.Span) parser.Span {
	src := s.File.Src
	s.Start = min(max(s.Start, 0), len(src))
	s.End = min(max(s.End, s.Start), len(src))
	if strings.HasPrefix(src, byteOrderMark) {
		s.Start, s.End = max(s.Start, len(byteOrderMark)), max(s.End, len(byteOrderMark))
	}
	line := s.File.Position(s.Start)
	first := s.Start - (line.Column - 1)
	last := first + len(s.File.Line(line.Line))
	s.Start, s.End = min(s.Start, last), min(s.End, last)
	if s.Start < s.End {
		return s
	}
	if s.Start < last {
		_, size := utf8.DecodeRuneInString(src[s.Start:])
		s.End = s.Start + size
	} else if first < s.Start {
		_, size := utf8.DecodeLastRuneInString(src[first:s.Start])
		s.Start -= size
	}
	return s
}

// placeOf is where a finding is shown: its own place, or else where its launch is written; the zero Span where there is neither.
func placeOf(f foldedFinding) parser.Span {
	if f.Span.IsZero() && f.Launch != nil {
		return f.Launch.Origin
	}
	return f.Span
}
