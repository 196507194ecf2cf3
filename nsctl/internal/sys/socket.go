package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// SocketPair makes two connected sockets that keep messages apart (unix(7),
// SOCK_SEQPACKET).
func SocketPair() (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &CallError{"socketpair", "", err}
	}
	return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket"), nil
}

// TellSender makes each message that a socket receives carry its sender
// (SO_PASSCRED), for [Received].
func TellSender(socket int) error {
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		return &CallError{"setsockopt", "SO_PASSCRED", err}
	}
	return nil
}

// LongMessages lets a socket send messages as long as the kernel allows (SO_SNDBUF).
func LongMessages(socket, bytes int) error {
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_SNDBUF, bytes); err != nil {
		return &CallError{"setsockopt", "SO_SNDBUF", err}
	}
	return nil
}

// PeerUID gives the user who made the other end of a connection, as the caller's user
// namespace calls him (SO_PEERCRED).
func PeerUID(socket int) (uid int, err error) {
	cred, err := unix.GetsockoptUcred(socket, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, &CallError{"getsockopt", "SO_PEERCRED", err}
	}
	return int(cred.Uid), nil
}

// Rights packs descriptors for sending.
func Rights(fds ...int) []byte { return unix.UnixRights(fds...) }

// RoomForRights is how much room descriptors and a sender take in a received message.
func RoomForRights(count int) int {
	return unix.CmsgSpace(4*count) + unix.CmsgSpace(unix.SizeofUcred)
}

// Received unpacks the control data of a message: descriptors, which are the caller's
// now, and the sender's pid as the caller's pid namespace has it, 0 if unknown.
func Received(control []byte) (fds []int, sender int, err error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, 0, &CallError{"recvmsg", "control data", err}
	}
	for i := range messages {
		if cred, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
			sender = int(cred.Pid)
		} else if got, err := unix.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, got...)
		}
	}
	return fds, sender, nil
}

// CloseAll closes descriptors.
func CloseAll(fds []int) {
	for _, fd := range fds {
		closeFD(fd)
	}
}

// MessageTruncated is set in the flags of a received message that was longer than the room
// for it, RightsTruncated if not all descriptors could be taken.
const (
	MessageTruncated = unix.MSG_TRUNC
	RightsTruncated  = unix.MSG_CTRUNC
)
