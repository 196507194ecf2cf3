package nsctl

import "strconv"

// Propagation is how a mount takes part in the propagation of mounts and
// unmounts (mount_namespaces(7), "SHARED SUBTREES").
type Propagation struct {
	// Shared is the peer group that the mount is a member of; 0 if none.
	Shared GroupID `json:"shared,omitempty"`
	// Master is the peer group that the mount receives from; 0 if it is no slave.
	Master GroupID `json:"master,omitempty"`
	// PropagateFrom is the nearest group up the chain of masters that has a
	// member in the mount's own namespace. It is set, as in mountinfo, only
	// where the immediate master has none there but a more distant one has.
	PropagateFrom GroupID `json:"propagate_from,omitempty"`
	// Unbindable says that the mount cannot be bind mounted. Linux 6.18 can,
	// after MOVE_MOUNT_SET_GROUP, show it together with Master.
	Unbindable bool `json:"unbindable,omitempty"`
}

// PropagationType is one of the five states a mount can be in.
type PropagationType uint8

// The five states, ordered from the most to the least connected.
const (
	Shared PropagationType = iota
	SharedSlave
	Slave
	Private
	Unbindable
)

// String gives the name used in the user interface and the documentation.
func (t PropagationType) String() string {
	switch t {
	case Shared:
		return "shared"
	case SharedSlave:
		return "shared and slave"
	case Slave:
		return "slave"
	case Private:
		return "private"
	case Unbindable:
		return "unbindable"
	}
	return "PropagationType(" + strconv.Itoa(int(t)) + ")"
}

// Sends reports whether a mount made in a mount of this type appears elsewhere.
func (t PropagationType) Sends() bool { return t == Shared || t == SharedSlave }

// Receives reports whether a mount made elsewhere can appear in a mount of this type.
func (t PropagationType) Receives() bool { return t == Shared || t == SharedSlave || t == Slave }

// Type gives the state. A slave that is also unbindable counts as a slave:
// it receives.
func (p Propagation) Type() PropagationType {
	switch {
	case p.Shared != 0 && p.Master != 0:
		return SharedSlave
	case p.Shared != 0:
		return Shared
	case p.Master != 0:
		return Slave
	case p.Unbindable:
		return Unbindable
	}
	return Private
}

// String gives the optional fields of mountinfo, in the kernel's order and
// notation: "shared:5 master:2". It is empty for a private mount.
func (p Propagation) String() string {
	var b []byte
	field := func(tag string, id GroupID) {
		if id != 0 {
			b = append(b, tag...)
			b = strconv.AppendInt(b, int64(id), 10)
			b = append(b, ' ')
		}
	}
	field("shared:", p.Shared)
	field("master:", p.Master)
	field("propagate_from:", p.PropagateFrom)
	if p.Unbindable {
		b = append(b, "unbindable "...)
	}
	if len(b) == 0 {
		return ""
	}
	return string(b[:len(b)-1])
}
