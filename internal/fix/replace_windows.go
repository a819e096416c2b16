package fix

import (
	"os"
	"path/filepath"
)

// replace writes a new file beside the old one and gives it its name, which Windows does in one step, too. renameio is not
// for Windows.
func replace(target string, text []byte, old os.FileInfo) error {
	file, err := os.CreateTemp(filepath.Dir(target), ".pid1lint-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(file.Name(), old.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(file.Name(), target)
}
