//go:build !unix

package main

import "os"

// terminalWidth takes every file for none of a terminal: older consoles of Windows print colours as text.
func terminalWidth(*os.File) (width int, terminal bool) { return 0, false }
