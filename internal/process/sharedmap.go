package process

import "maps"

// A sharedMap is a map of which a copy costs nothing until one of the two is written to: courses of events part often, and change
// little before they meet again.
type sharedMap[K comparable, V any] struct {
	entries map[K]V // to be read only
	shared  bool
}

// share returns a copy.
func (m *sharedMap[K, V]) share() sharedMap[K, V] {
	m.shared = m.entries != nil
	return *m
}

func (m *sharedMap[K, V]) set(key K, value V) {
	m.own()
	m.entries[key] = value
}

func (m *sharedMap[K, V]) delete(key K) {
	if _, ok := m.entries[key]; ok {
		m.own()
		delete(m.entries, key)
	}
}

func (m *sharedMap[K, V]) own() {
	switch {
	case m.entries == nil:
		m.entries = map[K]V{}
	case m.shared:
		m.entries = maps.Clone(m.entries)
	}
	m.shared = false
}
