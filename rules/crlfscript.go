package rules

import "github.com/pid1lint/pid1lint/internal/process"

// CRLFScript finds a script with Windows line ends.
var CRLFScript = register(Rule{
	ID:       "crlf-script",
	Title:    "The script has Windows line ends",
	Severity: Error,
	Doc:      `The lines of the start script end in a carriage return and a newline, as editors on Windows and «core.autocrlf» write them.`,
	Why: `The carriage return belongs to the last word of its line. The kernel looks for an interpreter called «/bin/sh\r», and the shell
for a program called «app\r»: "no such file or directory", although the file is there. The container does not start.

Measured: execve, tini, dumb-init, catatonit, dash, bash, ash.`,
	Fix: `Save the script with Unix line ends, as «pid1lint --fix» does, and keep them with «*.sh text eol=lf» in «.gitattributes». Taking
them out in the image is enough, too: «RUN sed -i 's/\r$//' /start.sh».`,
	Ignore: `If something that the Dockerfile does not show takes the carriage returns out before the build:

~~~dockerfile
# pid1lint ignore=crlf-script; reason=CI checks it out with LF
ENTRYPOINT ["/start.sh"]
~~~`,
	Bad: "-- Dockerfile --\nFROM debian:12\nCOPY --chmod=755 start.sh /start.sh\nENTRYPOINT [\"/start.sh\"]\n-- start.sh --\n#!/bin/sh\r\nexec server\r\n",
	Good: `-- Dockerfile --
FROM debian:12
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
exec server
`,
	Check: failure("ends in a carriage return", "save the script with Unix line ends", unixLineEnds, process.CarriageReturn),
})
