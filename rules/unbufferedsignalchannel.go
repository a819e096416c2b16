package rules

import "github.com/pid1lint/pid1lint/internal/process"

// UnbufferedSignalChannel finds a Go program that has its signals sent to a channel without a buffer.
var UnbufferedSignalChannel = register(Rule{
	ID:       "unbuffered-signal-channel",
	Title:    "A Go program can miss the stop signal, because its channel for signals has no buffer",
	Severity: Warning,
	Doc: `A Go program that is built in the image or in a stage of its build calls «signal.Notify» with a channel that was made without room
for a signal: «make(chan os.Signal)».`,
	Why: `A signal is not kept until somebody has time for it. One that comes while the program does not wait at the channel, because it has
not got there yet or is busy with the signal before, is dropped, and the program is killed after the grace period.

Documented: [os/signal](https://pkg.go.dev/os/signal#Notify); «go vet» looks for it, too. Measured, go 1.26.`,
	Fix: `Make the channel with room for one signal, as «pid1lint --fix» does.`,
	Ignore: `If nothing is lost when the program is killed:

~~~go
// pid1lint ignore=unbuffered-signal-channel; reason=it keeps nothing
c := make(chan os.Signal)
~~~`,
	Bad: `-- Dockerfile --
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go build -o /app .
FROM debian:12
COPY --from=build /app /app
ENTRYPOINT ["/app"]
-- go.mod --
module example.com/app
-- main.go --
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	c := make(chan os.Signal)
	signal.Notify(c, syscall.SIGTERM)
	work()
	<-c
	finish()
}
`,
	Good: `-- Dockerfile --
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go build -o /app .
FROM debian:12
COPY --from=build /app /app
ENTRYPOINT ["/app"]
-- go.mod --
module example.com/app
-- main.go --
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	work()
	<-c
	finish()
}
`,
	Check: func(p *Pass) {
		sourceFacts(p.Launch, process.UnbufferedChannel, func(program *process.Process, f process.SourceFact) {
			p.Report(Finding{Span: f.Span, Label: "no room for a signal", Message: command(program) + " misses " + stopSignal(p.Launch) + " if it comes while nothing waits at this channel",
				Remedy: "make the channel with room for one signal", Related: start(p.Launch, f.Span), Fixes: sourceFix("make room for one signal", f)})
		})
	},
})

// sourceFacts calls report for each fact of a kind in the source of the programs of a launch.
func sourceFacts(l *process.Launch, kind process.SourceFactKind, report func(program *process.Process, f process.SourceFact)) {
	for _, program := range l.Sources() {
		for _, f := range program.Source.Facts {
			if f.Kind == kind {
				report(program, f)
			}
		}
	}
}

// sourceFix makes a safe fix of what puts a fact right.
func sourceFix(title string, f process.SourceFact) []Fix {
	if len(f.Edits) == 0 {
		return nil
	}
	return []Fix{{Title: title, Safe: true, Edits: f.Edits}}
}
