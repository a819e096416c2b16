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
	entries []keptEntry // sorted by name
	err     error
}

// A keptEntry is what there is to know of a file in a folder without asking for it.
type keptEntry struct {
	name string
	kind fs.FileMode // its type bits
}

// newKeptFolder keeps what a folder holds. All its names are one string.
func newKeptFolder(entries []fs.DirEntry, err error) *keptFolder {
	size := 0
	for _, e := range entries {
		size += len(e.Name())
	}
	var all strings.Builder
	all.Grow(size)
	for _, e := range entries {
		all.WriteString(e.Name())
	}
	names := all.String()
	f := &keptFolder{entries: make([]keptEntry, len(entries)), err: err}
	for i, e := range entries {
		n := len(e.Name())
		f.entries[i] = keptEntry{names[:n], e.Type()}
		names = names[n:]
	}
	return f
}

// list returns what a folder holds as others want it.
func (f *keptFolder) list(of *snapshot, dir string) []fs.DirEntry {
	entries := make([]snapshotEntry, len(f.entries))
	list := make([]fs.DirEntry, len(f.entries))
	for i, e := range f.entries {
		entries[i] = snapshotEntry{e, dir, of}
		list[i] = &entries[i]
	}
	return list
}

// A snapshotEntry implements fs.DirEntry.
type snapshotEntry struct {
	keptEntry
	dir string
	of  *snapshot
}

func (e *snapshotEntry) Name() string               { return e.name }
func (e *snapshotEntry) IsDir() bool                { return e.kind.IsDir() }
func (e *snapshotEntry) Type() fs.FileMode          { return e.kind }
func (e *snapshotEntry) Info() (fs.FileInfo, error) { return e.of.Lstat(path.Join(e.dir, e.name)) }

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

// ReadDir implements fs.ReadDirFS.
func (s *snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	folder, err := s.folder(name)
	if err != nil {
		return nil, err
	}
	return folder.list(s, name), folder.err
}

// folder returns what a folder holds. An error is that there is no such folder; what else is wrong with it is kept.
func (s *snapshot) folder(name string) (*keptFolder, error) {
	kept := s.kept.Load()
	if folder, ok := kept.folder(name); ok {
		return folder, nil
	}
	if s.missing(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	folder := newKeptFolder(fs.ReadDir(s.under, name))
	kept = s.room(kept)
	kept.mutex.Lock()
	kept.folders[name] = folder
	kept.mutex.Unlock()
	return folder, nil
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
	_, there, above := s.seen(name)
	return above && !there
}

// typeOf implements typeTeller.
func (s *snapshot) typeOf(name string) (kind fs.FileMode, there, known bool) {
	if s.dropped.Load() && fs.ValidPath(name) {
		_, _ = s.folder(path.Dir(name)) // the folder was listed before, and more will be asked about it
	}
	kind, there, above := s.seen(name)
	return kind, there, above && (!there || kind == 0 || kind == fs.ModeDir)
}

// seen looks for a path in the nearest folder above it that was listed, and returns the type of what is there. above is false where
// that does not say whether there is something.
func (s *snapshot) seen(name string) (kind fs.FileMode, there, above bool) {
	if name == "." || !fs.ValidPath(name) {
		return 0, false, false
	}
	kept := s.kept.Load()
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if folder, ok := kept.folder(dir); ok {
			if folder.err != nil {
				return 0, false, false
			}
			next := name
			if dir != "." {
				next = name[len(dir)+1:]
			}
			deeper := false
			next, _, deeper = strings.Cut(next, "/")
			at, there := slices.BinarySearchFunc(folder.entries, next, func(e keptEntry, name string) int { return strings.Compare(e.name, name) })
			switch {
			case !there:
				return 0, false, true
			case deeper:
				return 0, false, false
			}
			return folder.entries[at].kind, true, true
		}
		if dir == "." {
			return 0, false, false
		}
	}
}
