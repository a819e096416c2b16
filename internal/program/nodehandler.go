package program

import (
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// on looks at process.on(...).
func (s *jsScan) on(t scriptToken) {
	if !s.get(3).is("(") {
		s.unsure(t)
		return
	}
	event := s.get(4)
	switch {
	case event.kind != textToken || !s.get(5).is(","):
		s.dynamic = true
	case isSignalName(event.text):
		s.handlers = append(s.handlers, handler{event.text, s.span(t, event), s.body(6), s.again(t, event), s.outermost()})
	case strings.Contains(event.text, `\`):
		s.unsure(t)
	}
	if event.kind == textToken {
		s.at += 4
	}
}

// outermost reports whether the token that is looked at stands in no brackets, so that it is reached whenever the file is loaded.
func (s *jsScan) outermost() bool {
	depth := 0
	for _, t := range s.tokens[:s.at] {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		}
	}
	before := s.get(-1)
	return depth == 0 && !before.head && !before.is("&&") && !before.is("||") && !before.is("??") && !before.is("?") && !before.is(":") && !before.is("=>") && !before.is("else")
}

// again returns the edit that sets the handler of process.on("SIGINT", stop) for SIGTERM, too, none where that may not stand below it.
func (s *jsScan) again(t, event scriptToken) []parser.Edit {
	if event.text != "SIGINT" || s.get(6).kind != wordToken || !s.get(7).is(")") || s.dot(8) || s.get(8).is(",") || s.get(8).is(")") {
		return nil
	}
	line := s.file.Src[:t.start]
	line = line[strings.LastIndexByte(line, '\n')+1:]
	end := s.get(7)
	if s.get(8).is(";") {
		end = s.get(8)
	}
	if strings.TrimSpace(line) != "" {
		return nil
	}
	call := s.span(t, end).Text()
	return []parser.Edit{{Span: parser.Span{File: s.file, Start: end.end, End: end.end}, New: "\n" + line + strings.Replace(call, "SIGINT", "SIGTERM", 1)}}
}

// body says what a function that is written where it is handed over does.
func (s *jsScan) body(distance int) handlerBody {
	at := distance
	if s.get(at).is("async") {
		at++
	}
	arrow := true
	if s.get(at).is("function") {
		arrow = false
		at++
		if s.get(at).kind == wordToken {
			at++
		}
	}
	switch {
	case s.get(at).is("("):
		for at++; !s.get(at).is(")"); at++ {
			if s.get(at).kind != wordToken && !s.get(at).is(",") && !s.get(at).is(":") || s.at+at >= len(s.tokens) {
				return unseen
			}
		}
		at++
	case arrow && s.get(at).kind == wordToken && s.get(at+1).is("=>"):
		at++
	default:
		return unseen
	}
	if arrow {
		if !s.get(at).is("=>") {
			return unseen
		}
		at++
	}
	if !s.get(at).is("{") {
		return s.statements(at, false)
	}
	return s.statements(at+1, true)
}

// calls reports whether a call of a member of an object stands at a distance.
func (s *jsScan) calls(at int, object, member string) bool {
	return s.get(at).is(object) && s.get(at+1).is(".") && (member == "" || s.get(at+2).is(member)) && s.get(at+3).is("(")
}

// statements says what the statements from a distance on to the end of their block do, or a single expression, if they do nothing but
// print and end the program.
func (s *jsScan) statements(at int, block bool) handlerBody {
	found := nothing
	for {
		switch {
		case block && s.get(at).is("}"), !block && (s.get(at).is(")") || s.get(at).is(",")):
			return found
		case block && s.get(at).is(";"):
			at++
			continue
		case s.calls(at, "process", "exit"):
			found = exits
		case s.calls(at, "console", ""):
		default:
			return unseen
		}
		if at = s.behindCall(at + 3); at < 0 {
			return unseen // something is called to be printed
		}
	}
}

// behindCall returns the distance behind the arguments that begin at a distance, -1 where they do more than to be printed.
func (s *jsScan) behindCall(at int) int {
	for depth := 0; s.at+at < len(s.tokens); at++ {
		switch t := s.get(at); {
		case t.is("{"), t.is("=>"), t.kind == wordToken && s.get(at+1).is("("):
			return -1
		case t.is("("):
			depth++
		case t.is(")"):
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return -1
}
