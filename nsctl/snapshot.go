package nsctl

import "time"

// Format and Version stand at the head of every snapshot, so that a file can be
// recognised before it is read. Version changes when a field changes its meaning;
// a reader accepts only the version it knows.
const (
	Format  = "mntscope-snapshot"
	Version = 1
)

// Snapshot is every mount namespace found on a host, at one moment.
type Snapshot struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Taken   time.Time `json:"taken"`
	Host    Host      `json:"host"`
	// Observer is the process that read it; what it was not allowed to see is in Gaps.
	Observer Observer `json:"observer"`
	// Namespaces are ordered by number; those whose number is unknown come last.
	Namespaces []Namespace `json:"namespaces"`
	Gaps       []Gap       `json:"gaps"`
}

// Host identifies the machine and the boot: ids of two snapshots can be compared
// only within one boot.
type Host struct {
	Name   string `json:"name,omitempty"`
	Kernel string `json:"kernel,omitempty"` // release, as uname -r
	BootID string `json:"boot_id,omitempty"`
	// MountMax is how many mounts a namespace may hold (the sysctl fs.mount-max).
	MountMax int `json:"mount_max,omitempty"`
}

// Observer is the process that took a snapshot.
type Observer struct {
	PID int      `json:"pid"`
	UID int      `json:"uid"` // effective, in the observer's own user namespace
	NS  NSNumber `json:"ns"`
}

// Kind says what a mount namespace is there for.
type Kind string

// The kinds of mount namespace.
const (
	KindInitial   Kind = "initial"   // the one that the host booted into
	KindContainer Kind = "container" // belongs to a container manager
	KindService   Kind = "service"   // of a service manager's unit, a snap or a flatpak
	KindSandbox   Kind = "sandbox"   // made by mntscope
	KindKernel    Kind = "kernel"    // of a kernel thread
	KindOther     Kind = "other"
)

// NamespaceInfo is everything about a mount namespace except its mounts.
type NamespaceInfo struct {
	// NS is 0 where the number may not be read: a user can read the mountinfo of
	// another user's process, but not the link that names its namespace.
	NS   NSNumber `json:"ns,omitempty"`
	NSID NSID     `json:"ns_id,omitempty"`
	Kind Kind     `json:"kind"`
	// Name is meant for people, and not unique.
	Name string `json:"name,omitempty"`
	// Container says which container it is, for kind container.
	Container *Container `json:"container,omitempty"`
	// OwnerUserNS is the inode number of the user namespace that owns this one;
	// a process needs CAP_SYS_ADMIN there to change mounts here.
	OwnerUserNS UserNSNumber `json:"owner_user_ns,omitempty"`
	// OwnerUID is the user who made that user namespace (NS_GET_OWNER_UID), in the
	// observer's user namespace; nil if unknown.
	OwnerUID *uint32 `json:"owner_uid,omitempty"`
	// ProcessCount counts the processes with at least one thread here.
	ProcessCount int `json:"process_count"`
	// Processes are the first MaxProcesses of them, by pid.
	Processes []Process `json:"processes,omitempty"`
	// HeldBy is what keeps the namespace alive: at most one holder of kind
	// process, as one is enough, then threads, descriptors and bind mounts.
	HeldBy []Holder `json:"held_by,omitempty"`
}

// Container is what a container manager calls a container. Its texts come from
// the manager's own records or from cgroup paths, and are valid UTF-8.
type Container struct {
	Manager string `json:"manager"`        // podman, docker, containerd, cri-o, kubernetes, lxc, systemd-nspawn, ...
	ID      string `json:"id,omitempty"`   // whole, in the manager's notation
	Name    string `json:"name,omitempty"` // as given with --name; for a kubernetes pod namespace/pod/container
}

// MaxProcesses is how many processes a snapshot lists for one namespace.
const MaxProcesses = 32

// Namespace is a mount namespace and the mounts in it.
type Namespace struct {
	NamespaceInfo
	// Mounts are in the kernel's order: a parent stands before its children,
	// unless it was moved beneath them later.
	Mounts []Mount `json:"mounts"`
}

// NamespaceSummary is a mount namespace with its mounts only counted.
type NamespaceSummary struct {
	NamespaceInfo
	MountCount int `json:"mount_count"`
}

// Listing is what "mntscope ns --json" prints: a snapshot without the mounts.
type Listing struct {
	Namespaces []NamespaceSummary `json:"namespaces"`
	Gaps       []Gap              `json:"gaps"`
}

// Process is a process in a mount namespace.
type Process struct {
	PID  int    `json:"pid"`
	Comm string `json:"comm,omitempty"` // chosen by the process itself; at most 15 bytes, but kernel threads can have more
	// Cgroup is the path in the unified hierarchy, or else in the systemd hierarchy
	// or the first one listed.
	Cgroup string `json:"cgroup,omitempty"`
}

// HolderKind says in which way something keeps a namespace alive.
type HolderKind string

// The ways in which a mount namespace is kept alive.
const (
	HeldByProcess HolderKind = "process" // a process lives in it
	HeldByThread  HolderKind = "thread"  // a thread lives in it whose process lives elsewhere; PID is the thread's id
	HeldByFD      HolderKind = "fd"      // a process has its file open
	HeldByBind    HolderKind = "bind"    // its file is bind mounted
)

// Holder is something that keeps a mount namespace alive.
type Holder struct {
	Kind HolderKind `json:"kind"`
	// PID is the process, or for a thread its thread id; 0 for a bind mount.
	PID int `json:"pid,omitempty"`
	// Path is /proc/PID/fd/N for a descriptor, and for a bind mount its mount
	// point in the namespace NS.
	Path string `json:"path,omitempty"`
	// NS is, for a bind mount, the namespace in whose mounts it is.
	NS NSNumber `json:"ns,omitempty"`
}

// Mount is one mount, as a line of mountinfo describes it (proc_pid_mountinfo(5)).
// Paths are byte strings as the kernel has them, without mountinfo's escapes;
// any byte but NUL can be in them.
type Mount struct {
	ID       UniqueID `json:"id,omitempty"`
	MntID    MountID  `json:"mnt_id"`
	ParentID MountID  `json:"parent_id"`
	Dev      Dev      `json:"dev"`
	// Root is the directory or file of the filesystem that is mounted here.
	// "//deleted" is at its end if it has been removed since.
	Root       string `json:"root"`
	Mountpoint string `json:"mountpoint"`
	FSType     string `json:"fstype"` // "type" or "type.subtype"
	Source     string `json:"source"` // may be empty or "-"
	// Options are those of this mount; SuperOptions those of its filesystem, with
	// whatever escapes the filesystem itself writes into them.
	Options      string      `json:"options"`
	SuperOptions string      `json:"super_options"`
	Propagation  Propagation `json:"propagation"`
	// HiddenBy is the mount that covers this one, or a directory above it.
	HiddenBy MountID `json:"hidden_by,omitempty"`
	// Locked is known only where it was asked for.
	Locked LockState `json:"locked,omitzero"`
}

// Gap is something that could not be read.
type Gap struct {
	NS  NSNumber `json:"ns,omitempty"`
	PID int      `json:"pid,omitempty"`
	// What is a word for what is missing: "namespace", "mounts", "threads", "fds",
	// "owner", "processes", ...
	What string `json:"what"`
	// Error is the name of the error number (EACCES), or empty where the reason is
	// not one.
	Error string `json:"error,omitempty"`
	// Message says for a person what failed, on what, and why.
	Message string `json:"message"`
}
