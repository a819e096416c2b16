//go:build !windows

package fix

import (
	"os"
	"syscall"

	"github.com/google/renameio/v2"
)

// replace writes a new file beside the old one and gives it its name.
func replace(target string, text []byte, old os.FileInfo) (err error) {
	file, err := renameio.NewPendingFile(target, renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer func() { _ = file.Cleanup() }()
	if owner, ok := old.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(owner.Uid), int(owner.Gid)) // only root can give it to somebody else
		_ = file.Chmod(old.Mode().Perm())              // which takes set-user-ID away
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}
