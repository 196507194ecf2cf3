// Package nsctl is the vocabulary of mntscope: what a host's mount namespaces
// look like at one moment, as plain data.
//
// # The concept
//
// A mount namespace is a tree of mounts. A mount is one appearance of (a part
// of) a filesystem at a mount point. What makes mount namespaces hard to follow
// is propagation (mount_namespaces(7), Documentation/filesystems/sharedsubtree.rst
// in the kernel): a mount may be in a peer group, whose members, in whatever
// namespace they are, repeat each other's mounts and unmounts; and it may be a
// slave of a peer group, which it receives from without ever sending back.
// The two are independent of each other, so there are five states:
//
//	shared            sends and receives    shared:5
//	slave             receives              master:5
//	shared and slave  both                  shared:7 master:5
//	private           neither
//	unbindable        neither, and cannot be bind mounted
//
// A [Snapshot] holds every namespace that was found on a host, the mounts of
// each, and, as [Gap] values, everything that could not be read. It is immutable:
// whoever holds one may share it between goroutines, and nothing in mntscope
// changes it after it was made. The same struct is the Go type and the JSON
// that "mntscope snapshot" prints.
//
// # What this package does not do
//
// It reads nothing from the system (package discover does), draws no
// conclusions from a snapshot (package graph does) and keeps no state.
package nsctl
