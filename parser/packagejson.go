package parser

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A PackageJSON is what a package.json or deno.json says about how its package is started.
type PackageJSON struct {
	Scripts        map[string]Word // "scripts"; the span of each covers the JSON string with its quotes
	Tasks          map[string]Word // "tasks" of deno.json
	Main           Word            // the zero Word where there is none
	PackageManager Word            // "yarn@4.1.0"; the zero Word where there is none
	Workspaces     bool            // it is the root of several packages
}

// ParsePackageJSON reads a file of the image as package.json. What npm does not mind is no error: a byte-order mark, scripts
// that are no strings, and names that come twice, of which the last counts.
func ParsePackageJSON(s *Script) (*PackageJSON, error) {
	text := strings.TrimPrefix(s.Text, "\ufeff")
	r := &jsonReader{script: s, text: text, base: len(s.Text) - len(text), dec: json.NewDecoder(strings.NewReader(text))}
	p := &PackageJSON{}
	err := r.object(func(key string) error {
		var err error
		switch key {
		case "scripts":
			p.Scripts, err = r.words()
		case "tasks":
			p.Tasks, err = r.words()
		case "main":
			p.Main, err = r.word()
		case "packageManager":
			p.PackageManager, err = r.word()
		case "workspaces":
			p.Workspaces = true
			err = r.skip()
		default:
			err = r.skip()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading package.json: %w", err)
	}
	return p, nil
}

// A jsonReader reads JSON one value after the other and knows the places of strings.
type jsonReader struct {
	script *Script
	text   string
	base   int // of text in the script
	dec    *json.Decoder
}

// next reads one token and returns where it begins and ends.
func (r *jsonReader) next() (token json.Token, start, end int, err error) {
	start = int(r.dec.InputOffset())
	if token, err = r.dec.Token(); err != nil {
		return nil, 0, 0, err
	}
	end = int(r.dec.InputOffset())
	for start < end && strings.IndexByte(" \t\r\n:,", r.text[start]) >= 0 {
		start++
	}
	return token, start, end, nil
}

// object reads an object and calls value with each key; value must read the value.
func (r *jsonReader) object(value func(key string) error) error {
	token, _, _, err := r.next()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return r.rest(token)
	}
	for r.dec.More() {
		key, _, _, err := r.next()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if err := value(name); err != nil {
			return err
		}
	}
	_, _, _, err = r.next()
	return err
}

// rest skips what remains of a value whose first token was read.
func (r *jsonReader) rest(token json.Token) error {
	depth := 0
	for {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return nil
		}
		var err error
		if token, _, _, err = r.next(); err != nil {
			return err
		}
	}
}

func (r *jsonReader) skip() error {
	token, _, _, err := r.next()
	if err != nil {
		return err
	}
	return r.rest(token)
}

// word reads a value; one that is no string is the zero Word.
func (r *jsonReader) word() (Word, error) {
	token, start, end, err := r.next()
	if err != nil {
		return Word{}, err
	}
	text, ok := token.(string)
	if !ok {
		return Word{}, r.rest(token)
	}
	return Word{Text: text, Span: r.script.part(r.base+start, r.base+end), Known: true}, nil
}

// words reads an object of strings. A value that is an object stands for its "command", as in deno.json.
func (r *jsonReader) words() (map[string]Word, error) {
	words := map[string]Word{}
	err := r.object(func(key string) error {
		token, start, end, err := r.next()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case string:
			words[key] = Word{Text: token, Span: r.script.part(r.base+start, r.base+end), Known: true}
			return nil
		case json.Delim:
			if token != '{' {
				return r.rest(token)
			}
			for r.dec.More() {
				name, _, _, err := r.next()
				if err != nil {
					return err
				}
				word, err := r.word()
				if err != nil {
					return err
				}
				if name == "command" && word.Known {
					words[key] = word
				}
			}
			_, _, _, err = r.next()
			return err
		}
		return nil
	})
	return words, err
}
