package fix

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Write puts a text in the place of that of a file, all of it or nothing: whoever reads the file meanwhile sees one or the
// other. name is its path; a symbolic link is followed, but not out of root. The file keeps its mode and its owner.
//
// It is an error if the file does not read as before any more, if it is read-only, or if it cannot be written.
func Write(root, name, before, after string) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return reason(err)
	}
	if inside, err := filepath.Rel(root, target); err != nil || inside == ".." || strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return fmt.Errorf("it is a link to %s, which is outside of the project", target)
	}
	info, err := os.Stat(target)
	if err != nil {
		return reason(err)
	}
	now, err := os.ReadFile(target)
	if err != nil {
		return reason(err)
	}
	switch {
	case string(now) == after:
		return nil
	case string(now) != before:
		return errors.New("it has changed since it was read: run pid1lint again")
	case info.Mode()&0o222 == 0:
		return errors.New("it is read-only")
	}
	return reason(replace(target, []byte(after), info))
}

// reason drops the operation and the path from an error of the file system: the message names the file anyway.
func reason(err error) error {
	if pathError := (*os.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	if linkError := (*os.LinkError)(nil); errors.As(err, &linkError) {
		return linkError.Err
	}
	return err
}
