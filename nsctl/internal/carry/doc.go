// Package carry does one operation on mounts inside a live mount namespace, on exactly the
// mounts that were meant.
//
// # The concept
//
// A path is only a question, whose answer can change: links are swapped, mounts are
// covered, pids are given to others. So each path is opened once, by who is inside and
// without links of /proc that are no paths; what was opened is compared with what is
// expected, by the id of the mount that is never reused and by the path that the kernel
// itself tells; and then the descriptor is changed, not the path: with
// mount_setattr(2), open_tree(2), move_mount(2) and fsmount(2). Two calls know no
// descriptors: umount2(2) gets a single name in a directory that is open, and
// pivot_root(2) the descriptors as links of /proc.
//
// A [Job] says all that is needed, and can travel: to a thread of this process that enters
// the namespace, or to a [Helper], another process that is in the user namespace that
// owns it, where only root of that may enter; or, packed, to a process that lives in the
// namespace and takes jobs there ([Job.DoInside]), as the keeper of a sandbox does.
//
// # What this package does not do
//
// It predicts nothing, asks nobody and remembers nothing; package change does. It runs
// no helpers of mount(8) (mount.TYPE), and looks up no labels.
package carry
