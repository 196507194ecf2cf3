package discover

import (
	"context"

	"mntscope/nsctl"
)

// Update is one state of the host, delivered while it is read or followed.
type Update struct {
	Snapshot *nsctl.Snapshot // never nil; immutable
	// Read and Total count namespaces: how many of those found so far have their
	// mounts in Snapshot. They are equal in the last Update of a scan.
	Read, Total int
}

// Options choose what a scan does.
type Options struct{}

// Scanner reads the host. It keeps between scans what makes the next one cheaper.
// It may be used by one goroutine at a time.
type Scanner struct{}

// New makes a Scanner.
func New(Options) *Scanner { return &Scanner{} }

// Snapshot reads the whole host.
func (s *Scanner) Snapshot(ctx context.Context) (*nsctl.Snapshot, error) {
	return nil, nil
}

// Listing reads every namespace, with its mounts only counted.
func (s *Scanner) Listing(ctx context.Context) (*nsctl.Listing, error) {
	return nil, nil
}

// Follow scans the host until ctx ends and calls deliver with partial results of
// the first scan, then with each state that differs from the last. It spends at
// most 2 % of one core on average.
func (s *Scanner) Follow(ctx context.Context, deliver func(Update)) error {
	return nil
}

// ResolveNS finds the number of the mount namespace that ref names on the live
// host: "self", a pid, mnt:[N] or N, the path of an nsfs file, a sandbox's name, or
// a container's name or id prefix. s is a snapshot or listing's namespaces to look names up in.
func ResolveNS(namespaces []nsctl.NamespaceInfo, ref string) (nsctl.NSNumber, error) {
	return 0, nil
}
