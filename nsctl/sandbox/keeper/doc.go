// Package keeper is the process that a sandbox lives in and by: it is started in the new
// namespaces, does there what is asked of it, and when it ends the sandbox does.
//
// # How it is started
//
// The program starts itself again, in new namespaces, with [Name] as its first argument,
// which main looks at before anything else and then calls [Main]. Everything a keeper
// needs comes by descriptor, so that it depends on no path:
//
//	3  the control socket: [Setup] comes in, a [Report] goes out; then [Control]
//	4  the lock of the sandbox's directory, held as long as the keeper lives
//	5  the socket on which it is asked
//	6  the sandbox's directory
//
// When the control socket ends, because whoever made the sandbox closed it or died, the
// sandbox ends, unless it was told before to stay.
//
// # What it does
//
// One connection is one [Request]: run a program, take a step towards a root file system
// of its own, do an operation on mounts, start the keeper of another sandbox inside this
// one, or end. Messages are JSON, one a packet; descriptors come with them. A peer must be
// the owner, whatever else he sends is refused.
//
// An operation is a job of package carry, and so is what a step does. The keeper compares
// the namespace that it is for with its own, and asks once more before it does it: who
// had no answer in time, because the keeper was stopped, has gone by then, and nothing is
// done that nobody waits for. Jobs are done on threads of their own, with a root and a working
// directory of their own.
//
// It is the parent of everything that runs in the sandbox: orphans come to it, and it
// reaps them. When it ends, it kills them.
//
// # Its own view of /proc
//
// What is mounted in the sandbox is the user's, and after pivot_root there may be no
// /proc at all. So its working directory is a private copy of /proc, in no namespace, and
// it opens "self/mountinfo" relative to that, and gives it to jobs.
//
// # What it does not do
//
// It writes no file, decides no default, and knows no command line. It is no guard: a
// program in the sandbox that is root there can do to the keeper what it likes.
package keeper
