package program

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A scriptProgram is a program in a scripting language, as far as its files are in the project: the one that is run and what it imports.
type scriptProgram struct {
	sources  Sources
	scan     func(*parser.File) *scriptFile                                               // returns nil where the file cannot be taken apart
	resolve  func(from *scriptFile, i imported, dir string) (files []*placed, known bool) // what an import loads of the project
	stranger func(i imported) string                                                      // names the package of an import that is not known, "" where it may be something else
	without  Signals                                                                      // those that the runtime has no handler for

	files     []*scriptFile // the one that is run first
	installed []serving     // what sets handlers for the program
	roots     []string      // the folders in which Python looks for modules
	strangers []string      // packages of which it is not known whether they set a handler
	unknown   bool          // something else may set a handler that is not seen
}

// A placed is a file with the path at which it stands in the image.
type placed struct {
	path string
	file *parser.File
}

// A serving is a call or a package that handles signals in a way that is known.
type serving struct {
	span             parser.Span
	graceful, abrupt Signals
	none             Signals // it has no handler for them, and finishes its work on the graceful ones
	does             string  // a clause, for graceful
	why              string  // a clause, for abrupt and none
}

// How much of a program is read.
const (
	maxScriptFiles = 100
	maxScriptBytes = 2 << 20
	maxScriptDepth = 12
)

// at returns the file of the project at a path of the image, nil where there is none.
func (p *scriptProgram) at(name string) *placed {
	file := p.sources.File(name)
	if file == nil {
		return nil
	}
	return &placed{name, file}
}

// walk reads the file that is run, and what it imports.
func (p *scriptProgram) walk(entry *placed, first []imported, dir string) {
	type step struct {
		*placed
		depth int
	}
	seen := map[string]bool{entry.path: true}
	queue := []step{{entry, 0}}
	follow := func(from *scriptFile, i imported, dir string, depth int) {
		if len(queue) >= maxScriptFiles {
			p.unknown = true
			return
		}
		files, known := p.resolve(from, i, dir)
		if name := p.stranger(i); !known && name == "" {
			p.unknown = true
		} else if !known && !slices.Contains(p.strangers, name) {
			p.strangers = append(p.strangers, name)
		}
		for _, file := range files {
			if !seen[file.path] {
				seen[file.path] = true
				queue = append(queue, step{file, depth})
			}
		}
	}
	for _, i := range first {
		follow(&scriptFile{file: entry.file}, i, dir, 1)
	}
	bytes := 0
	for n := 0; n < len(queue); n++ {
		next := queue[n]
		if bytes += len(next.file.Src); bytes > maxScriptBytes || next.depth > maxScriptDepth {
			p.unknown = true
			return
		}
		f := p.scan(next.file)
		if f == nil {
			p.unknown = true
			continue
		}
		p.files = append(p.files, f)
		p.installed = append(p.installed, f.servers...)
		for _, i := range f.imports {
			follow(f, i, path.Dir(next.path), next.depth+1)
		}
	}
}

// handled returns the handlers of a program for a signal. sure is false where there may be others.
func (p *scriptProgram) handled(name string) (found []handler, sure bool) {
	sure = !p.unknown && len(p.strangers) == 0
	for _, f := range p.files {
		for _, h := range f.handlers {
			if h.signal == name {
				found = append(found, h)
			}
		}
		named, isNamed := f.names[name]
		switch {
		case f.dynamic && isNamed:
			found = append(found, handler{signal: name, span: named}) // for (const s of ["SIGTERM", "SIGINT"]) process.on(s, stop)
		case f.dynamic, len(f.names) > 0, !f.doubt.IsZero():
			sure = false
		}
	}
	return found, sure
}

// behaviour says what the program does with signals, as far as that is certain; nil where nothing is.
func (p *scriptProgram) behaviour() *Behaviour {
	if len(p.files) == 0 {
		return nil
	}
	main := p.files[0].file
	b := &Behaviour{Main: parser.Span{File: main, Start: 0, End: lineEnd(main.Src, 0)}}
	lives := false
	for _, f := range p.files {
		b.Files = append(b.Files, f.file)
		lives = lives || f.lives
		if b.Serves.IsZero() {
			b.Serves = f.serves
		}
		for _, h := range f.handlers {
			if h.signal == "SIGKILL" || h.signal == "SIGSTOP" {
				b.Facts = append(b.Facts, Fact{Kind: Uncatchable, Span: h.span, Text: h.signal})
			}
		}
	}
	var served Signals
	for _, s := range p.installed {
		b.Graceful |= s.graceful
		b.Abrupt |= s.abrupt
		served |= s.none
		if s.does != "" && b.Does == "" {
			b.Does = s.does + " (" + linked(s.span) + ")"
		}
		if s.why != "" && b.Why == "" {
			b.Why = s.why
		}
		lives = true
	}
	var certain Signals // nothing handles them
	for _, name := range []string{"SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"} {
		sig := signalNames[name]
		found, sure := p.handled(name)
		switch {
		case len(found) > 0:
			p.takes(b, sig, found, sure)
		case sure && p.without&sig != 0:
			certain |= sig
		}
	}
	b.Abrupt &^= b.Graceful | b.Deaf
	if lives {
		b.None = certain &^ (b.Graceful | b.Abrupt | b.Deaf)
	}
	b.Graceful &^= served & b.None
	if started := p.files[0].started; started != nil && certain&term != 0 && len(p.installed) == 0 && (!lives || started.Call != "spawn") {
		b.Starts, b.None = started, certain
		if !started.Exec {
			b.Why = path.Base(main.Path) + " runs it with " + started.Call + " and passes no signal on"
		}
		return b
	}
	if b.None&term != 0 {
		if b.Why == "" {
			b.Why = p.nothingHandles()
		}
		p.leftOut(b)
	}
	if b.Graceful|b.Abrupt|b.Deaf|b.None == 0 && len(b.Facts) == 0 {
		if b.Unless = p.unless(); b.Unless == "" {
			return nil
		}
	}
	return b
}

// unless names the packages of which it depends whether there is a handler for SIGTERM, "" where it depends on something else.
func (p *scriptProgram) unless() string {
	if found, _ := p.handled("SIGTERM"); len(found) > 0 {
		return ""
	}
	for _, f := range p.files {
		if p.unknown || f.dynamic || len(f.names) > 0 || !f.doubt.IsZero() {
			return ""
		}
	}
	switch n := len(p.strangers); n {
	case 0:
		return ""
	case 1:
		return p.strangers[0]
	case 2, 3:
		return strings.Join(p.strangers[:n-1], ", ") + " or " + p.strangers[n-1]
	default:
		return fmt.Sprintf("%s, %s or one of %d other packages", p.strangers[0], p.strangers[1], n-2)
	}
}

// takes says what handlers do with a signal. sure is false where there may be others.
func (p *scriptProgram) takes(b *Behaviour, sig Signals, found []handler, sure bool) {
	h := found[0]
	deaf := true
	for _, other := range found {
		deaf = deaf && other.body == nothing
		if other.body == exits && other.always {
			h = other // it is over, whatever else is told of the signal
		}
	}
	switch {
	case deaf && (!sure || b.Graceful&sig != 0):
	case deaf:
		b.Deaf |= sig
		if sig == term {
			b.Why = "its handler does nothing (" + linked(h.span) + ")"
		}
	case h.body == exits && h.always && sig == term && !b.Serves.IsZero():
		b.Graceful &^= term
		b.Abrupt |= term
		b.Why = "its handler calls process.exit (" + linked(h.span) + ") while requests are in flight"
		b.Facts = append(b.Facts, Fact{Kind: ExitsUndrained, Span: h.span, Text: "calls process.exit"})
	default:
		b.Graceful |= sig
		if sig == term || b.Does == "" {
			b.Does = "catches it (" + linked(h.span) + ")"
		}
	}
}

// leftOut adds the fact that there is a handler for SIGINT and none for SIGTERM.
func (p *scriptProgram) leftOut(b *Behaviour) {
	for _, f := range p.files {
		fact := Fact{Kind: SignalLeftOut, Span: f.interrupt, Text: "SIGTERM"}
		for _, h := range f.handlers {
			if h.signal == "SIGINT" && h.body != nothing {
				fact.Span, fact.Edits = h.span, h.again
			}
		}
		if !fact.Span.IsZero() {
			b.Facts = append(b.Facts, fact)
			return
		}
	}
}

// nothingHandles is the clause that nothing of what was read has a handler.
func (p *scriptProgram) nothingHandles() string {
	name := path.Base(p.files[0].file.Path)
	switch n := len(p.files) - 1; n {
	case 0:
		return "nothing in " + name + " handles it"
	case 1:
		return "neither " + name + " nor the file that it imports handles it"
	default:
		return fmt.Sprintf("neither %s nor the %d files that it imports handle it", name, n)
	}
}

// linked names a place for people: "server.js:12".
func linked(span parser.Span) string {
	return fmt.Sprintf("%s:%d", path.Base(span.File.Path), span.Begin().Line)
}
