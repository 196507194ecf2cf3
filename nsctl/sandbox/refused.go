package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// refused finds out why the kernel made no namespaces, and says what to do about it.
func refused(spec *Spec, err error) error {
	return why(spec, err, settings{os.ReadFile, sys.InChroot()})
}

// settings are what decides whether namespaces are allowed.
type settings struct {
	read     func(path string) ([]byte, error)
	inChroot bool
}

func (s settings) value(path string) string {
	text, err := s.read(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// seccomp reports whether the process has a filter of system calls.
func (s settings) seccomp() bool {
	for line := range strings.Lines(s.value("/proc/self/status") + "\n") {
		if mode, ok := strings.CutPrefix(line, "Seccomp:"); ok {
			return strings.TrimSpace(mode) != "0"
		}
	}
	return false
}

func why(spec *Spec, err error, s settings) error {
	explain := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", reasonOf(err), fmt.Sprintf(format, args...))
	}
	name := sys.ErrnoName(err)
	switch {
	case name == "ENOSPC":
		for _, limit := range limits(spec) {
			if limit.wanted && s.value("/proc/sys/user/"+limit.file) == "0" {
				return explain("%s namespaces are switched off by user.%s = 0; as root: sysctl user.%s=1000", limit.kind, limit.file, limit.file)
			}
		}
		return explain("there are as many namespaces as a user may have (the sysctls user.max_*_namespaces), or they are nested too deep (32 levels); remove some")
	case name == "EPERM" && spec.UserNS:
		switch {
		case s.value("/proc/sys/kernel/unprivileged_userns_clone") == "0":
			return explain("ordinary users may make no user namespaces here, by kernel.unprivileged_userns_clone = 0; as root: sysctl kernel.unprivileged_userns_clone=1")
		case s.value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
			return explain("AppArmor lets only programs with a profile make user namespaces, by kernel.apparmor_restrict_unprivileged_userns = 1; give mntscope a profile with \"userns,\", or as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0")
		case s.inChroot:
			return explain("the kernel makes no user namespaces for processes in a chroot; run mntscope outside of it")
		case s.seccomp():
			return explain("a seccomp filter, as container managers set one, forbids new user namespaces; run mntscope outside of the container, or allow clone(2) with CLONE_NEWUSER in its profile")
		}
		return explain("this process may make no user namespaces; in a chroot nobody may, and where a security module forbids it, its log tells")
	case name == "EPERM" && s.seccomp():
		return explain("root may make no namespaces here: CAP_SYS_ADMIN is missing, or a seccomp filter forbids it, as in most containers; start the container with --privileged, or try --user-ns")
	case name == "EPERM":
		return explain("root may make no namespaces here: CAP_SYS_ADMIN is missing; try --user-ns")
	case name == "EINVAL" || name == "ENOSYS":
		return explain("this kernel was built without some of the namespaces that are wanted (%s)", strings.Join(spec.kinds(), ", "))
	}
	return err
}

// explained adds to what a keeper reports, in a user namespace that was made but is of no
// use.
func explained(f *keeper.Failure) error {
	s := settings{read: os.ReadFile}
	if f.Errno == "EPERM" || f.Errno == "EACCES" {
		if s.value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" {
			return fmt.Errorf("%w: AppArmor takes all capabilities in user namespaces from programs without a profile, by kernel.apparmor_restrict_unprivileged_userns = 1; give mntscope a profile with \"userns,\", or as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0", f)
		}
	}
	if f.Errno == "EINVAL" && strings.HasPrefix(f.Op, "mount --make-") {
		return fmt.Errorf("%w: the root directory is no mount point, as in a chroot; use --propagation unchanged, or run mntscope outside of it", f)
	}
	return f
}

// reasonOf gives the bare error number of an error of package sys.
func reasonOf(err error) error {
	var call *sys.CallError
	if errors.As(err, &call) {
		return fmt.Errorf("making namespaces: %w", call.Err)
	}
	return err
}

type limit struct {
	wanted     bool
	kind, file string
}

func limits(s *Spec) []limit {
	return []limit{
		{s.UserNS, "user", "max_user_namespaces"}, {true, "mount", "max_mnt_namespaces"},
		{s.PID, "pid", "max_pid_namespaces"}, {s.UTS, "uts", "max_uts_namespaces"}, {s.IPC, "ipc", "max_ipc_namespaces"},
		{s.Net, "net", "max_net_namespaces"}, {s.Cgroup, "cgroup", "max_cgroup_namespaces"},
	}
}

// kinds lists the namespaces that a sandbox gets, in the words of lsns(8).
func (s *Spec) kinds() []string {
	words := map[string]string{"mount": "mnt"}
	var kinds []string
	for _, l := range limits(s) {
		if l.wanted {
			word := words[l.kind]
			if word == "" {
				word = l.kind
			}
			kinds = append(kinds, word)
		}
	}
	return kinds
}
