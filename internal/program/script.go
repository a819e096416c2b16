package program

import (
	"fmt"
	"path"

	"github.com/pid1lint/pid1lint/parser"
)

// A scriptProgram is a program in a scripting language, as far as its files are in the project: the one that is run and what it imports.
type scriptProgram struct {
	sources Sources
	scan    func(*parser.File) *scriptFile                                               // returns nil where the file cannot be taken apart
	resolve func(from *scriptFile, i imported, dir string) (files []*placed, known bool) // what an import loads of the project
	without Signals                                                                      // those that the runtime has no handler for

	files     []*scriptFile // the one that is run first
	installed []serving     // what sets handlers for the program
	roots     []string      // the folders in which Python looks for modules
	unknown   bool          // something may set a handler that is not seen
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
		if !known {
			p.unknown = true
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
	sure = !p.unknown
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
	if started := p.files[0].started; started != nil && certain&term != 0 && len(p.installed) == 0 {
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
		return nil
	}
	return b
}

// takes says what handlers do with a signal. sure is false where there may be others.
func (p *scriptProgram) takes(b *Behaviour, sig Signals, found []handler, sure bool) {
	deaf := true
	for _, h := range found {
		deaf = deaf && h.body == nothing
	}
	h := found[0]
	switch {
	case deaf && !sure:
	case deaf && b.Graceful&sig == 0:
		b.Deaf |= sig
		if sig == term {
			b.Why = "its handler does nothing (" + linked(h.span) + ")"
		}
	default:
		b.Graceful |= sig
		if sig == term || b.Does == "" {
			b.Does = "catches it (" + linked(h.span) + ")"
		}
		if sig == term && h.body == exits && len(found) == 1 && !b.Serves.IsZero() {
			b.Facts = append(b.Facts, Fact{Kind: ExitsUndrained, Span: h.span, Text: "calls process.exit"})
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
