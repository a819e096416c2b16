package rules

import "github.com/pid1lint/pid1lint/internal/process"

// NoSuchProgram finds a start whose program does not exist in the image.
var NoSuchProgram = register(Rule{
	ID:       "no-such-program",
	Title:    "The program that should be started does not exist in the image",
	Severity: Error,
	Doc: `The command names a program that the image does not have. «["app --port 80"]» looks for one with blanks in its name, «["$APP"]»
for one with a dollar sign, and the shell form needs a «/bin/sh», which scratch and distroless images lack.`,
	Why: `The JSON form starts exactly the program that its first word names. If there is none, the container does not start.

Measured: execve.`,
	Fix: `Give each argument a string of its own, write the value of a variable in its place, use the JSON form in an image without a
shell, or install what is missing.`,
	Ignore: `If the program comes from outside of the image, such as a volume:

~~~dockerfile
# pid1lint ignore=no-such-program; reason=the volume brings it
CMD ["gosu", "app", "/opt/app/run"]
~~~`,
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
