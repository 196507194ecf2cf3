// Package pipe tells when nobody reads a pipe any more.
//
// # The concept
//
// Who writes to a pipe learns from the next write that its reader has gone, by the signal
// SIGPIPE or the error EPIPE (pipe(7)). A program that has nothing to write for hours would
// stay for hours: "mntscope watch | head -n 1" until something is mounted somewhere. The
// kernel tells at once who polls the writing end: POLLERR for a pipe or a FIFO, POLLHUP for
// a socket whose other end is closed (poll(2); kernel: fs/pipe.c, pipe_poll).
//
// # What this package does not do
//
// It writes nothing, and changes nothing about the file, which is shared with other
// processes. It does not tell whether the reader reads, only that there is one.
package pipe

import (
	"context"
	"os"

	"mntscope/nsctl/internal/sys"
)

// Abandoned waits until nobody can read any more what is written to f, and returns nil
// then. When the context ends before, it fails with the context's error; so it does for
// what has no reader, such as a file, and for a terminal, whose end is told by SIGHUP.
// Any other error is one of asking the kernel.
func Abandoned(ctx context.Context, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	poller, err := sys.NewPoller()
	if err != nil {
		return err
	}
	defer poller.Close()
	defer context.AfterFunc(ctx, poller.Wake)()
	if info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0 {
		if err := add(poller, f); err != nil {
			return err
		}
	}
	for gone := false; !gone; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := poller.Wait(sys.Forever, func(uint64) { gone = true }); err != nil {
			return err
		}
	}
	return nil
}

// add does without f.Fd, which makes the file blocking for all that share it.
func add(poller *sys.Poller, f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var added error
	if err := conn.Control(func(fd uintptr) { added = poller.Add(sys.File(fd), sys.Broken, 0) }); err != nil {
		return err
	}
	return added
}
