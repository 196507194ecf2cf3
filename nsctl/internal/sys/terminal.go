package sys

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// TerminalSettings are how a terminal treats what is typed and printed (termios(3)).
type TerminalSettings unix.Termios

// TerminalSettingsOf reads them.
func TerminalSettingsOf(fd int) (*TerminalSettings, error) {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, &CallError{"ioctl TCGETS", "", err}
	}
	return (*TerminalSettings)(t), nil
}

// SetTerminal changes them, after what has been printed has left.
func SetTerminal(fd int, t *TerminalSettings) error {
	_, err := retry(func() (int, error) { return 0, unix.IoctlSetTermios(fd, unix.TCSETSW, (*unix.Termios)(t)) })
	if err != nil {
		return &CallError{"ioctl TCSETSW", "", err}
	}
	return nil
}

// Raw gives settings with which every byte passes as it is (cfmakeraw in termios(3)).
func (t *TerminalSettings) Raw() *TerminalSettings {
	raw := *t
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Oflag &^= unix.OPOST
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	return &raw
}

// RestoreTerminal puts settings back if the terminal is still as Raw made it of them:
// nobody has changed it since.
func RestoreTerminal(fd int, t *TerminalSettings) {
	if now, err := TerminalSettingsOf(fd); err == nil && *now == *t.Raw() {
		_ = SetTerminal(fd, t) // it has gone meanwhile
	}
}

// OpenTerminal makes a pseudoterminal (pty(7)). The end that a program gets is opened
// without its path, which may lead elsewhere.
func OpenTerminal() (master, slave *os.File, err error) {
	fd, err := retry(func() (int, error) {
		return unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return nil, nil, &CallError{"open", "/dev/ptmx", err}
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		closeFD(fd)
		return nil, nil, &CallError{"ioctl TIOCSPTLCK", "", err}
	}
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC) // Linux 4.13
	if errno != 0 {
		closeFD(fd)
		return nil, nil, &CallError{"ioctl TIOCGPTPEER", "", errno}
	}
	return os.NewFile(uintptr(fd), "terminal"), os.NewFile(peer, "terminal of "+strconv.Itoa(fd)), nil
}

// CopyWindowSize gives one terminal the size of another, and tells its programs.
func CopyWindowSize(from, to int) error {
	size, err := unix.IoctlGetWinsize(from, unix.TIOCGWINSZ)
	if err == nil {
		err = unix.IoctlSetWinsize(to, unix.TIOCSWINSZ, size)
	}
	if err != nil {
		return &CallError{"ioctl TIOCSWINSZ", "", err}
	}
	return nil
}

// IsTerminal reports whether a descriptor is a terminal.
func IsTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// WindowChanged is sent to programs on a terminal that gets another size.
func WindowChanged() os.Signal { return unix.SIGWINCH }

// ReadOrStop reads from one descriptor unless another is readable before, and gives 0
// then, or at the end.
func ReadOrStop(fd, stop int, p []byte) (int, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(stop), Events: unix.POLLIN}}
	if _, err := retry(func() (int, error) { return unix.Poll(fds, -1) }); err != nil {
		return 0, &CallError{"poll", "", err}
	}
	if fds[1].Revents != 0 {
		return 0, nil
	}
	n, err := retry(func() (int, error) { return unix.Read(fd, p) })
	if err != nil {
		return 0, &CallError{"read", "", err}
	}
	return n, nil
}
