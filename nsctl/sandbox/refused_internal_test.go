package sandbox

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// The reasons that a machine can have, which this one has not.
func TestReasonsOfRefusal(t *testing.T) {
	const (
		seccomp = "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"
		free    = "Name:\tx\nSeccomp:\t0\n"
	)
	for _, tc := range []struct {
		name     string
		spec     Spec
		errno    string
		files    map[string]string
		inChroot bool
		want     string
	}{
		{"switched off", Spec{UserNS: true}, "ENOSPC", map[string]string{"/proc/sys/user/max_user_namespaces": "0\n"}, false, "sysctl user.max_user_namespaces="},
		{"another kind switched off", Spec{UserNS: true, Net: true}, "ENOSPC", map[string]string{"/proc/sys/user/max_net_namespaces": "0\n"}, false, "net namespaces are switched off"},
		{"too many", Spec{UserNS: true}, "ENOSPC", nil, false, "as many namespaces as a user may have"},
		{"Debian's switch", Spec{UserNS: true}, "EPERM", map[string]string{"/proc/sys/kernel/unprivileged_userns_clone": "0\n"}, false, "sysctl kernel.unprivileged_userns_clone=1"},
		{"AppArmor", Spec{UserNS: true}, "EPERM", map[string]string{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n", "/proc/self/status": seccomp}, false, "AppArmor"},
		{"seccomp", Spec{UserNS: true}, "EPERM", map[string]string{"/proc/self/status": seccomp}, false, "seccomp filter"},
		{"chroot", Spec{UserNS: true}, "EPERM", map[string]string{"/proc/self/status": free}, true, "chroot"},
		{"unknown", Spec{UserNS: true}, "EPERM", map[string]string{"/proc/self/status": free}, false, "may make no user namespaces"},
		{"root in a container", Spec{}, "EPERM", map[string]string{"/proc/self/status": seccomp}, false, "--privileged"},
		{"root without the capability", Spec{}, "EPERM", nil, false, "CAP_SYS_ADMIN is missing"},
		{"a small kernel", Spec{UserNS: true, Cgroup: true}, "EINVAL", nil, false, "built without some of the namespaces"},
		{"something else", Spec{}, "ENOMEM", nil, false, "cannot allocate memory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := settings{inChroot: tc.inChroot, read: func(path string) ([]byte, error) {
				text, ok := tc.files[path]
				if !ok {
					return nil, fs.ErrNotExist
				}
				return []byte(text), nil
			}}
			cause := sys.ErrorByName(tc.errno)
			err := why(&tc.spec, &sys.CallError{Op: "starting", On: "/proc/self/exe", Err: cause}, s)
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("it says %q, want %q", err, tc.want)
			}
			if !errors.Is(err, cause) {
				t.Errorf("%v does not match %v", err, cause)
			}
		})
	}
}

func TestReasonsOfAKeeper(t *testing.T) {
	for _, tc := range []struct {
		failure keeper.Failure
		want    string
	}{
		{keeper.Failure{Op: "mount --make-rprivate /", Text: "invalid argument", Errno: "EINVAL"}, "the root directory is no mount point"},
		{keeper.Failure{Op: "mount --make-rprivate /", Text: "permission denied", Errno: "EACCES"}, "permission denied"},
		{keeper.Failure{Text: "something"}, "something"},
	} {
		if err := explained(&tc.failure); !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v says %q, want %q", tc.failure, err, tc.want)
		}
	}
}
