package discover

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/sys/mountinfo"

	"mntscope/nsctl"
)

// parseMountinfo reads a table in the format of /proc/PID/mountinfo
// (proc_pid_mountinfo(5)). moby/sys/mountinfo does the work; put right here is
// what it gets wrong as of v0.7.3:
//
//   - It fails on lines longer than 64 KiB, which an overlay with hundreds of
//     lower directories has. Only the last field, the options of the filesystem,
//     can be that long, so long lines are parsed without it.
//   - A carriage return at the end of a line, which is the end of the last option, is
//     taken for part of the line's end.
//   - It takes fields that are not numbers for 0.
//   - It leaves the optional fields as one string.
func parseMountinfo(table []byte) ([]nsctl.Mount, error) {
	if len(table) == 0 {
		return nil, nil // what a process sees whose root lies below no mount
	}
	lines := bytes.Count(table, []byte{'\n'})
	if table[len(table)-1] != '\n' {
		return nil, fmt.Errorf("line %d ends without a newline", lines+1)
	}
	short, lastFields := shortenLines(table)
	infos, err := mountinfo.GetMountsFromReader(bytes.NewReader(short), nil)
	if err != nil {
		return nil, fmt.Errorf("mountinfo: %w", err)
	}
	if len(infos) != lines {
		return nil, fmt.Errorf("mountinfo: %d lines gave %d mounts", lines, len(infos))
	}
	mounts := make([]nsctl.Mount, 0, lines)
	for i, info := range infos {
		var line []byte
		line, table, _ = bytes.Cut(table, []byte{'\n'})
		m, err := mountFromInfo(info, line)
		if err != nil {
			return nil, fmt.Errorf("mountinfo line %d: %w", i+1, err)
		}
		if last, ok := lastFields[i]; ok {
			m.SuperOptions = last
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// longLine is where a line gets its last field cut off: comfortably below moby's limit.
const longLine = 32 << 10

// shortenLines gives the table with a mark in place of the last field of every line
// that is long or ends with a carriage return, and those fields by line number. It
// gives the table itself if there is none, which is nearly always.
func shortenLines(table []byte) (short []byte, lastFields map[int]string) {
	if !bytes.Contains(table, []byte("\r\n")) && !hasLongLine(table) {
		return table, nil
	}
	lastFields = map[int]string{}
	for i, line := range bytes.Split(table[:len(table)-1], []byte{'\n'}) {
		if len(line) >= longLine || bytes.HasSuffix(line, []byte{'\r'}) {
			if cut := bytes.LastIndexByte(line, ' ') + 1; cut > 0 {
				lastFields[i] = string(line[cut:])
				line = append(bytes.Clone(line[:cut]), '?')
			}
		}
		short = append(append(short, line...), '\n')
	}
	return short, lastFields
}

func hasLongLine(table []byte) bool {
	for len(table) > longLine {
		end := bytes.LastIndexByte(table[:longLine], '\n')
		if end < 0 {
			return true
		}
		table = table[end+1:]
	}
	return false
}

func mountFromInfo(info *mountinfo.Info, line []byte) (nsctl.Mount, error) {
	if err := checkNumbers(line); err != nil {
		return nsctl.Mount{}, err
	}
	propagation, err := parseOptionalFields(info.Optional)
	if err != nil {
		return nsctl.Mount{}, err
	}
	return nsctl.Mount{
		MntID:        nsctl.MountID(info.ID),
		ParentID:     nsctl.MountID(info.Parent),
		Dev:          nsctl.Dev{Major: uint32(info.Major), Minor: uint32(info.Minor)},
		Root:         info.Root,
		Mountpoint:   info.Mountpoint,
		FSType:       info.FSType,
		Source:       info.Source,
		Options:      info.Options,
		SuperOptions: info.VFSOptions,
		Propagation:  propagation,
	}, nil
}

// checkNumbers makes sure that the first three fields of a line are numbers, as
// "36 35 98:0", which moby's parser does not look at.
func checkNumbers(line []byte) error {
	field, digits := 0, 0
	value := 0
	for _, c := range line {
		switch {
		case c >= '0' && c <= '9':
			digits++
			value = value*10 + int(c-'0')
			if value > maxNumber {
				return fmt.Errorf("a number is out of range in %.40q", line)
			}
		case digits > 0 && (c == ' ' && field != 2 || c == ':' && field == 2):
			if field++; field == 4 {
				return nil
			}
			digits, value = 0, 0
		default:
			return fmt.Errorf("not a number where one belongs in %.40q", line)
		}
	}
	return fmt.Errorf("too short: %.40q", line)
}

// maxNumber bounds every number in mountinfo: the ids are C ints, device numbers
// have 12 and 20 bits.
const maxNumber = 1<<31 - 1

// parseOptionalFields reads "shared:5 master:2 propagate_from:1 unbindable".
// Tags that a later kernel may add are passed over, as proc_pid_mountinfo(5) asks.
func parseOptionalFields(optional string) (nsctl.Propagation, error) {
	var p nsctl.Propagation
	for optional != "" {
		var field string
		field, optional, _ = strings.Cut(optional, " ")
		tag, value, _ := strings.Cut(field, ":")
		var group *nsctl.GroupID
		switch tag {
		case "shared":
			group = &p.Shared
		case "master":
			group = &p.Master
		case "propagate_from":
			group = &p.PropagateFrom
		case "unbindable":
			p.Unbindable = true
			continue
		default:
			continue
		}
		id, err := strconv.ParseUint(value, 10, 31)
		if err != nil || id == 0 {
			return p, fmt.Errorf("%.40q is not a peer group", field)
		}
		*group = nsctl.GroupID(id)
	}
	return p, nil
}

// ParseMountinfo reads a table in the format of /proc/PID/mountinfo, which lists the mounts
// that are below the process's root. HiddenBy is not worked out.
func ParseMountinfo(table []byte) ([]nsctl.Mount, error) { return parseMountinfo(table) }
