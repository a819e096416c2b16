package rules

import (
	"path"
	"strings"

	"github.com/pid1lint/pid1lint/internal/process"
)

// ExitWithoutDrain finds a program that handles the stop signal by ending with requests in flight.
var ExitWithoutDrain = register(Rule{
	ID:       "exit-without-drain",
	Title:    "The program handles the stop signal by ending at once, with requests in flight",
	Severity: Warning,
	Doc: `The source of a program that takes requests handles the stop signal, and all that its handler does is to end the program: it prints
something and calls «os.Exit» or «process.exit», or comes to the end of «main».

pid1lint reads what «go build» and «go install» make in the image or in a stage of its build, and the scripts of Node. It finds nothing
where the handler does anything else that may let requests finish, and nothing where it cannot follow it.`,
	Why: `The handler is there, but the requests in flight are dropped as if it were not: the connections of a server end with its process.

Documented: [net/http](https://pkg.go.dev/net/http#Server.Shutdown). Measured, go 1.26, node 20.`,
	Fix: `Let the server finish first: «Shutdown» of «http.Server» with a context that ends before the grace period does, «GracefulStop» of a
gRPC server, «close» of a server of Node; then exit. «main» has to wait for that, since «ListenAndServe» returns as soon as «Shutdown» is called.`,
	Ignore: `If no request is in flight any more when the signal comes, because a load balancer has drained the server before:

~~~go
// pid1lint ignore=exit-without-drain; reason=drained by the balancer
os.Exit(0)
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
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		log.Print("stopping")
		os.Exit(0)
	}()
	log.Fatal(http.ListenAndServe(":8080", nil))
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
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	server := &http.Server{Addr: ":8080"}
	go server.ListenAndServe()
	<-stop
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Print(err)
	}
}
`,
	Check: func(p *Pass) {
		l := p.Launch
		if l.App == nil || l.Cause != process.BySignal || l.Verdict != process.Abrupt {
			return
		}
		sourceFacts(l, process.ExitsUndrained, func(program *process.Process, f process.SourceFact) {
			if program != l.App {
				return
			}
			message := command(program) + " ends on " + received(l).String() + " with the requests in flight: its handler " + f.Text + " and waits for none of them"
			related, remedy := start(l, f.Span), "let the server finish its requests first: Shutdown, then exit"
			if path.Ext(f.Span.File.Path) != ".go" {
				remedy = "let the server finish its requests first: server.close(() => process.exit(0))"
			}
			if !program.Source.Serves.IsZero() {
				related = append([]Related{{program.Source.Serves, "it takes requests here"}}, related...)
			}
			p.Report(Finding{Span: f.Span, Label: strings.TrimPrefix(f.Text, "calls ") + " ends all requests", Message: message + branch(l),
				Remedy: remedy, Related: related})
		})
	},
})
