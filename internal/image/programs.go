package image

// DefaultPath is the PATH that Docker sets where an image sets none. Source: moby daemon/oci, DefaultPathEnv.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Packaged reports whether a program of that file name, without its folder, is a shell, an init, a supervisor or a tool
// that changes the user, which comes from a package of the distribution where it is there at all: it is missing from an
// image whose packages are all known and do not bring it. Servers and runtimes come by too many other ways.
func Packaged(name string) bool {
	switch name {
	case "bash", "zsh", "mksh", "ksh", "ksh93", "yash", "tini", "dumb-init", "catatonit", "gosu", "su-exec", "supervisord", "s6-svscan", "runsvdir", "chpst", "sudo", "doas":
		return true
	}
	return false
}

// Known reports whether a program of that file name is known by its name wherever it comes from: an init, a shell, a
// tool that starts others.
func Known(name string) bool {
	return packages().names[name] || name == "smell-baron" || name == "docker-init"
}
