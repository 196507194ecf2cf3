package unpack

import "time"

// Options say what an archive may do. The zero value is the strictest.
type Options struct {
	// MaxBytes is how much all files may hold together, holes included; 0 stands for
	// DefaultMaxBytes.
	MaxBytes int64
	// MaxEntries is how many entries there may be, counting also directories that are
	// only part of a name; 0 stands for DefaultMaxEntries.
	MaxEntries int64
	// Devices says what becomes of device nodes.
	Devices DevicePolicy
	// Owners gives files to the uid and gid in the archive, which takes CAP_CHOWN over
	// these. Without it everything is the caller's.
	Owners bool
	// Progress, if set, is told from time to time how far it is, and once at the end. It is
	// called by the goroutine that unpacks, which waits for it.
	Progress func(Progress)
}

// The limits for those who set none: far above what a root file system needs, far below
// what would trouble a machine.
const (
	DefaultMaxBytes   = 8 << 30
	DefaultMaxEntries = 1_000_000
)

// DevicePolicy says what becomes of the device nodes of an archive.
type DevicePolicy uint8

// What becomes of device nodes.
const (
	RefuseDevices DevicePolicy = iota // the archive is refused
	SkipDevices                       // they are left out and counted
	MakeDevices                       // they are made, which takes CAP_MKNOD in the first user namespace
)

// Progress is how far it is.
type Progress struct {
	Read    int64 // bytes of the archive as it was given, compressed or not
	Written int64 // bytes of files
	Entries int64 // as MaxEntries counts them
}

// progressPeriod is the time between two reports: as often as a screen shows them.
const progressPeriod = 50 * time.Millisecond

// Summary is what was made. After an error it is what was made so far.
type Summary struct {
	Compression string // "gzip", "xz", "zstd", or "" for none
	Entries     int64  // as MaxEntries counts them
	Bytes       int64  // of files, holes included
	Files       int64
	Directories int64 // also those that are only part of a name
	Symlinks    int64
	HardLinks   int64
	FIFOs       int64
	Devices     int64
	// SkippedDevices were left out, as SkipDevices says.
	SkippedDevices int64
}
