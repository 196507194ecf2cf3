// Package holders says what of a snapshot holds a filesystem, and what would release it.
//
// # The concept
//
// A filesystem lives as long as anything refers to it: a mount in any namespace, whoever
// keeps that alive; a process with its root, working directory, program, a mapped or an
// open file on it, even after a lazy umount, when no table lists the mount any more; and
// users inside the kernel: swap files, loop devices, the layers of an overlay.
//
// Mounts and overlays stand in a snapshot, and [InSnapshot] finds them, on a saved host as
// well. Processes and devices must be asked on the live host, which package discover does.
// [Release] then puts together what would let go of all that: what is built on the
// filesystem first, then processes, then mounts, what is mounted in them before them, and
// each only once although an umount travels through peer groups.
//
// # What this package does not do
//
// It runs none of the commands. It does not look for what the kernel shows nowhere: a
// descriptor on its way through a socket, an NFS export, a registered buffer of io_uring.
package holders
