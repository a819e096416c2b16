package image

import (
	_ "embed"
	"path"
	"strings"
	"sync"
)

//go:embed packages.txt
var packagesText string

// Provides lists the programs that a package brings and that start commands use, as absolute paths: "apk" and "tini" give /sbin/tini.
//
// The manager is a program that installs: apt, apt-get, apk, dnf, yum, microdnf, tdnf, pacman, zypper. The package may have a version or an
// architecture behind it: "tini=0.19.0-r1". known is false where nothing is known of the package, which may then bring anything.
func Provides(manager, pkg string) (programs []string, known bool) {
	switch manager {
	case "apt-get", "aptitude":
		manager = "apt"
	case "dnf", "yum", "microdnf", "tdnf", "dnf5":
		manager = "rpm"
	}
	if i := strings.IndexAny(pkg, "=<>~:@/"); i > 0 {
		pkg = pkg[:i]
	}
	programs, known = packages().programs[[2]string{manager, pkg}]
	return programs, known
}

// A packageIndex is packages.txt by what is asked for.
type packageIndex struct {
	programs map[[2]string][]string // package manager and package -> absolute paths
	names    map[string]bool        // of the files of all programs
}

// packages is read when it is first asked for: not every run needs it.
var packages = sync.OnceValue(func() packageIndex {
	index := packageIndex{map[[2]string][]string{}, map[string]bool{}}
	for line := range strings.Lines(packagesText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			continue
		}
		paths := strings.Fields(fields[2])
		for _, name := range strings.Fields(fields[1]) {
			if key := [2]string{fields[0], name}; index.programs[key] == nil {
				index.programs[key] = paths
			}
		}
		for _, file := range paths {
			index.names[path.Base(file)] = true
		}
	}
	return index
})
