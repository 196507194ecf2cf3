// Package sandbox makes mount namespaces to explore in, and throws them away.
//
// # What a sandbox is
//
// A copy of the caller's mount namespace, or of another sandbox's, with the propagation
// types wanted, and with other kinds of namespaces where asked for. Without root it is in
// a user namespace, in which the user is root. A process of this program lives in it and
// keeps it alive: the keeper (package keeper), which runs programs in it on request,
// and takes it along when it ends. It also does the operations on mounts there, for
// package change ([Insiders]). One that is stopped, or is no keeper any more, is passed
// by: then they are done as in any other namespace, by who enters it.
//
// A sandbox ends with who made it, also if that is killed, unless it is kept: then it is
// there for any later run of the program, until it is removed.
//
// # The directory
//
// Each sandbox has one of its name in the [Store], which only its owner may enter:
//
//	lock             an open file of the keeper's has the lock on it as long as the keeper lives
//	sandbox.json     what it is: [Info]
//	socket           where the keeper is asked
//	mntscope-keeper  a link to the program, from which the process has its name
//	root/            files that were unpacked or built for it
//
// Nothing is mounted, bound or pinned outside of a sandbox, ever: all there is to free
// are processes and files. A directory whose lock is free is stale: its keeper died
// before it could be removed, or its maker before it was complete. [Store.RemoveStale] ends
// the processes that are left in such a namespace, and removes the files.
//
// # What this package does not do
//
// It is no container runtime and no security boundary: nothing is confined but by the
// namespaces, and those of root's sandboxes are root's.
package sandbox
