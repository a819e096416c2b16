package rules

import "github.com/pid1lint/pid1lint/internal/process"

// MissingShebang finds a script without a first line that names its interpreter.
var MissingShebang = register(Rule{
	ID:       "missing-shebang",
	Title:    "The script has no #! line, and the kernel refuses it",
	Severity: Error,
	Doc: `The first two bytes of the start script are not «#!»: the line is missing, or a byte-order mark, a blank line, a space or a
comment is in front of it.`,
	Why: `The kernel runs a script only if it begins with «#!», and refuses it else: "exec format error". A shell that starts such a file
runs it itself, which is why it works on the command line. An init of a glibc image runs it through «/bin/sh», one of Alpine
does not.

Measured: execve, execvp of glibc and of musl, tini, dumb-init, catatonit.`,
	Fix:    `Make «#!/bin/sh» the very first bytes of the file, as «pid1lint --fix» does.`,
	Ignore: `Never: the container does not start. Where a shell or an init runs the file all the same, nothing is reported.`,
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
