package sys

import "golang.org/x/sys/unix"

// initialUserNS is the inode number of the first user namespace
// (PROC_USER_INIT_INO in include/uapi/linux/nsfs.h).
const initialUserNS = "user:[4026531837]"

// initialPIDNS is the inode number of the first pid namespace (PROC_PID_INIT_INO).
const initialPIDNS = "pid:[4026531836]"

// InFirstPIDNamespace reports whether the caller's /proc and pids are those of the first
// pid namespace, in which the kernel's own records name processes.
func InFirstPIDNamespace() bool {
	ns, err := CurrentDir.Readlink("/proc/self/ns/pid")
	return err == nil && ns == initialPIDNS
}

// AdministersHost reports whether the caller has CAP_SYS_ADMIN in the first user
// namespace, to which every other one is subordinate.
func AdministersHost() bool {
	self, err := OpenDir("/proc/self")
	if err != nil {
		return false
	}
	defer self.Close()
	if ns, err := self.Readlink("ns/user"); err != nil || ns != initialUserNS {
		return false
	}
	return Administers()
}

// Administers reports whether the caller has CAP_SYS_ADMIN in its own user namespace.
func Administers() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the first 32 capabilities, and the rest
	if unix.Capget(&header, &data[0]) != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}
