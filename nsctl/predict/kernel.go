package predict

import (
	"fmt"
)

// kernel is how releases of Linux differ. Everything else is the same in all of them, as
// far back as 5.15, or not predicted.
type kernel struct {
	// dropsUnbindable: a copy of a namespace loses the unbindable flag. 6.17 moved it from
	// mnt_flags to mnt_t_flags, which clone_mnt did not copy.
	dropsUnbindable bool
	// rejoinsUnbindable: MOVE_MOUNT_SET_GROUP accepts an unbindable mount (do_set_group).
	rejoinsUnbindable bool
	// lockMovesDown: what is tucked beneath a locked mount is locked in its place
	// (attach_recursive_mnt), so that the upper one can be unmounted.
	lockMovesDown bool
	// beneathLocked: MOVE_MOUNT_BENEATH accepts a locked mount on top, and the root
	// (can_move_mount_beneath).
	beneathLocked bool
	// oldUmount: the propagation of umounts before the rewrite of 6.17
	// (Documentation/filesystems/propagate_umount.txt). It differs where a copy is locked,
	// or covered by something else.
	oldUmount bool
}

// kernelOf reads a release as uname -r gives it. One that cannot be read counts as the
// newest that the differences are known of.
func kernelOf(release string) kernel {
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n != 2 {
		major, minor = 6, 18
	}
	at := major*1000 + minor
	return kernel{
		dropsUnbindable:   at >= 6017 && at < 7000,
		rejoinsUnbindable: at < 7000,
		lockMovesDown:     at >= 7000,
		beneathLocked:     at >= 7001,
		oldUmount:         at < 6017,
	}
}
