package process

import (
	"io/fs"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/parser"
)

// Files is the file system of the image, as far as it is known.
type Files interface {
	// Lookup says what stands at an absolute, clean path of the image. Symbolic links are followed.
	Lookup(path string) Entry
}

// A Lister is a Files that can tell what stands in a folder as well.
type Lister interface {
	// List returns the names in a folder of the image; known says that these are all, for all that is known.
	List(dir string) (names []string, known bool)
}

// A RunReader is a Files that can tell what the image was built with: a setting is often written by echo or sed.
type RunReader interface {
	// RunText returns the text of all RUN instructions; whole says that nothing else is unknown in the image.
	RunText() (text string, whole bool)
}

// An EntryKind says what stands at a path of the image.
type EntryKind uint8

// The kinds of entries.
const (
	Unseen       EntryKind = iota // nothing is seen to create it: a program, for all that is known
	Missing                       // it is known not to be there
	Text                          // a file whose content is known
	Program                       // a program whose content does not matter or cannot be known, such as a compiled one
	ShellProgram                  // a shell
	Pipe                          // a named pipe
	Folder                        // a folder
	Opaque                        // it is there, but what it is cannot be known: Reason says why
)

// An Entry is what stands at a path of the image.
type Entry struct {
	Kind      EntryKind
	Script    *parser.Script // the content, for Text
	Mode      fs.FileMode    // permissions, where ModeKnown
	ModeKnown bool
	Shell     image.Shell // for ShellProgram
	Name      string      // what a link of another name leads to: "busybox" for /bin/sh; "" otherwise
	Origin    parser.Span // the instruction that put it there; may be zero
	Reason    string      // for Opaque and Missing: a clause
}
