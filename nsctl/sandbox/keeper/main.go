package keeper

import (
	"errors"
	"net"
	"os"
	"os/signal"
	"sync"
	"time"

	"mntscope/nsctl/internal/sys"
)

// Descriptors that a keeper is started with; see the package documentation.
const (
	fdControl = 3 + iota
	fdLock
	fdSocket
	fdDirectory // which stands in Link, too
)

// Keeps reports whether a process with these arguments is a keeper.
func Keeps(args []string) bool { return len(args) > 0 && args[0] == Name }

// keeper is the running one.
type keeper struct {
	setup    Setup
	owner    int // uid of the owner, as this user namespace has it
	control  *Conn
	listener *net.UnixListener
	children children
	tree     tree
	ending   sync.Once
	ended    chan struct{}
	// restoring are those who put a terminal back when their peer has gone.
	restoring sync.WaitGroup
}

// Main is the whole program of a keeper, or of a remover. It gives the exit status.
func Main() int {
	if isRemover() {
		return remove()
	}
	k, err := begin()
	if err != nil {
		return 1
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, sys.EndSignals()...)
	go func() {
		<-asked
		k.end()
	}()
	go k.follow()
	go k.accept()
	go k.children.reap()
	<-k.ended
	_ = k.listener.Close() // it ends with the process in any case
	k.children.killAll()
	k.tidy()
	k.leaveTerminals()
	return 0
}

// leaveTerminals waits until the peers have been told that their programs ended, and have
// gone, or until it takes too long.
func (k *keeper) leaveTerminals() {
	restored := make(chan struct{})
	go func() {
		k.restoring.Wait()
		close(restored)
	}()
	select {
	case <-restored:
	case <-time.After(grace):
	}
}

// begin gets ready, and reports that or why not.
func begin() (*keeper, error) {
	sys.CloseInherited(fdDirectory + 1) // a pipe to somebody who waits for its end, for example
	for fd := fdControl; fd <= fdDirectory; fd++ {
		sys.CloseOnExec(fd)
	}
	control, err := NewConn(os.NewFile(fdControl, "control"))
	if err != nil {
		return nil, err
	}
	k := &keeper{control: control, ended: make(chan struct{})}
	k.children.init()
	if _, err := control.Receive(&k.setup); err != nil {
		return nil, err
	}
	err = k.prepare()
	report := Report{}
	if err != nil && !errors.As(err, &report.Failure) {
		report.Failure = failure("starting the sandbox", err)
	}
	return k, errors.Join(err, control.Send(report))
}

// follow waits for the end of who made the sandbox, unless that is told to be no matter.
func (k *keeper) follow() {
	for {
		var c Control
		if _, err := k.control.Receive(&c); err != nil {
			k.end()
			return
		}
		if c.Keep {
			_ = k.control.Close() // nothing more is expected of it
			return
		}
	}
}

func (k *keeper) end() { k.ending.Do(func() { close(k.ended) }) }

const (
	// maxPeers is how many connections there may be at once.
	maxPeers = 256
	// patience is how long a peer may take for his request.
	patience = 10 * time.Second
)

func (k *keeper) accept() {
	room := make(chan struct{}, maxPeers)
	for {
		room <- struct{}{}
		conn, err := k.listener.AcceptUnix()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of descriptors: until a peer goes, there is nothing to be done.
			<-room
			select {
			case <-k.ended:
				return
			case <-time.After(patience / 100):
			}
			continue
		}
		go func() {
			defer func() { <-room }()
			k.serve(&Conn{UnixConn: conn})
		}()
	}
}

// serve answers one peer.
func (k *keeper) serve(peer *Conn) {
	defer peer.Close()
	_ = peer.SetReadDeadline(time.Now().Add(patience)) // fails only on a closed one
	var r Request
	files, err := peer.Receive(&r)
	if err == nil && !k.trusts(peer) { // read nevertheless: a connection that is closed before is reset, and the answer lost
		sys.CloseAll(files)
		err = errors.New("the sandbox belongs to another user")
	}
	if err != nil {
		_ = peer.Send(Message{Failure: failure("reading the request", err), Status: 1})
		return
	}
	defer sys.CloseAll(files)
	_ = peer.SetReadDeadline(time.Time{})
	switch {
	case r.Exec != nil:
		err = k.exec(peer, r.Exec, files)
	case r.Start != nil:
		err = k.start(peer, r.Start, files)
	case r.Step != nil:
		err = k.take(peer, r.Step, files)
	case r.Job != nil:
		err = k.carry(peer, r.Job)
	case r.End:
		k.end()
		<-k.children.none // the peer waits for the connection to end
	default:
		err = &Failure{Text: "an empty request"}
	}
	if err != nil {
		m := Message{Status: 1}
		if !errors.As(err, &m.Failure) {
			m.Failure = failure("", err)
		}
		_ = peer.Send(m) // a peer that has gone needs no answer
	}
}

// trusts reports whether a peer is the one who made the sandbox.
func (k *keeper) trusts(peer *Conn) bool {
	uid, err := uidOf(peer)
	return err == nil && uid == k.owner
}

func uidOf(c *Conn) (uid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	if failed := raw.Control(func(fd uintptr) { uid, err = sys.PeerUID(int(fd)) }); failed != nil {
		err = failed
	}
	return uid, err
}
