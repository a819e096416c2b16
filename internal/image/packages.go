package image

import (
	_ "embed"
	"strings"
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
	for text := packagesText; text != ""; {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if rest, ok := strings.CutPrefix(line, manager+"\t"); ok {
			if packages, paths, ok := strings.Cut(rest, "\t"); ok && hasWord(packages, pkg) {
				return strings.Fields(paths), true
			}
		}
	}
	return nil, false
}
