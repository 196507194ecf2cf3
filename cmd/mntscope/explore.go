package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/watch"
	"mntscope/ui"
	"mntscope/ui/theme"
)

// explorer is what the command line says about the explorer.
type explorer struct {
	from     source
	replay   string // the file of a recording; empty for none
	readOnly bool
	ascii    bool
	noMouse  bool
	theme    string
}

// explore is the program without a subcommand.
func (c *cli) explore() *cobra.Command {
	var e explorer
	cmd := c.command(&cobra.Command{
		Use:   "mntscope",
		Short: "Explore the mount namespaces of this host",
		Long: prose(`Explore the mount namespaces of this host: which there are, what is mounted in
each, and the peer groups and master/slave trees that tie them together.

Without a command it opens the explorer; press ? there for its keys. It works as
any user on what that user may see, and says what it could not see. What it changes,
it shows and asks about before; each change is written to the journal of "mntscope
undo", from which it can be taken back.`),
		Example: `mntscope
mntscope --snapshot host.json
mntscope --replay recording.json
mntscope ns`,
	}, 1, func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return e.run(cmd.Context())
	})
	e.from.flag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&e.replay, "replay", "", "go through FILE, which \"mntscope watch --json\" printed, instead of looking at this host")
	_ = cmd.MarkFlagFilename("replay") // fails only for a flag that is not there
	flags.BoolVar(&e.readOnly, "readonly", false, "leave out everything that changes the host")
	flags.BoolVar(&e.ascii, "ascii", false, "draw with ASCII characters")
	flags.BoolVar(&e.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	flags.StringVar(&e.theme, "theme", "", "use the colours of THEME: "+strings.Join(theme.Names(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("theme", cobra.FixedCompletions(theme.Names(), cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
	return cmd
}

// run opens the explorer. Whatever can be wrong is found before it takes over the
// terminal: what it asks the terminal then would be answered into the shell.
func (e *explorer) run(ctx context.Context) (err error) {
	if e.theme != "" {
		if err := theme.Check(e.theme); err != nil {
			return usage(err)
		}
	}
	if e.replay != "" && e.from.file != "" {
		return usagef("--replay and --snapshot cannot be used together: a recording is of a host of its own")
	}
	var own boxes
	changing := newChanges(&own, e.readOnly)
	options := ui.Options{
		Source: watch.New(discover.New(discover.Options{}), watch.Options{}), Live: true, Predict: predictHere, Complete: changing.Complete, Holders: discover.Holders,
		Sandboxes: &own, History: changing.History, ReadOnly: e.readOnly, Theme: e.theme, ASCII: e.ascii, Mouse: !e.noMouse, Environ: os.Environ(),
	}
	if !e.readOnly {
		options.Workshop, options.Changer = workshop{&own}, changing
		options.Terminal, _ = os.Readlink("/proc/self/fd/0") // without it, one place less is looked after
	}
	if e.from.file != "" {
		snapshot, err := load(e.from.file)
		if err != nil {
			return err
		}
		options.Source, options.Live, options.Label = savedHost{snapshot}, false, e.from.file
		options.Predict, options.Complete, options.Holders = nil, nil, holdersInSaved // there are no files and no processes to look at
		options.Sandboxes, options.Workshop, options.Changer, options.History = nil, nil, nil, nil
	}
	if e.replay != "" {
		recording, err := loadRecording(e.replay)
		if err != nil {
			return err
		}
		options.Source, options.Live, options.Replay, options.Self = nil, false, recording, recording.start()
		options.Predict, options.Complete, options.Holders = nil, nil, holdersInSaved
		options.Sandboxes, options.Workshop, options.Changer, options.History = nil, nil, nil, nil
	}
	if !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()) {
		return usagef("the explorer needs a terminal on standard input and output; the commands ns, mounts, peers and snapshot do not")
	}
	defer func() { err = errors.Join(err, changing.close(), own.close()) }()
	return ui.Run(ctx, options)
}

// predictHere says what an operation would do on the running host, of which the prediction
// needs to know what paths lead to. It does not ask the kernel about locks, which means
// entering namespaces: it is asked at every letter that is typed.
func predictHere(ctx context.Context, h *predict.Host, op nsctl.Op, ns int) (*predict.Prediction, error) {
	var live change.Live
	by := predict.Caller{NS: ns, Cwd: "/"}
	if err := live.Stand(ctx, h.Graph(), op, &by); err != nil {
		return nil, err
	}
	p, err := h.Predict(op, by)
	if err != nil {
		return nil, err
	}
	live.Complete(p)
	return p, nil
}

// savedHost is a saved snapshot in place of a host that is followed: it never
// changes.
type savedHost struct{ snapshot *nsctl.Snapshot }

// Follow gives the snapshot, the only one there will be.
func (h savedHost) Follow(_ context.Context, deliver func(watch.Update)) error {
	n := len(h.snapshot.Namespaces)
	deliver(watch.Update{Snapshot: h.snapshot, Read: n, Total: n})
	return nil
}
