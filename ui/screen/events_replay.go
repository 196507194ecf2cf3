package screen

import (
	"slices"

	"mntscope/nsctl"
)

// replaying is what the Events screen knows of a recording that is replayed.
type replaying struct {
	step   int // the state that is shown is the one after it
	before func(step int) (*nsctl.Snapshot, error)
}

// Replay shows a recording from now on. before gives the state before a step; it is called
// by commands.
func (s *Events) Replay(b *Batch, before func(step int) (*nsctl.Snapshot, error)) {
	s.replay = &replaying{before: before}
	s.record.add(b)
	s.fill()
	s.list.Replace(len(s.rows), 0)
}

// Step marks the step after which the host is shown. If the one before was selected, the
// selection goes along.
func (s *Events) Step(step int) {
	if s.replay == nil {
		return // the recording is on its way
	}
	row, ok := s.selected()
	along := !ok || s.at(row, s.replay.step) || s.replay.step == 0
	s.replay.step = step
	if !along {
		return
	}
	if i := slices.IndexFunc(s.rows, func(r eventRow) bool { return s.at(r, step) }); i >= 0 {
		s.list.Select(i)
	} else if step == 0 {
		s.list.Select(0)
	}
}

// at reports whether a row is the one of a step: of its operation, or of the burst that it
// is hidden in.
func (s *Events) at(row eventRow, step int) bool {
	switch row.kind {
	case rowOperation:
		return row.of.serial == step
	case rowBurst:
		return !row.open && row.of.serial <= step && step < row.of.serial+int(row.count)
	}
	return false
}

// isNow reports whether the host is shown as it was after what a row is about.
func (s *Events) isNow(row eventRow) bool { return s.replay != nil && s.at(row, s.replay.step) }

// later reports whether a row is about what has not happened yet.
func (s *Events) later(row eventRow) bool { return s.replay != nil && row.of.serial > s.replay.step }

// SelectedStep is the step that enter on the selected row leads to: false if the row opens
// or closes instead.
func (s *Events) SelectedStep() (step int, ok bool) {
	row, ok := s.selected()
	if !ok || s.replay == nil || row.kind != rowOperation || row.of.serial == s.replay.step {
		return 0, false
	}
	return row.of.serial, true
}
