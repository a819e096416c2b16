package program

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// leftOut notes that the program handles an interrupt, and not SIGTERM.
func (r *goSignals) leftOut() {
	var found *goHandler
	for _, h := range r.handlers {
		if h.set&intr == 0 {
			continue
		}
		if found != nil {
			return
		}
		found = h
	}
	if found == nil {
		return
	}
	file, args := found.file, found.call.Args
	last := file.span(args[len(args)-1])
	fact := Fact{Kind: SignalLeftOut, Span: parser.Span{File: file.File, Start: file.span(args[1]).Start, End: last.End}, Text: "SIGTERM"}
	if name, edits, ok := file.syscallName(); ok && !found.call.Ellipsis.IsValid() {
		end := parser.Span{File: file.File, Start: last.End, End: last.End}
		fact.Edits = append(fact.Edits, edits...)
		fact.Edits = append(fact.Edits, parser.Edit{Span: end, New: ", " + name + ".SIGTERM"})
	}
	r.b.Facts = append(r.b.Facts, fact)
}

// syscallName returns the name by which a file knows the package syscall, with the edits that import it where it does not know it yet.
func (f *goFile) syscallName() (name string, edits []parser.Edit, ok bool) {
	for _, imported := range []string{"syscall", "golang.org/x/sys/unix"} {
		if name, ok := f.named(imported); ok && name != "" {
			return name, nil, true
		}
	}
	if strings.Contains(f.Src, "syscall") {
		return "", nil, false // something else may have that name
	}
	newline := "\n"
	if strings.Contains(f.Src, "\r\n") {
		newline = "\r\n"
	}
	for _, d := range f.tree.Decls {
		g, isImport := d.(*ast.GenDecl)
		if !isImport || g.Tok != token.IMPORT {
			continue
		}
		for i, spec := range g.Specs {
			if spec.(*ast.ImportSpec).Path.Value != `"`+catching+`"` {
				continue
			}
			at := f.span(spec)
			if !g.Lparen.IsValid() {
				at.Start = at.End
				return "syscall", []parser.Edit{{Span: at, New: newline + `import "syscall"`}}, true
			}
			return "syscall", []parser.Edit{f.importBehind(g.Specs[i:], newline)}, true
		}
	}
	return "", nil, false
}

// importBehind adds syscall to a group of imports, where it belongs in the order of their paths.
func (f *goFile) importBehind(specs []ast.Spec, newline string) parser.Edit {
	at := f.span(specs[0])
	for _, spec := range specs[1:] {
		next := f.span(spec)
		if strings.Count(f.Src[at.End:next.Start], "\n") > 1 || spec.(*ast.ImportSpec).Path.Value > `"syscall"` {
			break
		}
		at = next
	}
	end := at.End
	if more := strings.IndexAny(f.Src[end:], "\r\n;"); more >= 0 {
		end += more // behind a comment
	}
	line := f.Src[strings.LastIndexByte(f.Src[:at.Start], '\n')+1 : at.Start]
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	return parser.Edit{Span: parser.Span{File: f.File, Start: end, End: end}, New: newline + indent + `"syscall"`}
}
