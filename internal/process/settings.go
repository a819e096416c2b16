package process

import (
	"fmt"

	programs "github.com/pid1lint/pid1lint/internal/program"
)

// A SettingsReader is a Files that knows what the settings of applications say about how they stop.
type SettingsReader interface {
	// Shutdown returns what they say; nil where that is nothing certain.
	Shutdown(c programs.Command) *programs.Shutdown
}

// A Shutdown is what the settings of an application say about how it stops.
type Shutdown = programs.Shutdown

// howItStops is the end of a clause on an application that shuts down.
func howItStops(s *Shutdown) string {
	switch {
	case s == nil:
	case s.Drops.Why != "":
		return ", and can cut off requests in flight"
	case s.Limit.Time > 0:
		return fmt.Sprintf(", within %gs", s.Limit.Time.Seconds())
	}
	return ""
}

// shutdownOf asks for the settings of an application.
func (m *machine) shutdownOf(q *Process, p *proc) *Shutdown {
	reader, ok := m.files.(SettingsReader)
	if !ok || p.prog.kind != application || len(q.Argv) == 0 {
		return nil
	}
	return reader.Shutdown(startedWith(p, q.Argv[0].Text, q.Argv))
}
