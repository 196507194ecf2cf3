package miniroot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Build makes the tree of a mini root in an empty directory. binary is the program: a
// copy of it is made, which shares its blocks where the filesystem can do that. It is no
// hard link, for whoever is root in the sandbox may write to the file.
func Build(dir, binary string) error {
	if err := build(dir, binary); err != nil {
		return fmt.Errorf("cannot make the built-in root in %s: %w", dir, err)
	}
	return nil
}

func build(dir, binary string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return errors.New("the directory is not empty")
	}
	needed, err := libraries(binary)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, dir := range []string{"bin", "dev", "etc", "mnt", "proc", "root", "sys", "tmp"} {
		if err := root.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"etc/passwd":  "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
		"etc/group":   "root:x:0:\nnogroup:x:65534:\n",
		"etc/profile": "export PATH=/bin\n",
	} {
		if err := root.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, mode := range []struct {
		dir  string
		bits os.FileMode
	}{{"root", 0o700}, {"tmp", 0o777 | os.ModeSticky}} {
		if err := root.Chmod(mode.dir, mode.bits); err != nil {
			return err
		}
	}
	if err := copyFile(root, binary, "bin/"+program); err != nil {
		return err
	}
	for _, name := range Commands() {
		if err := root.Symlink(program, "bin/"+name); err != nil {
			return err
		}
	}
	for _, file := range needed {
		if err := root.MkdirAll(filepath.Dir(file[1:]), 0o755); err != nil {
			return err
		}
		if err := copyFile(root, file, file[1:]); err != nil {
			return err
		}
	}
	return nil
}

// copyFile copies a program, with copy_file_range(2).
func copyFile(root *os.Root, from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
