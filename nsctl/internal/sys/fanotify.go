package sys

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// A MountNotifier tells which mounts are attached to and detached from the mount
// namespaces that it marks (fanotify(7) with FAN_REPORT_MNT, Linux 6.15).
//
// Its events do not say in which namespace they happened. For an attached mount the id
// can be looked up; for a detached one only who kept a table knows. Nothing is told of
// changes of propagation or attributes, of new namespaces, and of mounts whose peers or
// masters were taken away in another namespace.
//
// It uses one of the user's groups (user.max_fanotify_groups, 128 by default), and
// each mark one of his marks (user.max_fanotify_marks). The mounts of a namespace that
// dies are told as detached.
type MountNotifier struct{ File }

// OpenMountNotifier makes a notifier without marks. Anybody can; EMFILE means that the
// user has too many.
func OpenMountNotifier() (MountNotifier, error) {
	fd, err := unix.FanotifyInit(unix.FAN_CLASS_NOTIF|unix.FAN_REPORT_MNT|unix.FAN_NONBLOCK|unix.FAN_CLOEXEC, 0)
	if err == nil {
		return MountNotifier{File(fd)}, nil
	}
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		err = &Missing{"fanotify of mounts", "6.15", err}
	}
	return MountNotifier{-1}, &CallError{"fanotify_init", "FAN_REPORT_MNT", err}
}

// Mark begins to tell of a mount namespace, which it does not keep alive. It takes
// CAP_SYS_ADMIN in the user namespace that the notifier was made in and in the one that
// owns the mount namespace, else it fails with EPERM; Linux 6.15 wants it in the first
// user namespace. ENOSPC means that the user has too many marks.
func (n MountNotifier) Mark(ns NamespaceFile) error { return n.mark(ns, unix.FAN_MARK_ADD) }

// Unmark ends what Mark began. It fails with ENOENT if there is no mark.
func (n MountNotifier) Unmark(ns NamespaceFile) error { return n.mark(ns, unix.FAN_MARK_REMOVE) }

func (n MountNotifier) mark(ns NamespaceFile, how uint) error {
	err := unix.FanotifyMark(int(n.File), how|unix.FAN_MARK_MNTNS,
		unix.FAN_MNT_ATTACH|unix.FAN_MNT_DETACH, int(ns.File), "")
	if err != nil {
		return &CallError{"fanotify_mark", "mount namespace", err}
	}
	return nil
}

// MountEvent is what happened to one mount in one namespace, or, if Overflow is set,
// that more happened than the queue holds (fs.fanotify.max_queued_events, 16,384 by
// default): an unknown number of events after the one before it is missing.
//
// A mount that is moved, or gets another parent because what it was on has gone, is both
// attached and detached. Events are in the order in which they happened, none is merged
// with another.
type MountEvent struct {
	Attached, Detached, Overflow bool
	Mount                        uint64 // unique id
	// PID is the process whose system call it was; 0 if it is not in the reader's pid
	// namespace, or if who made the notifier did not have CAP_SYS_ADMIN in the first user
	// namespace: such a one is told of no process but the reader's own (kernel:
	// FANOTIFY_UNPRIV in fs/notify/fanotify/fanotify_user.c).
	PID int
}

// MountEventsSize is a good size for the buffer of ReadEvents: 400 events.
const MountEventsSize = 16000

// ReadEvents calls each for as many events as have happened and fit into buf, which
// may be none. More says that the buffer was filled, so that there may be others. The
// descriptor is readable while there are any.
func (n MountNotifier) ReadEvents(buf []byte, each func(MountEvent)) (more bool, err error) {
	got, err := retry(func() (int, error) { return unix.Read(int(n.File), buf) })
	if err == unix.EAGAIN { //nolint:errorlint // a bare errno, straight from the call
		return false, nil
	}
	if err != nil {
		return false, &CallError{"read", "fanotify", err}
	}
	if err := decodeMountEvents(buf[:got], each); err != nil {
		return false, &CallError{"read", "fanotify", err}
	}
	return len(buf)-got < mountEventSize, nil
}

// The sizes in include/uapi/linux/fanotify.h.
const (
	fanotifyMetadata = 24 // struct fanotify_event_metadata
	fanotifyMount    = 16 // struct fanotify_event_info_mnt
	mountEventSize   = fanotifyMetadata + fanotifyMount
)

// decodeMountEvents reads the records of a buffer. Those of unknown kinds are passed
// over; a record that is not whole is an error.
func decodeMountEvents(buf []byte, each func(MountEvent)) error {
	for len(buf) > 0 {
		if len(buf) < fanotifyMetadata {
			return unix.EBADMSG
		}
		// u32 event_len, u8 vers, u8 reserved, u16 metadata_len, u64 mask, s32 fd, s32 pid
		size := binary.NativeEndian.Uint32(buf)
		head := binary.NativeEndian.Uint16(buf[6:])
		if size < fanotifyMetadata || int64(size) > int64(len(buf)) || head < fanotifyMetadata || uint32(head) > size ||
			buf[4] != unix.FANOTIFY_METADATA_VERSION {
			return unix.EBADMSG
		}
		mask := binary.NativeEndian.Uint64(buf[8:])
		e := MountEvent{
			Attached: mask&unix.FAN_MNT_ATTACH != 0,
			Detached: mask&unix.FAN_MNT_DETACH != 0,
			Overflow: mask&unix.FAN_Q_OVERFLOW != 0,
			PID:      int(int32(binary.NativeEndian.Uint32(buf[20:]))),
		}
		var known bool
		e.Mount, known = infoOfMount(buf[head:size])
		if e.Overflow || known && (e.Attached || e.Detached) {
			each(e)
		}
		buf = buf[size:]
	}
	return nil
}

// infoOfMount finds the mount among the records that follow the metadata of an event.
func infoOfMount(info []byte) (id uint64, ok bool) {
	for len(info) >= 4 {
		// u8 info_type, u8 pad, u16 len, then u64 mnt_id
		size := int(binary.NativeEndian.Uint16(info[2:]))
		if size < 4 || size > len(info) {
			return 0, false
		}
		if info[0] == unix.FAN_EVENT_INFO_TYPE_MNT && size >= fanotifyMount {
			return binary.NativeEndian.Uint64(info[8:]), true
		}
		info = info[size:]
	}
	return 0, false
}
