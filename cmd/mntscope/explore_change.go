package main

import (
	"context"
	"errors"
	"slices"
	"sync"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
)

// changes are what the explorer changes mounts with, and the journal that it reads. Whatever
// is being done is done to its end before the program ends.
type changes struct {
	changer *change.Changer
	reader  *change.Changer // of the journal; it makes none
	nowhere error           // why there is no journal
	under   sync.WaitGroup
	mu      sync.Mutex
	ended   bool // nothing more is begun
}

// newChanges makes them. Read-only, the core refuses whatever the explorer would ask for.
func newChanges(own *boxes, readOnly bool) *changes {
	options := changeOptions(own, readOnly)
	c := &changes{changer: change.New(options)}
	if options.Journal == "" {
		c.nowhere = errNoJournal
	}
	options.ReadOnly = true
	c.reader = change.New(options)
	return c
}

// begin reports whether something may be done still: the explorer's commands may outlive it.
func (c *changes) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.nowhere != nil:
		return c.nowhere
	case c.ended:
		return context.Canceled
	}
	c.under.Add(1)
	return nil
}

// close waits for what is being done, and ends the helpers.
func (c *changes) close() error {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.under.Wait()
	return errors.Join(c.changer.Close(), c.reader.Close())
}

// Recover implements ui.Changer. Who only looks leaves no journal behind.
func (c *changes) Recover(ctx context.Context) ([]string, error) {
	entries, err := c.History()
	if err != nil || !slices.ContainsFunc(entries, func(e change.Entry) bool { return e.State == change.EntryInterrupted }) {
		return nil, err
	}
	if err := c.begin(); err != nil {
		return nil, err
	}
	defer c.under.Done()
	return c.changer.Recover(ctx)
}

// Plan implements ui.Changer.
func (c *changes) Plan(ctx context.Context, wanted change.Request) (*change.Plan, error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	defer c.under.Done()
	return c.changer.Plan(ctx, wanted)
}

// Apply implements ui.Changer.
func (c *changes) Apply(ctx context.Context, plan *change.Plan) (*change.Result, error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	defer c.under.Done()
	return c.changer.Apply(ctx, plan)
}

// PlanUndo implements ui.Changer.
func (c *changes) PlanUndo(ctx context.Context) (*change.Undo, error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	defer c.under.Done()
	return c.changer.PlanUndo(ctx)
}

// ApplyUndo implements ui.Changer.
func (c *changes) ApplyUndo(ctx context.Context, plan *change.Undo) (*change.Undone, error) {
	if err := c.begin(); err != nil {
		return nil, err
	}
	defer c.under.Done()
	return c.changer.ApplyUndo(ctx, plan)
}

// Complete completes a path inside a namespace, also for who only looks. It needs no journal.
func (c *changes) Complete(ctx context.Context, g *graph.Graph, ns int, begun string) nsctl.Completion {
	c.mu.Lock()
	ended := c.ended
	if !ended {
		c.under.Add(1)
	}
	c.mu.Unlock()
	if ended {
		return g.Complete(ns, begun)
	}
	defer c.under.Done()
	return c.reader.Complete(ctx, g, ns, begun)
}

// History lists what was done.
func (c *changes) History() ([]change.Entry, error) {
	if c.nowhere != nil {
		return nil, c.nowhere
	}
	return c.reader.History()
}
