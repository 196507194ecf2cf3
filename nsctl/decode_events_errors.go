package nsctl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// check says what is wrong with an event by itself.
func (r *EventReader) check(e *Event) error {
	switch {
	case r.read == 0 && (e.Kind != EventReady || e.Snapshot == nil):
		return fmt.Errorf("%w: its first line must hold the host as it was when watching began; %s", ErrNotRecording, howToRecord)
	case r.read == 0 && e.Snapshot.Format != Format:
		return r.explain(ErrNotSnapshot)
	case r.read == 0 && e.Snapshot.Version != Version:
		return r.explain(versionError(e.Snapshot.Version))
	case r.read == 0:
		return nil
	case e.Kind == EventReady:
		return fmt.Errorf("line %d: another recording begins here: keep each in a file of its own", r.line)
	case e.Seq != r.read:
		return fmt.Errorf("line %d: event %d stands where event %d is due: lines are missing or out of order; %s", r.line, e.Seq, r.read, howToRecord)
	}
	switch e.Kind {
	case EventMount, EventUmount, EventMove, EventPropagation, EventRemount:
		if e.Mount == nil {
			return fmt.Errorf("line %d: the recording is damaged: an event of kind %s has no mount; %s", r.line, e.Kind, howToRecord)
		}
	case EventNamespaceCreated:
		if e.Namespace == nil {
			return fmt.Errorf("line %d: the recording is damaged: an event of kind %s has no namespace; %s", r.line, e.Kind, howToRecord)
		}
	case EventNamespaceGone, EventResync:
	default:
		return fmt.Errorf("line %d: there is no event of kind %q: use the mntscope that wrote it", r.line, e.Kind[:min(len(e.Kind), 40)])
	}
	return nil
}

// howToRecord is what to try.
const howToRecord = "record with \"mntscope watch --json > FILE\""

// explain turns an error into a sentence about a recording.
func (r *EventReader) explain(err error) error {
	var mismatch *json.UnmarshalTypeError
	var version versionError
	switch {
	case r.source.failed != nil:
		return fmt.Errorf("line %d: the recording could not be read: %w", r.line, r.source.failed)
	case errors.Is(err, io.EOF) && r.read > 0:
		return io.EOF
	case errors.Is(err, errSnapshotInstead):
		return err
	case errors.Is(err, errLineCut):
		return fmt.Errorf("the recording is truncated within its first line, which holds the host as it was when watching began: %s", howToRecord)
	case errors.Is(err, io.EOF) && r.line == 1:
		return fmt.Errorf("%w: the file is empty; %s", ErrNotRecording, howToRecord)
	case errors.As(err, &version):
		return version
	case r.read == 0:
		return fmt.Errorf("%w: %s", ErrNotRecording, howToRecord)
	case errors.As(err, &mismatch):
		return fmt.Errorf("line %d: the recording is damaged: %s cannot hold a %s; %s", r.line, mismatch.Field, shorten(mismatch.Value), howToRecord)
	}
	return fmt.Errorf("line %d: the recording is damaged: %s; %s", r.line, shorten(err.Error()), howToRecord)
}

// shorten keeps a text of somebody else from filling the screen.
func shorten(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "..."
	}
	return Printable(s)
}
