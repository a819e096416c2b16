// Package image knows what base images bring along: their system, shells, tools and settings.
package image

// An Answer is one of Unknown, No and Yes: what is not known is never guessed.
type Answer uint8

// The three answers. Unknown is the zero value.
const (
	Unknown Answer = iota
	No
	Yes
)

// A Shell is the build of a shell as a distribution ships it.
type Shell struct {
	Family  string // one of the Family constants, "" where there is no shell or it is not known
	Version string // "5.2.15", "1.36.1"; "" where not known
	System  string // "Debian 12", "Alpine 3.19": for people, may be empty
}

// The families of shells that behave alike as PID 1.
const (
	DashDebian = "dash"          // dash with Debian's patch 0004, as Debian and Ubuntu ship it: never execs by itself
	Dash       = "dash-upstream" // dash as released
	Ash        = "busybox ash"
	Bash       = "bash"
	BashSh     = "bash as sh"
	Zsh        = "zsh"
	Mksh       = "mksh"
	Ksh93      = "ksh93"
	Yash       = "yash"
	Posh       = "posh"
)

// String names a shell for people: "dash (Debian 12)".
func (s Shell) String() string {
	switch {
	case s.Family == "":
		return ""
	case s.System != "":
		return s.Family + " (" + s.System + ")"
	case s.Version != "":
		return s.Family + " " + s.Version
	}
	return s.Family
}

// A Base is what an image brings along for the images that are built FROM it.
type Base struct {
	Name       string // image and tag as they were understood: "debian:12"
	System     string // "Debian 12", "Alpine 3.19", "Debian" of a release that is not known, "distroless", "scratch"; "" where not known
	Manager    string // its package manager: "apt", "apk", "dnf" (also for yum and microdnf), "zypper", "pacman", "tdnf"; "" where none or not known
	Windows    bool
	Sh         Shell  // what /bin/sh is; the zero Shell where HasSh is not Yes
	HasSh      Answer // whether there is a /bin/sh
	Bash       Shell  // what bash is; the zero Shell where HasBash is not Yes
	HasBash    Answer
	Musl       bool     // programs are linked with musl: its execvp does not run a file without a shebang
	StartKnown bool     // whether Entrypoint and StopSignal are known: where it is false they are empty and may be anything
	CmdKnown   bool     // whether Cmd is known as well
	Entrypoint []string // nil where there is none
	Passes     Answer   // whether the entrypoint does set-up and ends in exec "$@" for a command that is not one of its own
	Prefix     []string // what the entrypoint puts before arguments that begin with a dash: "mysqld"
	Also       []string // patterns of first arguments that it puts Prefix before as well: "*.js"
	Does       string   // what else the entrypoint does with a command, for people: "drops to telegraf through setpriv"
	Shebang    string   // the interpreter of the entrypoint script where it is not a shell alone: "/usr/bin/dumb-init /bin/sh"
	Cmd        []string
	StopSignal string
	User       string
	Workdir    string
	Path       string            // PATH, "" for the default one
	Env        map[string]string // other variables that start commands use
	Tools      []string          // programs that are there and matter: "tini", "gosu", "supervisord"
	Complete   bool              // Tools is everything that matters: what is not in it is not there
	Source     string            // where this is from
}
