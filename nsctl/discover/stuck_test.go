package discover

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script is what the file on the server holds. A shell closes it when it becomes sleep.
const script = "exec sleep 1000\n"

// fileServer is a FUSE server with one file, which a shell reads, and duplicates to have it out
// of the way. It does not answer when the shell closes it for the second time, within
// execve(2), until it ends.
type fileServer struct {
	dev   *os.File
	stuck chan struct{} // closed when that is so
	end   chan struct{}
}

func (f *fileServer) serve() {
	const getattr, open, read, flush, start = 3, 14, 15, 25, 26 // enum fuse_opcode in include/uapi/linux/fuse.h
	defer f.dev.Close()
	dev := int(f.dev.Fd()) // a server's is not waited for by poll(2)
	order := binary.NativeEndian
	request := make([]byte, 1<<17)
	for flushed := false; ; {
		if _, err := syscall.Read(dev, request); err != nil {
			return // it is mounted nowhere any more
		}
		var answer []byte
		status := int32(0)
		switch order.Uint32(request[4:]) {
		case start: // version 7.12, which has short answers
			answer = make([]byte, 24)
			order.PutUint32(answer, 7)
			order.PutUint32(answer[4:], 12)
		case getattr:
			answer = make([]byte, 104)
			order.PutUint64(answer, 1000)   // valid for so many seconds
			order.PutUint64(answer[16:], 1) // number of the inode
			order.PutUint64(answer[24:], uint64(len(script)))
			order.PutUint32(answer[76:], 0o100644)
			order.PutUint32(answer[80:], 1)
		case open:
			answer = make([]byte, 16)
			order.PutUint32(answer[8:], 1) // FOPEN_DIRECT_IO
		case read:
			if from := order.Uint64(request[48:]); from < uint64(len(script)) {
				answer = []byte(script[from:])
			}
		case flush:
			if flushed {
				close(f.stuck)
				<-f.end
				return
			}
			flushed = true
		default:
			status = -int32(syscall.ENOSYS)
		}
		head := make([]byte, 16)
		order.PutUint32(head, uint32(len(head)+len(answer)))
		order.PutUint32(head[4:], uint32(status))
		order.PutUint64(head[8:], order.Uint64(request[8:]))
		if _, err := syscall.Write(dev, append(head, answer...)); err != nil {
			return
		}
	}
}

// stuckProcess starts a process that is stuck within execve(2) until the end of the test, in a
// namespace of its own.
func stuckProcess(t *testing.T) (pid int) {
	t.Helper()
	dev, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server := &fileServer{dev, make(chan struct{}), make(chan struct{})}
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
		"mount -i -t fuse -o fd=3,rootmode=100000,user_id=0,group_id=0 server "+path+" && echo mounted && exec 1>&- 3<&- && exec /bin/sh "+path)
	cmd.ExtraFiles = []*os.File{dev}
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(said); err != nil {
		t.Fatal(err)
	}
	go server.serve() // not before it is mounted
	t.Cleanup(func() {
		close(server.end) // which frees it
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	select {
	case <-server.stuck:
	case <-time.After(20 * time.Second):
		t.Fatal("the process is not stuck")
	}
	return cmd.Process.Pid
}

// A process that is stuck within execve(2) holds nobody up for long, and the next scan not at
// all. That it is left out is said.
func TestStuckProcess(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("/dev/fuse is root's")
	}
	pid := stuckProcess(t)
	s := New(Options{})
	for scan, most := range []time.Duration{5 * patience, patience} {
		start := time.Now()
		snapshot, err := s.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > most {
			t.Errorf("scan %d took %v", scan, took)
		}
		said := false
		for _, gap := range snapshot.Gaps {
			said = said || gap.PID == pid && gap.Error == "ETIMEDOUT" && strings.Contains(gap.Message, "pid "+strconv.Itoa(pid)+" cannot be read")
		}
		if !said || len(snapshot.Namespaces) == 0 {
			t.Errorf("scan %d says of it %+v, and has %d namespaces", scan, snapshot.Gaps, len(snapshot.Namespaces))
		}
	}
}
