package change

import (
	"time"

	"mntscope/nsctl"
)

// Wanted is the state that an undo is to bring back, as it is known.
func Wanted(u *Undo) *nsctl.Snapshot { return u.past.snapshot }

// Left is the state that an undo was predicted to leave.
func Left(u *Undo) *nsctl.Snapshot { return u.left.Snapshot() }

// LimitJournal gives the journal of a Changer another limit in bytes.
func LimitJournal(c *Changer, limit int64) { c.journal.limit = limit }

// LosePatience lets a Changer wait for others only so long.
func LosePatience(c *Changer, patience time.Duration) { c.journal.patience = patience }
