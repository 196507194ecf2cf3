package nsctl

import (
	"fmt"
	"strconv"
	"strings"
)

// The kernel numbers the same things in several ways. Each way has a type of its
// own here, so that one cannot be taken for another. All are signed: in the
// predicted state of a host, what does not exist yet has negative numbers.
// Zero always means "unknown" or "none"; the kernel gives it to nothing.
type (
	// NSNumber is the inode number of a mount namespace's file: the N of mnt:[N].
	// It is reused after the namespace is gone.
	NSNumber int64

	// UserNSNumber is the same for a user namespace: the N of user:[N].
	UserNSNumber int64

	// NSID is the 64-bit id of a mount namespace, which is never reused
	// (NS_GET_MNTNS_ID, Linux 6.11).
	NSID int64

	// UniqueID is the 64-bit id of a mount, which is never reused
	// (STATX_MNT_ID_UNIQUE, Linux 6.8). Real ones start at 2^31.
	UniqueID int64

	// MountID is the first field of a line of /proc/PID/mountinfo. It is unique
	// on the whole host at any moment, and reused as soon as the mount is gone.
	MountID int32

	// GroupID is the number of a peer group: the N of shared:N and master:N.
	// It is reused as soon as the group is gone. In a predicted state new groups
	// have numbers of 1,000,000 and up.
	GroupID int32
)

// String gives the kernel's notation, as readlink(2) on /proc/PID/ns/mnt does.
func (n NSNumber) String() string { return nsNotation("mnt", int64(n)) }

// String gives the kernel's notation, as readlink(2) on /proc/PID/ns/user does.
func (n UserNSNumber) String() string { return nsNotation("user", int64(n)) }

func nsNotation(kind string, n int64) string {
	if n == 0 {
		return kind + ":[?]"
	}
	return kind + ":[" + strconv.FormatInt(n, 10) + "]"
}

// ParseNSNumber reads mnt:[4026531832] or the bare number.
func ParseNSNumber(s string) (NSNumber, error) {
	digits := s
	if inner, ok := strings.CutPrefix(s, "mnt:["); ok {
		digits, ok = strings.CutSuffix(inner, "]")
		if !ok {
			return 0, fmt.Errorf("%q is not a mount namespace: the closing bracket is missing", s)
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a mount namespace: expected mnt:[NUMBER] or NUMBER", s)
	}
	return NSNumber(n), nil
}

// Dev is the device number of a filesystem, st_dev of the files on it.
type Dev struct{ Major, Minor uint32 }

// String gives MAJOR:MINOR in decimal, as mountinfo does.
func (d Dev) String() string {
	return string(d.append(make([]byte, 0, 21)))
}

func (d Dev) append(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(d.Major), 10)
	b = append(b, ':')
	return strconv.AppendUint(b, uint64(d.Minor), 10)
}

// ParseDev reads MAJOR:MINOR in decimal.
func ParseDev(s string) (Dev, error) {
	major, minor, ok := strings.Cut(s, ":")
	if !ok {
		return Dev{}, fmt.Errorf("%q is not a device number: expected MAJOR:MINOR", s)
	}
	maj, err := strconv.ParseUint(major, 10, 32)
	if err != nil {
		return Dev{}, fmt.Errorf("%q is not a device number: major: %w", s, err)
	}
	mnr, err := strconv.ParseUint(minor, 10, 32)
	if err != nil {
		return Dev{}, fmt.Errorf("%q is not a device number: minor: %w", s, err)
	}
	return Dev{uint32(maj), uint32(mnr)}, nil
}

// MarshalText implements [encoding.TextMarshaler].
func (d Dev) MarshalText() ([]byte, error) {
	return d.append(make([]byte, 0, 21)), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Dev) UnmarshalText(text []byte) error {
	parsed, err := ParseDev(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
