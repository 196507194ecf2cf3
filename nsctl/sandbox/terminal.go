package sandbox

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"mntscope/nsctl/internal/sys"
)

// terminal passes everything between the user's terminal and the one that a program in a
// sandbox has.
type terminal struct {
	in, out       *os.File // the user's
	master, slave *os.File // the program's
	saved         *sys.TerminalSettings
	stop, stopped *os.File // a pipe: what is typed is read until it is closed
	threads       sync.WaitGroup
	printed       chan struct{} // closed when all output of the program has passed
	resized       *signals
}

// openTerminal makes a terminal like the user's.
func openTerminal(in, out *os.File) (*terminal, error) {
	t := &terminal{in: in, out: out, printed: make(chan struct{})}
	var err error
	if t.saved, err = sys.TerminalSettingsOf(int(in.Fd())); err != nil {
		return nil, err
	}
	if t.stopped, t.stop, err = os.Pipe(); err != nil {
		return nil, err
	}
	if t.master, t.slave, err = sys.OpenTerminal(); err != nil {
		return nil, errors.Join(err, t.stop.Close(), t.stopped.Close())
	}
	err = sys.SetTerminal(int(t.slave.Fd()), t.saved)
	if err == nil {
		err = t.resize()
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// begin passes on, from the moment that the program runs.
func (t *terminal) begin() error {
	_ = t.slave.Close() // so that the end of the program's side is seen
	t.slave = nil
	if err := sys.SetTerminal(int(t.in.Fd()), t.saved.Raw()); err != nil {
		return err
	}
	t.resized = catch([]os.Signal{sys.WindowChanged()})
	t.resized.tell(func(os.Signal) { _ = t.resize() }) // if the terminal has gone, that is told elsewhere
	_ = t.resize()                                     // it may have changed before that
	go func() {
		defer close(t.printed)
		_, _ = io.Copy(t.out, t.master) // EIO when the program's side is closed
	}()
	t.threads.Go(t.passTyped)
	return nil
}

func (t *terminal) passTyped() {
	buf := make([]byte, 4096)
	for {
		n, err := sys.ReadOrStop(int(t.in.Fd()), int(t.stopped.Fd()), buf)
		if n == 0 || err != nil {
			return
		}
		if _, err := t.master.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (t *terminal) resize() error {
	return withFD(t.master, func(fd int) error { return sys.CopyWindowSize(int(t.out.Fd()), fd) })
}

// withFD gives the descriptor of a file that stays in the runtime's poller.
func withFD(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// finish lets the last of the output pass. Programs in the background may have the
// terminal still, so its end is waited for only for a moment.
func (t *terminal) finish() {
	_ = t.master.SetReadDeadline(time.Now().Add(drainLimit)) // fails only on a closed one
	<-t.printed
}

// close puts the user's terminal back as it was.
func (t *terminal) close() {
	if t.resized != nil {
		t.resized.stop()
		_ = t.stop.Close()
		_ = t.master.SetDeadline(time.Unix(1, 0)) // fails only on a closed one
		t.threads.Wait()
		<-t.printed
		_ = sys.SetTerminal(int(t.in.Fd()), t.saved) // fails if it has gone
	} else {
		_ = t.stop.Close()
	}
	_ = t.stopped.Close()
	if t.slave != nil {
		_ = t.slave.Close()
	}
	_ = t.master.Close()
}
