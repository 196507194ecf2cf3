package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/replay"
)

// recorded is a recording as the explorer goes through it.
type recorded struct{ *replay.Recording }

// Events gives those of a step.
func (r recorded) Events(step int) []nsctl.Event { return r.Step(step).Events }

// At gives the host after a step. That the recording ends too early is a gap in it.
func (r recorded) At(step int) (*nsctl.Snapshot, error) {
	s, err := r.Recording.At(step)
	if err != nil || r.Stopped() == "" {
		return s, err
	}
	with := *s
	with.Gaps = append(slices.Clone(s.Gaps), nsctl.Gap{What: "recording", Message: r.Stopped()})
	return &with, nil
}

// start is the namespace that the others are seen from: that of who recorded them (0), or of
// a recording of others the first.
func (r recorded) start() nsctl.NSNumber {
	ready := r.Ready()
	if len(ready.Only) == 0 || slices.Contains(ready.Only, ready.Snapshot.Observer.NS) {
		return 0
	}
	return ready.Only[0]
}

// loadRecording reads what "mntscope watch --json" printed.
func loadRecording(path string) (recorded, error) {
	file, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return recorded{}, recordingError(path, err)
	}
	defer file.Close()
	r, err := replay.Read(file)
	if err != nil {
		return recorded{}, recordingError(path, err)
	}
	return recorded{r}, nil
}

func recordingError(path string, err error) error {
	hint := ""
	if errors.Is(err, fs.ErrNotExist) {
		hint = "; \"mntscope watch --json >FILE\" makes one"
	}
	return fmt.Errorf("cannot read the recording %s: %w%s", nsctl.Printable(path), reason(err), hint)
}
