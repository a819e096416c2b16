package rules

import "github.com/pid1lint/pid1lint/internal/process"

// MissingShebang finds a script without a first line that names its interpreter.
var MissingShebang = register(Rule{
	ID:       "missing-shebang",
	Title:    "The script has no #! line, and the kernel refuses it",
	Severity: Error,
	Doc: `The kernel runs a script only if its first two bytes are #!. A byte-order mark, a blank line, a space or a comment in front
hides them. A shell that starts such a file runs it itself, which is why it works on the command line; as ENTRYPOINT or
CMD in JSON form it fails with "exec format error". An init of a glibc image runs it through /bin/sh, one of Alpine does
not.

Measured: execve, execvp of glibc and of musl, tini, dumb-init, catatonit.

Fix it by making #!/bin/sh the very first bytes of the file.`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
exec server
`,
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
exec server
`,
	Check: failure("has no #! in its first two bytes", "make #!/bin/sh the first line of the script", shebang, process.NoShebang),
})
