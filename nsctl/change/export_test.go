package change

import "mntscope/nsctl"

// Wanted is the state that an undo is to bring back, as it is known.
func Wanted(u *Undo) *nsctl.Snapshot { return u.past.snapshot }

// Left is the state that an undo was predicted to leave.
func Left(u *Undo) *nsctl.Snapshot { return u.left.Snapshot() }
