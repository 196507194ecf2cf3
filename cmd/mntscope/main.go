// Command mntscope shows the mount namespaces of a Linux host: which there are,
// what is mounted in each, and the peer groups and master/slave trees that tie
// them together.
//
// Without a subcommand it opens the explorer. This package parses the command
// line, calls the packages below nsctl, and prints; what it prints, it computes
// nowhere itself.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"mntscope/nsctl/change"
	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/miniroot"
)

// Exit statuses, as documented in the README: scripts depend on them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	if sandbox.Keeps(os.Args) {
		os.Exit(sandbox.Keep())
	}
	if command, ok := miniroot.Command(os.Args); ok {
		os.Exit(command())
	}
	if change.IsHelper() {
		if err := change.ServeHelper(); err != nil {
			fmt.Fprintln(os.Stderr, errorLine(err))
			os.Exit(exitFailed)
		}
		os.Exit(exitDone)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	status := run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}
