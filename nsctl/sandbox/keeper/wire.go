package keeper

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"mntscope/nsctl/internal/sys"
)

const (
	// MaxMessage is how long a message may be, in bytes: it has to fit into the send
	// buffer that an ordinary user may ask for (net.core.wmem_max).
	MaxMessage = 192 << 10
	// maxFiles is how many descriptors may come with a message.
	maxFiles = 4
)

// Conn is a connection that carries messages, one JSON value each, with descriptors.
type Conn struct {
	*net.UnixConn
	sender int
}

// Sender is the process that sent the last message received, as this one's pid namespace
// has it; 0 if that is not told (sys.TellSender).
func (c *Conn) Sender() int { return c.sender }

// NewConn makes a connection of a connected socket, which it takes.
func NewConn(socket *os.File) (*Conn, error) {
	defer socket.Close()
	conn, err := net.FileConn(socket)
	if err != nil {
		return nil, err
	}
	return &Conn{UnixConn: conn.(*net.UnixConn)}, nil
}

// ErrTooLong is the error of a message of more than MaxMessage bytes.
var ErrTooLong = fmt.Errorf("longer than %d KiB", MaxMessage>>10)

// Send sends a message.
func (c *Conn) Send(message any, files ...int) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(text) > MaxMessage {
		return ErrTooLong
	}
	var rights []byte
	if len(files) > 0 {
		rights = sys.Rights(files...)
	}
	_, _, err = c.WriteMsgUnix(text, rights, nil)
	return err
}

// Receive waits for a message and gives the descriptors that came with it, which are the
// caller's to close. It gives io.EOF at the end of the connection.
func (c *Conn) Receive(message any) (files []int, err error) {
	text, control := make([]byte, MaxMessage), make([]byte, sys.RoomForRights(maxFiles))
	n, m, flags, _, err := c.ReadMsgUnix(text, control)
	if err != nil {
		if errors.Is(err, net.ErrClosed) || sys.ConnectionReset(err) {
			return nil, io.EOF
		}
		return nil, err
	}
	files, c.sender, err = sys.Received(control[:m])
	switch {
	case err != nil:
	case n == 0: // the end; an empty message, which cannot be told from it, is refused like that
		err = io.EOF
	case flags&sys.MessageTruncated != 0:
		err = ErrTooLong
	case flags&sys.RightsTruncated != 0:
		err = errors.New("too many descriptors")
	default:
		err = json.Unmarshal(text[:n], message)
	}
	if err != nil {
		sys.CloseAll(files)
		return nil, err
	}
	return files, nil
}
