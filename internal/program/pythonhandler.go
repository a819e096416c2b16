package program

import (
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// handler looks at signal.signal(...) and loop.add_signal_handler(...).
func (s *pyScan) handler(t scriptToken, plain bool) {
	var argument, second []string
	at, depth := 2, 0
	for part := &argument; s.at+at < len(s.tokens); at++ {
		next := s.get(at)
		if next.is("(") || next.is("[") {
			depth++
		}
		if next.is(")") || next.is("]") {
			if depth--; depth < 0 {
				break
			}
		}
		if next.is(",") && depth == 0 {
			if part == &second {
				break
			}
			part = &second
			continue
		}
		*part = append(*part, next.text)
	}
	name := signalWritten(argument)
	if name == "" {
		s.dynamic = true
		return
	}
	h := handler{signal: name, span: s.span(t, s.get(min(at, len(s.tokens)-1-s.at)))}
	if plain && len(second) > 0 {
		switch second[len(second)-1] {
		case "SIG_DFL":
			return
		case "SIG_IGN":
			h.body = nothing
		}
	}
	if plain && name == "SIGINT" && len(argument) == 3 && len(second) == 1 && s.tokens[0].start == t.start && s.at+at == len(s.tokens)-1 {
		line := s.file.Src[:t.start]
		line = line[strings.LastIndexByte(line, '\n')+1:]
		h.again = []parser.Edit{{Span: parser.Span{File: s.file, Start: h.span.End, End: h.span.End}, New: "\n" + line + strings.Replace(h.span.Text(), "SIGINT", "SIGTERM", 1)}}
	}
	s.handlers = append(s.handlers, h)
}

// signalWritten returns the signal that an argument names: signal.SIGTERM, SIGTERM, 15; "" where it is something else.
func signalWritten(argument []string) string {
	if len(argument) == 0 {
		return ""
	}
	last := argument[len(argument)-1]
	switch {
	case len(argument) == 1 && last == "15":
		return "SIGTERM"
	case len(argument) == 1 && last == "2":
		return "SIGINT"
	case len(argument) == 1 && last == "9":
		return "SIGKILL"
	case isSignalName(last) && (len(argument) == 1 || len(argument) == 3 || len(argument) == 5 && argument[2] == "Signals") && (len(argument) < 2 || argument[1] == "."):
		return last
	}
	return ""
}

// arguments returns the arguments of the call whose name is looked at: those with a name by it, the others by their number.
func (s *pyScan) arguments() map[string][]scriptToken {
	all := map[string][]scriptToken{}
	depth, number, key := 0, 0, "0"
	for at := 2; s.at+at < len(s.tokens); at++ {
		t := s.get(at)
		switch {
		case t.is("(") || t.is("[") || t.is("{"):
			depth++
		case t.is(")") || t.is("]") || t.is("}"):
			if depth--; depth < 0 {
				return all
			}
		case depth == 0 && t.is(","):
			number++
			key = strconv.Itoa(number)
			continue
		case depth == 0 && t.is("=") && len(all[key]) == 1 && all[key][0].kind == wordToken && !s.get(at+1).is("="):
			name := all[key][0].text
			delete(all, key)
			key = name
			all[key] = nil
			continue
		}
		all[key] = append(all[key], t)
	}
	return all
}
