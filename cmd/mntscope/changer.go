package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/sandbox"
)

// changeOptions are those of every Changer: operations are written to the user's journal, and
// in his sandboxes done by their keepers.
func changeOptions(own *boxes, readOnly bool) (change.Options, error) {
	dir := change.JournalDir(os.Getenv)
	if dir == "" {
		return change.Options{}, errors.New("there is no place for the journal: neither XDG_STATE_HOME nor HOME is set to an absolute path")
	}
	keepers := sandbox.Insiders{Open: func() (*sandbox.Store, error) { return own.open(false) }}
	return change.Options{
		Journal: dir, ReadOnly: readOnly,
		Find:   func(s *nsctl.Snapshot, ref string) (int, error) { return (&source{}).find(s, ref) },
		Inside: func(ns *nsctl.NamespaceInfo) (change.Insider, bool) { return keepers.Of(ns) },
	}, nil
}

// hostChanger is a Changer of a command, with the sandboxes whose keepers it asks.
type hostChanger struct {
	*change.Changer
	own boxes
}

// newChanger makes a Changer, and says what a Changer before it left unfinished.
func newChanger(ctx context.Context, readOnly bool, errs io.Writer) (*hostChanger, error) {
	c := &hostChanger{}
	options, err := changeOptions(&c.own, readOnly)
	if err != nil {
		return nil, err
	}
	c.Changer = change.New(options)
	if readOnly {
		return c, nil
	}
	said, err := c.Recover(ctx)
	for _, sentence := range said {
		fmt.Fprintln(errs, "mntscope: "+printableLine(sentence))
	}
	return c, err
}

// Close ends the helpers that were started.
func (c *hostChanger) Close() error { return errors.Join(c.Changer.Close(), c.own.close()) }
