package lint

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/parser"
)

// A podVolume is a volume at a path of a container.
type podVolume struct {
	path   string // absolute and clean
	why    string // a clause on why its files are not known; "" where they are
	at     parser.Span
	single bool                     // it is one file, not a folder
	files  map[string]parser.Scalar // by their path below the volume's own; "" for a single one
	mode   fs.FileMode              // 0 where that is not known
}

// volumesOf returns the volumes of a container of a manifest, those of longer paths first.
func (p *Project) volumesOf(name string, c podContainer, reads *reads) []podVolume {
	var all []podVolume
	for _, mount := range c.Mounts {
		if !strings.HasPrefix(mount.Path, "/") || mount.Path == "/" {
			continue
		}
		v := podVolume{path: mount.Path, at: mount.Span, single: mount.SubPath != ""}
		source, known := c.pod.Volumes[mount.Volume]
		var config *parser.ConfigMap
		if source.ConfigMap != "" {
			config = p.configMap(name, source.ConfigMap, c.pod.Namespace, reads)
		}
		switch {
		case !known || source.ConfigMap == "":
			v.why = "is in the volume " + mount.Volume
		case config == nil:
			v.why = "comes from the ConfigMap " + source.ConfigMap + ", which is not in this folder"
		default:
			v.files = keysOf(config, source, mount.SubPath)
			v.mode = modeOf(source.Mode.Text)
		}
		all = append(all, v)
	}
	slices.SortStableFunc(all, func(a, b podVolume) int { return len(b.path) - len(a.path) })
	return all
}

// configMap returns a ConfigMap of the manifest or, where that has none of the name, of another one in its folder; nil where there is
// none or more than one may be meant.
func (p *Project) configMap(file, name, namespace string, reads *reads) *parser.ConfigMap {
	found := p.manifest(file).configMaps(name, namespace)
	if len(found) == 0 {
		for _, other := range p.withConfigMaps(path.Dir(file)) {
			if other == file {
				continue
			}
			if more := p.manifest(other).configMaps(name, namespace); len(more) > 0 {
				found = append(found, more...)
				reads.note(other)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

func (m *manifest) configMaps(name, namespace string) []*parser.ConfigMap {
	var found []*parser.ConfigMap
	for _, c := range m.ConfigMaps {
		if c.Name == name && (c.Namespace == "" || namespace == "" || c.Namespace == namespace) {
			found = append(found, c)
		}
	}
	return found
}

// withConfigMaps lists the manifests of a folder that have ConfigMaps, once in a run.
func (p *Project) withConfigMaps(dir string) []string {
	if found, ok := p.configMaps.Load(dir); ok {
		return found.([]string)
	}
	var files []string
	for _, name := range folderNames(p.sources.fsys, dir) {
		if name = path.Join(dir, name); kindOfName(name) != yamlName {
			continue
		}
		if text, _, err := readFile(p.sources.fsys, name); err == nil && strings.Contains(text, "kind: ConfigMap") {
			files = append(files, name)
		}
	}
	p.configMaps.Store(dir, files)
	return files
}

// keysOf returns the files that a ConfigMap becomes.
func keysOf(c *parser.ConfigMap, v parser.Volume, subPath string) map[string]parser.Scalar {
	files := map[string]parser.Scalar{}
	for key, value := range c.Data {
		name := key
		if v.Items != nil {
			if name = v.Items[key]; name == "" {
				continue
			}
		}
		if subPath == "" {
			files[name] = value
		} else if path.Clean(subPath) == path.Clean(name) {
			files[""] = value
		}
	}
	return files
}

// modeOf reads defaultMode, 0644 where it is not set: in YAML a number that begins with 0 is octal. It returns 0 for what is no mode.
func modeOf(text string) fs.FileMode {
	if text == "" {
		return 0o644
	}
	mode, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return 0
	}
	return fs.FileMode(mode) & fs.ModePerm
}

// volumeFiles are the files of an image with volumes over them.
type volumeFiles struct {
	process.Files
	volumes []podVolume
}

// Lookup implements process.Files.
func (f volumeFiles) Lookup(name string) process.Entry {
	for _, v := range f.volumes {
		rest, below := under(v.path, name)
		if !below && name != v.path {
			continue
		}
		switch {
		case v.why != "":
			if name == v.path {
				return process.Entry{} // a folder, or one file of the volume
			}
			return process.Entry{Kind: process.Opaque, Origin: v.at, Reason: name + " " + v.why}
		case name == v.path && !v.single:
			return process.Entry{Kind: process.Folder, Origin: v.at}
		}
		value, found := v.files[rest]
		if name == v.path {
			value, found = v.files[""]
		}
		if !found {
			return process.Entry{Kind: process.Opaque, Origin: v.at, Reason: name + " is no key of the ConfigMap that is mounted there"}
		}
		script := value.FileScript()
		if script == nil {
			return process.Entry{Kind: process.Opaque, Origin: v.at, Reason: "a template engine writes " + name}
		}
		return process.Entry{Kind: process.Text, Script: script, Mode: v.mode, ModeKnown: v.mode != 0, Origin: v.at}
	}
	return f.Files.Lookup(name)
}

// List implements process.Lister.
func (f volumeFiles) List(dir string) (names []string, known bool) {
	for _, v := range f.volumes {
		if _, below := under(v.path, dir); !below && dir != v.path {
			continue
		}
		for name := range v.files {
			names = append(names, name)
		}
		slices.Sort(names)
		return names, v.why == "" && dir == v.path
	}
	if lister, ok := f.Files.(process.Lister); ok {
		return lister.List(dir)
	}
	return nil, false
}

// RunText implements process.RunReader.
func (f volumeFiles) RunText() (text string, whole bool) {
	if reader, ok := f.Files.(process.RunReader); ok {
		return reader.RunText()
	}
	return "", false
}
