package nsctl

import "io"

// NewLongEventReader reads every line as if it were long.
func NewLongEventReader(r io.Reader) *EventReader { return newEventReader(r, 0) }
