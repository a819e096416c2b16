package main

import (
	"strings"
	"testing"
	"time"
)

// TestProgress checks that a short run says nothing, a long one how far it is, and that nothing is left of it.
func TestProgress(t *testing.T) {
	var out strings.Builder
	p := &progress{to: &out, start: time.Now()}
	p.tell("linting", 1, 2)
	p.done()
	if out.Len() > 0 {
		t.Errorf("a short run says %q", out.String())
	}
	p.start = p.start.Add(-2 * patience)
	p.tell("linting", 1, 2)
	p.tell("linting", 2, 2) // too soon
	p.done()
	p.done()
	if want := "\r\x1b[Klinting: 1 of 2\r\x1b[K"; out.String() != want {
		t.Errorf("a long run says %q, want %q", out.String(), want)
	}
}
