package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/watch"
)

func (c *cli) watch() *cobra.Command {
	var asJSON bool
	var refs []string
	var length time.Duration
	cmd := c.command(&cobra.Command{
		Use:   "watch",
		Short: "Show what changes in all namespaces, as it happens",
	}, 0, func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if length > 0 {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, length)
			defer stop()
		}
		w := watch.New(discover.New(discover.Options{}), watch.Options{EventsOnly: asJSON})
		out := &eventWriter{out: bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)}
		ctx, out.stop = context.WithCancelCause(ctx)
		err := w.Follow(ctx, out.write)
		if cause := context.Cause(ctx); errors.Is(err, ctx.Err()) && cause != nil {
			err = cause
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
		return err
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON for each event: a recording")
	cmd.Flags().StringArrayVar(&refs, "ns", nil, "show only what happens in NS; may be given more than once")
	cmd.Flags().DurationVar(&length, "for", 0, "end after DURATION, such as 90s or 5m")
	return cmd
}

// eventWriter prints events as lines of JSON.
type eventWriter struct {
	out  *bufio.Writer
	stop context.CancelCauseFunc
}

func (w *eventWriter) write(u watch.Update) {
	if err := w.print(w.out, u.Events); err != nil {
		w.stop(outputError(err))
	}
}

func (w *eventWriter) print(out io.Writer, events []nsctl.Event) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for i := range events {
		if err := encoder.Encode(&events[i]); err != nil {
			return fmt.Errorf("event %d: %w", events[i].Seq, err)
		}
	}
	return w.out.Flush()
}
