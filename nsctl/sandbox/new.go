package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// Sandbox is one that this program made.
type Sandbox struct {
	Info
	store   *Store
	control *keeper.Conn // nil once it is kept
	process *sys.Process
}

// New makes a sandbox. When it returns, all of it is there; or nothing is left of it.
func (s *Store) New(ctx context.Context, spec Spec) (*Sandbox, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	r, err := s.claim(spec.Name)
	if err != nil {
		return nil, reasonFor("make a sandbox", err)
	}
	defer r.close()
	b := &Sandbox{store: s, Info: Info{
		Name: r.name, State: Running, In: spec.In, Kept: spec.Keep, Made: time.Now(), Propagation: spec.Propagation,
		Namespaces: spec.kinds(), Map: spec.Map, User: spec.User,
	}}
	if !spec.UserNS {
		b.Map = ""
	}
	if err = b.fillRoot(ctx, r, &spec); err == nil {
		err = b.start(ctx, r, &spec)
	}
	if err == nil {
		err = r.write(b.Info)
	}
	if err == nil && b.Root != "" {
		err = b.firstSteps(ctx, spec.Steps)
	}
	if err == nil && spec.Keep {
		err = b.control.Send(keeper.Control{Keep: true})
		b.control.Close()
		b.control = nil
	}
	if err != nil {
		r.close() // with the lock, which the keeper has still
		return nil, errors.Join(reasonFor("make the sandbox "+r.name, err), b.discard())
	}
	return b, nil
}

func reasonFor(what string, err error) error {
	return fmt.Errorf("cannot %s: %w", what, reason(err))
}

// discard ends a sandbox that could not be made, and removes what there is of it.
func (b *Sandbox) discard() error {
	if b.control != nil {
		_ = b.control.Close() // nothing is expected of it
	}
	err := b.store.Remove(b.Name)
	if b.process != nil {
		b.process.Wait(patience)
		b.reap()
	}
	return err
}

// reap frees the pid of a keeper that has ended, if it is a child of this process.
func (b *Sandbox) reap() {
	b.process.Reap()
	b.process.Close()
}

// Close ends a sandbox that is not kept, and removes it. One that is kept lives on.
func (b *Sandbox) Close() error {
	if b.control != nil {
		return b.discard()
	}
	go func() { // until it ends, which may be long after this program
		b.process.Wait(sys.Forever)
		b.reap()
	}()
	return nil
}

// start starts the keeper and waits until it is ready.
func (b *Sandbox) start(ctx context.Context, r *room, spec *Spec) error {
	listener, err := listen(r)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := r.root.Symlink(keeper.LinkTo, keeper.Name); err != nil {
		return err
	}
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	if err := sys.TellSender(int(ours.Fd())); err != nil {
		return errors.Join(err, ours.Close())
	}
	if b.control, err = keeper.NewConn(ours); err != nil {
		return err
	}
	setup := keeper.Setup{
		Sandbox: r.name, UserNS: spec.UserNS, PIDNS: spec.PID, Root: b.Root, IDMapped: b.IDMapped, Inside: spec.In != "",
	}
	if spec.Propagation != Unchanged {
		setup.Propagation = string(spec.Propagation)
	}
	files := []int{int(theirs.Fd()), int(r.lock.Fd()), int(listener.Fd()), int(r.dir.Fd())}
	stop := context.AfterFunc(ctx, func() { _ = b.control.SetReadDeadline(time.Unix(1, 0)) }) // fails only on a closed one
	defer stop()
	if spec.In != "" {
		err = b.startInside(spec, setup, files)
	} else {
		err = b.startHere(spec, setup, files)
	}
	_ = theirs.Close() // now the keeper's end of the connection is the only one
	if err != nil {
		return err
	}
	if err := b.ready(ctx); err != nil {
		return err
	}
	return b.describe(b.PID)
}

// listen makes the socket on which the keeper is asked.
func listen(r *room) (*os.File, error) {
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: r.socket(), Net: "unixpacket"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	if err := r.root.Chmod("socket", 0o600); err != nil {
		return nil, err
	}
	return listener.File()
}

// startHere starts the keeper in namespaces made from the caller's.
func (b *Sandbox) startHere(spec *Spec, setup keeper.Setup, files []int) error {
	ids, err := mapFor(spec)
	if err != nil {
		return err
	}
	b.UIDs, b.GIDs = ids.others()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	n := int(null.Fd())
	child := sys.Child{
		Path: "/proc/" + keeper.Link, Argv: []string{keeper.Name, b.Name}, Env: keeperEnv(), Dir: "/",
		Files: append([]int{n, n, n}, files...), Namespaces: spec.namespaces(), Session: true,
	}
	if ids != nil {
		setup.AwaitMap = ids.byHelper
		setup.Become = spec.Map != MapRoot
		child.Capable = setup.Become
		if !ids.byHelper {
			child.UIDs, child.GIDs, child.SetGroups = ids.uids, ids.gids, ids.setGroups
		}
	}
	if err := b.control.Send(setup); err != nil {
		return err
	}
	if b.PID, err = child.Start(); err != nil {
		return refused(spec, err)
	}
	if b.process, err = sys.WatchProcess(b.PID); err != nil {
		return err
	}
	if setup.AwaitMap {
		if err := ids.write(b.PID); err != nil {
			return err
		}
		return b.control.Send(keeper.Control{Mapped: true})
	}
	return nil
}

// keeperEnv keeps the Go runtime of a keeper from holding files of cgroups open, which would
// be busy mounts in the sandbox.
func keeperEnv() []string { return append(os.Environ(), "GODEBUG=containermaxprocs=0") }

// startInside lets the keeper of another sandbox start this one's.
func (b *Sandbox) startInside(spec *Spec, setup keeper.Setup, files []int) error {
	if spec.UserNS {
		setup.WriteMap = &keeper.OwnMap{} // root there is root here
	}
	if err := b.control.Send(setup); err != nil {
		return err
	}
	outer, err := b.store.dial(spec.In)
	if err != nil {
		return err
	}
	defer outer.Close()
	request := keeper.Request{Start: &keeper.Start{Sandbox: b.Name, Namespaces: spec.namespaces(), Capable: spec.UserNS}}
	if err := outer.Send(request, files...); err != nil {
		return err
	}
	var m keeper.Message
	if _, err := outer.Receive(&m); err != nil {
		return fmt.Errorf("asking the keeper of %s: %w", spec.In, err)
	}
	if m.Failure != nil {
		return fmt.Errorf("starting it in %s: %w", spec.In, m.Failure)
	}
	return nil
}

// ready waits for the keeper's report.
func (b *Sandbox) ready(ctx context.Context) error {
	var report keeper.Report
	_, err := b.control.Receive(&report)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF):
		return errors.New("its first process ended before it was ready")
	case err != nil:
		return err
	}
	if b.process == nil {
		b.PID = b.control.Sender()
		if b.process, err = sys.WatchProcess(b.PID); err != nil {
			return err
		}
	}
	if report.Failure != nil {
		return explained(report.Failure)
	}
	return nil
}

// dial connects to the keeper of a sandbox.
func (s *Store) dial(name string) (*keeper.Conn, error) {
	r, err := s.open(name, false)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.dial()
}

func (r *room) dial() (*keeper.Conn, error) {
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: r.socket(), Net: "unixpacket"})
	if err != nil {
		if alive, failed := r.alive(); failed == nil && !alive {
			return nil, keeperEnded(r.name)
		}
		return nil, fmt.Errorf("cannot reach the keeper of sandbox %s: %w", nsctl.Printable(r.name), err)
	}
	raw, err := conn.SyscallConn()
	if err == nil { // a shorter buffer than wanted only makes long requests fail
		err = raw.Control(func(fd uintptr) { _ = sys.LongMessages(int(fd), 2*keeper.MaxMessage) })
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &keeper.Conn{UnixConn: conn}, nil
}

func keeperEnded(name string) error {
	return fmt.Errorf("the keeper of sandbox %s has ended; \"mntscope sandbox rm --stale\" cleans up", nsctl.Printable(name))
}
