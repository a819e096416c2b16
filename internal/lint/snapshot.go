package lint

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A snapshot is a file system that is asked for each folder and file once. A run looks for the same few names again and again
// (.gitignore, .dockerignore, the sources of COPY), most of which are not there, and what it has seen of a project stays true
// until its end.
type snapshot struct {
	under   fs.FS
	kept    atomic.Pointer[keptEntries]
	entries atomic.Int64 // folders and files in kept
	dropped atomic.Bool  // what was kept was too much before
}

// keptEntries is what was seen. It is dropped as a whole when it has become large.
type keptEntries struct {
	mutex   sync.RWMutex
	folders map[string]*keptFolder
	files   sync.Map // path -> *keptFile, of those that were asked for by name
}

func (k *keptEntries) folder(name string) (*keptFolder, bool) {
	k.mutex.RLock()
	defer k.mutex.RUnlock()
	found, ok := k.folders[name]
	return found, ok
}

type keptFolder struct {
	entries []fs.DirEntry // sorted by name
	err     error
}

type keptFile struct {
	once sync.Once
	info fs.FileInfo
	err  error
}

// maxKept is how many folders and files are kept, so that memory does not grow with the project.
const maxKept = 16_000

func newSnapshot(fsys fs.FS) *snapshot {
	s := &snapshot{under: fsys}
	s.kept.Store(&keptEntries{folders: map[string]*keptFolder{}})
	return s
}

// Open implements fs.FS.
func (s *snapshot) Open(name string) (fs.File, error) {
	if s.missing(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.under.Open(name)
}

// ReadDir implements fs.ReadDirFS. What it returns is shared, and not to be changed.
func (s *snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	kept := s.kept.Load()
	if folder, ok := kept.folder(name); ok {
		return folder.entries, folder.err
	}
	if s.missing(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	entries, err := fs.ReadDir(s.under, name)
	kept = s.room(kept)
	kept.mutex.Lock()
	kept.folders[name] = &keptFolder{entries, err}
	kept.mutex.Unlock()
	return entries, err
}

// room returns where one more folder or file can be kept.
func (s *snapshot) room(kept *keptEntries) *keptEntries {
	if s.entries.Add(1) > maxKept {
		s.entries.Store(0)
		s.dropped.Store(true)
		kept = &keptEntries{folders: map[string]*keptFolder{}}
		s.kept.Store(kept)
	}
	return kept
}

// Stat implements fs.StatFS.
func (s *snapshot) Stat(name string) (fs.FileInfo, error) {
	if s.missing(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	kept := s.kept.Load()
	found, ok := kept.files.Load(name)
	if !ok {
		kept = s.room(kept)
		found, _ = kept.files.LoadOrStore(name, &keptFile{})
	}
	file := found.(*keptFile)
	file.once.Do(func() { file.info, file.err = fs.Stat(s.under, name) })
	return file.info, file.err
}

// Lstat implements fs.ReadLinkFS.
func (s *snapshot) Lstat(name string) (fs.FileInfo, error) {
	if s.missing(name) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return fs.Lstat(s.under, name)
}

// ReadLink implements fs.ReadLinkFS.
func (s *snapshot) ReadLink(name string) (string, error) { return fs.ReadLink(s.under, name) }

// missing reports whether what was seen of a folder above says that there is no such file. What is below a symbolic link is not
// known.
func (s *snapshot) missing(name string) bool {
	entry, above := s.seen(name)
	return above && entry == nil
}

// typeOf implements typeTeller.
func (s *snapshot) typeOf(name string) (kind fs.FileMode, there, known bool) {
	if s.dropped.Load() && fs.ValidPath(name) {
		_, _ = s.ReadDir(path.Dir(name)) // the folder was listed before, and more will be asked about it
	}
	entry, above := s.seen(name)
	if entry == nil {
		return 0, false, above
	}
	kind = entry.Type()
	return kind, true, kind == 0 || kind == fs.ModeDir
}

// seen looks for a path in the nearest folder above it that was listed, and returns what that has on the way to it. above is false
// where there is no such folder.
func (s *snapshot) seen(name string) (entry fs.DirEntry, above bool) {
	if name == "." || !fs.ValidPath(name) {
		return nil, false
	}
	kept := s.kept.Load()
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if folder, ok := kept.folder(dir); ok {
			if folder.err != nil {
				return nil, false
			}
			next := name
			if dir != "." {
				next = name[len(dir)+1:]
			}
			deeper := false
			next, _, deeper = strings.Cut(next, "/")
			at, there := slices.BinarySearchFunc(folder.entries, next, func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) })
			switch {
			case !there:
				return nil, true
			case deeper:
				return nil, false
			}
			return folder.entries[at], true
		}
		if dir == "." {
			return nil, false
		}
	}
}
