// Package sys is the only place where mntscope talks to the kernel through
// system calls that the standard library does not have: one file per kernel
// facility, each a thin wrapper that retries interrupted calls, opens everything
// close-on-exec, and names the operation and its object in its errors.
//
// A facility that the running kernel lacks gives an error that matches
// [errors.ErrUnsupported] and names the first kernel that has it; see [Missing].
//
// The package keeps no state and takes no decisions.
package sys
