package lint

import (
	"fmt"
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
	"github.com/pid1lint/pid1lint/rules"
)

// scriptFiles are the files of an image of which nothing is known but that it has the scripts of the project.
type scriptFiles struct {
	project *Project
	reads   *reads
}

// Lookup implements process.Files. The root of the project stands for that of the image.
func (f scriptFiles) Lookup(name string) process.Entry {
	base := path.Base(name)
	if family, isShell := shellFamilies[base]; isShell || base == "sh" {
		return process.Entry{Kind: process.ShellProgram, Shell: image.Shell{Family: family}}
	}
	project := strings.TrimPrefix(name, "/")
	if project == "" {
		return process.Entry{}
	}
	src := f.project.sources.get(project)
	if src.err != nil || isBinary(src.file.Src) {
		return process.Entry{}
	}
	f.reads.note(project)
	return process.Entry{Kind: process.Text, Script: src.parsed()}
}

// connectScript takes a script that no Dockerfile is seen to start as PID 1 itself.
func (p *Project) connectScript(u unit) (*connected, *rules.Problem) {
	src := p.sources.get(u.path)
	if src.err != nil {
		return nil, &rules.Problem{Path: u.path, Message: fmt.Sprintf("reading %s: %v", u.path, src.err)}
	}
	firstLine := parser.Span{File: src.file, End: len(src.file.Line(1))}
	word := func(text string) parser.Word { return parser.Word{Text: text, Span: firstLine, Known: true} }
	start := process.Start{Kind: process.KindScript, Origin: firstLine, Dir: path.Join("/", path.Dir(u.path)), Env: map[string]string{}}
	if parser.Shebang(src.file.Src) == nil {
		// Somebody names the shell: sh start.sh.
		shell := "sh"
		if ext := strings.TrimPrefix(path.Ext(u.path), "."); shellFamilies[ext] != "" {
			shell = ext
		}
		start.Argv = append(start.Argv, word("/bin/"+shell))
	}
	start.Argv = append(start.Argv, word(path.Join("/", u.path)))
	reads := &reads{}
	reads.note(u.path)
	return &connected{start, scriptFiles{p, reads}, reads}, nil
}
