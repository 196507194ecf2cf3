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
	if help, ok := change.AsHelper(); ok {
		os.Exit(help())
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	status := run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}
