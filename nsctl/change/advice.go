package change

import (
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
)

// advice says why a job failed, as far as the error number and the host tell, and what to
// do about it.
func (p *Plan) advice(f *carry.Failure) (why, try string) {
	switch sys.ErrnoName(f.Errno) {
	case "EPERM":
		return p.adviceOnPrivilege(f)
	case "ENOSPC":
		return p.adviceOnSpace()
	case "ENODEV":
		return "this kernel has no filesystem " + nsctl.Printable(p.Op.FSType), "/proc/filesystems lists those it has; some come with a module (modprobe)"
	case "ENOENT":
		return "it does not exist in that namespace", "create it first, or check the spelling"
	case "EACCES":
		return "a directory on the way does not let the caller through", "try as root"
	case "EINVAL":
		if f.Call == "fsconfig" { // it is about the filesystem, not about mounts
			return f.Text, "mount(8), or the page of the filesystem, lists its options"
		}
		if p.Prediction.OK {
			return f.Text + ", although nothing speaks against it", "a mount may be locked, which the kernel shows nowhere; or the kernel knows a rule that is missing here"
		}
	}
	return f.Text, ""
}

func (p *Plan) adviceOnPrivilege(f *carry.Failure) (why, try string) {
	info := p.errand.in
	if p.Op.Kind == nsctl.OpMount && (f.Call == "fsconfig" || f.Call == "fsmount") {
		try = "most types only root of the first user namespace may mount"
		if p.Op.FSType == "proc" || p.Op.FSType == "sysfs" { // mount_too_revealing
			kind := map[string]string{"proc": "pid", "sysfs": "network"}[p.Op.FSType]
			try = fmt.Sprintf("it takes a %s namespace that %v owns, too, and that no mount covers a part of the %s that is there", kind, info.OwnerUserNS, p.Op.FSType)
		}
		return "this filesystem may not be mounted there: " + f.Text, try
	}
	try = "try as root"
	if info.OwnerUserNS != 0 {
		try = fmt.Sprintf("it takes CAP_SYS_ADMIN in %v, which owns the namespace: %s", info.OwnerUserNS, try)
	}
	return "the caller may not change mounts there", try
}

// tryOnSpace is what to do about a namespace that is full.
const tryOnSpace = "unmount some there, or raise the limit: sysctl fs.mount-max"

// adviceOnSpace says which namespace is full.
func (p *Plan) adviceOnSpace() (why, try string) {
	s := p.Graph.Snapshot()
	limit := s.Host.MountMax
	fullest, most := 0, -1
	added := map[int]int{p.Space: 0}
	for _, e := range p.Prediction.Effects {
		if e.Kind == nsctl.EffectMount {
			added[e.Space]++
		}
	}
	for ns, more := range added {
		if n := len(s.Namespaces[ns].Mounts) + more; n > most {
			fullest, most = ns, n
		}
	}
	if limit > 0 && most <= limit {
		return fmt.Sprintf("a namespace that may not be looked at would hold more than %d mounts (fs.mount-max)", limit), "as root, \"mntscope ns\" tells which; " + tryOnSpace
	}
	why = fmt.Sprintf("%v would hold %d mounts, which are more than fs.mount-max", s.Namespaces[fullest].NS, most)
	if limit > 0 {
		why += fmt.Sprintf(", %d", limit)
	}
	return why + "; nothing is mounted anywhere then", tryOnSpace
}
