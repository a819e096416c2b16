//go:build !docs

// Command pid1lint predicts what happens to the application in a container when the container is stopped, and finds what keeps
// the stop signal from it.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
