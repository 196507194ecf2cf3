package sys

import (
	"strings"

	"golang.org/x/sys/unix"
)

// A FilesystemContext is a filesystem being configured (fsopen(2)). Unlike mount(2)
// it takes options one by one, of any length together and with any byte in them.
type FilesystemContext int

// OpenFilesystem starts configuring a filesystem of a type.
func OpenFilesystem(fstype string) (FilesystemContext, error) {
	fd, err := retry(func() (int, error) { return unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC) })
	if err != nil {
		return -1, missingCall("fsopen(2)", "5.2", &CallError{"fsopen", fstype, err})
	}
	return FilesystemContext(fd), nil
}

// Set sets an option to a value; "source" is the source.
func (c FilesystemContext) Set(key, value string) error {
	if err := unix.FsconfigSetString(int(c), key, value); err != nil {
		return &CallError{"fsconfig", key, err}
	}
	return nil
}

// SetFlag sets an option that has no value.
func (c FilesystemContext) SetFlag(key string) error {
	if err := unix.FsconfigSetFlag(int(c), key); err != nil {
		return &CallError{"fsconfig", key, err}
	}
	return nil
}

// Mount creates the filesystem and a detached mount of it with some attributes
// (MountAttr...), for Dir.MoveMount.
func (c FilesystemContext) Mount(attributes uint64) (Dir, error) {
	if err := unix.FsconfigCreate(int(c)); err != nil {
		return -1, &CallError{"fsconfig", "FSCONFIG_CMD_CREATE", err}
	}
	fd, err := unix.Fsmount(int(c), unix.FSMOUNT_CLOEXEC, int(attributes))
	if err != nil {
		return -1, &CallError{"fsmount", "", err}
	}
	return Dir(fd), nil
}

// Messages gives what the filesystem has said about its options, as one line; empty if
// nothing.
func (c FilesystemContext) Messages() string {
	var said []string
	buf := make([]byte, 1024)
	for range 32 {
		n, err := retry(func() (int, error) { return unix.Read(int(c), buf) })
		if err != nil || n == 0 { // ENODATA: that was all
			break
		}
		// "e tmpfs: Unknown parameter 'x'": how bad it is stands before it.
		_, text, _ := strings.Cut(strings.TrimSpace(string(buf[:n])), " ")
		said = append(said, text)
	}
	return strings.Join(said, "; ")
}

// Close ends the configuration. A mount made from it stays.
func (c FilesystemContext) Close() { closeFD(int(c)) }
