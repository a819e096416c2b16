package rules

import "github.com/pid1lint/pid1lint/internal/process"

// MissingInterpreter finds a script whose interpreter the image lacks.
var MissingInterpreter = register(Rule{
	ID:       "missing-interpreter",
	Title:    "The image lacks the interpreter that the script names",
	Severity: Error,
	Doc: `The first line of the start script names an interpreter that the image lacks, as Alpine lacks bash, or gives options to the one
that «/usr/bin/env» is to find.`,
	Why: `The kernel starts the program that the #! line names. Where that is missing the container does not start: "no such file or
directory", which names the script and not what is missing. «#!/usr/bin/env bash -e» fails as well: the kernel passes «bash -e»
as one word.

Measured: execve, tini, dumb-init, catatonit, dash, bash, ash.`,
	Fix: `Install the interpreter, as with «apk add bash», or write «#!/bin/sh» if the script needs no more. «#!/usr/bin/env -S bash -e»
splits the words where the image's env knows «-S».`,
	Ignore: `If the interpreter comes from outside of the image, such as a volume:

~~~dockerfile
# pid1lint ignore=missing-interpreter; reason=a volume brings it
ENTRYPOINT ["/start.sh"]
~~~`,
	Bad: `-- Dockerfile --
FROM alpine:3.20
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/bash
exec server
`,
	Good: `-- Dockerfile --
FROM alpine:3.20
COPY --chmod=755 start.sh /start.sh
ENTRYPOINT ["/start.sh"]
-- start.sh --
#!/bin/sh
exec server
`,
	Check: failure("cannot be started", "install the interpreter, or name one that the image has", nil, process.NoInterpreter, process.NoShell),
})
