package nsctl

// Outcome is what an operation on mounts does, everywhere: predicted, or observed. The
// same struct is the Go type and the JSON of "mntscope predict --json".
type Outcome struct {
	// Op is the operation as a shell command, and NS the namespace it is done in.
	Op string   `json:"op"`
	NS NSNumber `json:"ns"`
	// OK says that the kernel does it. If not, Errno is the name of the error number that
	// the system call returns (EINVAL), Reason says why in a sentence, and there are no
	// effects.
	OK     bool   `json:"ok"`
	Errno  string `json:"errno"`
	Reason string `json:"reason"`
	// Effects are in the order in which the kernel makes them.
	Effects []Effect `json:"effects"`
	// NotReached are mounts of the same filesystem directory in which nothing appears, as
	// far as there is a reason to tell.
	NotReached []NotReached `json:"not_reached"`
	// Uncertain are sentences about what the snapshot does not show, and what else could
	// happen because of it.
	Uncertain []string `json:"uncertain"`
	// After is the whole host afterwards, if asked for.
	After *Snapshot `json:"after,omitempty"`
}

// EffectKind says what happens to a mount.
type EffectKind string

// What can happen to a mount.
const (
	EffectMount       EffectKind = "mount"       // it appears
	EffectUmount      EffectKind = "umount"      // it vanishes
	EffectMove        EffectKind = "move"        // it gets another parent or mount point
	EffectPropagation EffectKind = "propagation" // its group or its master changes
	EffectRemount     EffectKind = "remount"     // its filesystem's options change
)

// Effect is what happens to one mount.
type Effect struct {
	Kind EffectKind `json:"kind"`
	// NS is the namespace of the mount. One that the operation makes has a negative number.
	NS NSNumber `json:"ns"`
	// Space is the position of that namespace in the snapshot; one that the operation
	// makes comes after the last. Numbers may be unknown, positions never are.
	Space int `json:"-"`
	// Origin marks what was asked for, as opposed to what follows from it.
	Origin bool `json:"origin,omitempty"`
	// Rule says in a few words which rule of the kernel causes it.
	Rule string `json:"rule"`
	// Mount is the mount as it is afterwards, or, if it vanishes, as it was. New mounts
	// have negative ids. PropagateFrom and HiddenBy are not worked out here, but in the
	// snapshot afterwards.
	Mount Mount `json:"mount"`
	// Was is what a move or a change of propagation replaced.
	Was *Was `json:"was,omitempty"`
	// Via is how the effect came to this mount from another one.
	Via *Via `json:"via,omitempty"`
}

// Was is how a mount was before.
type Was struct {
	Propagation Propagation `json:"propagation"`
	ParentID    MountID     `json:"parent_id,omitempty"`
	Mountpoint  string      `json:"mountpoint,omitempty"`
	// Options and SuperOptions are told of a remount only.
	Options      string `json:"options,omitempty"`
	SuperOptions string `json:"super_options,omitempty"`
}

// Via is the way that a mount or umount came: through a peer group, or from a master.
type Via struct {
	// Group is the group that it came through: that of the origin's parent for its peers,
	// else the master that the receiving mount gets it from.
	Group GroupID `json:"group"`
	// MntID is the mount that received it, the parent of what appears or vanishes.
	MntID MountID `json:"mnt_id"`
}

// NotReachedReason says why nothing appears in a mount.
type NotReachedReason string

// The reasons.
const (
	// NotReachedPrivate: the mount is private.
	NotReachedPrivate NotReachedReason = "private"
	// NotReachedUnbindable: the mount is unbindable, and so private.
	NotReachedUnbindable NotReachedReason = "unbindable"
	// NotReachedSendsOnly: the mount is in a group that the origin receives from; nothing
	// travels upwards.
	NotReachedSendsOnly NotReachedReason = "sends-only"
	// NotReachedRoot: the mount receives, but shows another part of the filesystem.
	NotReachedRoot NotReachedReason = "root-does-not-contain"
	// NotReachedAnonymous: the mount is detached, in no namespace.
	NotReachedAnonymous NotReachedReason = "anonymous"
	// NotReachedOtherGroup: the mount is shared or a slave, but of a group that the origin
	// does not send to.
	NotReachedOtherGroup NotReachedReason = "other-group"
	// NotReachedKept: an umount reaches the mount, but what is mounted in it stays.
	NotReachedKept NotReachedReason = "kept"
)

// NotReached is a mount in which nothing appears.
type NotReached struct {
	NS         NSNumber         `json:"ns"`
	Space      int              `json:"-"` // as in Effect
	MntID      MountID          `json:"mnt_id"`
	Mountpoint string           `json:"mountpoint"`
	Reason     NotReachedReason `json:"reason"`
	Text       string           `json:"text"`
}
