package lint

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Overlay returns a file system in which some files of another one have a different text or are there in addition.
// It serves standard input, the buffers of an editor and proposed fixes. The text is keyed by slash-separated path.
func Overlay(fsys fs.FS, text map[string]string) fs.FS {
	o := &overlay{under: fsys, text: make(map[string]string, len(text)), folders: map[string][]string{}}
	for name, content := range text {
		name = path.Clean(name)
		o.text[name] = content
		for name != "." {
			dir := path.Dir(name)
			if slices.Contains(o.folders[dir], name) {
				break
			}
			o.folders[dir] = append(o.folders[dir], name)
			name = dir
		}
	}
	return o
}

type overlay struct {
	under   fs.FS
	text    map[string]string
	folders map[string][]string // what the overlay holds, directly or deeper, in each folder
}

// Open implements fs.FS.
func (o *overlay) Open(name string) (fs.File, error) {
	if content, ok := o.text[name]; ok {
		info, err := o.Stat(name)
		if err != nil {
			return nil, err
		}
		return &overlayFile{Reader: strings.NewReader(content), info: info}, nil
	}
	if _, ok := o.folders[name]; ok {
		entries, err := o.ReadDir(name)
		if err != nil {
			return nil, err
		}
		info, err := o.Stat(name)
		if err != nil {
			return nil, err
		}
		return &overlayFolder{Reader: bytes.NewReader(nil), info: info, entries: entries}, nil
	}
	return o.under.Open(name)
}

// Stat implements fs.StatFS. A file keeps the mode that it has underneath; a new one has none, which means not known.
func (o *overlay) Stat(name string) (fs.FileInfo, error) {
	content, isText := o.text[name]
	_, isFolder := o.folders[name]
	if !isText && !isFolder {
		return fs.Stat(o.under, name)
	}
	info := overlayInfo{name: path.Base(name), size: int64(len(content))}
	if isFolder {
		info.mode = fs.ModeDir | 0o755
	} else if under, err := fs.Stat(o.under, name); err == nil {
		info.mode, info.time = under.Mode().Perm(), under.ModTime()
	}
	return info, nil
}

// typeOf implements typeTeller.
func (o *overlay) typeOf(name string) (kind fs.FileMode, there, known bool) {
	if _, ok := o.text[name]; ok {
		return 0, true, true
	}
	if _, ok := o.folders[name]; ok {
		return fs.ModeDir, true, true
	}
	if under, ok := o.under.(typeTeller); ok {
		return under.typeOf(name)
	}
	return 0, false, false
}

// ReadDir implements fs.ReadDirFS.
func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, ok := o.text[name]; ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	added, ok := o.folders[name]
	entries, err := fs.ReadDir(o.under, name)
	if !ok {
		return entries, err
	}
	entries = slices.Clone(entries) // they are those of another file system, which may keep them
	for _, child := range added {
		info, err := o.Stat(child)
		if err != nil {
			return nil, err
		}
		entry := fs.FileInfoToDirEntry(info)
		if i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return e.Name() == entry.Name() }); i >= 0 {
			entries[i] = entry
		} else {
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Lstat implements fs.ReadLinkFS.
func (o *overlay) Lstat(name string) (fs.FileInfo, error) {
	if _, ok := o.text[name]; ok {
		return o.Stat(name)
	}
	if _, ok := o.folders[name]; ok {
		return o.Stat(name)
	}
	return fs.Lstat(o.under, name)
}

// ReadLink implements fs.ReadLinkFS.
func (o *overlay) ReadLink(name string) (string, error) {
	if _, ok := o.text[name]; ok {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return fs.ReadLink(o.under, name)
}

type overlayInfo struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
}

func (i overlayInfo) Name() string       { return i.name }
func (i overlayInfo) Size() int64        { return i.size }
func (i overlayInfo) Mode() fs.FileMode  { return i.mode }
func (i overlayInfo) ModTime() time.Time { return i.time }
func (i overlayInfo) IsDir() bool        { return i.mode.IsDir() }
func (i overlayInfo) Sys() any           { return nil }

type overlayFile struct {
	*strings.Reader
	info fs.FileInfo
}

func (f *overlayFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *overlayFile) Close() error               { return nil }

type overlayFolder struct {
	*bytes.Reader
	info    fs.FileInfo
	entries []fs.DirEntry
}

func (f *overlayFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *overlayFolder) Close() error               { return nil }

// ReadDir implements fs.ReadDirFile.
func (f *overlayFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		rest := f.entries
		f.entries = nil
		return rest, nil
	}
	if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	part := f.entries[:n]
	f.entries = f.entries[n:]
	return part, nil
}
