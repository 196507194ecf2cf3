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
// said beforehand. What covers a mount that is to go is put aside meanwhile (see below). Of what
// concerns thousands of mounts only as much is taken back as can be done soon. The
// journal forgets the oldest operations when it becomes too long.
//
// # What was put beneath
//
// No path leads to a mount that was put beneath another one, and umount2(2) takes the topmost
// only. In a private mount what covers it is moved aside, and back. But below a shared mount the
// new one is shared, too, and the kernel moves nothing out of a shared mount (do_move_mount
// in fs/namespace.c: the parent must not be IS_MNT_SHARED), nor can that one be made private
// alone, as nothing leads to it. Then the cover is bound aside, unmounted and bound back. That
// unmounts what covers the copies elsewhere, too, whatever it is, and binding it back puts
// the same thing over all of them: so where they were covered by different things, or by
// one that is unbindable or shows another part of its filesystem, it would lose more than
// it brings back, and the mount stays, which the plan says.
//
// # What cannot be known beforehand
//
// Whether a mount is locked is asked of the kernel, mount by mount, and of what is made on the
// way the model knows it. A mount that another one covers cannot be asked about. Where an
// operation depends on that, its prediction says so; an undo that finds something else at a
// later step stops there, and a new plan goes on from that.
//
// # What this package does not do
//
// It asks nobody: whether an operation is wanted is for the caller to find out. It makes
// no namespaces, as those live only as long as something is in them: package sandbox does.
// It does not start the programs that mount(8) has for some types of filesystems.
package change
