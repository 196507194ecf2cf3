package sandbox

import "mntscope/nsctl/sandbox/keeper"

// Keeps reports whether this process was started to be the keeper of a sandbox. Every
// program that makes sandboxes asks that first, and is then nothing but [Keep].
func Keeps(args []string) bool { return keeper.Keeps(args) }

// Keep is the whole program of a keeper. It gives the exit status.
func Keep() int { return keeper.Main() }
