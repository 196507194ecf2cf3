// Package trace tells which processes make the system calls that change mounts, with the
// tracepoints of the kernel (tracefs).
//
// No other source knows that: it tells changes of propagation, which wake nobody and
// make no event, and names processes that have long ended. What a call did to which
// mounts it does not tell.
//
// # What is traced
//
// mount(2), umount2(2), move_mount(2), mount_setattr(2), open_tree_attr(2), pivot_root(2),
// fsconfig(2) that reconfigures a filesystem, unshare(2), setns(2), and, as "clone",
// every new process, however it was made: where it is, is known from who made it, also when
// it is gone before anybody can ask. Names of processes are learned from task_rename, which
// each execve(2) on the host makes, as does each thread that gives itself a name. Each of
// these wakes the reader.
//
// # What it costs the host
//
// While any system call is traced, all calls of all processes pass through the slower
// entry of the kernel, some tens of nanoseconds each. The kernel keeps a buffer for each
// processor (see [Options]). A record takes about 4 microseconds of the reader's time, most
// of it for the kernel to print it; it comes some 30 microseconds after the call has
// returned (median). Opening takes tens of milliseconds, and closing as well, as the
// kernel waits for all processors.
//
// # How it is done
//
// All is done below a mount of tracefs that is in no namespace, in an instance, a set of
// buffers and switches apart from what others trace: instances/mntscope-PID. An instance
// whose pipe nobody has open can be removed, and one that is in use cannot, so the next
// Open removes what was left behind by a process that was killed.
//
// The pipe is read as text, of which the parser is told by the kernel's own format where
// a name begins and ends: a name may hold any byte, and cannot pass itself off as a record.
//
// # What this package does not do
//
// Calls of 32-bit programs on a 64-bit kernel are not traced by the kernel. Mounts that
// change without a call, because a process ended or a directory was removed, have no
// record. Nothing is told of which namespace a call was made in.
package trace
