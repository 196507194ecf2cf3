package nsctl

// Seen is what a live namespace has at a path.
type Seen struct {
	// Path is the path without symbolic links, from the root of the namespace. For the
	// file of a namespace it is the kernel's notation, mnt:[4026531841].
	Path string
	Kind FileKind
	// Errno is the name of the error number if the path leads nowhere.
	Errno string
}

// FileKind is what can be told about a file.
type FileKind uint8

// The kinds that matter to mount(2): a directory is mounted on directories only.
const (
	KindUnknown FileKind = iota
	Directory
	NotDirectory
)
