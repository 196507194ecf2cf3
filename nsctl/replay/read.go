package replay

import (
	"errors"
	"io"

	"mntscope/nsctl"
)

// Read reads a recording, which is what "mntscope watch --json" printed. It takes about
// ten microseconds an event. Its errors are whole sentences for a person, without the
// file's name. A recording whose last line was cut is read up to there: see
// [Recording.Stopped].
func Read(r io.Reader) (*Recording, error) {
	in := nsctl.NewEventReader(r)
	var events []nsctl.Event
	for {
		e, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(events) == MaxEvents {
			return nil, tooLong()
		}
		events = append(events, *e)
	}
	rec, err := New(events)
	if err == nil && in.Truncated() && rec.stopped == "" {
		rec.stopped = "the recording ends in the middle of a line: whoever wrote it was stopped"
	}
	return rec, err
}
