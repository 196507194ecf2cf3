package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// Insiders give the keepers of sandboxes operations on mounts to do. They may be used by
// several goroutines at once. The zero value knows none.
type Insiders struct {
	// Open gives the store of the sandboxes, nil if there is none.
	Open func() (*Store, error)
	// Patience is how long a keeper may take to take up a job, and to look where paths lead, which
	// it does at once; 0 for two seconds: less than change.Patience, so that there is time left
	// for another way.
	Patience time.Duration

	mu sync.Mutex
	// silent are the keepers that once did not answer: nobody waits for them a second time.
	silent map[nsctl.NSNumber]nsctl.NSID
}

// Insider is the keeper of one sandbox, which does operations on mounts there.
type Insider struct {
	all   *Insiders
	store *Store
	info  Info
}

// Of gives the keeper that lives in a mount namespace, if that is a sandbox of the user's.
func (i *Insiders) Of(ns *nsctl.NamespaceInfo) (*Insider, bool) {
	if i.Open == nil || ns.Kind != nsctl.KindSandbox || ns.NS == 0 {
		return nil, false
	}
	i.mu.Lock()
	id, silent := i.silent[ns.NS]
	i.mu.Unlock()
	if silent && id == ns.NSID {
		return nil, false
	}
	s, err := i.Open()
	if err != nil || s == nil {
		return nil, false
	}
	// Another user's may have the same name, and an earlier one had the same number.
	info, err := s.Find(ns.Name)
	if err != nil || info.State != Running || info.NS != ns.NS || info.NSID != ns.NSID {
		return nil, false
	}
	return &Insider{i, s, info}, true
}

// carriesOut is how long a keeper may take to change something: some filesystems are slow.
const carriesOut = 10 * time.Second

// Do gives the keeper a job and waits for the report. An error that matches
// [carry.ErrUnanswered] says that it took up what changes something, and no more was heard of
// it. After any other nothing was done, and nothing is going to be done.
func (i *Insider) Do(j carry.Job) (carry.Report, error) {
	var none carry.Report
	packed, err := j.Pack()
	if err != nil {
		return none, err
	}
	conn, err := i.store.dial(i.info.Name)
	if err != nil {
		return none, err
	}
	defer conn.Close()
	takesUp := cmp.Or(i.all.Patience, 2*time.Second)
	_ = conn.SetDeadline(time.Now().Add(takesUp)) // fails only on a closed one, as below
	m, err := ask(conn, keeper.Request{Job: packed})
	if err == nil && !m.Ready {
		err = errors.New("an answer that was not expected")
	}
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			i.all.isSilent(&i.info)
		}
		return none, fmt.Errorf("the keeper of sandbox %s, process %d, does not take jobs: %w", i.info.Name, i.info.PID, err)
	}
	limit, unanswered := max(takesUp, carriesOut), carry.ErrUnanswered
	if j.OnlyLook || j.Locks != nil {
		limit, unanswered = takesUp, errors.New("which changes nothing")
	}
	_ = conn.SetDeadline(time.Now().Add(limit))
	m, err = ask(conn, keeper.Message{Go: true})
	if err == nil {
		var r carry.Report
		if r, err = j.Answer(m.Report); err == nil {
			return r, nil
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		i.all.isSilent(&i.info)
		err = fmt.Errorf("it has not answered for %v; if it is stopped, kill -CONT %d lets it go on", limit, i.info.PID)
	}
	return none, fmt.Errorf("the keeper of sandbox %s, process %d, took the job up: %w, %w", i.info.Name, i.info.PID, err, unanswered)
}

// ask sends a message and waits for the answer.
func ask(conn *keeper.Conn, message any) (m keeper.Message, err error) {
	if err := conn.Send(message); err != nil {
		return m, err
	}
	files, err := conn.Receive(&m)
	sys.CloseAll(files)
	if err == nil && m.Failure != nil {
		err = m.Failure
	}
	return m, err
}

func (i *Insiders) isSilent(info *Info) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.silent == nil {
		i.silent = make(map[nsctl.NSNumber]nsctl.NSID)
	}
	i.silent[info.NS] = info.NSID
}
