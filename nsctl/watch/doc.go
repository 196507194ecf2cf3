// Package watch follows the mounts of all namespaces as they change, and tells the
// changes as events: what one operation of the kernel did, in which namespaces, through
// which peer groups, and who asked for it.
//
// # The concept
//
// No single facility of the kernel tells that. What there is, and what it misses:
//
//   - fanotify (Linux 6.15) tells of each mount that is attached, detached or moved, in the
//     namespaces that are marked, with its id and the process. Not in which namespace, not
//     what was mounted where, and nothing of changes of propagation or options.
//   - The tracepoints of system calls (tracefs, package trace) tell who calls mount(2) and
//     the like, from which kind of call, and when it has ended. Not on which mount.
//   - poll(2) on mountinfo tells that a table has changed.
//   - Looking: what nobody tells, as a slave that loses its master because the last peer
//     was unmounted in another namespace, is found by asking the kernel again.
//
// A Watcher uses those that it may, says which, and puts together what they tell.
//
// # From notices to events
//
// The state is a snapshot with indexes, changed in place; what changes is copied, all else
// is shared with the snapshots that were delivered. One batch goes through these steps:
//
//   - wait reads all notices until the calls that they came from have ended;
//   - look asks the kernel about the mounts that they name, and changes the state. Each
//     difference is a change;
//   - lookAfterCalls, news and followUp add what has no notice: changes of propagation,
//     namespaces that came and went, and slaves whose group has ended;
//   - gather puts the changes together to operations, and says how each came from the
//     origin;
//   - tell makes events of them.
//
// Copies of one mount are recognized by what the kernel's rules say: they are at the same
// directory of the same filesystem, in mounts that receive from each other, by the same
// process. What cannot be attributed so has no operation, and says so.
//
// # When it is too much
//
// A queue of the kernel's that overflows, and bursts in which mounts come and go faster than
// they can be asked about, are told as an event of kind resync. After an overflow the tables
// are compared, and the exact difference follows. The state is right in any case.
//
// A namespace of which it would take long to look at everything that happened, as the
// kernel needs seconds for tens of thousands of mounts on top of each other, is read
// aside, as new ones are: what happens elsewhere is told meanwhile, and what is noticed of
// it waits for that.
//
// # What it costs
//
// An event costs what it touches: some microseconds for each mount. A quiet host costs a
// walk through its namespaces every few seconds, and a scan of everything so rarely that it
// takes less than half a percent of one core. Without tracefs it costs up to two percent,
// and a third of a core while new processes are started on a host with 100,000 mounts:
// otherwise a change of propagation would stay unseen for longer than a second.
//
// Nothing is kept alive: marks do not hold a namespace, and a process through which one is
// polled is let go when it ends.
//
// # What this package does not do
//
// It does not say who was not reached: that is package predict's. It changes nothing on
// the host but for an instance of tracefs of its own. Events of what happens in namespaces
// that the caller may not see do not exist for it.
package watch
