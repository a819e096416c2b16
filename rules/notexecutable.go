package rules

import "github.com/pid1lint/pid1lint/internal/process"

// NotExecutable finds a script that is started without the permission for it.
var NotExecutable = register(Rule{
	ID:       "not-executable",
	Title:    "The script is not executable",
	Severity: Error,
	Doc:      `The start script has no executable bit in the image.`,
	Why: `«COPY» keeps the permissions that the file has in the build context, and the kernel does not start a file without the executable
bit: "permission denied". Given to a shell by name, as in «sh start.sh», it would run.

Measured: execve, tini, dumb-init, catatonit, dash, bash, ash.`,
	Fix: `Write «COPY --chmod=755», or make it executable in the repository: «git update-index --chmod=+x start.sh».`,
	Ignore: `If what the container gets in its place has the bit, such as a file that is mounted:

~~~dockerfile
# pid1lint ignore=not-executable; reason=another start.sh is mounted over it
ENTRYPOINT ["/start.sh"]
~~~`,
	Bad: `-- Dockerfile --
FROM debian:12
COPY --chmod=644 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
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
	Check: failure("is not executable", "copy it with --chmod=755, or make it executable in the repository", copyExecutable, process.NotExecutable),
})
