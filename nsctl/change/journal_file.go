package change

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mntscope/nsctl/internal/sys"
)

// journal is a file with one JSON record a line. It is locked while an operation is done,
// so that two processes do not plan against each other.
type journal struct {
	dir string
	// limit is how many bytes it may have before its oldest operations are dropped.
	limit int64
	// patience is how long another process may take that is changing something.
	patience time.Duration
	// What was read before, and of which file; used only while it is locked.
	mu      sync.Mutex
	file    os.FileInfo
	head    []byte
	records []record
	whole   int64
}

const journalName = "journal"

// lockPatience is the patience of a Changer: an undo of many steps takes less.
const lockPatience = 10 * time.Second

// open opens and locks the journal. It is made if there is none, but not to be read only:
// then there is none.
func (j *journal) open(ctx context.Context, readOnly bool) (*openJournal, error) {
	if !readOnly {
		if err := os.MkdirAll(j.dir, 0o700); err != nil {
			return nil, journalError(err)
		}
	}
	for {
		file, err := j.openFile(readOnly)
		if file == nil || err != nil {
			return nil, err
		}
		if err := j.lock(ctx, file); err != nil {
			return nil, errors.Join(journalError(err), file.Close())
		}
		if !j.isCurrent(file) { // it was replaced by a shorter one while it was waited for
			_ = file.Close() // nothing was written
			continue
		}
		o := &openJournal{file: file, journal: j}
		if err := o.load(); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return o, nil
	}
}

// openFile opens the file; there may be none to read. What is in it is done as the calling
// user, so nobody else may write it.
func (j *journal) openFile(readOnly bool) (*os.File, error) {
	err := sys.OwnDir(j.dir)
	var file *os.File
	if err == nil {
		file, err = sys.OpenOwnFile(filepath.Join(j.dir, journalName), !readOnly)
	}
	if readOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is no journal, and none is needed
	}
	if err != nil {
		return nil, journalError(err)
	}
	return file, nil
}

func (j *journal) isCurrent(file *os.File) bool {
	is, err := file.Stat()
	now, errNow := os.Lstat(filepath.Join(j.dir, journalName))
	return err == nil && errNow == nil && os.SameFile(is, now)
}

// lock waits for the lock, but not for ever: its holder may have been stopped.
func (j *journal) lock(ctx context.Context, file *os.File) error {
	patience := time.NewTimer(j.patience)
	defer patience.Stop()
	again := time.NewTicker(5 * time.Millisecond) // the kernel has no flock(2) with a time
	defer again.Stop()
	for {
		if got, err := sys.Dir(file.Fd()).TryLock(); got || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			who := "another process"
			if pid := sys.LockHolder(file); pid > 0 {
				who = fmt.Sprintf("process %d", pid)
			}
			return fmt.Errorf("%s has been changing something for %v and more; try again when it is done", who, j.patience)
		}
	}
}

// headOf gives how a journal begins, which tells it from another one: it has the time of the
// first operation in it.
func headOf(file *os.File) ([]byte, error) {
	head := make([]byte, 256)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:n], nil
}

// recall gives what was read of the same file before: lines are only ever added to it.
func (j *journal) recall(info os.FileInfo, head []byte) (records []record, whole int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil || !os.SameFile(j.file, info) || info.Size() < j.whole || !bytes.HasPrefix(head, j.head) {
		return nil, 0
	}
	return j.records, j.whole
}

func (j *journal) remember(info os.FileInfo, head []byte, records []record, whole int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	head = head[:min(int64(len(head)), whole)] // a line that was cut off is written anew
	j.file, j.head, j.records, j.whole = info, head, slices.Clip(records), whole
}

func journalError(err error) error {
	return fmt.Errorf("the journal cannot be used: %w; without it nothing could be taken back, so nothing is done; XDG_STATE_HOME says where it is", err)
}
