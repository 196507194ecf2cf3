package keeper

import (
	"errors"
	"time"

	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
)

// carry does an operation on mounts for a peer, if he is still there.
func (k *keeper) carry(peer *Conn, packed []byte) error {
	j, err := carry.Unpack(packed)
	if err != nil {
		return failure("reading the job", err)
	}
	if err := peer.Send(Message{Ready: true}); err != nil {
		return err
	}
	_ = peer.SetReadDeadline(time.Now().Add(patience)) // fails only on a closed one
	var m Message
	files, err := peer.Receive(&m)
	if err != nil {
		return err
	}
	sys.CloseAll(files)
	if !m.Go {
		return errors.New("neither yes nor no")
	}
	report, err := j.DoInside(k.tree.proc, carry.Nothing()).Pack()
	if err != nil {
		return err
	}
	return peer.Send(Message{Report: report})
}
