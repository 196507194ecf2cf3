package change

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"mntscope/nsctl/internal/sys"
)

// journalLimit is how many bytes a journal may have. When it is longer, its oldest operations
// are dropped.
const journalLimit = 8 << 20

// shorten drops the oldest operations of a journal that is too long. They cannot be taken
// back any more, and are not listed. The new file takes the place of the old one in one
// step, so that a crash leaves one of them.
func (o *openJournal) shorten() error {
	if o.whole <= o.journal.limit {
		return nil
	}
	kept, text, err := newest(o.records, o.journal.limit)
	if err != nil {
		return journalError(err)
	}
	if len(kept) == len(o.records) {
		return nil // it is one huge operation
	}
	file, err := o.journal.writeAnew(text)
	if err != nil {
		return journalError(err)
	}
	old := o.file
	o.file, o.records, o.whole, o.torn = file, kept, int64(len(text)), false
	return old.Close()
}

// writeAnew puts another file in the place of the journal, which is locked, and locks that.
func (j *journal) writeAnew(text []byte) (*os.File, error) {
	path := filepath.Join(j.dir, journalName)
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) { // left behind by a crash
		return nil, err
	}
	file, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err = j.replace(file, path, text); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, nil
}

func (j *journal) replace(file *os.File, path string, text []byte) error {
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	// Before anybody can open it by its name.
	if got, err := sys.Dir(file.Fd()).TryLock(); err != nil || !got {
		return errors.Join(err, fmt.Errorf("%s cannot be locked", file.Name()))
	}
	return os.Rename(file.Name(), path)
}

// newest gives the records that stay: first what is done with goes, until half of the limit is
// free, then the oldest operations, until a quarter is. The last one always stays, and those
// that were interrupted.
func newest(records []record, limit int64) (kept []record, text []byte, err error) {
	lines := make([][]byte, len(records))
	total := int64(0)
	groups := map[int64]*group{}
	var last *group
	for i := range records {
		if lines[i], err = json.Marshal(&records[i]); err != nil {
			return nil, nil, err
		}
		r := &records[i]
		about := r.about()
		if groups[about] == nil {
			groups[about] = &group{number: about}
		}
		last = groups[about]
		last.add(r, int64(len(lines[i])+1))
		total += int64(len(lines[i]) + 1)
	}
	last.stays = true
	order := slices.SortedFunc(maps.Values(groups), func(a, b *group) int { return cmp.Compare(a.number, b.number) })
	drop := func(doneWith bool, fits int64) {
		for _, g := range order {
			if total > fits && !g.stays && g.doneWith == doneWith {
				g.dropped = true
				total -= g.size
			}
		}
	}
	drop(true, limit/2)
	drop(false, limit/4*3)
	var out bytes.Buffer
	for i := range records {
		g := groups[records[i].about()]
		if !g.dropped || g.doneWith && records[i].Renames != nil {
			kept = append(kept, records[i])
			out.Write(append(lines[i], '\n'))
		}
	}
	return kept, out.Bytes(), nil
}

// group is an operation in the journal, with what helped to take it back.
type group struct {
	number   int64
	size     int64 // without what must stay
	doneWith bool  // it failed, or was taken back
	stays    bool
	dropped  bool
}

func (g *group) add(r *record, size int64) {
	switch {
	case r.Undone != 0:
		g.doneWith = true
	case r.Seq == g.number:
		g.doneWith, g.stays = r.State == stateFailed, r.State == stateBegun
	}
	if r.Renames == nil { // by which older operations are known
		g.size += size
	}
}

// about gives the operation that a record belongs to.
func (r *record) about() int64 {
	switch {
	case r.Undone != 0:
		return r.Undone
	case r.Undoes != 0:
		return r.Undoes
	}
	return r.Seq
}
