package parser

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	buildkit "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Flag returns the value of a flag: "build" for "from" in --from=build. A flag without a value has an empty one.
func (i *Instruction) Flag(name string) (Word, bool) {
	for _, flag := range i.Flags {
		key, value, _ := strings.Cut(flag.Text, "=")
		if key != "--"+name {
			continue
		}
		span := flag.Span
		if at := strings.IndexByte(span.Text(), '='); at >= 0 {
			span.Start += at + 1
		} else {
			span.Start = span.End
		}
		return Word{value, span, flag.Known}, true
	}
	return Word{}, false
}

// read gives an instruction as BuildKit understood it its places.
func (i *Instruction) read(d *Dockerfile, node *buildkit.Node) error {
	d.File.Position(0)
	i.line = readLine(d.File, d.File.lines[node.StartLine-1], d.Escape)
	keyword, flags, args := splitInstruction(slot{i.line.text, 0, len(i.line.text)}, d.Escape)
	heredocs := node.Heredocs
	if strings.ToLower(keyword.text) == command.Onbuild {
		i.OnBuild = true
		switch {
		case len(flags) > 0:
			return &SyntaxError{i.line.span(flags[0].from, flags[0].to), "unknown flag: " + flags[0].text}
		case args.text == "":
			return &SyntaxError{i.line.span(keyword.from, keyword.to), "ONBUILD requires at least one argument"}
		}
		keyword, flags, args = splitInstruction(args, d.Escape)
		node = node.Next.Children[0]
	}
	i.Name = keyword.text
	if _, known := command.Commands[strings.ToLower(i.Name)]; known {
		i.Name = strings.ToUpper(strings.ToLower(i.Name))
	}
	i.Span = i.line.span(keyword.from, max(keyword.to, args.to))
	i.Args, i.from, i.to = i.line.span(args.from, args.to), args.from, args.to
	for _, f := range flags {
		known := !strings.Contains(f.text, "$")
		if !known {
			_, known = expand(f.text, d.Escape, nil)
		}
		i.Flags = append(i.Flags, Word{f.text, i.line.span(f.from, f.to), known})
	}
	i.addHeredocs(heredocs)
	i.addWords(d, node, args)
	return i.check(keyword)
}

// addHeredocs finds the here-documents behind the line.
func (i *Instruction) addHeredocs(found []buildkit.Heredoc) {
	file := i.line.file
	next := i.line.next
	for _, h := range found {
		start, end := next, next
		for next < len(file.Src) {
			line, behind := physicalLine(file.Src, next)
			end, next = next, behind
			if h.Chomp {
				line = strings.TrimLeft(line, "\t")
			}
			if line == h.Name {
				break
			}
		}
		text := h.Content
		if h.Chomp {
			text = buildkit.ChompHeredocContent(text)
		}
		i.Heredocs = append(i.Heredocs, Heredoc{h.Name, Span{file, start, end}, text, h.Expand, next})
	}
}

// addWords fills in what the arguments are, by the kind of the instruction.
func (i *Instruction) addWords(d *Dockerfile, node *buildkit.Node, args slot) {
	isJSON := node.Attributes["json"]
	switch i.Name {
	case "CMD", "ENTRYPOINT", "RUN", "SHELL":
		if i.Form = ShellForm; isJSON {
			i.Form = ExecForm
			for _, s := range jsonStrings(args) {
				i.Exec = append(i.Exec, Word{s.text, i.line.span(s.from, s.to), true})
			}
		} else if strings.HasPrefix(args.text, "[") {
			i.Broken = brokenJSON(&i.line, args)
		}
		return
	}
	var slots []slot
	switch i.Name {
	case "ENV", "LABEL":
		if slots = quotedWords(args, d.Escape); len(slots) > 0 && !strings.Contains(slots[0].text, "=") {
			// The old form: ENV key value with blanks
			old := args
			if fields := blankSeparated(args); len(fields) > 1 {
				old.text = fields[0].text + "=" + args.text[fields[1].from-args.from:]
			}
			slots = []slot{old}
		}
	case "ARG":
		slots = quotedWords(args, d.Escape)
	case "ADD", "COPY", "VOLUME":
		if slots = blankSeparated(args); isJSON {
			slots = jsonStrings(args)
		}
	case "EXPOSE", "FROM":
		slots = blankSeparated(args)
	case "HEALTHCHECK":
		if fields := blankSeparated(args); len(fields) > 0 {
			kind := fields[0]
			rest := trim(slot{args.text[kind.to-args.from:], kind.to, args.to})
			if slots = []slot{kind}; isJSON {
				slots = append(slots, jsonStrings(rest)...)
			} else if rest.text != "" {
				slots = append(slots, rest)
			}
		}
	default:
		if args.text != "" {
			slots = []slot{args}
		}
	}
	plain := i.Name == "HEALTHCHECK" || i.Name == "MAINTAINER" // in those BuildKit expands nothing
	i.Words = make([]Word, 0, len(slots))
	for _, s := range slots {
		i.Words = append(i.Words, Word{s.text, i.line.span(s.from, s.to), plain || !strings.Contains(s.text, "$")})
	}
}

// check says what BuildKit refuses although the line could be parsed. What is behind ONBUILD is judged where it takes effect.
//
// Source: buildkit's instructions package, parse.go.
func (i *Instruction) check(keyword slot) error {
	refuse := func(message string) error { return &SyntaxError{i.Span, message} }
	if i.OnBuild {
		switch i.Name {
		case "ONBUILD":
			return refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
		case "FROM", "MAINTAINER":
			return refuse(i.Name + " isn't allowed as an ONBUILD trigger")
		}
		return nil
	}
	arguments := len(i.Words)
	switch i.Name {
	case "SHELL":
		if i.Form == ShellForm && i.Broken == nil && i.from < i.to {
			return refuse("SHELL requires the arguments to be in JSON form")
		}
		if arguments = len(i.Exec); i.Broken != nil {
			arguments = 1
		}
		fallthrough
	case "ARG", "ENV", "LABEL", "EXPOSE", "VOLUME", "HEALTHCHECK":
		if arguments == 0 {
			return refuse(i.Name + " requires at least one argument")
		}
	case "MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR":
		if arguments == 0 {
			return refuse(i.Name + " requires exactly one argument")
		}
	case "ADD", "COPY":
		if arguments < 2 {
			return refuse(i.Name + " requires at least two arguments, but only one was provided. Destination could not be determined")
		}
		if last := arguments - 1; buildkit.MustParseHeredoc(i.Words[last].Text) != nil {
			return &SyntaxError{i.Words[last].Span, i.Name + " cannot accept a heredoc as a destination"}
		}
	case "FROM", "RUN", "CMD", "ENTRYPOINT":
	default:
		return &SyntaxError{i.line.span(keyword.from, keyword.to), "unknown instruction: " + keyword.text}
	}
	switch i.Name {
	case "ARG", "ENV", "LABEL":
		for _, word := range i.Words {
			if strings.HasPrefix(word.Text, "=") {
				return &SyntaxError{word.Span, i.Name + " names can not be blank"}
			}
		}
	case "HEALTHCHECK":
		switch kind := strings.ToUpper(i.Words[0].Text); {
		case kind == "NONE" && arguments > 1:
			return refuse("HEALTHCHECK NONE takes no arguments")
		case kind == "CMD" && arguments == 1:
			return refuse("Missing command after HEALTHCHECK CMD")
		case kind != "NONE" && kind != "CMD":
			return &SyntaxError{i.Words[0].Span, "Unknown type " + i.Words[0].Text + " in HEALTHCHECK (try CMD)"}
		}
	}
	switch i.Name {
	case "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "SHELL", "USER", "VOLUME", "WORKDIR": // those that have no flags
		if len(i.Flags) > 0 {
			return &SyntaxError{i.Flags[0].Span, "unknown flag: " + i.Flags[0].Text}
		}
	}
	return nil
}
