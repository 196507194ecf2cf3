package carry

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// Held are directories that stand for paths of a job, whose paths then only name them. Only
// who does a job himself can have them, who perhaps may not go there, or not any more.
type Held struct {
	Source, Target sys.Dir
	// Tree is what is bound, in place of a copy of the source. It stays open, and is the new
	// mount then.
	Tree sys.Dir
}

// Nothing is what most have.
func Nothing() Held { return Held{-1, -1, -1} }

// DoInside does a job for who lives in the namespace that it names, and takes it for
// others. proc is an open /proc, which need not be mounted there. Paths begin at the root of the
// namespace, or with Space.Own at the caller's.
func (j Job) DoInside(proc sys.Dir, held Held) Report {
	w := &work{Job: j, proc: proc, held: held, tree: held.Tree}
	entered, err := j.In.runInside(proc, w.inside)
	w.report.Entered = entered
	if err != nil {
		w.report.Failure = failed(j.Op.Target, err)
	}
	return w.report
}

// runInside is run for who is inside already.
func (s Space) runInside(proc sys.Dir, f func() error) (entered bool, err error) {
	inside := func() error { entered = true; return f() }
	if s.Own {
		err = nsthread.Here(inside)
		return entered, err
	}
	file, err := proc.OpenNamespace("self/ns/mnt")
	if err != nil {
		return false, err
	}
	defer file.Close()
	if !s.is(file) {
		return false, fmt.Errorf("%w: who was asked is not in %v", ErrGone, s.NS)
	}
	err = nsthread.Top(file, inside)
	return entered, err
}

// Pack makes bytes of a job, for somebody else who is inside.
func (j Job) Pack() ([]byte, error) { return pack(j) }

// Unpack makes a job of bytes that anybody may have sent. It is one that who is inside can do.
func Unpack(text []byte) (Job, error) {
	var j Job
	switch err := unpack(text, &j); {
	case err != nil:
		return j, err
	case j.Locks == nil && (j.Op.Kind == nsctl.OpRejoin || j.fromElsewhere()):
		return j, errors.New("a job between two namespaces is for who may enter both")
	}
	j.In.Own, j.In.Ways = false, nil // they are the sender's
	return j, nil
}

// Pack makes bytes of a report.
func (r Report) Pack() ([]byte, error) { return pack(r) }

// Answer makes a report of bytes that answer a job; they, too, may be anybody's.
func (j Job) Answer(text []byte) (Report, error) {
	var r Report
	if err := unpack(text, &r); err != nil {
		return Report{}, err
	}
	if r.Failure == nil && len(r.Locks) != len(j.Locks) {
		return Report{}, errors.New("an answer to another question")
	}
	return r, nil
}

func pack(value any) ([]byte, error) {
	var text bytes.Buffer
	err := gob.NewEncoder(&text).Encode(value)
	return text.Bytes(), err
}

func unpack(text []byte, value any) error {
	rest := bytes.NewReader(text)
	if err := gob.NewDecoder(rest).Decode(value); err != nil {
		return err
	}
	if rest.Len() > 0 {
		return errors.New("more than one value")
	}
	return nil
}

// ErrUnanswered is matched by the error of who was given a job, and did not tell what became
// of it: it may be done, or not.
var ErrUnanswered = errors.New("whether it was done is not known")
