package sandbox_test

import (
	"os"
	"testing"

	"github.com/creack/pty"

	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/keeper"
)

// A peer that has died does not put his terminal back: the keeper does. One that has done it, and
// has made something else of it since, wants it to stay as it is.
func TestKeeperRestoresOnlyWhatNobodyDid(t *testing.T) {
	dir := storeDir(t)
	b := made(t, open(t, dir), sandbox.Spec{})
	for _, says := range []bool{true, false} {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = master.Close() })
		t.Cleanup(func() { _ = slave.Close() })
		fd := int(slave.Fd())
		cooked, err := sys.TerminalSettingsOf(fd)
		if err != nil {
			t.Fatal(err)
		}
		conn := &keeper.Conn{UnixConn: dial(t, dir, b.Name)}
		null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		n := int(null.Fd())
		program := &keeper.Exec{Argv: [][]byte{[]byte("true")}, Env: [][]byte{[]byte("PATH=" + os.Getenv("PATH"))}, Restore: true}
		if err := conn.Send(keeper.Request{Exec: program}, n, n, n, fd); err != nil {
			t.Fatal(err)
		}
		_ = null.Close() // the program has it
		for ended := false; !ended; {
			var m keeper.Message
			if _, err := conn.Receive(&m); err != nil || m.Failure != nil {
				t.Fatal(err, m.Failure)
			}
			ended = m.Ended != nil
		}
		if err := sys.SetTerminal(fd, cooked.Raw()); err != nil {
			t.Fatal(err)
		}
		if says {
			if err := conn.Send(keeper.Message{Restored: true}); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Receive(&keeper.Message{}); err == nil { // until the keeper is done with it
			t.Fatal("the keeper said more")
		}
		now, err := sys.TerminalSettingsOf(fd)
		if err != nil {
			t.Fatal(err)
		}
		if raw := *now == *cooked.Raw(); raw != says {
			t.Errorf("the peer says that he put it back: %v; it is raw then: %v", says, raw)
		}
	}
}
