package sys

import (
	"bytes"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What to ask statmount(2) for (include/uapi/linux/mount.h). The kernel answers
// with those it knows and passes over the rest.
const (
	StatSBBasic       = 0x1
	StatMountBasic    = 0x2
	StatPropagateFrom = 0x4 // walks the whole peer group: expensive
	StatRoot          = 0x8
	StatPoint         = 0x10
	StatFSType        = 0x20
	StatNSID          = 0x40  // Linux 6.11
	StatOptions       = 0x80  // Linux 6.11
	StatFSSubtype     = 0x100 // Linux 6.13
	StatSource        = 0x200 // Linux 6.13
)

// NSFSMagic is the super block magic of nsfs, the filesystem of namespace files.
const NSFSMagic = 0x6e736673

// statmountHeader is the fixed part of struct statmount. Fields named offset are
// positions in the strings that follow it.
type statmountHeader struct {
	size                                 uint32
	optionsOffset                        uint32
	mask                                 uint64
	devMajor, devMinor                   uint32
	magic                                uint64
	sbFlags                              uint32
	fsTypeOffset                         uint32
	mntID, parentID                      uint64
	mntIDOld, parentIDOld                uint32
	attributes                           uint64
	propagation                          uint64
	peerGroup, master, propagateFrom     uint64
	rootOffset, pointOffset              uint32
	nsID                                 uint64
	subtypeOffset, sourceOffset          uint32
	optNum, optArray, secNum, secArray   uint32
	supported                            uint64
	uidmapNum, uidmap, gidmapNum, gidmap uint32
	spare                                [43]uint64
}

// MountStat is one answer of [StatMount]. The strings in it are valid until
// the next call with the same buffer.
type MountStat struct {
	header  *statmountHeader
	strings []byte
}

// A StatBuffer is room for the answers of [StatMount], to be used again.
type StatBuffer struct{ words []uint64 }

// StatMount asks about one mount by its unique id. nsID is the namespace it is
// in, or 0 for the caller's own; as with [ListMounts], another than one's own needs
// CAP_SYS_ADMIN there. ENOENT means that the mount is gone.
func StatMount(nsID, mntID, mask uint64, buf *StatBuffer) (MountStat, error) {
	request := mountIDRequest{size: uint32(unsafe.Sizeof(mountIDRequest{})), mntID: mntID, param: mask, mntNSID: nsID}
	if buf.words == nil {
		buf.words = make([]uint64, 4096/8)
	}
	for {
		_, _, errno := unix.Syscall6(sysStatmount, uintptr(unsafe.Pointer(&request)),
			uintptr(unsafe.Pointer(unsafe.SliceData(buf.words))), uintptr(len(buf.words)*8), 0, 0, 0)
		switch errno {
		case 0:
			return buf.parse()
		case unix.EINTR:
		case unix.EOVERFLOW:
			// An overlay can have megabytes of options; the kernel's own limit
			// for the strings is far above what fits below.
			if len(buf.words) > 64<<20/8 {
				return MountStat{}, &CallError{"statmount", "", errno}
			}
			buf.words = make([]uint64, 4*len(buf.words))
		case unix.ENOSYS:
			return MountStat{}, &CallError{"statmount", "", &Missing{"statmount(2)", "6.8", errno}}
		default:
			return MountStat{}, &CallError{"statmount", "", errno}
		}
	}
}

func (b *StatBuffer) parse() (MountStat, error) {
	const fixed = int(unsafe.Sizeof(statmountHeader{}))
	header := (*statmountHeader)(unsafe.Pointer(unsafe.SliceData(b.words)))
	size := int(header.size)
	if size < fixed || size > len(b.words)*8 {
		return MountStat{}, &CallError{"statmount", "", unix.EBADMSG}
	}
	all := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.words))), size)
	return MountStat{header, all[fixed:]}, nil
}

// Has reports whether all of the things in mask were answered. A string that is
// empty counts as not answered.
func (m MountStat) Has(mask uint64) bool { return m.header.mask&mask == mask }

// The plain fields, under the names of the kernel's structure.
func (m MountStat) Dev() (major, minor uint32) { return m.header.devMajor, m.header.devMinor }
func (m MountStat) Magic() uint64              { return m.header.magic }
func (m MountStat) SuperFlags() uint32         { return m.header.sbFlags }
func (m MountStat) UniqueID() uint64           { return m.header.mntID }
func (m MountStat) MountID() uint32            { return m.header.mntIDOld }
func (m MountStat) ParentID() uint32           { return m.header.parentIDOld }
func (m MountStat) Attributes() uint64         { return m.header.attributes }
func (m MountStat) PeerGroup() uint64          { return m.header.peerGroup }
func (m MountStat) Master() uint64             { return m.header.master }
func (m MountStat) PropagateFrom() uint64      { return m.header.propagateFrom }
func (m MountStat) Unbindable() bool           { return m.header.propagation&unix.MS_UNBINDABLE != 0 }

// The strings, without mountinfo's escapes.
func (m MountStat) Root() []byte      { return m.text(StatRoot, m.header.rootOffset) }
func (m MountStat) Point() []byte     { return m.text(StatPoint, m.header.pointOffset) }
func (m MountStat) FSType() []byte    { return m.text(StatFSType, m.header.fsTypeOffset) }
func (m MountStat) FSSubtype() []byte { return m.text(StatFSSubtype, m.header.subtypeOffset) }
func (m MountStat) Source() []byte    { return m.text(StatSource, m.header.sourceOffset) }

// Options are those of the filesystem, comma separated, with the escapes that the
// filesystem wrote.
func (m MountStat) Options() []byte { return m.text(StatOptions, m.header.optionsOffset) }

func (m MountStat) text(bit uint64, offset uint32) []byte {
	if m.header.mask&bit == 0 || int(offset) >= len(m.strings) {
		return nil
	}
	text := m.strings[offset:]
	if end := bytes.IndexByte(text, 0); end >= 0 {
		return text[:end]
	}
	return text
}
