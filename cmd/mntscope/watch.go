package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/pipe"
	"mntscope/nsctl/watch"
)

func (c *cli) watch() *cobra.Command {
	var w watching
	cmd := c.command(&cobra.Command{
		Use:   "watch",
		Short: "Show what changes in all namespaces, as it happens",
		Long: prose(`Show every mount, umount, move, remount and change of propagation on this host, and every mount
namespace that appears or ends, as it happens: who did it, where, in which namespaces it
arrived, through which peer groups, and which mounts of the same directory it did not
reach. The first line says what is listened with. Nothing is changed, and no namespace is kept
alive.

With --ns only what happens in some namespaces is shown, and where it was done from: of an
operation that began elsewhere, that beginning too. NS is as for "mounts", and means the
namespace that it names when watching begins. When the last of them ends, so does the command.

With --json each change is one line, and the first line holds the whole host (with --ns, those
namespaces) as it was before: redirected to a file, this is a recording. Ctrl-C, SIGTERM and --for
end it with exit status 0.`),
		Example: `mntscope watch
mntscope watch --ns web --ns db
mntscope watch --json --for 10m > recording.jsonl`,
	}, 0, func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("for") && w.length <= 0 {
			return usagef("--for %v is no time to watch: give a length such as 90s or 5m", w.length)
		}
		return w.run(cmd)
	})
	flags := cmd.Flags()
	flags.BoolVar(&w.asJSON, "json", false, "print one line of JSON for each event: a recording")
	flags.StringArrayVar(&w.refs, "ns", nil, "show only what happens in the mount namespace NS; may be given more than once")
	flags.DurationVar(&w.length, "for", 0, "end after DURATION, such as 90s or 5m")
	flags.BoolVar(&w.ascii, "ascii", false, "write with ASCII characters")
	_ = cmd.RegisterFlagCompletionFunc("ns", func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return w.from.completeNS(cmd, nil, word)
	}) // fails only for a flag that is not there
	return cmd
}

// watching is one run of the command.
type watching struct {
	from          source
	refs          []string
	length        time.Duration
	asJSON, ascii bool

	teller teller
	text   *narrator // the teller, if it is for people
	only   *picked   // nil for all namespaces
	errs   io.Writer
	stop   context.CancelCauseFunc
	timer  *time.Timer // of the length
	// begun says that the event of kind ready was told, failed that it is of no use to go on.
	begun, failed bool
}

// teller prints what happens. What it was told is on its way when it returns.
type teller interface {
	begin(ready *nsctl.Event, before *nsctl.Snapshot) error
	// tell prints those events of an update that are to be told.
	tell(events []nsctl.Event, u watch.Update) error
	end() error
}

// errEnough ends a watch that has shown what was asked for.
var errEnough = errors.New("what was asked for has been shown")

func (w *watching) run(cmd *cobra.Command) error {
	keepPipeErrors()
	w.errs = cmd.ErrOrStderr()
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
	if w.asJSON {
		w.teller = &recorder{out}
	} else {
		s := outputScreen()
		s.ascii = s.ascii || w.ascii
		w.text = newNarrator(out, s)
		w.teller = w.text
	}
	ctx, stop := context.WithCancelCause(cmd.Context())
	defer stop(nil)
	w.stop = stop
	go w.endUnread(ctx)
	err := watch.New(discover.New(discover.Options{}), watch.Options{EventsOnly: w.asJSON}).Follow(ctx, w.deliver)
	if w.timer != nil {
		w.timer.Stop()
	}
	ended := w.teller.end()
	cause := context.Cause(ctx)
	switch {
	case cmd.Context().Err() != nil: // a signal, which is how a watch ends
		return nil
	case isUnread(ended):
		return errUnread
	case errors.Is(cause, errEnough):
		return outputError(ended)
	case cause != nil:
		return cause
	}
	return fmt.Errorf("cannot watch the mount namespaces of this host: %w", err)
}

// endUnread ends the watch when nobody reads it any more. It would go on else until there is
// something to write.
func (w *watching) endUnread(ctx context.Context) {
	if pipe.Abandoned(ctx, os.Stdout) == nil {
		w.stop(errUnread)
	}
}

func (w *watching) deliver(u watch.Update) {
	if w.failed || !w.begun && !ready(u) {
		return
	}
	if err := w.take(u); err != nil {
		w.failed = true
		if isUnread(err) {
			err = errUnread
		}
		w.stop(err)
	}
}

func ready(u watch.Update) bool {
	return len(u.Events) > 0 && u.Events[0].Kind == nsctl.EventReady
}

func (w *watching) take(u watch.Update) error {
	events := u.Events
	if ready(u) {
		first := events[0]
		if err := w.begin(&first); err != nil {
			return err
		}
		w.begun, events = true, events[1:]
	}
	if w.only != nil {
		events = w.only.events(events)
	}
	if err := w.teller.tell(events, u); err != nil {
		return outputError(err)
	}
	if w.only != nil && len(w.only.spaces) == 0 {
		fmt.Fprintln(w.errs, "mntscope: "+w.only.farewell())
		return errEnough
	}
	return nil
}

// begin tells how the host is, and what is listened with.
func (w *watching) begin(first *nsctl.Event) error {
	host, gaps := first.Snapshot, first.Snapshot.Gaps
	if len(w.refs) > 0 {
		var err error
		if w.only, err = choose(&w.from, host, w.refs); err != nil {
			return err
		}
		first.Snapshot, first.Only = w.only.snapshot(host), w.only.numbers()
		gaps = first.Snapshot.Gaps
		if w.text != nil {
			w.text.only = w.only
		}
	}
	if err := w.teller.begin(first, host); err != nil {
		return outputError(err)
	}
	where := "\"mntscope snapshot\" lists all"
	if w.asJSON {
		where = "the first line lists all"
	}
	reportGaps(w.errs, gaps, where)
	if w.length > 0 {
		w.timer = time.AfterFunc(w.length, func() { w.stop(errEnough) })
	}
	return nil
}

// recorder prints lines of JSON.
type recorder struct{ out *bufio.Writer }

func (r *recorder) begin(first *nsctl.Event, _ *nsctl.Snapshot) error {
	return r.tell([]nsctl.Event{*first}, watch.Update{})
}

func (r *recorder) tell(events []nsctl.Event, _ watch.Update) error {
	for i := range events {
		if err := events[i].Encode(r.out); err != nil {
			return err
		}
	}
	return r.out.Flush()
}

func (r *recorder) end() error { return nil }
