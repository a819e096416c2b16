package program

import (
	"path"
	"slices"
	"strings"

	"github.com/pid1lint/pid1lint/parser"
)

// A javaBuild is the module that a jar was built from, with what its build file says.
type javaBuild struct {
	dir     string // folder of the module in sources
	sources Sources
	poms    []*parser.POM  // of the module and its parents, as far as they are files of the project; none for Gradle
	root    string         // the folder of the last of them
	gradle  *parser.Gradle // nil for Maven
	above   []*parser.Gradle
	depends []parser.Artifact // of the module and of those modules of the project that it depends on
	modules []string          // the folders of these modules, its own first
	boms    [][]*parser.POM   // the bills of materials that are modules of the project, each with its parents
	files   []*parser.File
	custom  bool // its resources stand elsewhere than in src/main/resources
}

// findJavaBuild returns the module that a program was built from, nil where that is not certain. file is the path of the jar.
func findJavaBuild(file string, s Sources) *javaBuild {
	if !path.IsAbs(file) {
		return nil
	}
	origin := s.Origin(file)
	if origin == nil {
		return nil
	}
	dir, ok := BuiltIn(origin.Path)
	if !ok {
		dir, ok = copiedFrom(origin)
	}
	if !ok {
		return nil
	}
	return newJavaBuild(dir, origin)
}

// findUnpackedBuild returns the module that a jar was built from which stands in the image in pieces, nil where that is not certain.
func findUnpackedBuild(s Sources) *javaBuild {
	u, ok := s.(unpacker)
	if !ok {
		return nil
	}
	origin := u.Unpacked()
	if origin == nil {
		return nil
	}
	dir, ok := BuiltIn(origin.Path)
	if !ok {
		return nil
	}
	return newJavaBuild(dir, origin)
}

func newJavaBuild(dir string, origin *Origin) *javaBuild {
	b := &javaBuild{dir: dir, sources: origin.Sources, modules: []string{dir}}
	if b.readMaven() || b.readGradle() {
		return b
	}
	return nil
}

// An unpacker is Sources that know how the pieces came into the image that a jar was taken to.
type unpacker interface {
	// Unpacked returns the origin of the one module whose output was copied into the image, as it is or in pieces; nil where there are
	// several, or none.
	Unpacked() *Origin
}

// BuiltIn returns the folder of the module of Maven or Gradle whose output an absolute path is in: they build in target and in build. It returns
// false where it is in none, or in one of several that a pattern matches.
func BuiltIn(file string) (string, bool) {
	for _, output := range []string{"/target/", "/build/libs/", "/build/quarkus-app/"} {
		if at := strings.LastIndex(file, output); at >= 0 {
			dir := file[:at]
			return path.Join("/", dir), !strings.ContainsAny(dir, `*?[\$`)
		}
	}
	return "", false
}

// copiedFrom returns the folder of the module where a build ends in "cp target/app.jar /app.jar", or mv.
func copiedFrom(o *Origin) (string, bool) {
	found, ok := "", false
	for _, c := range o.Commands("cp", "mv") {
		if len(c.Args) < 3 || c.Args[0].Text != "cp" && c.Args[0].Text != "mv" || c.Dir == "" {
			continue
		}
		from, to := absolute(c.Dir, c.Args[len(c.Args)-2].Text), absolute(c.Dir, c.Args[len(c.Args)-1].Text)
		if to != o.Path && path.Join(to, path.Base(o.Path)) != o.Path {
			continue
		}
		if dir, built := BuiltIn(from); built {
			if ok && dir != found {
				return "", false
			}
			found, ok = dir, true
		}
	}
	return found, ok
}

// read returns a file of the project, and notes it.
func (b *javaBuild) read(name string) *parser.File {
	file := b.sources.File(name)
	if file != nil && !slices.Contains(b.files, file) {
		b.files = append(b.files, file)
	}
	return file
}

// maxParents is how many parents of a pom.xml are looked at, and how many modules of a project.
const (
	maxParents = 10
	maxModules = 100
)

func (b *javaBuild) readMaven() bool {
	b.poms, b.root = b.readPOMs(b.dir)
	if len(b.poms) == 0 || len(b.poms[0].Modules) > 0 || b.poms[0].Packaging == "pom" {
		return false
	}
	b.custom = b.poms[0].CustomResources
	b.depends = b.dependencies(b.poms)
	b.addModules()
	return true
}

// readPOMs returns the pom.xml of a folder and those of its parents that are files of the project.
func (b *javaBuild) readPOMs(dir string) (poms []*parser.POM, last string) {
	for range maxParents {
		file := b.read(path.Join(dir, "pom.xml"))
		if file == nil {
			break
		}
		pom := parsedPOM(b.sources, file)
		if pom == nil {
			break
		}
		if len(poms) > 0 {
			if child := poms[len(poms)-1].Parent; pom.Artifact.Name != child.Name || pom.Artifact.Group != "" && pom.Artifact.Group != child.Group {
				break // another project's
			}
		}
		poms, last = append(poms, pom), dir
		parent := path.Join(dir, pom.RelativePath)
		if path.Base(parent) == "pom.xml" {
			parent = path.Dir(parent)
		}
		if pom.Parent.Name == "" || pom.RelativePath == "" || path.Ext(parent) == ".xml" {
			break
		}
		dir = parent
	}
	return poms, last
}

// A keeper is Sources that keep what is made of a file for as long as a run takes.
type keeper interface {
	// Keep returns what do returned when it was called for the file the first time.
	Keep(file *parser.File, do func() any) any
}

// parsedPOM returns what a pom.xml says, nil where it cannot be parsed. Each module of a project asks for all of them.
func parsedPOM(s Sources, file *parser.File) *parser.POM {
	parse := func() any {
		pom, err := parser.ParsePOM(file)
		if err != nil {
			return (*parser.POM)(nil)
		}
		return pom
	}
	if k, ok := s.(keeper); ok {
		return k.Keep(file, parse).(*parser.POM)
	}
	return parse().(*parser.POM)
}

// dependencies returns what a module depends on, its parents' dependencies included, tests and what others provide left out.
func (b *javaBuild) dependencies(poms []*parser.POM) []parser.Artifact {
	var all []parser.Artifact
	for _, pom := range poms {
		for _, d := range pom.Dependencies {
			if d.Scope != "test" && d.Scope != "provided" && d.Scope != "system" {
				all = append(all, d)
			}
		}
	}
	return all
}

// addModules adds what the modules of the same project bring along that the module depends on.
func (b *javaBuild) addModules() {
	if len(b.poms) < 2 {
		return
	}
	folders := map[string]string{} // by the name of the artifact
	b.findModules(b.root, folders, 0)
	for _, pom := range b.poms {
		for _, a := range pom.Managed {
			if dir, ok := folders[a.Name]; ok && a.Scope == "import" {
				bom, _ := b.readPOMs(dir)
				b.boms = append(b.boms, bom)
			}
		}
	}
	for i := 0; i < len(b.depends); i++ {
		dir, ok := folders[b.depends[i].Name]
		if !ok || slices.Contains(b.modules, dir) {
			continue
		}
		b.modules = append(b.modules, dir)
		poms, _ := b.readPOMs(dir)
		for _, d := range b.dependencies(poms) {
			if !slices.ContainsFunc(b.depends, func(have parser.Artifact) bool { return have.Group == d.Group && have.Name == d.Name }) {
				b.depends = append(b.depends, d)
			}
		}
	}
}

func (b *javaBuild) findModules(dir string, folders map[string]string, depth int) {
	file := b.sources.File(path.Join(dir, "pom.xml"))
	if file == nil || depth > maxParents || len(folders) > maxModules {
		return
	}
	pom := parsedPOM(b.sources, file)
	if pom == nil {
		return
	}
	folders[pom.Artifact.Name] = dir
	for _, module := range pom.Modules {
		b.findModules(path.Join(dir, module), folders, depth+1)
	}
}

func (b *javaBuild) readGradle() bool {
	for dir := b.dir; ; dir = path.Dir(dir) {
		for _, name := range []string{"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"} {
			file := b.read(path.Join(dir, name))
			if file == nil {
				continue
			}
			g := parser.ParseGradle(file)
			if dir == b.dir && strings.HasPrefix(name, "build.") {
				b.gradle, b.custom = g, strings.Contains(file.Src, "sourceSets") || strings.Contains(file.Src, "processResources")
				b.depends = g.Dependencies
			} else {
				b.above = append(b.above, g)
			}
		}
		if dir == "/" || b.gradle == nil {
			break
		}
	}
	return b.gradle != nil
}

// property resolves "${name}" by the properties of a module and its parents; what a child says counts more.
func property(text string, poms []*parser.POM) (string, bool) {
	for range maxParents {
		name, ok := strings.CutPrefix(text, "${")
		if !ok || !strings.HasSuffix(name, "}") {
			return text, text != "" && !strings.Contains(text, "${")
		}
		name = strings.TrimSuffix(name, "}")
		found := false
		for _, pom := range poms {
			if slices.Contains(pom.Varying, name) {
				return "", false
			}
			if value, set := pom.Properties[name]; set && !found {
				text, found = value.Text, true
			}
		}
		if !found {
			return "", false
		}
	}
	return "", false
}

// version returns the version of a framework: of a parent or a bill of materials of Maven, or of a plugin of Gradle. It returns false
// where none is written, or more than one.
func (b *javaBuild) version(group string, names ...string) (Version, string, bool) {
	return oneVersion(b.versions(group, names...))
}

// oneVersion takes a version apart that is written in one or several places, and returns false where they say different things.
func oneVersion(found []string) (Version, string, bool) {
	if len(found) == 0 || slices.ContainsFunc(found, func(other string) bool { return other != found[0] }) {
		return Version{}, "", false
	}
	version, parts := ParseVersion(found[0])
	return version, found[0], parts > 1 && !strings.Contains(found[0], "-M") && !strings.Contains(found[0], "SNAPSHOT")
}

// versions returns the versions of a framework that are written, "?" for one that is not known.
func (b *javaBuild) versions(group string, names ...string) []string {
	var found []string
	add := func(a parser.Artifact, poms []*parser.POM) {
		if a.Group == group && slices.Contains(names, a.Name) && a.Version != "" {
			if version, ok := property(a.Version, poms); !ok {
				found = append(found, "?")
			} else if !slices.Contains(found, version) {
				found = append(found, version)
			}
		}
	}
	for _, poms := range append([][]*parser.POM{b.poms}, b.boms...) {
		for _, pom := range poms {
			add(pom.Parent, poms)
			for _, a := range slices.Concat(pom.Managed, pom.Dependencies) {
				add(a, poms)
			}
		}
	}
	if b.gradle != nil {
		for _, g := range append([]*parser.Gradle{b.gradle}, b.above...) {
			for _, a := range slices.Concat(g.Literals, g.Dependencies) {
				add(a, nil)
			}
			for _, plugin := range g.Plugins {
				if plugin.Name == group {
					add(parser.Artifact{Group: group, Name: names[0], Version: plugin.Version}, nil)
				}
			}
		}
	}
	return found
}

// dependsOn reports whether the module depends on one of some artifacts of a group.
func (b *javaBuild) dependsOn(group string, names ...string) bool {
	return slices.ContainsFunc(b.depends, func(a parser.Artifact) bool { return a.Group == group && slices.Contains(names, a.Name) })
}
