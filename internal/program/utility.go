// Package program knows what programs do with signals and with the commands they are given.
package program

// Utility reports whether a program does one piece of work and ends, so that it is set-up and never the application.
// What it prints or returns is not known.
//
// Source: the manuals of coreutils, util-linux, procps, shadow, iproute2 and the package managers.
func Utility(name string) bool {
	switch name {
	case "addgroup", "adduser", "apk", "apt", "apt-get", "arch", "awk", "base32", "base64", "basename", "blkid", "cksum", "chattr",
		"chcon", "chgrp", "chmod", "chown", "chpasswd", "clear", "cmp", "comm", "cp", "cpio", "csplit", "curl", "cut", "date", "df",
		"diff", "dig", "dirname", "dnf", "dos2unix", "du", "echo", "envsubst", "expand", "expr", "factor", "false", "file", "find",
		"fmt", "fold", "free", "gawk", "getcap", "getconf", "getent", "getopt", "gpg", "grep", "egrep", "fgrep", "groupadd", "groupmod",
		"groups", "gunzip", "gzip", "head", "hexdump", "host", "hostid", "hostname", "iconv", "id", "ifconfig", "install", "ionice",
		"ip", "ip6tables", "ipcs", "iptables", "join", "jq", "kill", "killall", "ldconfig", "link", "ln", "locale", "locale-gen", "localedef",
		"logger", "logname", "ls", "lsblk", "lsmod", "lsof", "md5sum", "mesg", "mkdir", "mkfifo", "mkhomedir_helper", "mknod", "mktemp", "insmod", "modprobe", "rmmod", "depmod",
		"mount", "mountpoint", "mv", "netstat", "nl", "nproc", "nslookup", "numfmt", "od", "openssl", "passwd", "paste", "patch", "pathchk",
		"pg_isready", "pgrep", "pidof", "ping", "pip", "pip3", "pkill", "pr", "printenv", "printf", "ps", "pwd", "pwgen", "readlink", "realpath", "renice",
		"rm", "rmdir", "route", "rpm", "sed", "seq", "setcap", "setfacl", "sha1sum", "sha256sum", "sha512sum", "shred", "shuf", "sort", "split", "ss",
		"ssh-keygen", "ssh-keyscan", "stat", "stty", "sum", "sync", "sysctl", "tac", "tar", "tempfile", "test", "touch", "tput", "tr", "true", "truncate", "tsort",
		"tty", "uname", "unexpand", "uniq", "unlink", "unzip", "update-ca-certificates", "update-ca-trust", "uptime", "useradd", "usermod", "userdel", "users", "uuidgen",
		"wc", "wget", "which", "who", "whoami", "xxd", "xz", "yq", "yum", "zcat", "zip", "kubectl", "helm", "terraform", "aws", "gcloud", "az", "ab", "pytest", "trust", "setup-buildx", "mysqladmin", "mariadb-admin", "pg_ctl", "rg", "keytool":
		return true
	}
	return false
}

// Known reports whether a program is one of those of which something is known, a server, a runtime or a utility.
func Known(args []string, name string) bool {
	_, server := ServerNamed(args, name)
	_, runtime := RuntimeNamed(name)
	return server || runtime || Utility(name)
}

// Succeeds reports whether a utility is taken to succeed where a script asks for its status: file work, which fails only
// when something is broken. The status of all others is not known.
func Succeeds(name string) bool {
	switch name {
	case "true", "echo", "printf", "mkdir", "chmod", "chown", "chgrp", "cp", "mv", "rm", "ln", "touch", "date", "install", "sync", "rmdir", "mkfifo":
		return true
	}
	return false
}
