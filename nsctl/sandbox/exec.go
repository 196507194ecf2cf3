package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// Program is what is to be run in a sandbox.
type Program struct {
	// Argv is empty for the user's shell.
	Argv, Env []string
	Dir       string // where it runs, if that is there
	// Its standard streams. If input and output are a terminal, the program gets one of
	// its own, with the same size and settings, for job control.
	In, Out, Err *os.File
}

// Run runs a program in a sandbox and gives its exit status, 128+n if signal n killed it; 126
// or 127 with an error if it could not be run. Signals that ask this process to end are
// passed on, where there is no terminal of its own that they are typed on. If ctx ends, or
// this process, the program does, and all that it started in its session.
func (s *Store) Run(ctx context.Context, name string, p Program) (status int, err error) {
	conn, err := s.dial(name)
	if err != nil {
		return StatusFailed, err
	}
	run := &running{conn: conn, name: name, program: p}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	status, err = run.run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return status, err
}

// killed is what is added to the number of a signal to make an exit status of it, as the
// shells do.
const killed = 128

// StatusFailed is what Run gives with an error that is not the program's.
const StatusFailed = 1

// running is a program that runs in a sandbox.
type running struct {
	conn    *keeper.Conn
	name    string
	program Program
	hungUp  atomic.Int32 // the signal that ended it
}

func (r *running) run() (status int, err error) {
	p := &r.program
	in, out := int(p.In.Fd()), int(p.Out.Fd())
	caught := catch(sys.EndSignals()) // those that come before the program runs are for it, too
	defer caught.stop()
	if !sys.IsTerminal(in) || !sys.IsTerminal(out) {
		if err := r.start(false, in, out, int(p.Err.Fd())); err != nil {
			return r.failed(err)
		}
		caught.tell(func(s os.Signal) {
			_ = r.conn.Send(keeper.Message{Signal: sys.SignalNumber(s)}) // if it has ended, that is told
		})
		return r.ended(nil)
	}
	t, err := openTerminal(p.In, p.Out)
	if err != nil {
		return StatusFailed, err
	}
	defer func() {
		t.close()
		_ = r.conn.Send(keeper.Message{Restored: true}) // if the keeper has gone, it puts nothing back either
	}()
	slave := int(t.slave.Fd())
	errs := slave
	if !sys.IsTerminal(int(p.Err.Fd())) {
		errs = int(p.Err.Fd())
	}
	if err := r.start(true, slave, slave, errs, in); err != nil {
		return r.failed(err)
	}
	if err := t.begin(); err != nil {
		return StatusFailed, err
	}
	// What is typed goes to the program as it is; these are from somebody else, who wants an end:
	// the keeper ends the program, and the terminal is put back.
	caught.tell(func(s os.Signal) {
		r.hungUp.Store(int32(sys.SignalNumber(s)))
		_ = r.conn.Close() // fails only on a closed one
	})
	return r.ended(t)
}

// start asks for the program and waits until it runs.
func (r *running) start(terminal bool, files ...int) error {
	p := &r.program
	e := &keeper.Exec{Argv: bytesOf(p.Argv), Env: bytesOf(p.Env), Dir: []byte(p.Dir), Terminal: terminal, Restore: terminal}
	if err := r.conn.Send(keeper.Request{Exec: e}, files...); err != nil {
		if errors.Is(err, keeper.ErrTooLong) {
			return fmt.Errorf("the command line and the environment are together %w", err)
		}
		return r.lost(err)
	}
	m, err := r.next()
	if err == nil && !m.Started {
		err = errors.New("an answer that was not expected")
	}
	return err
}

// next waits for a message of the keeper's.
func (r *running) next() (keeper.Message, error) {
	var m keeper.Message
	files, err := r.conn.Receive(&m)
	if err != nil {
		return m, r.lost(err)
	}
	sys.CloseAll(files)
	if m.Failure != nil {
		return m, notRun{m.Failure, m.Status}
	}
	return m, nil
}

// lost is the error of a connection that ended too early.
func (r *running) lost(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the sandbox %s has ended", nsctl.Printable(r.name))
	}
	return fmt.Errorf("cannot reach the keeper of sandbox %s: %w", nsctl.Printable(r.name), err)
}

// notRun is the error of a program that could not be run.
type notRun struct {
	error
	status int
}

func (e notRun) Unwrap() error { return e.error }

func (r *running) failed(err error) (int, error) {
	if signal := r.hungUp.Load(); signal > 0 {
		return killed + int(signal), nil
	}
	var not notRun
	if errors.As(err, &not) && not.status > 0 {
		return not.status, fmt.Errorf("in sandbox %s: %w", nsctl.Printable(r.name), not.error)
	}
	return StatusFailed, err
}

// ended waits for the end of the program.
func (r *running) ended(t *terminal) (int, error) {
	for {
		m, err := r.next()
		if err != nil {
			return r.failed(err)
		}
		if m.Ended == nil {
			continue
		}
		if t != nil {
			t.finish()
		}
		if m.Ended.Signal > 0 {
			return killed + m.Ended.Signal, nil
		}
		return m.Ended.Status, nil
	}
}

func bytesOf(texts []string) [][]byte {
	all := make([][]byte, len(texts))
	for i, text := range texts {
		all[i] = []byte(text)
	}
	return all
}

// drainLimit is how long the last of a program's output may take through its terminal.
const drainLimit = 200 * time.Millisecond
