package discover

import (
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// usage is what one process has to do with a filesystem.
type usage struct {
	holder nsctl.ProcessHolder
	// refused is why the process could not be asked at all.
	refused error
}

// useFinder looks for the uses of one filesystem by processes.
//
// What a process uses is compared by the mount that it is used through (statx(2)
// STATX_MNT_ID, Linux 5.8), as the device number that stat(2) gives for a file is not
// always that of the filesystem: btrfs has one for each subvolume, overlay for each
// layer. Where no table has the mount, or the kernel does not tell it, the device
// number decides; files on a subvolume of btrfs are then missed.
type useFinder struct {
	dev nsctl.Dev
	// mounts says of every mount in the snapshot whether it is one of the filesystem's.
	mounts map[nsctl.MountID]bool
	buf    []byte
	// of the process that is being looked at
	pid  int
	seen map[nsctl.MountID]bool // the mounts that it sees, as in mounts; read when needed
	uses []nsctl.FileUse
}

// ask looks at one process. The result has no uses if it has none, or has ended.
func (u *useFinder) ask(pid int) usage {
	u.pid, u.seen, u.uses = pid, nil, nil
	result := usage{holder: nsctl.ProcessHolder{PID: pid}}
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return result
	}
	defer dir.Close()
	threads := otherThreads(dir, pid)
	lead, leadID := dir, pid
	if _, err := dir.Stat("root"); sys.Gone(err) && len(threads) > 0 {
		// The leader of a process can end before its other threads.
		leadID = threads[0]
		if lead, err = dir.OpenDir("task/" + strconv.Itoa(leadID)); err != nil {
			return result
		}
		defer lead.Close()
		threads = threads[1:]
	}
	result.refused = u.process(lead)
	if result.refused != nil {
		if readProcStat(pid).kernelThread { // which has nothing but the host's root
			result.refused = nil
		}
		return result
	}
	for _, tid := range threads {
		u.thread(dir, leadID, tid)
	}
	if len(u.uses) == 0 {
		return result
	}
	result.holder.Uses = u.uses
	result.holder.NS, _ = readNSLink(lead, "ns/mnt") // 0 if it may not be read
	if comm, err := dir.ReadFile("comm", nil); err == nil {
		result.holder.Comm = strings.TrimSuffix(string(comm), "\n")
	}
	return result
}

// process looks at everything that a process has. It gives the error if that is refused.
func (u *useFinder) process(dir sys.Dir) error {
	for _, link := range []nsctl.UseKind{nsctl.UseRoot, nsctl.UseCwd, nsctl.UseExe} {
		if err := u.link(dir, string(link), nsctl.FileUse{How: link}); sys.Refused(err) {
			return err
		}
	}
	if err := u.files(dir, 0); sys.Refused(err) {
		return err
	}
	if err := u.memory(dir); sys.Refused(err) {
		return err
	}
	return nil
}

// thread looks at a thread that may have its own root, working directory and descriptors.
// Where the kernel does not compare them (without CONFIG_KCMP) each thread is looked at,
// and what it has in common with its process is found again.
func (u *useFinder) thread(process sys.Dir, lead, tid int) {
	sameFS, err := sys.ShareFS(lead, tid)
	sameFS = sameFS && err == nil
	sameFiles, err := sys.ShareFiles(lead, tid)
	sameFiles = sameFiles && err == nil
	if sameFS && sameFiles {
		return
	}
	dir, err := process.OpenDir("task/" + strconv.Itoa(tid))
	if err != nil {
		return
	}
	defer dir.Close()
	if !sameFS {
		for _, link := range []nsctl.UseKind{nsctl.UseRoot, nsctl.UseCwd} {
			_ = u.link(dir, string(link), nsctl.FileUse{How: link, TID: tid}) // has ended
		}
	}
	if !sameFiles {
		_ = u.files(dir, tid) // has ended
	}
}

// link adds the use of the file that a link in /proc leads to, if it is on the filesystem.
func (u *useFinder) link(dir sys.Dir, name string, use nsctl.FileUse) error {
	stat, err := dir.Stat(name)
	if err != nil {
		return err
	}
	if stat.BlockDevice && nsctl.Dev(stat.Rdev) == u.dev && use.How == nsctl.UseFD {
		use.How = nsctl.UseDevice
	} else if !u.on(stat, &use) {
		return nil
	}
	use.MntID = nsctl.MountID(stat.MountID)
	use.Path, err = dir.Readlink(name)
	if err != nil {
		return err
	}
	u.uses = append(u.uses, use)
	return nil
}

// on reports whether a file is on the filesystem, and marks the use if its mount is in no
// namespace.
func (u *useFinder) on(stat sys.FileStat, use *nsctl.FileUse) bool {
	id := nsctl.MountID(stat.MountID)
	same := nsctl.Dev(stat.Dev) == u.dev
	ours, known := u.mounts[id]
	if id == 0 || known && ours == same || !known && !same {
		return same
	}
	// The number may be another mount's by now.
	if is, there := u.seenMounts()[id]; there {
		return is
	}
	use.Detached = !known
	return !known || ours
}

// seenMounts reads the mounts that the process sees now: one may have been made after the
// snapshot, or be in a namespace that is not in there.
func (u *useFinder) seenMounts() map[nsctl.MountID]bool {
	if u.seen != nil {
		return u.seen
	}
	u.seen = map[nsctl.MountID]bool{}
	dir, err := sys.OpenDir(procPath(u.pid, 0))
	if err != nil {
		return u.seen
	}
	defer dir.Close()
	u.buf, err = readLines(dir, "mountinfo", u.buf[:0])
	if err != nil {
		return u.seen
	}
	mounts, err := parseMountinfo(u.buf)
	if err != nil {
		return u.seen
	}
	for i := range mounts {
		u.seen[mounts[i].MntID] = mounts[i].Dev == u.dev
	}
	return u.seen
}

// files looks at the open files of a process, or of one of its threads.
func (u *useFinder) files(process sys.Dir, tid int) error {
	dir, err := process.OpenDir("fd")
	if err != nil {
		return err
	}
	defer dir.Close()
	before := len(u.uses)
	err = dir.Names(func(name []byte) {
		if fd, err := strconv.Atoi(string(name)); err == nil {
			_ = u.link(dir, string(name), nsctl.FileUse{How: nsctl.UseFD, TID: tid, FD: &fd}) // closed meanwhile
		}
	})
	slices.SortFunc(u.uses[before:], func(a, b nsctl.FileUse) int { return *a.FD - *b.FD })
	return err
}

// memory looks at the files that are mapped, other than the program itself.
func (u *useFinder) memory(dir sys.Dir) error {
	var err error
	if u.buf, err = readLines(dir, "maps", u.buf[:0]); err != nil {
		return err
	}
	for _, m := range mappedFiles(u.buf, u.dev) {
		use := nsctl.FileUse{How: nsctl.UseMap, Path: m.path}
		// To ask for the mount takes CAP_CHECKPOINT_RESTORE.
		file := "map_files/" + m.addresses
		if stat, err := dir.Stat(file); err == nil {
			use.MntID = nsctl.MountID(stat.MountID)
			ours, known := u.mounts[use.MntID]
			switch {
			case known && !ours && !u.seenMounts()[use.MntID]:
				continue // what overlay maps is a file of a layer, but belongs to the overlay
			case !known:
				_, known = u.seenMounts()[use.MntID]
				use.Detached = !known && use.MntID != 0
			}
		}
		if !slices.ContainsFunc(u.uses, func(other nsctl.FileUse) bool {
			return other.How == nsctl.UseExe && other.Path == use.Path && (use.MntID == 0 || other.MntID == use.MntID)
		}) {
			u.uses = append(u.uses, use)
		}
	}
	return nil
}

// otherThreads gives the threads of a process besides its leader, ascending.
func otherThreads(process sys.Dir, pid int) []int {
	if links, err := process.LinkCount("task"); err != nil || links == 3 { // see readThreads
		if err != nil {
			return nil
		}
		// The only one may not be the leader.
		if _, err := process.Stat("root"); !sys.Gone(err) {
			return nil
		}
	}
	task, err := process.OpenDir("task")
	if err != nil {
		return nil
	}
	defer task.Close()
	var threads []int
	_ = task.Names(func(name []byte) { // has ended
		if tid, err := strconv.Atoi(string(name)); err == nil && tid != pid {
			threads = append(threads, tid)
		}
	})
	slices.Sort(threads)
	return threads
}
