package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// LoopBackingDev gives the filesystem that the backing file of a loop device is on,
// by the device's file (loop(4), LOOP_GET_STATUS64). ENXIO means that it has none.
func LoopBackingDev(device string) (FileDev, error) {
	f, err := Open(device)
	if err != nil {
		return FileDev{}, err
	}
	defer f.Close()
	var info unix.LoopInfo64
	_, err = retry(func() (int, error) {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(f), unix.LOOP_GET_STATUS64, uintptr(unsafe.Pointer(&info)))
		if errno != 0 {
			return 0, errno
		}
		return 0, nil
	})
	if err != nil {
		return FileDev{}, &CallError{"ioctl LOOP_GET_STATUS64", device, err}
	}
	// huge_encode_dev in include/linux/kdev_t.h, the encoding of stat(2).
	return FileDev{unix.Major(info.Device), unix.Minor(info.Device)}, nil
}
