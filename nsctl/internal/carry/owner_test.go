package carry_test

import (
	"io/fs"
	"syscall"
)

// ownerOf gives the uid that a file belongs to.
func ownerOf(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }
