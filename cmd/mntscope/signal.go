package main

import (
	"os"
	"os/signal"
	"syscall" // package os has a name for SIGINT only
)

// endSignals ask the program to end. They are caught so that a half-written
// snapshot is removed and the terminal is put back. A reader that goes away
// (mntscope ns | head) needs nothing here: the Go runtime ends a program that
// writes to a broken standard output with SIGPIPE, as any other filter.
func endSignals() []os.Signal {
	return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
}

// keepPipeErrors is for a command that has something to take back in the kernel before it
// ends: where nobody reads standard output any more, writing to it is an error then.
func keepPipeErrors() { signal.Ignore(syscall.SIGPIPE) }
