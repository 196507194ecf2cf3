// Package ui is the explorer: the full-screen program that shows the mount
// namespaces of a host, live or from a snapshot.
//
// One root model routes every message: to the overlay if there is one, else to the
// filter that is being typed, else to the screen in front, else to what counts
// everywhere. Screens are plain structs (package screen); what can be done is in
// one registry (package action), of which keys, footer, help, palette, mouse
// targets and the README's key table are made.
//
// The package makes no system call and reads no file: snapshots come in from a
// [Source], bytes go to the terminal through Bubble Tea.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/watch"
	"mntscope/ui/action"
	"mntscope/ui/theme"
)

// Source is where snapshots come from: the live host, or one from a file.
type Source interface {
	// Follow delivers states of the host until ctx ends, or until there will be no
	// other. deliver never blocks.
	Follow(ctx context.Context, deliver func(watch.Update)) error
}

// Rescanner is a Source that can be asked, from any goroutine, to look at the host
// at once. One that is not is followed from the beginning instead.
type Rescanner interface {
	Source
	Rescan()
}

// Options say what to explore and how to draw it.
type Options struct {
	Source Source
	// Self is the namespace that the others are seen from; 0 stands for the one in
	// which the snapshot was taken.
	Self nsctl.NSNumber
	// Label names the snapshot file that is explored; empty for the live host.
	Label string
	Live  bool // Source can be asked again
	// Replay is a recording to go through, in place of a Source.
	Replay   Recording
	ReadOnly bool // leaves out everything that changes the host
	// Predict says what an operation would do, done in the namespace at a position. nil
	// goes by the snapshot alone.
	Predict func(ctx context.Context, h *predict.Host, op nsctl.Op, ns int) (*predict.Prediction, error)

	// Complete gives what a path in the namespace at a position can become, with a look at the
	// directory. nil goes by the mounts alone.
	Complete func(ctx context.Context, g *graph.Graph, ns int, begun string) nsctl.Completion

	// Holders finds what holds a filesystem. nil: it cannot be asked.
	Holders func(ctx context.Context, s *nsctl.Snapshot, dev nsctl.Dev) (*nsctl.FilesystemHolders, error)

	// Sandboxes tells of the sandboxes that there are. nil: what is explored is not this host.
	Sandboxes Sandboxes
	// Workshop makes and removes sandboxes, and opens shells. nil: that cannot be done here.
	Workshop Workshop
	// Changer changes mounts. nil: that cannot be done here.
	Changer Changer
	// History lists the operations that were done, the oldest first. nil: nothing is known of any.
	History func() ([]change.Entry, error)
	// Terminal is the path of the terminal that all this is on, if it is known: it must not be
	// taken away in passing.
	Terminal string

	Theme   string // one of theme.Names, or empty to go by the terminal's background
	ASCII   bool
	NoColor bool
	Mouse   bool // the mouse is used at first; a key turns it on and off

	Environ []string // NO_COLOR, TERM and the locale are taken from it; nil: that of the process
	Input   io.Reader
	Output  io.Writer
}

// Run shows the explorer until the user leaves it or ctx ends. The terminal is as
// before when it returns, whatever happened.
func Run(ctx context.Context, o Options) error {
	if err := theme.Check(o.Theme); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	f := newFeed(o.Source, o.Self)
	m := newModel(ctx, o, f)
	var wheel wheel
	var leave leave
	// Signals end ctx. Answered by the library besides, they would ask to leave a second time,
	// which is not delayed any more.
	options := []tea.ProgramOption{tea.WithoutSignalHandler(), tea.WithFilter(func(m tea.Model, msg tea.Msg) tea.Msg {
		if msg = leave.filter(msg); msg == nil {
			return nil
		}
		return wheel.filter(m, msg)
	})}
	if o.Environ != nil {
		options = append(options, tea.WithEnvironment(o.Environ))
	}
	if o.Input != nil {
		options = append(options, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		options = append(options, tea.WithOutput(o.Output))
	}
	if m.look.noColor {
		// The library's own reading of NO_COLOR takes it for a boolean.
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	program := tea.NewProgram(m, options...)
	wheel.send, leave.send = program.Send, program.Send

	// The library kills a program whose context ends, without waiting for its reader
	// of the terminal: this one quits.
	defer context.AfterFunc(ctx, program.Quit)()
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		if o.Replay == nil {
			f.run(ctx)
		}
	}()
	_, err := program.Run()
	stop()
	select {
	case <-followed:
	case <-time.After(time.Second): // a source that does not heed its context
	}
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("the explorer failed; the trace above says where: %w", err)
	case err != nil:
		return fmt.Errorf("the explorer cannot use this terminal: %w", err)
	}
	return nil
}

// KeyTable is the table of keys for the README, in Markdown.
func KeyTable() string { return action.New(false, append(actions(), onReplay()...)).Table() }

// look is what the environment says about the terminal.
type look struct{ noColor, ascii bool }

func newLook(o Options) look {
	env := func(name string) string {
		value := ""
		for _, e := range o.Environ {
			if v, ok := strings.CutPrefix(e, name+"="); ok {
				value = v
			}
		}
		return value
	}
	locale := env("LC_ALL")
	if locale == "" {
		locale = env("LC_CTYPE")
	}
	if locale == "" {
		locale = env("LANG")
	}
	locale = strings.ReplaceAll(strings.ToLower(locale), "-", "")
	term := env("TERM")
	return look{
		noColor: o.NoColor || env("NO_COLOR") != "",
		// Without any locale the terminal is more likely than not one of today, in a
		// container or behind ssh.
		ascii: o.ASCII || term == "linux" || term == "dumb" || strings.HasPrefix(term, "vt") ||
			locale != "" && !strings.Contains(locale, "utf8"),
	}
}
