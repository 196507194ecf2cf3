package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// State says how a sandbox is.
type State string

// The states of a sandbox.
const (
	Running State = "running" // its keeper lives
	Stale   State = "stale"   // its keeper died, or it never was complete
)

// Info is what is known of a sandbox: the content of its sandbox.json, and its state.
type Info struct {
	Name        string      `json:"name"`
	State       State       `json:"state,omitempty"`
	In          string      `json:"in,omitempty"`
	Kept        bool        `json:"kept"`
	Made        time.Time   `json:"made,omitzero"`
	Propagation Propagation `json:"propagation,omitempty"`
	// Namespaces are the kinds that are its own, in the words of lsns(8).
	Namespaces []string `json:"namespaces,omitempty"`
	Map        Map      `json:"map,omitempty"`
	User       string   `json:"user,omitempty"`

	NS          nsctl.NSNumber     `json:"ns,omitempty"`
	NSID        nsctl.NSID         `json:"ns_id,omitempty"`
	OwnerUserNS nsctl.UserNSNumber `json:"owner_user_ns,omitempty"`
	// PID is the keeper's, in the pid namespace of who made it, and Start when it was
	// started, in clock ticks since the boot BootID: what tells it from a later process.
	PID    int    `json:"pid,omitempty"`
	Start  uint64 `json:"start,omitempty"`
	BootID string `json:"boot_id,omitempty"`
	// Root is the directory that is or becomes the root, From what is in it, if it was made
	// for the sandbox. IDMapped says that it is mounted with its owners mapped.
	Root     string `json:"root,omitempty"`
	From     string `json:"root_from,omitempty"`
	IDMapped bool   `json:"idmapped,omitempty"`
	// UIDs and GIDs are the maps of the user namespace, where others than the owner are in them.
	UIDs []sys.IDRange `json:"uids,omitempty"`
	GIDs []sys.IDRange `json:"gids,omitempty"`
}

const recordFile = "sandbox.json"

// write records what a sandbox is, as a whole or not at all.
func (r *room) write(i Info) error {
	i.State = ""
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	const temporary = recordFile + ".new"
	if err := r.root.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return r.root.Rename(temporary, recordFile)
}

// info reads what is known of a sandbox, and how it is.
func (r *room) info() (Info, error) {
	i := Info{}
	text, err := r.root.ReadFile(recordFile)
	if err == nil {
		err = json.Unmarshal(text, &i)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil // it is being made, or its maker died
	case err != nil:
		i, err = Info{}, brokenError{fmt.Errorf("%s of sandbox %s: %w", recordFile, nsctl.Printable(r.name), reason(err))}
	}
	alive, failed := r.alive()
	if i.Name, i.State = r.name, Stale; alive {
		i.State = Running
	}
	return i, errors.Join(err, failed)
}

// brokenError is the error of a record that cannot be read: somebody else has written it.
type brokenError struct{ error }

// List tells of all sandboxes, by name. What it cannot read of one, it leaves out, and
// says in the error.
func (s *Store) List() ([]Info, error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("cannot list the sandboxes in %s: %w", nsctl.Printable(s.path), reason(err))
	}
	var all []Info
	var failed []error
	for _, name := range names {
		i, err := s.Find(name)
		if errors.Is(err, ErrUnknown) {
			continue // it has gone meanwhile
		}
		if err != nil {
			failed = append(failed, err)
		}
		all = append(all, i)
	}
	return all, errors.Join(failed...)
}

// ErrUnknown is matched by the error for a name that no sandbox has.
var ErrUnknown = errors.New("there is no sandbox")

// Find tells of one sandbox.
func (s *Store) Find(name string) (Info, error) {
	r, err := s.open(name, false)
	if err != nil {
		return Info{Name: name, State: Stale}, err
	}
	defer r.close()
	return r.info()
}

// open opens the directory of a sandbox that there is.
func (s *Store) open(name string, toLock bool) (*room, error) {
	if err := CheckName(name); err != nil {
		return nil, fmt.Errorf("%w called %s", ErrUnknown, nsctl.Printable(name))
	}
	r, err := s.enter(name, toLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w called %s; \"mntscope sandbox ls\" lists them", ErrUnknown, nsctl.Printable(name))
	}
	return r, err
}

// describe fills in what the kernel says about a keeper.
func (i *Info) describe(pid int) error {
	proc, err := sys.OpenDir(fmt.Sprintf("/proc/%d", pid))
	if err != nil {
		return err
	}
	defer proc.Close()
	i.PID = pid
	if i.Start, err = startTime(proc); err != nil {
		return err
	}
	ns, err := proc.OpenNamespace("ns/mnt")
	if err != nil {
		return err
	}
	defer ns.Close()
	number, err := ns.Number()
	if err != nil {
		return err
	}
	i.NS = nsctl.NSNumber(number)
	if id, err := ns.MountNSID(); err == nil { // Linux 6.11
		i.NSID = nsctl.NSID(id)
	}
	user, err := proc.OpenNamespace("ns/user")
	if err != nil {
		return err
	}
	defer user.Close()
	number, err = user.Number()
	i.OwnerUserNS = nsctl.UserNSNumber(number)
	i.BootID = bootID()
	return err
}

func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
