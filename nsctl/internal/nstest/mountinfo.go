package nstest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"mntscope/nsctl"
)

// ReadMountinfo reads a file like /proc/PID/mountinfo, as proc_pid_mountinfo(5)
// describes it. It is a second opinion: written without a look at package
// discover, and without regard to speed. Unique ids, and what hides a mount, are
// not in the file.
func ReadMountinfo(file string) ([]nsctl.Mount, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var table strings.Builder
	// The kernel tells no size, so os.ReadFile begins with a buffer of which it takes many.
	if _, err := io.CopyBuffer(&table, struct{ io.Reader }{f}, make([]byte, 16<<10)); err != nil {
		return nil, err
	}
	var mounts []nsctl.Mount
	for line := range strings.Lines(table.String()) {
		m, err := ParseMount(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: line %q: %w", file, line, err)
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// ParseMount reads one line of such a file.
func ParseMount(line string) (m nsctl.Mount, err error) {
	// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
	// Fields before the separator are never empty and never a single hyphen.
	before, after, found := strings.Cut(line, " - ")
	if !found {
		return m, errors.New("no separator")
	}
	fields := strings.Split(before, " ")
	if len(fields) < 6 {
		return m, errors.New("too few fields")
	}
	// The source may hold escaped blanks only; the options may hold anything.
	tail := strings.SplitN(after, " ", 3)
	if len(tail) != 3 {
		return m, errors.New("too few fields after the separator")
	}
	var errs [5]error
	m.MntID, errs[0] = number[nsctl.MountID](fields[0])
	m.ParentID, errs[1] = number[nsctl.MountID](fields[1])
	m.Dev, errs[2] = nsctl.ParseDev(fields[2])
	m.Propagation, errs[3] = parsePropagation(fields[6:])
	m.Root, m.Mountpoint, m.Options = unescape(fields[3]), unescape(fields[4]), fields[5]
	m.FSType, m.Source, m.SuperOptions = unescape(tail[0]), unescape(tail[1]), tail[2]
	return m, errors.Join(errs[:]...)
}

func parsePropagation(tags []string) (p nsctl.Propagation, err error) {
	for _, tag := range tags {
		name, id, _ := strings.Cut(tag, ":")
		var failed error
		switch name {
		case "shared":
			p.Shared, failed = number[nsctl.GroupID](id)
		case "master":
			p.Master, failed = number[nsctl.GroupID](id)
		case "propagate_from":
			p.PropagateFrom, failed = number[nsctl.GroupID](id)
		case "unbindable":
			p.Unbindable = true
		default:
			failed = fmt.Errorf("unknown tag %q", tag)
		}
		err = errors.Join(err, failed)
	}
	return p, err
}

func number[T ~int32](s string) (T, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	return T(n), err
}

// unescape takes back what the kernel's mangle() did: space, tab, newline,
// backslash and # stand as a backslash and three octal digits.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#").Replace(s)
}
