//go:build linux && (amd64 || arm64)

package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// entry is where the process begins (the linker's -E): it notes in ignored what the runtime is about to overwrite, and goes on
// to the runtime.
func entry() //nolint:unused // the linker's

var (
	ignored uint64    // bit n-1 is set where signal n was ignored when the process began
	action  [4]uint64 //nolint:unused // a sigaction, for entry
)

// setDispositions gives every signal its default action, or ignores it where its bit n-1 is set. What the runtime needs
// (SIGURG) does no harm when it is lost.
func setDispositions(ignored uint64) {
	const sigDfl, sigIgn = 0, 1
	for n := uintptr(1); n <= 64; n++ {
		if n == uintptr(unix.SIGKILL) || n == uintptr(unix.SIGSTOP) {
			continue
		}
		handler := uint64(sigDfl)
		if ignored>>(n-1)&1 == 1 {
			handler = sigIgn
		}
		act := [4]uint64{handler}
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, n, uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0); errno != 0 {
			fail(errno)
		}
	}
}
