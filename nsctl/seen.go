package nsctl

// Seen is what a live namespace has at a path, which no snapshot tells.
type Seen struct {
	// Path is the path without symbolic links, from the root of the namespace. For the
	// file of a namespace it is the kernel's notation, mnt:[4026531841].
	Path string
	Kind FileKind
	// Errno is the name of the error number if the path leads nowhere, as ENOENT.
	Errno string
}

// FileKind is what mount(2) must know about a file: a directory is mounted on
// directories only, anything else on anything but directories.
type FileKind uint8

// The kinds of files.
const (
	KindUnknown FileKind = iota
	Directory
	NotDirectory
)
