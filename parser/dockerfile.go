package parser

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	buildkit "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A Dockerfile is a parsed Dockerfile with exact places.
type Dockerfile struct {
	File   *File
	Escape byte           // '\\' or '`'
	Args   []*Instruction // ARG instructions before the first FROM
	Stages []*Stage

	outer *Scope // what FROM sees without build arguments
}

// A Stage is one FROM and what follows it up to the next.
type Stage struct {
	Index        int
	Name         string // "" without AS; lower case, as BuildKit compares it
	From         *Instruction
	Base         Word           // the image or stage it is FROM, with ARGs resolved; not Known where one is not
	Platform     string         // --platform with ARGs resolved
	Parent       *Stage         // the earlier stage that Base names, nil where Base is an image
	Instructions []*Instruction // without FROM

	doc *Dockerfile
}

// A Form says how ENTRYPOINT, CMD, RUN or SHELL is written.
type Form uint8

// The forms. NoForm is that of all other instructions.
const (
	NoForm Form = iota
	ShellForm
	ExecForm
)

// An Instruction is one instruction of a Dockerfile.
type Instruction struct {
	Name     string // upper case: "CMD"
	Span     Span   // from the first byte of the keyword to the last byte of the arguments, heredocs excluded
	Args     Span   // what follows the keyword and the flags; empty where nothing does
	Flags    []Word // "--from=build", as BuildKit understands them
	Form     Form
	Exec     []Word      // the strings of a JSON form
	Broken   *BrokenJSON // a shell form that was meant to be a JSON form; nil otherwise
	Words    []Word      // NoForm: the words, a key=value pair as one, as they are written: Scope.Resolve resolves quotes and variables
	Heredocs []Heredoc
	OnBuild  bool // behind ONBUILD: says nothing about this image, but takes effect in stages that are FROM it

	line     logicalLine // all of the instruction
	from, to int         // Args in line

	once   sync.Once
	script *Script
}

// A BrokenJSON says why what looks like a JSON form is none.
type BrokenJSON struct {
	Span   Span   // the byte or word that breaks it
	Reason string // a clause: "the quotes are single quotes"
	Words  []Word // what was meant, nil where that is not certain
}

// A Heredoc is a here-document of RUN, COPY or ADD.
type Heredoc struct {
	Name   string // the word behind <<; for COPY and ADD the name of the file
	Span   Span   // the content, without the line of the delimiter
	Text   string // the content after leading tabs are removed where <<- asks for it
	Expand bool   // variables in it are expanded, for the delimiter is not quoted

	end int // offset behind the delimiter
}

// A SyntaxError is what a parser of the file's own kind says about it.
type SyntaxError struct {
	Span    Span
	Message string
}

func (e *SyntaxError) Error() string { return e.Message }

// ParseDockerfile parses a Dockerfile. Where BuildKit cannot parse it the error is a *SyntaxError. Flags of
// instructions that have some are not judged, for newer frontends know more of them.
func ParseDockerfile(file *File) (*Dockerfile, error) {
	if IsUTF16(file.Src) {
		return nil, &SyntaxError{Span{File: file}, notUTF8(file.Src)}
	}
	tree, err := buildkit.Parse(strings.NewReader(file.Src))
	if err != nil {
		return nil, buildkitError(file, err)
	}
	d := &Dockerfile{File: file, Escape: byte(tree.EscapeToken)}
	var stage *Stage
	instructions := make([]Instruction, len(tree.AST.Children))
	for n, node := range tree.AST.Children {
		i := &instructions[n]
		if err := i.read(d, node); err != nil {
			return nil, err
		}
		switch {
		case i.Name == "FROM":
			if stage, err = d.addStage(i); err != nil {
				return nil, err
			}
		case stage != nil:
			stage.Instructions = append(stage.Instructions, i)
		case i.Name == "ARG" && !i.OnBuild:
			d.Args = append(d.Args, i)
		default:
			return nil, &SyntaxError{i.Span, "no build stage in current context: FROM must come before " + i.Name}
		}
	}
	if stage == nil {
		return nil, &SyntaxError{d.Args[0].Span, "dockerfile contains no stages to build"}
	}
	return d, nil
}

// Stage returns the stage with that name or index, the last one for "", nil where there is none.
func (d *Dockerfile) Stage(name string) *Stage {
	if name == "" {
		return d.Stages[len(d.Stages)-1]
	}
	if index, err := strconv.Atoi(name); err == nil {
		if index < 0 || index >= len(d.Stages) {
			return nil
		}
		return d.Stages[index]
	}
	return d.named(name, len(d.Stages))
}

// named returns the last stage of that name before an index.
func (d *Dockerfile) named(name string, before int) *Stage {
	name = strings.ToLower(name)
	for i := before - 1; i >= 0; i-- {
		if d.Stages[i].Name != "" && d.Stages[i].Name == name {
			return d.Stages[i]
		}
	}
	return nil
}

func (d *Dockerfile) addStage(from *Instruction) (*Stage, error) {
	s := &Stage{Index: len(d.Stages), From: from, doc: d}
	switch {
	case len(from.Words) == 3 && strings.EqualFold(from.Words[1].Text, "as"):
		s.Name = strings.ToLower(from.Words[2].Text)
		if !validStageName(s.Name) {
			return nil, &SyntaxError{from.Words[2].Span, "invalid name for build stage: " + strconv.Quote(from.Words[2].Text) +
				", name can't start with a number or contain symbols"}
		}
	case len(from.Words) != 1:
		return nil, &SyntaxError{from.Span, "FROM requires either one or three arguments"}
	}
	if d.outer == nil { // an ARG behind the first FROM is that of a stage
		d.outer = d.globals(nil)
	}
	globals := d.outer
	s.Base, s.Parent = s.base(globals)
	if platform, ok := from.Flag("platform"); ok {
		s.Platform, _ = globals.Resolve(platform.Text)
	}
	d.Stages = append(d.Stages, s)
	return s, nil
}

// Source: validStageName of buildkit's instructions package.
func validStageName(name string) bool {
	for i, c := range []byte(name) {
		letter, other := c >= 'a' && c <= 'z', c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return name != ""
}

// buildkitError turns an error of BuildKit's parser into one with a place.
func buildkitError(file *File, err error) *SyntaxError {
	line := 1
	var located *buildkit.LocationError
	if errors.As(err, &located) {
		if ranges := located.Locations; len(ranges) > 0 && len(ranges[0]) > 0 {
			line = ranges[0][0].Start.Line
		}
	}
	message := err.Error()
	// BuildKit counts lines from one, but for these errors from zero.
	for _, other := range []string{"parser directive", "escape token", "max allowed size"} {
		if strings.Contains(message, other) {
			line++
			break
		}
	}
	return &SyntaxError{file.LineSpan(line), message}
}

// LineSpan returns what stands in a one-based line between white space at its ends; the last line's where there is no such line.
func (f *File) LineSpan(line int) Span {
	f.Position(0)
	line = min(max(line, 1), len(f.lines))
	start, text := f.lines[line-1], f.Line(line)
	if start == 0 {
		rest := strings.TrimPrefix(text, byteOrderMark)
		start, text = len(text)-len(rest), rest
	}
	trimmed := strings.TrimLeft(text, " \t")
	start += len(text) - len(trimmed)
	return Span{f, start, start + len(strings.TrimRight(trimmed, " \t\r"))}
}
