package rules

import "github.com/pid1lint/pid1lint/internal/process"

// MissingInterpreter finds a script whose interpreter the image lacks.
var MissingInterpreter = register(Rule{
	ID:       "missing-interpreter",
	Title:    "The image lacks the interpreter that the script names",
	Severity: Error,
	Doc: `The kernel starts the program that the #! line names. Where the image lacks it, as Alpine lacks bash, the start fails with "no
such file or directory", which names the script and not what is missing. #!/usr/bin/env bash -e fails as well: the kernel
passes "bash -e" as one word; env -S splits it.

Measured: execve, tini, dumb-init, catatonit, dash, bash, ash.

Fix it by installing the interpreter, or with #!/bin/sh if the script needs no more.`,
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
