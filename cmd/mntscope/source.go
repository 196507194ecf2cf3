package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
)

// source is where a command reads from: the running host, or a saved snapshot.
type source struct {
	file string // empty for the running host
}

func (s *source) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.file, "snapshot", "", "read FILE, a host saved with \"mntscope snapshot\", instead of this one")
	_ = cmd.MarkFlagFilename("snapshot") // fails only for a flag that is not there
}

func (s *source) snapshot(ctx context.Context) (*nsctl.Snapshot, error) {
	if s.file != "" {
		return load(s.file)
	}
	snapshot, err := discover.New(discover.Options{}).Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read the mount namespaces of this host: %w", err)
	}
	return snapshot, nil
}

func (s *source) listing(ctx context.Context) (*nsctl.Listing, error) {
	if s.file == "" {
		listing, err := discover.New(discover.Options{}).Listing(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read the mount namespaces of this host: %w", err)
		}
		return listing, nil
	}
	snapshot, err := load(s.file)
	if err != nil {
		return nil, err
	}
	listing := &nsctl.Listing{
		Namespaces: make([]nsctl.NamespaceSummary, len(snapshot.Namespaces)),
		Gaps:       append([]nsctl.Gap{}, snapshot.Gaps...), // never null in JSON
	}
	for i, ns := range snapshot.Namespaces {
		listing.Namespaces[i] = nsctl.NamespaceSummary{NamespaceInfo: ns.NamespaceInfo, MountCount: len(ns.Mounts)}
	}
	return listing, nil
}

// load reads a saved snapshot.
func load(path string) (*nsctl.Snapshot, error) {
	file, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, loadError(path, err)
	}
	defer file.Close()
	snapshot, err := nsctl.Decode(file)
	if err != nil {
		return nil, loadError(path, err)
	}
	return snapshot, nil
}

func loadError(path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist), isDirectory(path):
		hint = "; \"mntscope snapshot -o FILE\" makes one"
	case errors.Is(err, fs.ErrPermission):
		hint = "; read it as the user who may, or have it copied"
	}
	return fmt.Errorf("cannot read the snapshot %s: %w%s", nsctl.Printable(path), reason(err), hint)
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// reason takes the operation and the path off an error, for sentences that name
// them already.
func reason(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}
