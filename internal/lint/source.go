package lint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/pid1lint/pid1lint/parser"
)

// maxFileSize is the size in bytes up to which a file is read: far more than any Dockerfile or start script has.
const maxFileSize = 4 << 20

// sources reads the files of a project, each once while somebody needs it: Dockerfiles share scripts, but all files together may be
// more than memory holds.
type sources struct {
	fsys  fs.FS
	mutex sync.RWMutex
	files map[string]*readSource // by path
	count atomic.Int64

	under  *sources          // those of the project without the edits that this one is about; nil where there are none
	edited map[string]string // the files that differ from it
}

// A source is one file that was asked for.
type source struct {
	*readSource
	file *parser.File // nil where err is not
	err  error
}

// A readSource is what a run keeps of a file that it has read. There is one for every file of a project, so that what few of them
// have is put aside.
type readSource struct {
	mutex  sync.Mutex
	text   weak.Pointer[parser.File]   // goes with the last launch or finding that has a place in it, and is read again after that
	script weak.Pointer[parser.Script] // the tree is much larger than the text, and goes with the last launch that needs it
	aside  *asideOfSource              // nil for nothing
	mode   fs.FileMode
	read   bool
	heard  bool // the comments that ask for silence were looked for
}

type asideOfSource struct {
	failed  error           // why it cannot be read
	hashes  []string        // nil until they are asked for
	ignored []parser.Ignore // the comments that ask for silence

	stageOnce sync.Once
	stageLine int

	yamlOnce sync.Once
	yamlTree *parser.YAML
	yamlErr  error
}

func (s *sources) get(name string) *source {
	if _, differs := s.edited[name]; s.under != nil && !differs {
		src := s.under.get(name)
		if _, added := s.keep(name, src.readSource); added && src.err == nil {
			s.count.Add(1)
		}
		return src
	}
	r := s.known(name)
	if r == nil {
		r, _ = s.keep(name, &readSource{})
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.aside != nil && r.aside.failed != nil {
		return &source{readSource: r, err: r.aside.failed}
	}
	file := r.text.Value()
	if file == nil {
		text, mode, err := readFile(s.fsys, name)
		if err != nil {
			r.more().failed = err
			return &source{readSource: r, err: err}
		}
		file = &parser.File{Path: name, Src: text}
		r.text, r.mode = weak.Make(file), mode
		if !r.read {
			r.read = true
			s.count.Add(1)
		}
	}
	return &source{readSource: r, file: file}
}

// known returns what is kept of a file that was asked for, nil for none.
func (s *sources) known(name string) *readSource {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.files[name]
}

// keep keeps what there is of a file unless something is kept of it already, and returns what is kept.
func (s *sources) keep(name string, r *readSource) (kept *readSource, added bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if kept, ok := s.files[name]; ok {
		return kept, false
	}
	if s.files == nil {
		s.files = map[string]*readSource{}
	}
	s.files[name] = r
	return r, true
}

// more returns what is put aside of a file. The mutex is held.
func (r *readSource) more() *asideOfSource {
	if r.aside == nil {
		r.aside = &asideOfSource{}
	}
	return r.aside
}

func (r *readSource) lockedMore() *asideOfSource {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.more()
}

// parsed returns the file as a shell script.
func (s *source) parsed() *parser.Script {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if script := s.script.Value(); script != nil {
		return script
	}
	script := parser.ParseScript(s.file)
	s.script = weak.Make(script)
	return script
}

// lastStage returns the line of the last FROM of a Dockerfile, 0 for what is none.
func (s *source) lastStage() int {
	more := s.lockedMore()
	more.stageOnce.Do(func() {
		if d, err := parser.ParseDockerfile(s.file); err == nil {
			more.stageLine = d.Stage("").From.Span.Begin().Line
		}
	})
	return more.stageLine
}

// yaml returns the file as YAML. Its launches all need it, so it is kept.
func (s *source) yaml() (*parser.YAML, error) {
	if s.err != nil {
		return nil, s.err
	}
	more := s.lockedMore()
	more.yamlOnce.Do(func() { more.yamlTree, more.yamlErr = parser.ParseYAML(s.file) })
	return more.yamlTree, more.yamlErr
}

// readFile reads a regular file that is not too large. Anything else is an error before it is opened: a named pipe
// would block for ever.
func readFile(fsys fs.FS, name string) (string, fs.FileMode, error) {
	kind, err := typeOf(fsys, name)
	switch {
	case err != nil:
		return "", 0, reason(err)
	case kind.IsDir():
		return "", 0, errors.New("it is a folder")
	case kind != 0:
		return "", 0, fmt.Errorf("it is not a regular file but %s", kindOfFile(kind))
	}
	file, err := fsys.Open(name)
	if err != nil {
		return "", 0, reason(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	switch {
	case err != nil:
		return "", 0, reason(err)
	case info.Size() > maxFileSize:
		return "", 0, fmt.Errorf("it is larger than %d MiB", maxFileSize>>20)
	}
	// A file can grow, and the size of some is not what can be read from them.
	var text bytes.Buffer
	text.Grow(int(info.Size()) + bytes.MinRead) // one read, and one that finds the end
	if _, err := text.ReadFrom(io.LimitReader(file, maxFileSize+1)); err != nil {
		return "", 0, reason(err)
	}
	if text.Len() > maxFileSize {
		return "", 0, fmt.Errorf("it is larger than %d MiB", maxFileSize>>20)
	}
	return text.String(), info.Mode(), nil
}

// A typeTeller is a file system that knows of some paths without asking whether there is something, and what.
type typeTeller interface {
	typeOf(name string) (kind fs.FileMode, there, known bool)
}

// typeOf returns the type bits of what stands at a path, symbolic links followed: 0 for a regular file.
func typeOf(fsys fs.FS, name string) (fs.FileMode, error) {
	if teller, ok := fsys.(typeTeller); ok {
		switch kind, there, known := teller.typeOf(name); {
		case known && there:
			return kind, nil
		case known:
			return 0, fs.ErrNotExist
		}
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return 0, err
	}
	return info.Mode().Type(), nil
}

// isFile reports whether a regular file stands at a path.
func isFile(fsys fs.FS, name string) bool {
	kind, err := typeOf(fsys, name)
	return err == nil && kind == 0
}

// reason drops the operation and the path from an error of a file system, since every message names the file anyway.
func reason(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
