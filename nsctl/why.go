package nsctl

// Why answers whether a mount at a path in one namespace appears in another one, and if
// not, where the way ends. The same struct is the Go type and the JSON of "mntscope why
// --json".
type Why struct {
	// NS and Path are where the mount is, or would be made, and To is where it is looked for.
	NS   NSNumber `json:"ns"`
	Path string   `json:"path"`
	// PathB64 repeats Path if that is not UTF-8, as the other *_b64 fields do.
	PathB64 []byte   `json:"path_b64,omitempty"`
	To      NSNumber `json:"to"`
	// Space and ToSpace are the positions of the two in the snapshot.
	Space   int `json:"-"`
	ToSpace int `json:"-"`
	// About says what the answer is about: if something is mounted at Path, that mount;
	// else one that would be made there.
	About WhyAbout `json:"about"`
	// MntID is the mount at Path, if it is about that.
	MntID MountID `json:"mnt_id,omitempty"`
	WhyAnswer
	// OnTop is the same for another mount, made on top of the one at Path: it would be made
	// in that one, and not in the one below.
	OnTop *WhyAnswer `json:"on_top,omitempty"`
}

// WhyAbout is what a question is about.
type WhyAbout string

// What a question can be about.
const (
	WhyMount    WhyAbout = "mount"     // one that is there
	WhyNewMount WhyAbout = "new-mount" // one that would be made
)

// WhyAnswer is the answer for one mount.
type WhyAnswer struct {
	Verdict WhyVerdict `json:"verdict"`
	// Text says it in a sentence.
	Text string `json:"text"`
	// At is where the mount appears, visible places first.
	At []WhyAt `json:"at"`
	// Way leads from the mount at whose directory it begins, group by group, to the mount in
	// the other namespace in which a new one appears. Where Cut is set it leads there only if
	// that were mended: what lies behind the cut is where it would have to go on.
	Way []WhyHop `json:"way"`
	Cut *WhyCut  `json:"cut,omitempty"`
	// Mend are the steps that would mend it, in order; empty if it needs none, or if there
	// are none that a snapshot can tell.
	Mend []WhyStep `json:"mend"`
	// Notes are what else there is to know: what the steps do not do, what they take away,
	// and other ways.
	Notes []string `json:"notes"`
}

// WhyVerdict is an answer in a word.
type WhyVerdict string

// The answers.
const (
	WhyAppears WhyVerdict = "appears"
	WhyHidden  WhyVerdict = "hidden" // it appears where another mount covers it
	WhyPart    WhyVerdict = "part"   // only a directory in it is mounted there
	WhyAbsent  WhyVerdict = "absent"
	WhyUnsure  WhyVerdict = "unsure" // the snapshot does not show enough
)

// WhyAt is a place where a mount appears.
type WhyAt struct {
	// MntID is the mount, if it is there already.
	MntID MountID `json:"mnt_id,omitempty"`
	// In is the mount that it is, or would be, mounted in.
	In            MountID `json:"in,omitempty"`
	Mountpoint    string  `json:"mountpoint"`
	MountpointB64 []byte  `json:"mountpoint_b64,omitempty"`
	// HiddenBy is the mount that covers the place, so that no path leads there.
	HiddenBy MountID `json:"hidden_by,omitempty"`
}

// WhyHop is a mount on the way, or a group of which no mount is in sight.
type WhyHop struct {
	NS NSNumber `json:"ns,omitempty"`
	// Space and Pos are the position of the mount in the snapshot; -1 for a ghost.
	Space         int         `json:"-"`
	Pos           int         `json:"-"`
	MntID         MountID     `json:"mnt_id,omitempty"`
	Mountpoint    string      `json:"mountpoint,omitempty"`
	MountpointB64 []byte      `json:"mountpoint_b64,omitempty"`
	Propagation   Propagation `json:"propagation"`
	Link          WhyLink     `json:"link"`
	// Group is the group through which it receives from the hop before.
	Group GroupID `json:"group,omitempty"`
}

// WhyLink is how a hop hangs together with the one before it.
type WhyLink string

// The links.
const (
	WhyFrom  WhyLink = "from"  // where the way begins
	WhyPeer  WhyLink = "peer"  // in the same group
	WhySlave WhyLink = "slave" // receives from the group
	WhyGhost WhyLink = "ghost" // a group of which no mount is in sight, and that receives from the one before
	WhyNone  WhyLink = "none"  // not at all: it stands behind the cut
)

// WhyCut is where the way ends.
type WhyCut struct {
	Kind WhyCutKind `json:"kind"`
	// Hop is the last hop before it.
	Hop int `json:"hop"`
	// Text says what is the matter there.
	Text string `json:"text"`
}

// WhyCutKind is a reason for a way to end.
type WhyCutKind string

// The reasons.
const (
	// CutPrivateSource and CutUnbindableSource: the first mount sends nothing.
	CutPrivateSource    WhyCutKind = "private-source"
	CutUnbindableSource WhyCutKind = "unbindable-source"
	// CutSevered: the other namespace shows the same directory of the same filesystem, but
	// its mount is private (or unbindable).
	CutSevered WhyCutKind = "severed-copy"
	// CutOnlyReceives: the first mount sends to no group that the other namespace is in,
	// although it may receive from one: nothing travels upwards.
	CutOnlyReceives WhyCutKind = "only-receives"
	// CutLessPrivileged is the same where the first namespace belongs to another user
	// namespace: what is copied into such a one only receives.
	CutLessPrivileged WhyCutKind = "less-privileged"
	// CutOtherGroup: both are linked to groups, but not to each other.
	CutOtherGroup WhyCutKind = "other-group"
	// CutRoot: a linked mount of the other namespace shows another directory.
	CutRoot WhyCutKind = "root-does-not-contain"
	// CutRemoved: the directory that one of the mounts shows was removed from the filesystem.
	CutRemoved WhyCutKind = "removed"
	// CutHidden: it appears, but another mount covers it.
	CutHidden WhyCutKind = "hidden"
	// CutNoCopy: no mount of the other namespace shows the directory.
	CutNoCopy WhyCutKind = "no-copy"
	// CutEarlier: the way is open, but the mount did not come by it: it was made before.
	CutEarlier WhyCutKind = "made-earlier"
	// CutUnknown: what lies between is out of sight.
	CutUnknown WhyCutKind = "unknown"
)

// WhyStep is a step that mends.
type WhyStep struct {
	// NS is the namespace that it is done in, and Space its position in the snapshot.
	NS    NSNumber `json:"ns,omitempty"`
	Space int      `json:"-"`
	// Op is the operation as "mntscope apply" takes it; empty for a step that is none.
	Op    string `json:"op,omitempty"`
	OpB64 []byte `json:"op_b64,omitempty"`
	// Command does it from a shell on the host.
	Command    string `json:"command,omitempty"`
	CommandB64 []byte `json:"command_b64,omitempty"`
	// Text says what it does.
	Text string `json:"text"`
}
