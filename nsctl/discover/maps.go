package discover

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// A mapping is a file that is mapped into the memory of a process.
type mapping struct {
	// addresses are the name of its first piece in /proc/PID/map_files.
	addresses string
	path      string
}

// mappedFiles gives the files of a filesystem in a text like /proc/PID/maps
// (proc_pid_maps(5)), each once. The device number there is that of the filesystem itself,
// as in mountinfo, not what stat(2) gives for its files, which can differ on btrfs and
// overlay.
func mappedFiles(maps []byte, dev nsctl.Dev) []mapping {
	// "55d0c5a3e000-55d0c5a40000 r--p 00000000 fe:00 2359 /usr/bin/cat"
	device := fmt.Sprintf(" %02x:%02x ", dev.Major, dev.Minor)
	if !bytes.Contains(maps, []byte(device)) { // which is nearly always so
		return nil
	}
	var found []mapping
	seen := map[string]bool{}
	for line := range bytes.Lines(maps) {
		fields := bytes.SplitN(bytes.TrimSuffix(line, []byte{'\n'}), []byte{' '}, 6)
		if len(fields) < 6 || string(fields[3]) != strings.TrimSpace(device) {
			continue
		}
		// Before the path stand blanks, to align it; it begins with a slash unless it is
		// on a filesystem that shows something else.
		path := strings.TrimLeft(string(fields[5]), " ")
		path = strings.ReplaceAll(path, `\012`, "\n") // all that the kernel escapes here
		inode := string(fields[4])
		addresses, ok := mapFileName(string(fields[0]))
		if !ok || inode == "0" || seen[inode+" "+path] {
			continue
		}
		seen[inode+" "+path] = true
		found = append(found, mapping{addresses, path})
	}
	return found
}

// mapFileName gives the name in map_files for the addresses in maps, which have leading
// zeros there and none here.
func mapFileName(addresses string) (string, bool) {
	from, to, _ := strings.Cut(addresses, "-")
	start, err := strconv.ParseUint(from, 16, 64)
	end, err2 := strconv.ParseUint(to, 16, 64)
	return fmt.Sprintf("%x-%x", start, end), err == nil && err2 == nil
}

// readLines appends the whole of a file that the kernel writes line by line to buf.
func readLines(dir sys.Dir, name string, buf []byte) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return buf, err
	}
	defer f.Close()
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}
