// Package predict says what the kernel will do: given a snapshot of a host and an
// operation on mounts, which mounts appear, vanish, move or change their propagation in
// which namespaces, through which peer groups, which mounts are not reached and why, and,
// where the kernel refuses, with which error.
//
// # The concept
//
// The rules are those of the kernel's fs/namespace.c and fs/pnode.c, and every function
// here that plays a part of them names the function that it mirrors. The
// kernel works on mounts that hang in rings (peer groups) and on lists (slaves);
// which of its peers a slave hangs on never shows, so here it hangs on the group. It
// works on dentries, which a snapshot does not have; but a filesystem's number and a
// path in it name one as well (see [dentry]).
//
// A [Host] is an index over a snapshot. Each prediction plays its operation through in a
// world of its own, which takes from the snapshot only what the operation comes near
// to. Nothing is ever changed in the snapshot.
//
// # What a snapshot does not show
//
// Whether a path exists, is a directory or leads through symbolic links (see
// Caller.Look), whether a mount is locked (see [nsctl.LockState]) or busy, what a
// filesystem says to its source and options, and members of groups in namespaces that
// could not be read. Where the outcome depends on such a thing, the prediction says
// so in Uncertain, and takes what is likely.
//
// The kernel differs from release to release; see [kernel], which is all that this package
// knows about that.
//
// # What this package does not do
//
// It asks nobody: it reads no file and makes no system call. It predicts operations on
// mounts, not on files, although removing a directory can unmount what is mounted on it
// in another namespace. Network filesystems that mount by themselves (automounts) are
// not predicted.
package predict
