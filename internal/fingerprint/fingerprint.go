// Package fingerprint computes the hashes by which GitHub recognises a finding after the lines above it have changed.
package fingerprint

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pid1lint/pid1lint/parser"
)

const (
	window    = 100    // UTF-16 code units that a hash covers
	mod       = 37     // the base of the polynomial
	endOfFile = 0xffff // the code unit that stands for the end of the file
)

// Name is what SARIF logs call the hash among the partialFingerprints of a result. GitHub uses no other.
const Name = "primaryLocationLineHash"

// Lines returns the hash of every line of a text, as GitHub computes it:
// the hash in hexadecimal, a colon, and how often that hash has occurred so far, such as "c129715d7a2bc9a3:1".
//
// A hash covers the 100 UTF-16 code units from the start of its line on, blanks and tabs left out, over line ends, which are
// LF, CR or both, and filled up with zeros behind the end of the file. A text has one line more than it has line ends. Bytes
// that are no UTF-8 count as U+FFFD, one for each piece of a character, as decoders on the web have it.
//
// Source: github/codeql-action, src/fingerprints.ts: the action that uploads SARIF files warns of other values.
func Lines(text string) []string {
	units, starts := read(text)
	hashes := make([]string, len(starts))
	seen := map[uint64]int{}
	for line, start := range starts {
		var hash uint64 // wraps around
		for _, unit := range units[start : start+window] {
			hash = hash*mod + uint64(unit)
		}
		seen[hash]++
		hashes[line] = strconv.FormatUint(hash, 16) + ":" + strconv.Itoa(seen[hash])
	}
	return hashes
}

// read returns the code units that hashes are made of, with the end of the file and what fills the last window, and the
// index of the first unit of each line.
func read(text string) (units []uint16, starts []int) {
	units = make([]uint16, 0, len(text)+window)
	newLine, afterCR := true, false
	add := func(unit uint16) {
		if newLine {
			starts = append(starts, len(units))
		}
		newLine = unit == '\n'
		units = append(units, unit)
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			for size < len(text) && !utf8.FullRuneInString(text[:size+1]) {
				size++
			}
		}
		text = text[size:]
		skip := r == ' ' || r == '\t' || r == '\n' && afterCR
		afterCR = r == '\r'
		switch {
		case skip:
		case r == '\r':
			add('\n')
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			add(uint16(high))
			add(uint16(low))
		default:
			add(uint16(r))
		}
	}
	add(endOfFile)
	return append(units, make([]uint16, window)...), starts
}

// Hashes knows the hashes of the files that it was asked about. The zero Hashes is ready to use, by one goroutine.
type Hashes struct{ lines map[*parser.File][]string }

// Line returns the hash of a one-based line of a file, "" where the file has no such line.
func (h *Hashes) Line(file *parser.File, line int) string {
	if file == nil {
		return ""
	}
	lines, ok := h.lines[file]
	if !ok {
		if h.lines == nil {
			h.lines = map[*parser.File][]string{}
		}
		lines = Lines(file.Src)
		h.lines[file] = lines
	}
	if line < 1 || line > len(lines) {
		return ""
	}
	return lines[line-1]
}
