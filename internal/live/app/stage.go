//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// reports is where stage says why it could not become the command: "exec ENOENT" is the kernel's refusal or a name that is not in
// PATH, everything else is a failed set-up. Closed without a word, it says that the command runs.
const reports = 3

// stage runs as PID 1 of new namespaces. It copies dir/files to dir/w, gives the namespaces a file system of their own (the
// machine's, with a /proc of the new namespace, an empty /tmp, and dir/w at /w) on the empty directory dir/root, and becomes the
// command, looked up in PATH as runc does.
func stage(dir string, argv []string) {
	runtime.LockOSThread()
	unix.CloseOnExec(reports)
	unix.Umask(0o022)
	err := os.CopyFS(filepath.Join(dir, "w"), os.DirFS(filepath.Join(dir, "files")))
	if err == nil {
		err = enter(filepath.Join(dir, "root"), filepath.Join(dir, "w"))
	}
	if err != nil {
		refuse(fmt.Sprintf("setting up %s: %v", dir, err))
	}
	path := argv[0]
	if !strings.Contains(path, "/") {
		found, err := exec.LookPath(path)
		if err != nil {
			refuse("exec ENOENT")
		}
		path = found
	}
	setDispositions(0)
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		refuse(fmt.Sprintf("emptying the signal mask: %v", err))
	}
	var errno unix.Errno
	errors.As(unix.Exec(path, argv, os.Environ()), &errno)
	refuse("exec " + unix.ErrnoName(errno))
}

func refuse(why string) {
	_, _ = os.NewFile(reports, "reports").WriteString(why) // there is nobody else to tell
	os.Exit(70)
}

// enter makes root the root directory.
func enter(root, files string) error {
	// What is mounted from here on stays in this namespace.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := unix.Mount("root", root, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mounting a tmpfs: %w", err)
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		there := filepath.Join(root, entry.Name())
		switch {
		case slices.Contains([]string{"proc", "tmp", "sys", "mnt", "media", "boot", "w"}, entry.Name()):
		case entry.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink("/" + entry.Name())
			if err != nil {
				return err
			}
			if err := os.Symlink(target, there); err != nil {
				return err
			}
		case entry.IsDir():
			if err := bind("/"+entry.Name(), there); err != nil {
				return err
			}
		}
	}
	if err := bind(files, root+work); err != nil {
		return err
	}
	if err := os.Mkdir(root+"/tmp", 0o777); err != nil {
		return err
	}
	if err := os.Chmod(root+"/tmp", 0o1777); err != nil {
		return err
	}
	if err := os.Mkdir(root+"/proc", 0o555); err != nil {
		return err
	}
	if err := unix.Mount("proc", root+"/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	// Both on one directory: the old root then lies on top of the new one, and is taken away.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmounting the old root: %w", err)
	}
	return os.Chdir(work)
}

func bind(from, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("binding %s: %w", from, err)
	}
	return nil
}
