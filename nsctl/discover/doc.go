// Package discover reads the mount namespaces of the running host into a
// [mntscope/nsctl.Snapshot].
//
// # The concept
//
// Linux has no table of mount namespaces that everybody may read. A namespace lives as
// long as something holds it: a process, a single thread, an open descriptor of its
// file, or a mount of that file. A scan follows each of these, and asks the kernel for
// the rest:
//
//   - /proc/PID/ns/mnt, and /proc/PID/task/TID/ns/mnt, as a thread may live in another
//     namespace than its process;
//   - /proc/PID/fd, where descriptors of namespace files show as mnt:[N];
//   - NS_MNT_GET_NEXT and NS_MNT_GET_PREV (Linux 6.12), and listns(2) (Linux 6.19), which
//     lead to namespaces that the caller may administer, whatever holds them;
//   - mounts of namespace files, in the tables of all namespaces found so far;
//   - and last, for processes whose link may not be read, the ids of the mounts that
//     they see: a mount is in one namespace only.
//
// The mounts of a namespace are read from the mountinfo of a process in it that sees
// all of them, which a process in a chroot does not; or with listmount(2) and
// statmount(2) by the namespace's id; or, on older kernels, on a thread that enters
// it. Which way is taken depends on what it costs: see the type costs. The host does not stand
// still meanwhile: a table that changed while it was read is read again.
//
// Whom a namespace belongs to is found out from cgroup paths, from the monitor process
// of the container, from the container managers' records, and from the environment,
// in this order, as none of them tells always. All but the cgroup path can be
// forged by whoever owns the namespace; only its displayed name depends on them.
//
// # Privileges
//
// Everything works without any, on what the caller may see. What it may not see is a
// [mntscope/nsctl.Gap] in the snapshot, with the reason, and so is everything else that could
// not be read. Nothing is only logged.
//
// # What this package does not do
//
// It changes nothing on the host. It draws no conclusions from what it read, except for
// the two that make a snapshot complete and are package graph's: hidden mounts, and
// propagate_from where the kernel was not asked for it. Its Follow looks again from time
// to time; it does not listen to the kernel's notifications.
package discover
