package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"

	"mntscope/nsctl/internal/sys"
)

// idMap is which users and groups there are in a new user namespace.
type idMap struct {
	uids, gids []sys.IDRange
	setGroups  bool
	byHelper   bool // only newuidmap(1) and newgidmap(1) may write it
}

// mapFor gives the map that is wanted; nil without a user namespace.
func mapFor(spec *Spec) (*idMap, error) {
	if !spec.UserNS {
		return nil, nil
	}
	uid, gid := os.Geteuid(), os.Getegid()
	switch {
	case spec.Map == MapUser:
		return mapOf(spec.User)
	case spec.Map == MapAuto && uid == 0:
		const all = 1<<32 - 1
		return &idMap{uids: []sys.IDRange{{Count: all}}, gids: []sys.IDRange{{Count: all}}, setGroups: true}, nil
	case spec.Map == MapAuto:
		own, err := user.Current()
		if err != nil {
			return nil, err
		}
		return subordinate(own, uid, gid)
	}
	return &idMap{uids: []sys.IDRange{{Outside: uid, Count: 1}}, gids: []sys.IDRange{{Outside: gid, Count: 1}}}, nil
}

// mapOf is root's map for another user, with the ids that are subordinate to him, if he has any.
func mapOf(name string) (*idMap, error) {
	other, err := user.Lookup(name)
	if err != nil {
		if other, err = user.LookupId(name); err != nil {
			return nil, fmt.Errorf("there is no user called %q", name)
		}
	}
	uid, err := strconv.Atoi(other.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(other.Gid)
	if err != nil {
		return nil, err
	}
	m := &idMap{uids: []sys.IDRange{{Outside: uid, Count: 1}}, gids: []sys.IDRange{{Outside: gid, Count: 1}}, setGroups: true}
	if more, err := rangeOf("/etc/subuid", other); err == nil {
		m.uids = append(m.uids, more)
	}
	if more, err := rangeOf("/etc/subgid", other); err == nil {
		m.gids = append(m.gids, more)
	}
	return m, nil
}

// subordinate is a user's map with the ids that are subordinate to him.
func subordinate(own *user.User, uid, gid int) (*idMap, error) {
	uids, err := rangeOf("/etc/subuid", own)
	if err != nil {
		return nil, err
	}
	gids, err := rangeOf("/etc/subgid", own)
	if err != nil {
		return nil, err
	}
	return &idMap{
		uids: []sys.IDRange{{Outside: uid, Count: 1}, uids}, gids: []sys.IDRange{{Outside: gid, Count: 1}, gids},
		setGroups: true, byHelper: true,
	}, nil
}

// rangeOf finds the ids that are subordinate to a user in /etc/subuid or /etc/subgid
// (subuid(5)), and puts them behind root.
func rangeOf(file string, u *user.User) (sys.IDRange, error) {
	f, err := os.Open(file)
	if err != nil {
		return sys.IDRange{}, fmt.Errorf("%s: %w; make an entry for user %s there (usermod --add-subuids --add-subgids), or use the map root", file, reason(err), u.Username)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) != 3 || fields[0] != u.Username && fields[0] != u.Uid {
			continue
		}
		first, err := strconv.Atoi(fields[1])
		count, failed := strconv.Atoi(fields[2])
		if err == nil && failed == nil && first > 0 && count > 0 {
			return sys.IDRange{Inside: 1, Outside: first, Count: count}, nil
		}
	}
	if err := lines.Err(); err != nil {
		return sys.IDRange{}, err
	}
	return sys.IDRange{}, fmt.Errorf("%s gives user %s no subordinate ids; make an entry (usermod --add-subuids --add-subgids), or use the map root", file, u.Username)
}

// others are the ranges whose files the owner may not be able to remove.
func (m *idMap) others() (uids, gids []sys.IDRange) {
	if m == nil || !m.byHelper {
		return nil, nil
	}
	return m.uids, m.gids
}

// write lets the helpers write the map of a process's user namespace.
func (m *idMap) write(pid int) error {
	for _, half := range []struct {
		helper string
		ranges []sys.IDRange
	}{{"newuidmap", m.uids}, {"newgidmap", m.gids}} {
		args := []string{strconv.Itoa(pid)}
		for _, r := range half.ranges {
			args = append(args, strconv.Itoa(r.Inside), strconv.Itoa(r.Outside), strconv.Itoa(r.Count))
		}
		out, err := exec.Command(half.helper, args...).CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("%s is not installed, which only can give a user subordinate ids; install it (Debian: uidmap), or use the map root", half.helper)
		}
		if err != nil {
			return fmt.Errorf("%s: %w: %s", half.helper, err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}
