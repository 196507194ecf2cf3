package sys

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Poller waits for many descriptors at once (epoll(7)). One goroutine waits; any may
// call Wake. Waiting costs nothing for descriptors that are not ready, and holds a
// thread of the process.
type Poller struct {
	fd     int
	wake   int // eventfd(2)
	ready  []unix.EpollEvent
	mu     sync.Mutex // of closed: after Close, the number of wake is another file's
	closed bool
}

// Readiness is what a Poller waits for.
type Readiness uint32

const (
	// Readable waits until a read would not block: fanotify, trace_pipe; and, for the
	// descriptor of a process, until that has ended. It is told again by each Wait until
	// all has been read.
	Readable Readiness = unix.EPOLLIN
	// Changed waits for an exceptional condition: for mountinfo that a mount was
	// attached, detached or remounted since it was last told, which is told once
	// (kernel: fs/proc_namespace.c, mounts_poll). Every look at the file counts as
	// telling: also MountsChanged, and Add. So what changes between the opening of
	// the file and Add is never told: read the table after Add.
	Changed Readiness = unix.EPOLLPRI
	// Broken waits for nothing but what epoll always tells: that nobody reads a pipe any
	// more, or that the other end of a socket is closed.
	Broken Readiness = 0
)

// wakeTag is what the descriptor for Wake carries; Add refuses it.
const wakeTag = math.MaxUint64

// NewPoller makes a poller that waits for nothing but Wake.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, &CallError{"epoll_create1", "", err}
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		closeFD(fd)
		return nil, &CallError{"eventfd", "", err}
	}
	p := &Poller{fd: fd, wake: wake, ready: make([]unix.EpollEvent, 256)}
	if err := p.control(unix.EPOLL_CTL_ADD, wake, Readable, wakeTag); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Add begins to wait for a descriptor. The tag, any number but the highest, names it
// in what Wait tells.
func (p *Poller) Add(f File, what Readiness, tag uint64) error {
	if tag == wakeTag {
		return &CallError{"epoll_ctl", "EPOLL_CTL_ADD", unix.EINVAL}
	}
	return p.control(unix.EPOLL_CTL_ADD, int(f), what, tag)
}

// Remove ends waiting for a descriptor. Do it before the file is closed: a descriptor
// that a child of the process has inherited for a moment, between fork and exec, would
// be told of until then.
func (p *Poller) Remove(f File) error { return p.control(unix.EPOLL_CTL_DEL, int(f), 0, 0) }

func (p *Poller) control(op, fd int, what Readiness, tag uint64) error {
	// The tag takes the place of epoll_data, of which the library makes two numbers.
	var data [8]byte
	binary.NativeEndian.PutUint64(data[:], tag)
	event := unix.EpollEvent{
		Events: uint32(what),
		Fd:     int32(binary.NativeEndian.Uint32(data[:4])),
		Pad:    int32(binary.NativeEndian.Uint32(data[4:])),
	}
	if err := unix.EpollCtl(p.fd, op, fd, &event); err != nil {
		names := map[int]string{unix.EPOLL_CTL_ADD: "EPOLL_CTL_ADD", unix.EPOLL_CTL_DEL: "EPOLL_CTL_DEL"}
		return &CallError{"epoll_ctl", names[op], err}
	}
	return nil
}

// Forever makes Wait wait without limit.
const Forever time.Duration = -1

// Wait waits until a descriptor is ready, Wake is called, or the time is over, and calls
// each with the tags of those that are ready. The time is rounded up to milliseconds.
// It may return early with nothing ready, as if woken: a signal ends it.
func (p *Poller) Wait(limit time.Duration, each func(tag uint64)) error {
	ms := -1
	if limit >= 0 {
		ms = int(min((limit+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
	}
	n, err := unix.EpollWait(p.fd, p.ready, ms)
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	if err != nil {
		return &CallError{"epoll_wait", "", err}
	}
	for _, event := range p.ready[:n] {
		var data [8]byte
		binary.NativeEndian.PutUint32(data[:4], uint32(event.Fd))
		binary.NativeEndian.PutUint32(data[4:], uint32(event.Pad))
		if tag := binary.NativeEndian.Uint64(data[:]); tag != wakeTag {
			each(tag)
			continue
		}
		var count [8]byte
		_, _ = unix.Read(p.wake, count[:]) // EAGAIN: it was read before
	}
	return nil
}

// Wake makes the Wait that is waiting, or else the next one, return at once. After Close
// it does nothing.
func (p *Poller) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		// EAGAIN means that it has been woken very often already.
		_, _ = unix.Write(p.wake, binary.NativeEndian.AppendUint64(nil, 1))
	}
}

// Close frees the poller, which must not be waiting. The files added to it stay open.
func (p *Poller) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		closeFD(p.fd)
		closeFD(p.wake)
	}
}

// OpenProcess gives a descriptor of a process, which is Readable once the process has
// ended, and refers to no other that gets its pid later (pidfd_open(2), Linux 5.3). It
// fails with ESRCH if there is none, and with ENOENT or EINVAL for a thread that is not
// the first of its process.
func OpenProcess(pid int) (File, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, missingCall("pidfd_open(2)", "5.3", &CallError{"pidfd_open", "", err})
	}
	return File(fd), nil
}
