// Package replay goes through a recording of what happened to a host's mounts: it gives the
// whole host as it was after any of the recorded operations.
//
// # The concept
//
// A recording is what "mntscope watch --json" prints: one line that holds the whole host as
// it was when watching began, and then a line for each change ([nsctl.Event]). One
// operation of the kernel makes many changes: a mount in a shared directory appears in
// every peer of it, in whatever namespace. So a recording has steps, and a step is
// all changes of one operation. Before the first step and after each one there is a state,
// which is a snapshot like any other: it can be explored, compared and predicted on.
//
//	ready    step 1    step 2    step 3
//	  |--------|---------|---------|------
//	 At(0)    At(1)     At(2)     At(3)
//
// [Apply] makes the changes of some events in a snapshot, and gives a new one. It shares with
// the old one the mounts of all namespaces in which nothing changed. A [Recording] finds
// its way quickly to any step. It keeps, every few thousand events, the state in a short
// form (a list of pointers for each namespace that changed since the one before), and
// goes on from the nearest.
//
// # What follows from an event
//
// An event tells the new state of one mount. What depends on it is worked out here: the
// mount points of all that is mounted below a mount that was moved, and which mounts are
// hidden then. It makes no difference in which order the events of one operation stand: of
// the two moves of a pivot_root either may come first.
//
// Propagation, with propagate_from, is taken from the events as it is: whatever changes it, in
// whatever mount, is an event of its own.
//
// # Limits
//
// All events are held in memory, about half a kilobyte each: a recording of 400 megabytes has
// a million of them. [MaxEvents] is the limit. What is kept besides, to find states
// quickly, stays below 100 megabytes; in a recording so long that this is little, seeking
// becomes slower, never the memory larger.
//
// # What this package does not do
//
// It knows of a namespace's processes, name and holders only what the first line or the
// event of its creation said. It opens no file and has no clock: playing at a speed is up to
// who shows it.
package replay
