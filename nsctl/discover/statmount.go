package discover

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// What one statmount(2) is asked for. StatPropagateFrom is left out on purpose: for it
// the kernel walks the whole ring of peers for every slave, which makes a table
// cost its length times the size of its groups. Package graph computes it.
const (
	statWhole = sys.StatSBBasic | sys.StatMountBasic | sys.StatRoot | sys.StatPoint |
		sys.StatFSType | sys.StatOptions | sys.StatFSSubtype | sys.StatSource
	statIsNSFile = sys.StatSBBasic | sys.StatMountBasic
)

// statmountReader reads tables with listmount(2) and statmount(2), mount by mount.
type statmountReader struct {
	ended         func() error // says why not to go on; may be nil
	ids, idsAfter []uint64
	buf           sys.StatBuffer
}

// read gives the mounts of the namespace with the 64-bit id nsID, and their unique
// ids. With only counting, it gives just the mounts of namespace files. changed
// reports whether a mount came or went meanwhile; moves it cannot see.
func (r *statmountReader) read(nsID nsctl.NSID, counting bool) (t table, changed bool, err error) {
	r.ids, err = sys.ListMounts(uint64(nsID), r.ids[:0])
	if err != nil {
		return table{}, false, err
	}
	t.ids = make([]nsctl.MountID, 0, len(r.ids))
	if !counting {
		t.mounts = make([]nsctl.Mount, 0, len(r.ids))
	}
	for _, id := range r.ids {
		if err := goOn(r.ended); err != nil {
			return table{}, false, err
		}
		mask := uint64(statWhole)
		if counting {
			mask = statIsNSFile
		}
		stat, err := sys.StatMount(uint64(nsID), id, mask, &r.buf)
		if err == nil {
			t.ids = append(t.ids, nsctl.MountID(stat.MountID()))
			if counting && stat.Magic() != sys.NSFSMagic {
				continue
			}
			if counting {
				stat, err = sys.StatMount(uint64(nsID), id, statWhole, &r.buf)
			}
		}
		if err != nil {
			return table{}, sys.Gone(err), ignoreGone(err)
		}
		t.mounts = append(t.mounts, mountFromStat(stat))
	}
	r.idsAfter, err = sys.ListMounts(uint64(nsID), r.idsAfter[:0])
	if err != nil {
		return table{}, false, err
	}
	return t, !slices.Equal(r.ids, r.idsAfter), nil
}

// goOn gives why something is not to go on: the table of thousands of mounts on top of
// each other takes the kernel seconds.
func goOn(ended func() error) error {
	if ended == nil {
		return nil
	}
	return ended()
}

// mountFromStat writes an answer of statmount(2) as mountinfo would
// (fs/proc_namespace.c, show_mountinfo).
func mountFromStat(stat sys.MountStat) nsctl.Mount {
	major, minor := stat.Dev()
	fsType := stat.FSType()
	if subtype := stat.FSSubtype(); len(subtype) > 0 {
		fsType = slices.Concat(fsType, []byte{'.'}, subtype)
	}
	return nsctl.Mount{
		ID:           nsctl.UniqueID(stat.UniqueID()),
		MntID:        nsctl.MountID(stat.MountID()),
		ParentID:     nsctl.MountID(stat.ParentID()),
		Dev:          nsctl.Dev{Major: major, Minor: minor},
		Root:         string(stat.Root()),
		Mountpoint:   string(stat.Point()),
		FSType:       string(fsType),
		Source:       string(stat.Source()),
		Options:      mountOptions(stat.Attributes()),
		SuperOptions: superOptions(stat.SuperFlags(), stat.Options()),
		Propagation:  propagationFromStat(stat),
	}
}

func propagationFromStat(stat sys.MountStat) nsctl.Propagation {
	return nsctl.Propagation{
		Shared:     nsctl.GroupID(stat.PeerGroup()),
		Master:     nsctl.GroupID(stat.Master()),
		Unbindable: stat.Unbindable(),
	}
}

// The attributes of a mount (include/uapi/linux/mount.h, MOUNT_ATTR_*) with their
// names in mountinfo, in its order.
var mountAttributes = [...]struct {
	bits, want uint64
	name       string
}{
	{0x2, 0x2, "nosuid"},
	{0x4, 0x4, "nodev"},
	{0x8, 0x8, "noexec"},
	{0x70, 0x10, "noatime"},
	{0x80, 0x80, "nodiratime"},
	{0x70, 0, "relatime"},
	{0x200000, 0x200000, "nosymfollow"},
	{0x100000, 0x100000, "idmapped"},
}

func mountOptions(attributes uint64) string {
	if attributes == 0 {
		return "rw,relatime" // by far the most frequent: no need to build it anew
	}
	options := readOnlyOrNot(attributes&0x1 != 0)
	for _, a := range mountAttributes {
		if attributes&a.bits == a.want {
			options = append(append(options, ','), a.name...)
		}
	}
	return string(options)
}

// The flags of a super block (MS_*) with their names in mountinfo, in its order.
// statmount(2) does not tell of "mand", which means nothing since Linux 5.15.
var superFlags = [...]struct {
	bit  uint32
	name string
}{
	{0x10, "sync"},
	{0x80, "dirsync"},
	{0x2000000, "lazytime"},
}

func superOptions(flags uint32, options []byte) string {
	all := readOnlyOrNot(flags&0x1 != 0)
	for _, f := range superFlags {
		if flags&f.bit != 0 {
			all = append(append(all, ','), f.name...)
		}
	}
	if len(options) > 0 {
		all = append(append(all, ','), bytes.TrimPrefix(options, []byte{','})...)
	}
	return string(all)
}

func readOnlyOrNot(readOnly bool) []byte {
	if readOnly {
		return []byte("ro")
	}
	return []byte("rw")
}

// byStatmount reads the table with statmount(2), until no mount came or went
// meanwhile. A process in the namespace also tells of moves; without one, the table
// is read twice.
func (r *tableReader) byStatmount(t target) (table, error) {
	start := sys.ThreadCPU()
	guard := openGuard(t.views)
	if guard >= 0 {
		defer guard.Close()
	}
	var last table
	for attempt := range maxAttempts {
		result, changed, err := r.stat.read(t.nsID, r.counting)
		if t.isEmpty(err) {
			return table{}, nil
		}
		if err != nil {
			return table{}, err
		}
		if attempt == 0 {
			r.costs.addStatmount(sys.ThreadCPU()-start, len(result.ids))
		}
		if guard >= 0 {
			moved, err := guard.MountsChanged()
			changed = changed || moved || err != nil
		} else {
			changed = changed || attempt == 0 || !slices.Equal(result.mounts, last.mounts)
		}
		if !changed {
			if len(result.ids) < t.wanted(len(result.ids)) {
				return result, errPartial // the caller's own namespace, in a chroot
			}
			return result, nil
		}
		last = result
	}
	return last, errChanging
}

// isEmpty says that listmount(2) failed because nothing is mounted in the namespace, as
// after "umount -l /" (fs/namespace.c, grab_requested_root). It fails with the same error
// for a namespace that has ended, which one with an open file has not.
func (t target) isEmpty(err error) bool {
	return errors.Is(err, fs.ErrNotExist) && t.file.File >= 0 && t.wanted(0) == 0
}

// openGuard opens a mountinfo file that tells when the namespace changes; -1 if none can be.
func openGuard(views []view) sys.File {
	for _, v := range views[:min(len(views), 3)] {
		if f, err := sys.Open(v.path() + "/mountinfo"); err == nil {
			return f
		}
	}
	return -1
}
