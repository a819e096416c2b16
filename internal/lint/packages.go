package lint

import (
	"strings"

	"github.com/pid1lint/pid1lint/internal/image"
)

// An install is what one command of RUN lets a package manager install.
type install struct {
	manager  string // as image.Provides calls it
	packages []string
	unclear  bool // there are more that are not known
}

// A manager is how a package manager is called.
type manager struct {
	name         string // as image.Provides calls it
	installs     string // its subcommands that install, between blanks
	withArgument string // short options that take the next word
	long         string // long options that take the next word, between blanks
}

var managers = map[string]manager{
	"apt":      {name: "apt", installs: " install reinstall ", withArgument: "toc"},
	"apt-get":  {name: "apt", installs: " install reinstall ", withArgument: "toc"},
	"aptitude": {name: "apt", installs: " install ", withArgument: "to"},
	"apk":      {name: "apk", installs: " add ", withArgument: "tXp", long: " --virtual --repository --root "},
	"dnf":      {name: "dnf", installs: " install reinstall localinstall groupinstall ", withArgument: "cx"},
	"yum":      {name: "dnf", installs: " install reinstall localinstall groupinstall ", withArgument: "cx"},
	"microdnf": {name: "dnf", installs: " install ", withArgument: "cx"},
	"tdnf":     {name: "dnf", installs: " install ", withArgument: "cx"},
	"zypper":   {name: "zypper", installs: " install in ", withArgument: "tr"},
	"pacman":   {name: "pacman", installs: " -S -Sy -Syu -Syyu ", withArgument: ""},
	"pip":      {name: "pip", installs: " install ", withArgument: "rceit", long: " --requirement --index-url --extra-index-url --target "},
	"pip3":     {name: "pip", installs: " install ", withArgument: "rceit", long: " --requirement --index-url --extra-index-url --target "},
	"npm":      {name: "npm", installs: " install i add ", withArgument: ""},
	"yarn":     {name: "npm", installs: " add ", withArgument: ""},
}

// packagesOf returns what a command installs; false where it is no package manager.
func packagesOf(command string, args []argument) (install, bool) {
	m, ok := managers[command]
	if !ok {
		return install{}, false
	}
	found := install{manager: m.name}
	installs := false
	for n := 0; n < len(args); n++ {
		text := args[n].text
		switch {
		case strings.Contains(m.installs, " "+text+" "):
			installs = true
		case strings.HasPrefix(text, "--"):
			if strings.Contains(m.long, " "+text+" ") {
				n++
			}
		case strings.HasPrefix(text, "-"):
			if strings.Contains(m.withArgument, text[len(text)-1:]) {
				if text == "-r" || text == "-e" {
					found.unclear = true // the list stands in a file
				}
				n++
			}
		case !installs:
			found.unclear = found.unclear || !bringsNothing[text]
			if text != "global" {
				return found, true
			}
		case !args[n].known, strings.HasPrefix(text, "@") && m.name == "dnf", strings.ContainsAny(text, "*/:") && strings.Contains(text, "/"):
			found.unclear = true
		default:
			found.packages = append(found.packages, packageName(text))
		}
	}
	if installs && len(found.packages) == 0 {
		found.unclear = true
	}
	return found, true
}

// packageName drops the version, the architecture and the repository from the name of a package: "bash=5.2", "tini@edge".
func packageName(text string) string {
	if end := strings.IndexAny(text[min(1, len(text)):], "=<>~!@:["); end >= 0 {
		return text[:end+1]
	}
	return text
}

// installed is what the package managers have brought into an image.
type installed struct {
	programs map[string]bool // absolute paths
	unclear  bool            // there may be more
}

// installed returns what RUN instructions install. What COPY and ADD bring is asked for path by path.
func (s *imageFiles) installed() *installed {
	if s.added != nil {
		return s.added
	}
	s.added = &installed{programs: map[string]bool{}}
	for _, st := range s.steps {
		if st.copy != nil {
			continue
		}
		done := s.run(st)
		s.added.unclear = s.added.unclear || done.unclear
		for _, install := range done.installs {
			s.added.note(install, s.base)
		}
	}
	return s.added
}

func (a *installed) note(i install, base *baseImage) {
	a.unclear = a.unclear || i.unclear
	for _, name := range i.packages {
		programs, known := image.Provides(i.manager, name)
		a.unclear = a.unclear || !known
		for _, program := range programs {
			a.programs[base.canonical(program)] = true
		}
	}
}
