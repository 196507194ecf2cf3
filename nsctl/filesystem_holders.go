package nsctl

import (
	"encoding/json"
	"unicode/utf8"
)

// FilesystemHolders is everything that was found to hold one filesystem: what keeps it
// from being unmounted everywhere, and its device from being released. (What keeps a
// namespace alive is a [Holder].) It is what "mntscope holders --json" prints.
type FilesystemHolders struct {
	Dev Dev `json:"dev"`
	// FSType and Source are those of its first mount; absent if no table lists one.
	FSType string `json:"fstype,omitempty"`
	Source string `json:"source,omitempty"`
	// Mounts are its mounts, in the order of the snapshot.
	Mounts []MountHolder `json:"mounts"`
	// Processes are those that use a file on it, or the device itself, by pid.
	Processes []ProcessHolder `json:"processes"`
	// Others are what else the kernel shows to be on it.
	Others []OtherHolder `json:"others"`
	// Release is what would release it, in an order that works.
	Release []ReleaseStep `json:"release"`
	Gaps    []Gap         `json:"gaps"`
}

// Held reports whether anything was found.
func (h *FilesystemHolders) Held() bool {
	return len(h.Mounts) > 0 || len(h.Processes) > 0 || len(h.Others) > 0
}

// MountHolder is a mount of the filesystem in a namespace.
type MountHolder struct {
	NS NSNumber `json:"ns,omitempty"`
	// Name is the namespace's.
	Name string `json:"name,omitempty"`
	// PID is the lowest process in the namespace. Where there is none, HeldBy is what
	// keeps the namespace alive.
	PID    int      `json:"pid,omitempty"`
	HeldBy []Holder `json:"held_by,omitempty"`
	Mount  Mount    `json:"mount"`
	// Space is the position of the namespace in the snapshot: numbers may be unknown,
	// positions never are.
	Space int `json:"-"`
}

// ProcessHolder is a process that uses the filesystem.
type ProcessHolder struct {
	PID  int       `json:"pid"`
	Comm string    `json:"comm,omitempty"` // as in [Process]
	NS   NSNumber  `json:"ns,omitempty"`   // 0 if it may not be read
	Uses []FileUse `json:"uses"`
}

// UseKind says in which way a process uses a file.
type UseKind string

// The ways in which a process uses a file.
const (
	UseRoot   UseKind = "root"   // its root directory
	UseCwd    UseKind = "cwd"    // its working directory
	UseExe    UseKind = "exe"    // the program that it runs
	UseMap    UseKind = "map"    // mapped into its memory
	UseFD     UseKind = "fd"     // open
	UseDevice UseKind = "device" // open is the file of the block device itself
)

// FileUse is one use of a file by a process.
type FileUse struct {
	How UseKind `json:"how"`
	// TID is the thread whose root, working directory or descriptor it is, if that does
	// not share them with its process.
	TID int  `json:"tid,omitempty"`
	FD  *int `json:"fd,omitempty"` // for fd and device
	// Path is the file as /proc shows it: from the root of the reader, or from the root
	// of the mount where that is in another namespace or in none; with " (deleted)" behind
	// if it has no name any more.
	Path string `json:"path,omitempty"`
	// MntID is the mount that it is used through; 0 if it may not be asked.
	MntID MountID `json:"mnt_id,omitempty"`
	// Detached says that this mount is in no namespace that could be read: it was
	// unmounted lazily (umount -l), or never attached. Only the users of its files keep it.
	Detached bool `json:"detached,omitempty"`
}

// OtherKind says what else holds a filesystem.
type OtherKind string

// What else holds a filesystem.
const (
	OtherOverlay    OtherKind = "overlay"    // an overlay has a layer on it
	OtherSwap       OtherKind = "swap"       // a swap file is on it, or the device is used for swap
	OtherLoop       OtherKind = "loop"       // the backing file of a loop device is on it
	OtherStacked    OtherKind = "stacked"    // a block device is built on its device: device mapper, md
	OtherPartition  OtherKind = "partition"  // a partition of its device is mounted or used
	OtherSuperblock OtherKind = "superblock" // the kernel has the filesystem on the device mounted, wherever
)

// OtherHolder is something that holds a filesystem, or its device, and is neither one
// of its mounts nor a process.
type OtherHolder struct {
	Kind OtherKind `json:"kind"`
	// Device is the kernel's name of the block device: of the loop, stacked or swap
	// device, the partition, or for a superblock the device itself.
	Device string `json:"device,omitempty"`
	Dev    *Dev   `json:"dev,omitempty"` // its number
	// Path is the layer of an overlay, the swap file, the backing file, or for a
	// superblock the directory in /sys that shows it.
	Path string `json:"path,omitempty"`
	// NS and Mount are, for an overlay, its mount.
	NS    NSNumber `json:"ns,omitempty"`
	Mount *Mount   `json:"mount,omitempty"`
	Space int      `json:"-"` // the position of NS in the snapshot
}

// ReleaseStep is one thing to do to release a filesystem.
type ReleaseStep struct {
	// Command is the words of a command. There is none where no command does it.
	Command []string `json:"command,omitempty"`
	// Text says what it does, or what is to be done, and is safe to print.
	Text string `json:"text"`
}

// As in json.go, each type with paths has a wire twin.
type (
	plainFilesystem FilesystemHolders
	plainMountHold  MountHolder
	plainProcHold   ProcessHolder
	plainFileUse    FileUse
	plainOther      OtherHolder
	plainStep       ReleaseStep

	exactFilesystem struct {
		FSTypeB64 []byte `json:"fstype_b64,omitempty"`
		SourceB64 []byte `json:"source_b64,omitempty"`
	}
	exactComm struct {
		CommB64 []byte `json:"comm_b64,omitempty"`
	}
	exactStep struct {
		CommandB64 [][]byte `json:"command_b64,omitempty"` // all the words, if one of them needs it
	}
)

// MarshalJSON implements [json.Marshaler].
func (h FilesystemHolders) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*plainFilesystem
		exactFilesystem
	}{(*plainFilesystem)(&h), exactFilesystem{exact(h.FSType), exact(h.Source)}})
}

// MarshalJSON implements [json.Marshaler].
func (h MountHolder) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*plainMountHold
		exactInfo
	}{(*plainMountHold)(&h), exactInfo{exact(h.Name)}})
}

// MarshalJSON implements [json.Marshaler].
func (h ProcessHolder) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*plainProcHold
		exactComm
	}{(*plainProcHold)(&h), exactComm{exact(h.Comm)}})
}

// MarshalJSON implements [json.Marshaler].
func (u FileUse) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*plainFileUse
		exactPath
	}{(*plainFileUse)(&u), exactPath{exact(u.Path)}})
}

// MarshalJSON implements [json.Marshaler].
func (h OtherHolder) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*plainOther
		exactPath
	}{(*plainOther)(&h), exactPath{exact(h.Path)}})
}

// MarshalJSON implements [json.Marshaler].
func (s ReleaseStep) MarshalJSON() ([]byte, error) {
	var x exactStep
	for _, word := range s.Command {
		if !utf8.ValidString(word) {
			for _, word := range s.Command {
				x.CommandB64 = append(x.CommandB64, []byte(word))
			}
			break
		}
	}
	return json.Marshal(struct {
		*plainStep
		exactStep
	}{(*plainStep)(&s), x})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (h *FilesystemHolders) UnmarshalJSON(data []byte) error {
	x := struct {
		*plainFilesystem
		exactFilesystem
	}{plainFilesystem: (*plainFilesystem)(h)}
	err := json.Unmarshal(data, &x)
	restore(&h.FSType, x.FSTypeB64)
	restore(&h.Source, x.SourceB64)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (h *MountHolder) UnmarshalJSON(data []byte) error {
	x := struct {
		*plainMountHold
		exactInfo
	}{plainMountHold: (*plainMountHold)(h)}
	err := json.Unmarshal(data, &x)
	restore(&h.Name, x.NameB64)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (h *ProcessHolder) UnmarshalJSON(data []byte) error {
	x := struct {
		*plainProcHold
		exactComm
	}{plainProcHold: (*plainProcHold)(h)}
	err := json.Unmarshal(data, &x)
	restore(&h.Comm, x.CommB64)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (u *FileUse) UnmarshalJSON(data []byte) error {
	x := struct {
		*plainFileUse
		exactPath
	}{plainFileUse: (*plainFileUse)(u)}
	err := json.Unmarshal(data, &x)
	restore(&u.Path, x.PathB64)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (h *OtherHolder) UnmarshalJSON(data []byte) error {
	x := struct {
		*plainOther
		exactPath
	}{plainOther: (*plainOther)(h)}
	err := json.Unmarshal(data, &x)
	restore(&h.Path, x.PathB64)
	return err
}

// UnmarshalJSON implements [json.Unmarshaler].
func (s *ReleaseStep) UnmarshalJSON(data []byte) error {
	x := struct {
		*plainStep
		exactStep
	}{plainStep: (*plainStep)(s)}
	err := json.Unmarshal(data, &x)
	for i, word := range x.CommandB64 {
		if i < len(s.Command) {
			s.Command[i] = string(word)
		}
	}
	return err
}
