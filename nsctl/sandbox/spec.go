package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mntscope/nsctl/internal/sys"
)

// Spec says what a new sandbox is like. The zero value is one like the caller's namespace, with
// everything private.
type Spec struct {
	Name string // empty for any
	// In is the sandbox whose namespaces it starts from; empty for the caller's.
	In string
	// Keep lets it outlive the program that makes it.
	Keep bool
	// Propagation is what the types of all mounts become after the copy.
	Propagation Propagation
	// UserNS gives it a user namespace of its own. An ordinary user needs one, except
	// inside a sandbox that has.
	UserNS bool
	// Map says which users there are in the user namespace.
	Map Map
	// User is who root inside is outside, with MapUser.
	User string
	// The other kinds of namespaces it gets.
	PID, UTS, IPC, Net, Cgroup bool
	// Root is the root file system that it gets; the zero value leaves the tree as it was
	// copied.
	Root Root
	// Steps is how many of the steps to that root are taken at once; AllSteps for all.
	Steps int
}

// AllSteps stands for as many steps as there are.
const AllSteps = -1

// Root is a root file system.
type Root struct {
	// Dir is a directory of the user's. It stays when the sandbox is removed.
	Dir string
	// Fill, if Dir is empty, puts files into a directory that is made for the sandbox and
	// removed with it. From names for a person what they come from.
	Fill func(ctx context.Context, dir string) error `json:"-"`
	From string
	// Chown gives the files that Fill made to who is root in the sandbox, with MapUser. Without
	// it they are shown as his by the mount (an idmapped mount), and stay root's.
	Chown bool
}

func (r *Root) wanted() bool { return r.Dir != "" || r.Fill != nil }

// Propagation is what the types of all mounts become.
type Propagation string

// What they can become. Unchanged leaves them as the kernel copied them: peers of the
// originals, or their slaves where the new namespace has another user namespace.
const (
	Private   Propagation = "private"
	Slave     Propagation = "slave"
	Shared    Propagation = "shared"
	Unchanged Propagation = "unchanged"
)

// Propagations lists them.
func Propagations() []string {
	return []string{string(Private), string(Slave), string(Shared), string(Unchanged)}
}

// Map says which users there are in a user namespace.
type Map string

// The maps.
const (
	// MapRoot has root only, who outside is the user himself.
	MapRoot Map = "root"
	// MapAuto has besides as many as the user has subordinate ids (subuid(5)); for root,
	// all that there are.
	MapAuto Map = "auto"
	// MapUser is only for root to make: root inside is the user [Spec.User].
	MapUser Map = "user"
)

// Check says why there can be no such sandbox, and fills in what was left out.
func (s *Spec) Check() error {
	if s.Propagation == "" {
		s.Propagation = Private
	}
	if s.Map == "" {
		s.Map = MapRoot
	}
	if s.Name != "" {
		if err := CheckName(s.Name); err != nil {
			return err
		}
	}
	if !slices.Contains(Propagations(), string(s.Propagation)) {
		return fmt.Errorf("unknown propagation %q: it is one of private, slave, shared and unchanged", s.Propagation)
	}
	switch {
	case s.Map != MapRoot && s.Map != MapAuto && s.Map != MapUser:
		return fmt.Errorf("unknown map %q: it is root or auto", s.Map)
	case s.Map != MapRoot && !s.UserNS:
		return errors.New("a map of users needs a user namespace")
	case s.Map != MapRoot && s.In != "":
		return errors.New("inside a sandbox only root is mapped")
	case s.Map == MapUser && os.Geteuid() != 0:
		return errors.New("only root can make a sandbox whose root is another user")
	case s.Root.Dir != "" && !filepath.IsAbs(s.Root.Dir):
		return errors.New("the path of the root is not absolute")
	case s.Root.Chown && (s.Root.Fill == nil || s.Map != MapUser):
		return errors.New("only files that were unpacked for a sandbox with another user as root are given to him: a directory of your own stays as it is")
	case !s.UserNS && s.In == "" && os.Geteuid() != 0:
		return errors.New("an ordinary user needs a user namespace for a mount namespace; leave out --no-user-ns")
	}
	return nil
}

// namespaces gives the flags of clone(2).
func (s *Spec) namespaces() uintptr {
	flags := uintptr(sys.NewMountNS)
	for _, kind := range []struct {
		wanted bool
		flag   uintptr
	}{
		{s.UserNS, sys.NewUserNS}, {s.PID, sys.NewPIDNS}, {s.UTS, sys.NewUTSNS},
		{s.IPC, sys.NewIPCNS}, {s.Net, sys.NewNetNS}, {s.Cgroup, sys.NewCgroupNS},
	} {
		if kind.wanted {
			flags |= kind.flag
		}
	}
	return flags
}
