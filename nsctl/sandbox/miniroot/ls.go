package miniroot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"golang.org/x/term"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// ls is not u-root's, which as of v0.16.0 writes the targets of links to a terminal as
// they are, reports what does not exist among the names and with the exit status 0, and
// takes a tenth of a millisecond from the start of each mntscope for the units of sizes.
func ls(c *call) error {
	var l listing
	var one bool
	err := c.parse(options{
		"-a": &l.all, "-d": &l.itself, "-i": &l.inode, "-l": &l.long, "-n": &l.numbers, "-1": &one,
	}, false)
	if err != nil {
		return err
	}
	l.long = l.long || l.numbers
	l.show = func(name string) string { return name }
	if file, ok := c.out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		l.show = nsctl.Printable
	}
	if l.long && !l.numbers {
		l.users, l.groups = idNames("/etc/passwd"), idNames("/etc/group")
	}
	l.out = tabwriter.NewWriter(c.out, 0, 0, 1, ' ', 0)
	if len(c.args) == 0 {
		c.args = []string{"."}
	}
	var errs error
	for _, path := range c.args {
		if err := l.path(path, len(c.args) > 1); err != nil {
			errs = errors.Join(errs, err)
		}
	}
	return errors.Join(errs, l.out.Flush())
}

type listing struct {
	all, itself, inode, long, numbers bool

	users, groups map[int]string
	show          func(string) string
	out           *tabwriter.Writer
}

// path lists a file, or what is in a directory.
func (l *listing) path(path string, titled bool) error {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 && !l.long && !l.itself {
		if target, err := os.Stat(path); err == nil {
			info = target
		}
	}
	if err != nil {
		return err
	}
	if !info.IsDir() || l.itself {
		return l.file(path, path)
	}
	entries, err := os.ReadDir(path)
	if titled {
		fmt.Fprintf(l.out, "%s:\n", l.show(path))
	}
	if l.all {
		err = errors.Join(err, l.file(".", path), l.file("..", filepath.Join(path, "..")))
	}
	for _, entry := range entries {
		if name := entry.Name(); l.all || name[0] != '.' {
			err = errors.Join(err, l.file(name, filepath.Join(path, name)))
		}
	}
	return errors.Join(err, l.out.Flush()) // each directory has its own columns
}

func (l *listing) file(name, path string) error {
	name = l.show(name)
	if !l.long && !l.inode {
		fmt.Fprintln(l.out, name)
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if l.inode {
		fmt.Fprintf(l.out, "%d\t", sys.Details(info).Inode)
	}
	if l.long {
		details := sys.Details(info)
		size := strconv.FormatInt(info.Size(), 10)
		if info.Mode()&fs.ModeDevice != 0 {
			size = fmt.Sprintf("%d,%d", details.Major, details.Minor)
		}
		fmt.Fprintf(l.out, "%s\t%d\t%s\t%s\t%s\t%s\t", modeText(info.Mode()), details.Links,
			nameOr(details.UID, l.users), nameOr(details.GID, l.groups), size, info.ModTime().Format("Jan _2 15:04"))
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			name += " -> " + l.show(target)
		}
	}
	fmt.Fprintln(l.out, name)
	return nil
}

func nameOr(id int, names map[int]string) string {
	if names[id] != "" {
		return names[id]
	}
	return strconv.Itoa(id)
}

// modeText writes a mode as ls(1) does: "drwxr-xr-t".
func modeText(mode fs.FileMode) string {
	kind := "-"
	for _, k := range []struct {
		bit    fs.FileMode
		letter string
	}{
		{fs.ModeDir, "d"}, {fs.ModeSymlink, "l"}, {fs.ModeNamedPipe, "p"}, {fs.ModeSocket, "s"},
		{fs.ModeCharDevice, "c"}, {fs.ModeDevice, "b"},
	} {
		if mode&k.bit != 0 {
			kind = k.letter
			break
		}
	}
	text := []byte(kind + mode.Perm().String()[1:])
	for _, special := range []struct {
		bit    fs.FileMode
		at     int
		letter byte
	}{{fs.ModeSetuid, 3, 's'}, {fs.ModeSetgid, 6, 's'}, {fs.ModeSticky, 9, 't'}} {
		if mode&special.bit == 0 {
			continue
		}
		if text[special.at] == '-' {
			special.letter -= 'a' - 'A'
		}
		text[special.at] = special.letter
	}
	return string(text)
}
