package rules

import "github.com/pid1lint/pid1lint/internal/process"

// CRLFScript finds a script with Windows line ends.
var CRLFScript = register(Rule{
	ID:       "crlf-script",
	Title:    "The script has Windows line ends",
	Severity: Error,
	Doc: `The carriage return of a Windows line end belongs to the last word of the line. The kernel then looks for an interpreter called
"/bin/sh\r", and the shell for a program called "app\r": "no such file or directory", although the file is there.

Measured: execve, tini, dumb-init, catatonit, dash, bash, ash.

Fix it with Unix line ends in the file, and keep them with "*.sh text eol=lf" in .gitattributes.`,
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
