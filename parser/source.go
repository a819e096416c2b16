// Package parser turns the bytes of Dockerfiles and scripts into typed documents whose every part knows its place. It has no opinions.
package parser

import (
	"sort"
	"strings"
	"sync"
)

// A File is one file of the project as it was read.
type File struct {
	Path string // slash-separated, relative to the root of the run
	Src  string // the bytes as they are, a byte-order mark and carriage returns included

	once  sync.Once
	lines []int // offset of the first byte of each line
}

// A Position is a place for people: line and column are one-based, the column counts bytes, those of a byte-order mark and a
// carriage return too.
type Position struct{ Line, Column int }

// Position takes a byte offset into Src and returns its line and column. An offset outside of Src is moved to its nearer end.
func (f *File) Position(offset int) Position {
	f.once.Do(func() {
		f.lines = append(make([]int, 0, strings.Count(f.Src, "\n")+1), 0)
		for next := 0; ; {
			end := strings.IndexByte(f.Src[next:], '\n')
			if end < 0 {
				break
			}
			next += end + 1
			f.lines = append(f.lines, next)
		}
	})
	offset = min(max(offset, 0), len(f.Src))
	line := sort.SearchInts(f.lines, offset+1)
	return Position{Line: line, Column: offset - f.lines[line-1] + 1}
}

// Line returns the text of a one-based line without its line end, or "" where there is no such line.
func (f *File) Line(line int) string {
	f.Position(0)
	if line < 1 || line > len(f.lines) {
		return ""
	}
	text := f.Src[f.lines[line-1]:]
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return strings.TrimSuffix(text, "\r")
}

// A Span is a half-open range of bytes in a file, and the only truth about places. The zero Span is no place.
type Span struct {
	File       *File
	Start, End int
}

// IsZero reports whether the span is no place at all.
func (s Span) IsZero() bool { return s.File == nil }

// Text returns the bytes that the span covers.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Src[s.Start:s.End]
}

// Begin returns the position of the first byte of the span, the zero Position where the span is no place.
func (s Span) Begin() Position { return s.position(s.Start) }

// Finish returns the position behind the last byte of the span, the zero Position where the span is no place.
func (s Span) Finish() Position { return s.position(s.End) }

func (s Span) position(offset int) Position {
	if s.File == nil {
		return Position{}
	}
	return s.File.Position(offset)
}

// An Edit replaces the bytes of a span. An empty span inserts, an empty New deletes.
type Edit struct {
	Span Span
	New  string
}

// A Word is one argument of a command.
type Word struct {
	Text  string // after quoting and escapes are resolved; as written where Known is false
	Span  Span   // where it is written; a word that the model made has the span of what made it
	Known bool   // no variable or substitution in it was left unresolved
}

// Texts returns the texts of words.
func Texts(words []Word) []string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return texts
}
