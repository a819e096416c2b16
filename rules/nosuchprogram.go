package rules

import "github.com/pid1lint/pid1lint/internal/process"

// NoSuchProgram finds a start whose program does not exist in the image.
var NoSuchProgram = register(Rule{
	ID:       "no-such-program",
	Title:    "The program that should be started does not exist in the image",
	Severity: Error,
	Doc: `The JSON form starts exactly the program that its first word names. ["app --port 80"] looks for a program with blanks in its
name, ["$APP"] for one with a dollar sign, and the shell form needs a /bin/sh, which scratch and distroless images lack.

Measured: execve.

Fix it by giving each argument a string of its own, or by installing what is missing.`,
	Bad: `-- Dockerfile --
FROM gcr.io/distroless/static
CMD /server --port 8080
`,
	Good: `-- Dockerfile --
FROM gcr.io/distroless/static
CMD ["/server", "--port", "8080"]
`,
	Check: failure("does not exist in the image", "start a program that the image has", nil, process.NoSuchFile),
})
