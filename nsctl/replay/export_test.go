package replay

import "mntscope/nsctl"

// NewTight makes a recording with more, and then fewer, keyframes than it would have.
func NewTight(events []nsctl.Event, every, maxHeld int) (*Recording, error) {
	return newRecording(events, every, maxHeld)
}

// Keyframes gives how many there are, and the pointers in them.
func (r *Recording) Keyframes() (number, held int) { return len(r.keys), r.held }
