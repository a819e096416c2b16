package parser

import (
	"sort"
	"strings"
	"unicode"
)

const byteOrderMark = "\uFEFF"

// A logicalLine is an instruction as BuildKit reads it: lines that continue one another are joined, and empty lines and comment
// lines between them left out. The place of each of its bytes in the file is known.
type logicalLine struct {
	file   *File
	text   string
	pieces []piece
	next   int // offset of the line behind it
}

// A piece says that the text of a logicalLine stands at offset in the file from its byte at on, up to the next piece.
type piece struct{ at, offset int }

// readLine reads the logical line that starts at an offset. It follows Parse of BuildKit's parser package byte for byte.
func readLine(file *File, offset int, escape byte) logicalLine {
	l := logicalLine{file: file}
	if offset == 0 && strings.HasPrefix(file.Src, byteOrderMark) {
		offset = len(byteOrderMark)
	}
	line, next := physicalLine(file.Src, offset)
	text := strings.TrimLeftFunc(line, unicode.IsSpace)
	l.pieces = append(l.pieces, piece{0, offset + len(line) - len(text)})
	text, more := cutContinuation(text, escape)
	if !more || next >= len(file.Src) {
		l.text, l.next = text, next
		return l
	}
	var joined strings.Builder
	joined.WriteString(text)
	for more && next < len(file.Src) {
		offset = next
		line, next = physicalLine(file.Src, offset)
		if start := strings.TrimLeftFunc(line, unicode.IsSpace); start == "" || start[0] == '#' {
			continue
		}
		if text, more = cutContinuation(line, escape); text != "" {
			l.pieces = append(l.pieces, piece{joined.Len(), offset})
			joined.WriteString(text)
		}
	}
	l.text, l.next = joined.String(), next
	return l
}

// physicalLine returns the line at an offset without its line end, and the offset of the next.
func physicalLine(src string, offset int) (line string, next int) {
	next = len(src)
	if i := strings.IndexByte(src[offset:], '\n'); i >= 0 {
		next = offset + i + 1
	}
	return strings.TrimRight(src[offset:next], "\r\n"), next
}

// cutContinuation returns a line without the escape character that joins it to the next, and whether there is one. Blanks may follow
// the escape character; two of them are none.
func cutContinuation(line string, escape byte) (string, bool) {
	text := strings.TrimRight(line, " \t")
	n := len(text)
	if n == 0 || text[n-1] != escape || n > 1 && text[n-2] == escape {
		return line, false
	}
	return text[:n-1], true
}

// offset returns where the byte at an index of the line stands in the file.
func (l *logicalLine) offset(at int) int {
	i := sort.Search(len(l.pieces), func(i int) bool { return l.pieces[i].at > at }) - 1
	return l.pieces[i].offset + at - l.pieces[i].at
}

// behind returns the offset in the file behind the byte before an index of the line.
func (l *logicalLine) behind(at int) int {
	if at == 0 {
		return l.offset(0)
	}
	return l.offset(at-1) + 1
}

// span returns the place of a part of the line. That of an empty part is behind what comes before it.
func (l *logicalLine) span(from, to int) Span {
	if from >= to {
		return Span{l.file, l.behind(from), l.behind(from)}
	}
	return Span{l.file, l.offset(from), l.behind(to)}
}
