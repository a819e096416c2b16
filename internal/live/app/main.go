//go:build linux && (amd64 || arm64)

// Command app is the application, or its like, of the live tests, and the last step before it.
//
// It plays one role, named after the file it is run as (hard links of one binary, so that `exec -a name` changes nothing):
//
//	app          handles every stop signal: cleans up for 300 ms and ends with 0
//	app-pid      app, and writes /w/app.pid
//	app-fork     app, with a worker that it does not signal
//	app-daemon   app, after it has gone to the background by forking twice
//	app-default  has no handler, like a program in C
//	app-go       has no handler, as a program in Go: its runtime ends with 2
//	app-quick    ends at once with 0
//	stage        sets up a container's file system and becomes its command
//
// What happens to it is appended to the file Log, one record a line: milliseconds, process, role, event. The events are "ready",
// "worker" (the worker is ready), "signal N", "done" and "quick".
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The places of a container that the roles know of.
const (
	work = "/w"
	log  = work + "/.live/log"
)

func main() {
	executable, err := os.Readlink("/proc/self/exe")
	if err != nil {
		fail(err)
	}
	role := filepath.Base(executable)
	part := ""
	if len(os.Args) > 1 {
		part = os.Args[1]
	}
	switch {
	case role == "stage":
		stage(os.Args[1], os.Args[2:])
	case role == "app-daemon" && part != "daemon":
		daemonise(part)
	case role == "app-fork" && part == "worker":
		serve(role, "worker")
	case role == "app-fork":
		if err := again("worker").Start(); err != nil {
			fail(err)
		}
		serve(role, "ready")
	case role == "app-pid":
		if err := os.WriteFile(work+"/app.pid", fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
			fail(err)
		}
		serve(role, "ready")
	case role == "app-default":
		setDispositions(ignored)
		record(role, "ready")
		sleep()
	case role == "app-go":
		record(role, "ready")
		sleep()
	case role == "app-quick":
		record(role, "quick")
	default:
		serve(role, "ready")
	}
}

// serve waits for a stop signal and cleans up. Event is what is recorded when it is ready.
func serve(role, event string) {
	cleanup := 300 * time.Millisecond
	if text, ok := os.LookupEnv("APP_CLEANUP"); ok {
		var err error
		if cleanup, err = time.ParseDuration(text); err != nil {
			fail(err)
		}
	}
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, syscall.Signal(37))
	record(role, event)
	var done <-chan time.Time
	for {
		select {
		case s := <-signals:
			record(role, fmt.Sprintf("signal %d", s))
			if done == nil {
				done = time.After(cleanup)
			}
		case <-done:
			record(role, "done")
			return
		}
	}
}

// daemonise starts a second process as the leader of a session, and that starts the daemon and ends.
func daemonise(part string) {
	var err error
	if part == "session" {
		err = again("daemon").Start()
	} else {
		session := again("session")
		session.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		err = session.Run()
	}
	if err != nil {
		fail(err)
	}
}

// again is the program itself in another part of its role.
func again(part string) *exec.Cmd {
	executable, err := os.Readlink("/proc/self/exe")
	if err != nil {
		fail(err)
	}
	return exec.Command(executable, part)
}

func sleep() {
	for {
		time.Sleep(time.Hour)
	}
}

// record appends an event to the log in one write, so that records of several processes do not mix.
func record(role, event string) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		fail(err)
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		fail(err)
	}
	_, err = fmt.Fprintf(f, "%d %d %s %s\n", time.Duration(now.Nano()).Milliseconds(), os.Getpid(), role, event)
	if err := errors.Join(err, f.Close()); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "app:", err)
	os.Exit(70)
}
