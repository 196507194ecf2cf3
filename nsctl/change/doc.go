// Package change does operations on mounts, in whatever namespace, safely: it says first
// what will happen, does exactly that or nothing, looks at what has happened, and can
// take it back.
//
// # The concept
//
// A [Changer] makes a [Plan] of an operation: the host as it is, what package predict says
// to that, and which very mounts the paths of the operation lead to. A Plan is to be shown.
// [Changer.Apply] then reads the host again. If the prediction is not the same any more, or
// a path leads to something else, nothing is done, and there is a new plan to show. Else
// the operation is done through descriptors of just those mounts (package carry), the host
// is read once more, and what has changed is compared with what was predicted: the
// surprises are part of the answer.
//
// Each operation is written to a journal before it is done, and what it did afterwards. An
// [Undo] is made from that: a row of operations that lead back, each predicted from what
// the one before leaves. What they do not bring back is found by comparing the host
// that they would leave with the one that was before the operation, so that it can be
// said beforehand. What covers a mount that is to go is put aside meanwhile. Of what
// concerns thousands of mounts only as much is taken back as can be done soon. The
// journal forgets the oldest operations when it becomes too long.
//
// # What this package does not do
//
// It asks nobody: whether an operation is wanted is for the caller to find out. It makes
// no namespaces, as those live only as long as something is in them: package sandbox does.
// It does not start the programs that mount(8) has for some types of filesystems.
package change
