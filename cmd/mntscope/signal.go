package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall" // package os has a name for SIGINT only, and none for EPIPE
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
func keepPipeErrors() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// errUnread says that nobody reads standard output any more.
var errUnread = errors.New("nobody reads standard output")

// isUnread reports whether an error of writing says that.
func isUnread(err error) bool { return errors.Is(err, syscall.EPIPE) }

// endByPipe ends the program after keepPipeErrors as any other filter that nobody reads: in
// silence, by SIGPIPE. The Go runtime raises it for a write only. If somebody reads again,
// as may be in a FIFO, it returns.
func endByPipe() {
	signal.Reset(syscall.SIGPIPE)
	_, _ = os.Stdout.Write([]byte{'\n'})
}
