package image

import "strings"

// DefaultPath is the PATH that Docker sets where an image sets none. Source: moby daemon/oci, DefaultPathEnv.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Packaged reports whether a program of that file name, without its folder, is one that a package of a distribution
// brings, so that it is missing from an image whose packages are all known and do not bring it.
func Packaged(name string) bool {
	return strings.Contains(packagesText, "/"+name+" ") || strings.Contains(packagesText, "/"+name+"\n")
}

// Known reports whether a program of that file name is known by its name wherever it comes from: an init, a shell, a
// tool that starts others.
func Known(name string) bool { return Packaged(name) || name == "smell-baron" || name == "docker-init" }
