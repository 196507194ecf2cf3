package nsctl

import (
	"encoding/json"
	"fmt"
)

// LockState says whether a mount is locked (MNT_LOCKED): it came with a copy of a
// namespace of another user namespace, and must not be unmounted or moved by itself,
// for that would reveal what it covers (mount_namespaces(7), "Restrictions on mount
// namespaces"). The kernel shows it nowhere; it can only be asked mount by mount, and only
// about mounts that a path leads to. In JSON it is true, false, or absent.
type LockState uint8

// What is known about a lock.
const (
	LockUnknown LockState = iota
	Unlocked
	Locked
)

// MarshalJSON implements [json.Marshaler]. An unknown state is left out before.
func (l LockState) MarshalJSON() ([]byte, error) { return json.Marshal(l == Locked) }

// UnmarshalJSON implements [json.Unmarshaler].
func (l *LockState) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*l = Locked
	case "false":
		*l = Unlocked
	case "null":
		*l = LockUnknown
	default:
		return fmt.Errorf("%q is not true or false", data)
	}
	return nil
}
