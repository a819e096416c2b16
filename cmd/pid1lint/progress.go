package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// patience is how long a run may take before it says how far it is.
const patience = time.Second

// A progress tells on a terminal how far a run is that takes its time.
type progress struct {
	to    io.Writer
	start time.Time

	mutex sync.Mutex
	last  time.Time // zero while nothing was said
}

// tell says how far a step is, now and then.
func (p *progress) tell(step string, done, of int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now := time.Now()
	if now.Sub(p.start) < patience || now.Sub(p.last) < patience/10 {
		return
	}
	p.last = now
	_, _ = fmt.Fprintf(p.to, "\r\x1b[K%s: %d of %d", step, done, of) // where would a failure be told?
}

// done takes back what was said.
func (p *progress) done() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !p.last.IsZero() {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
		p.last = time.Time{}
	}
}
