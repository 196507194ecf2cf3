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

// errNoJournal is why nothing may be changed where the user has no place for files.
var errNoJournal = errors.New("there is no place for the journal: neither XDG_STATE_HOME nor HOME is set to an absolute path")

// changeOptions are those of every Changer: operations are written to the user's journal, if
// there is a place for one, and in his sandboxes done by their keepers.
func changeOptions(own *boxes, readOnly bool) change.Options {
	keepers := sandbox.Insiders{Open: func() (*sandbox.Store, error) { return own.open(false) }}
	return change.Options{
		Journal: change.JournalDir(os.Getenv), ReadOnly: readOnly,
		Find:   func(s *nsctl.Snapshot, ref string) (int, error) { return (&source{}).find(s, ref) },
		Inside: func(ns *nsctl.NamespaceInfo) (change.Insider, bool) { return keepers.Of(ns) },
	}
}

// hostChanger is a Changer of a command, with the sandboxes whose keepers it asks.
type hostChanger struct {
	*change.Changer
	own boxes
}

// newChanger makes a Changer, and says what a Changer before it left unfinished.
func newChanger(ctx context.Context, readOnly bool, errs io.Writer) (*hostChanger, error) {
	c := &hostChanger{}
	options := changeOptions(&c.own, readOnly)
	if options.Journal == "" {
		return nil, errNoJournal
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
