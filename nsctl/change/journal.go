package change

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"mntscope/nsctl"
)

// JournalDir is where the journal is: $XDG_STATE_HOME/mntscope, or that below
// ~/.local/state. It is empty if there is no home directory.
func JournalDir(getenv func(string) string) string {
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) { // what is not absolute is to be ignored
		return filepath.Join(state, "mntscope")
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "mntscope")
	}
	return ""
}

// state is what became of an operation.
type recordState string

// The states. An operation whose last record is stateBegun was interrupted.
const (
	stateBegun  recordState = "begun"  // written before it is done
	stateDone   recordState = "done"   // with what it did
	stateFailed recordState = "failed" // nothing was changed
)

// record is one line of the journal.
type record struct {
	Seq   int64       `json:"seq"`
	State recordState `json:"state"`
	Time  time.Time   `json:"time"`
	// Boot is the boot that the ids belong to.
	Boot string `json:"boot,omitempty"`
	PID  int    `json:"pid,omitempty"`
	// Undoes is the operation that this one helps to take back, and of how many steps it is
	// which one.
	Undoes int64 `json:"undoes,omitempty"`
	// With is the first of the operations that it was done together with.
	With int64 `json:"with,omitempty"`
	// Outcome is what was predicted, with the operation as an absolute one.
	Outcome *nsctl.Outcome `json:"outcome,omitempty"`
	NSID    nsctl.NSID     `json:"ns_id,omitempty"`
	// Observed is what it did, and Witnesses are mounts that tell whether the groups that it
	// changed are still the same: the numbers of groups are used again.
	Observed  []nsctl.Effect `json:"observed,omitempty"`
	Witnesses []witness      `json:"witnesses,omitempty"`
	Error     string         `json:"error,omitempty"`
	// Guessed says that the operation was interrupted, and the state found out later.
	Guessed bool `json:"guessed,omitempty"`
	// Undone is set on the record that ends the taking back of another operation, with the
	// numbers that what came back has got.
	Undone  int64    `json:"undone,omitempty"`
	Renames *renames `json:"renames,omitempty"`
}

// witness is a mount that the operation did not change, and that was in a group, or a slave
// of it, afterwards.
type witness struct {
	Group nsctl.GroupID  `json:"group"`
	Mount nsctl.MountID  `json:"mnt_id"`
	ID    nsctl.UniqueID `json:"id,omitempty"`
}

// openJournal is the journal while it is locked.
type openJournal struct {
	file    *os.File
	journal *journal
	records []record
	// whole is how long the file is without a last line that was cut off; torn says that
	// there is one.
	whole int64
	torn  bool
}

// load reads all records. A last line that is cut off, as after a crash of the host,
// counts as not written.
func (o *openJournal) load() error {
	info, err := o.file.Stat()
	if err != nil {
		return journalError(err)
	}
	head, err := headOf(o.file)
	if err != nil {
		return journalError(err)
	}
	records, whole := o.journal.recall(info, head)
	o.records = records
	if _, err := o.file.Seek(whole, io.SeekStart); err != nil {
		return journalError(err)
	}
	in := bufio.NewReader(o.file)
	for number := len(records) + 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			o.whole, o.torn = whole, len(line) > 0
			o.journal.remember(info, head, o.records, whole)
			return nil
		}
		if err != nil {
			return journalError(err)
		}
		whole += int64(len(line))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return journalError(fmt.Errorf("line %d of %s is damaged: %w; move the file away to begin a new one, from which on things can be taken back", number, o.file.Name(), err))
		}
		o.records = append(o.records, r)
	}
}

// append writes a record, and returns when it is on the disk. If it cannot be written,
// nothing of it is left.
func (o *openJournal) append(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return journalError(err)
	}
	line = append(line, '\n')
	if o.torn {
		if err := o.file.Truncate(o.whole); err != nil {
			return journalError(err)
		}
		o.torn = false
	}
	_, err = o.file.Write(line)
	if err == nil {
		err = o.file.Sync()
	}
	if err != nil { // the disk may be full, and half of the line on it
		o.torn = o.file.Truncate(o.whole) != nil
		return journalError(err)
	}
	o.whole += int64(len(line))
	o.records = append(o.records, r)
	return nil
}

func (o *openJournal) nextSeq() int64 {
	next := int64(1)
	for i := range o.records {
		next = max(next, o.records[i].Seq+1)
	}
	return next
}

// close gives the lock back.
func (o *openJournal) close() error { return o.file.Close() }
