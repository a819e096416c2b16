package program

import "strings"

// A Server is what is known of a program that serves until it is stopped.
type Server struct {
	Names      string // names of the program, between blanks
	Graceful   []int  // signals that let it finish what it does
	Abrupt     []int  // signals that end it with its work undone
	Deaf       []int  // signals that it handles without ending
	Daemonizes bool   // it goes into the background by itself
	Why        string // a clause on what an abrupt signal does
	Source     string
}

const (
	sigHUP   = 1
	sigINT   = 2
	sigQUIT  = 3
	sigTERM  = 15
	sigWINCH = 28
)

// ServerNamed returns what is known of the server that a command line starts.
func ServerNamed(args []string, name string) (Server, bool) {
	switch name {
	case "nginx", "openresty", "nginx-debug":
		s := Server{Graceful: []int{sigQUIT}, Abrupt: []int{sigTERM, sigINT}, Deaf: []int{sigHUP},
			Why: "nginx takes SIGTERM as a fast shutdown and drops the requests in flight", Source: "measured, nginx 1.26"}
		for _, a := range args[1:] {
			if a == "-t" || a == "-T" || a == "-v" || a == "-V" || a == "-s" || strings.HasPrefix(a, "-s") {
				return Server{}, false
			}
		}
		return s, true
	}
	return Server{}, false
}
