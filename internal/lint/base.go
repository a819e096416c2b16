package lint

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/pid1lint/pid1lint/internal/image"
	"github.com/pid1lint/pid1lint/internal/process"
	"github.com/pid1lint/pid1lint/internal/program"
	"github.com/pid1lint/pid1lint/parser"
)

// A baseImage is the image that a chain of stages begins with.
type baseImage struct {
	image.Base
	merged bool        // /bin and /sbin are links into /usr
	from   parser.Span // the word of FROM that names it
	local  *localBase  // the Dockerfile of the project that builds it, nil where the image is not of the project
	script string      // the program of its entrypoint that is given the command, "" where there is none
}

// baseImage returns what is known about the image that a build is FROM in the end.
func (b *build) baseImage(from parser.Word) *baseImage {
	base := &baseImage{Base: image.Base{Name: from.Text}, from: from.Span}
	if from.Known {
		base.Base = b.project.resolveImage(from.Text, from.Span.File.Path)
		if !base.StartKnown && !base.Windows {
			if local := b.localBase(from.Text); local != nil {
				base.adopt(local)
				return base
			}
		}
	}
	for _, system := range []string{"Debian", "Ubuntu", "Fedora", "CentOS", "Rocky", "Alma", "Red Hat", "RHEL", "UBI", "Oracle", "Amazon", "Arch", "openSUSE", "Azure", "Photon"} {
		base.merged = base.merged || strings.HasPrefix(base.System, system)
	}
	for _, word := range base.Entrypoint {
		if !strings.HasPrefix(word, "-") && !familiar(path.Base(word)) { // tini -- /entrypoint.sh
			base.script = word
			break
		}
	}
	return base
}

// resolveImage asks for an image that a file names, each once in a run.
func (p *Project) resolveImage(name, file string) image.Base {
	name = like(p.settings.of(file).Images, name)
	if found, ok := p.images.Load(name); ok {
		return found.(image.Base)
	}
	base, _ := image.Resolve(name)
	p.images.Store(name, base)
	return base
}

// like returns the image that the settings name for one: for its name as it is written, without its tag, or by a pattern.
func like(images map[string]string, name string) string {
	if len(images) == 0 {
		return name
	}
	plain, _, _ := strings.Cut(name, "@")
	if colon := strings.LastIndexByte(plain, ':'); colon > strings.LastIndexByte(plain, '/') {
		plain = plain[:colon]
	}
	for _, exact := range []string{name, plain} {
		if like, ok := images[exact]; ok {
			return like
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(images)) {
		for _, one := range []string{name, plain} {
			if ok, _ := doublestar.Match(pattern, one); ok {
				return images[pattern]
			}
		}
	}
	return name
}

// canonical returns the one name under which a path is known: with /usr where /bin and /sbin are links.
func (b *baseImage) canonical(name string) string {
	if b.merged && (name == "/bin" || name == "/sbin" || strings.HasPrefix(name, "/bin/") || strings.HasPrefix(name, "/sbin/")) {
		return "/usr" + name
	}
	return name
}

// config returns what the base image says about the start of a container.
func (b *baseImage) config() parser.Config {
	if b.local != nil {
		return b.local.config
	}
	words := func(texts []string) parser.Command {
		if texts == nil {
			return parser.Command{}
		}
		command := parser.Command{Form: parser.ExecForm}
		for _, text := range texts {
			command.Words = append(command.Words, parser.Word{Text: text, Span: b.from, Known: true})
		}
		return command
	}
	config := parser.Config{
		Entrypoint: words(b.Entrypoint),
		Cmd:        words(b.Cmd),
		StopSignal: parser.Word{Text: b.StopSignal, Span: b.from, Known: true},
		User:       parser.Word{Text: b.User, Span: b.from, Known: true},
		Workdir:    b.Workdir,
		Env:        map[string]string{},
	}
	if config.Workdir == "" {
		config.Workdir = "/"
	}
	for name, value := range b.Env {
		config.Env[name] = value
	}
	// Docker sets this PATH where an image has none; an image that is not known hardly takes a folder away from it.
	if config.Env["PATH"] = b.Path; b.Path == "" {
		config.Env["PATH"] = image.DefaultPath
	}
	return config
}

// shellFamilies has the shells by the names they are called by.
var shellFamilies = map[string]string{
	"bash": image.Bash, "dash": image.Dash, "ash": image.Ash, "zsh": image.Zsh, "mksh": image.Mksh, "ksh": image.Ksh93,
	"ksh93": image.Ksh93, "yash": image.Yash, "posh": image.Posh, "rbash": image.Bash,
}

// programFolders are where the packages of a distribution put their programs.
var programFolders = []string{"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"}

// fromBase says what stands at a path that no instruction has touched. maybe is what may have put it there unseen.
func (s *imageFiles) fromBase(name, maybe string) entry {
	base, dir := path.Base(name), path.Dir(name)
	b := s.base
	if b.local != nil && !s.installed().programs[name] {
		e := b.local.files.lookup(name)
		if e.Kind == process.Missing && (s.installed().unclear || maybe != "") {
			return entry{}
		}
		return e
	}
	switch {
	case b.script != "" && name == b.canonical(inDir("/usr/local/bin", b.script)):
		return s.baseEntrypoint()
	case slices.Contains(b.Tools, name):
		if base == "sh" {
			return entry{Entry: process.Entry{Kind: process.ShellProgram, Shell: image.Shell{Family: image.Ash}, Origin: b.from}} // distroless :debug
		}
		return s.tool()
	case (name == "/etc/supervisord.conf" || strings.HasPrefix(name, "/etc/supervisor/")) && slices.Contains(b.Tools, "supervisord"):
		return entry{Entry: process.Entry{Kind: process.Opaque, Reason: b.Name + " brings one that is not known", Origin: b.from}}
	case b.HasSh == image.No && maybe == "" && everydayTool(base) && !strings.HasPrefix(dir, "/busybox") && !s.installed().unclear:
		return missing(b.Name + " has no " + base)
	case !slices.Contains(programFolders, dir):
		return entry{}
	case base == "sh" && (dir == "/bin" || dir == "/usr/bin" && (b.merged || b.HasSh == image.Unknown)):
		return s.systemShell(maybe)
	}
	if family, isShell := shellFamilies[base]; isShell {
		return s.namedShell(name, family, maybe)
	}
	// Reading all RUN instructions for what they install costs more than all the rest, and no package that is known has most programs.
	isTool := slices.Contains(b.Tools, base)
	if !isTool && !image.Known(base) && !image.Packaged(base) {
		return entry{}
	}
	installed := s.installed()
	switch {
	case installed.programs[name] || isTool:
		e := s.tool()
		if (base == "pgrep" || base == "pkill") && !installed.programs[name] && b.Sh.Family == image.Ash {
			e.Name = "busybox" // and not procps, whose ps prints other columns
		}
		return e
	case b.Complete && !installed.unclear && maybe == "" && image.Packaged(base):
		return missing(base + " is not installed in " + b.Name)
	}
	return entry{}
}

// everydayTool reports whether a program is one of those that a system has where it has a shell: sleep, kill, cat.
func everydayTool(name string) bool {
	switch name {
	case "sleep", "tail", "cat", "tee", "env", "timeout":
		return true
	case "curl", "wget", "openssl", "keytool", "kubectl", "helm", "aws", "jq", "yq":
		return false // a single file that is often put there
	}
	return program.Utility(name)
}

// tool is a program that the base image or a package brings.
func (s *imageFiles) tool() entry {
	return entry{Entry: process.Entry{Kind: process.Program, Mode: 0o755, ModeKnown: true, Origin: s.base.from}}
}

func missing(reason string) entry {
	return entry{Entry: process.Entry{Kind: process.Missing, Reason: reason}}
}

// systemShell says what /bin/sh is.
func (s *imageFiles) systemShell(maybe string) entry {
	b := s.base
	e := entry{Entry: process.Entry{Kind: process.ShellProgram, Mode: 0o755, ModeKnown: true, Origin: b.from}}
	switch b.HasSh {
	case image.Yes:
		e.Shell = b.Sh
		if s.shellReconfigured() {
			e.Shell = image.Shell{Family: image.BashSh, Version: b.Bash.Version, System: b.Bash.System}
		}
		if e.Shell.Family == image.Ash {
			e.Name = "busybox"
		}
	case image.No:
		if maybe == "" && !s.installed().unclear {
			return missing(b.Name + " has no shell")
		}
	}
	return e
}

// shellReconfigured reports whether Debian's dash was told not to be /bin/sh.
func (s *imageFiles) shellReconfigured() bool {
	for _, st := range s.steps {
		if text := st.Span.Text(); st.copy == nil && strings.Contains(text, "dash/sh boolean false") && strings.Contains(text, "dpkg-reconfigure") {
			return true
		}
	}
	return false
}

// namedShell says what a shell is that is called by its own name.
func (s *imageFiles) namedShell(name, family, maybe string) entry {
	b := s.base
	base := path.Base(name)
	e := entry{Entry: process.Entry{Kind: process.ShellProgram, Mode: 0o755, ModeKnown: true, Origin: b.from}}
	e.Shell.Family = family
	switch {
	case base == "bash" && b.HasBash == image.Yes:
		e.Shell = b.Bash
	case base == "ash" && b.Sh.Family == image.Ash:
		e.Shell, e.Name = b.Sh, "busybox"
	case base == "dash" && b.Sh.Family == image.DashDebian:
		e.Shell = b.Sh
	case s.installed().programs[name]:
		e.Shell.System = b.System
	case b.Complete && !s.installed().unclear && maybe == "" && !s.speaksOf(base):
		return missing(base + " is not installed in " + b.Name)
	}
	return e // where nothing is known of it: if it is there at all, then as itself
}

// speaksOf reports whether a RUN speaks of a program in a way that was not understood as its installation.
func (s *imageFiles) speaksOf(name string) bool {
	for _, i := range s.stage.Instructions {
		if i.Name == "RUN" && strings.Contains(i.Span.Text(), name) {
			return true
		}
	}
	return false
}

// shellOf says what a shell is that is copied from another image, which a file names.
func (p *Project) shellOf(ref, name, file string) (entry, bool) {
	e := entry{Entry: process.Entry{Kind: process.ShellProgram}}
	base := p.resolveImage(ref, file)
	family, isShell := shellFamilies[name]
	switch {
	case name == "sh":
		e.Shell = base.Sh
	case name == "bash" && base.HasBash == image.Yes:
		e.Shell = base.Bash
	case !isShell:
		return entry{}, false
	default:
		e.Shell.Family = family
	}
	return e, true
}

// baseEntrypoint says what the entrypoint of the base image is. One that is known to end in exec "$@" for a command that
// is not one of its own is stood in for by a script that does nothing else.
func (s *imageFiles) baseEntrypoint() entry {
	b := s.base
	e := process.Entry{Kind: process.Opaque, Mode: 0o755, ModeKnown: true, Origin: b.from}
	name := path.Base(b.script)
	switch {
	case b.Passes == image.Yes:
		shebang := "#!/bin/sh\n"
		if b.Shebang != "" {
			shebang = "#!" + b.Shebang + "\n"
		}
		text := shebang + "exec \"$@\"\n"
		if len(b.Prefix) > 0 {
			patterns := append([]string{"-*"}, b.Also...)
			if len(b.Cmd) == 0 {
				patterns = append(patterns, "''") // without any command it starts its own program
			}
			text = shebang + "case \"$1\" in " + strings.Join(patterns, "|") + ") set -- " + strings.Join(b.Prefix, " ") + " \"$@\" ;; esac\nexec \"$@\"\n"
		}
		e.Kind, e.Script = process.Text, textScript(text, b.from)
	case b.Passes == image.No && !strings.Contains(name, "entrypoint") && path.Ext(name) != ".sh":
		e.Kind = process.Program // the application itself: java -jar
	case b.Does != "":
		e.Reason = name + " of " + b.Name + " does not simply run its command: it " + b.Does
	default:
		e.Reason = "what " + name + " of " + b.Name + " does with its command is not known"
	}
	return entry{Entry: e}
}

// familiar reports whether a program is known by its name wherever it comes from.
func familiar(name string) bool { return image.Known(name) }
