package miniroot

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mntscope/nsctl/internal/sys"
)

func yes(*call) error { return nil }
func no(*call) error  { return status(1) }

func echo(c *call) error {
	end := "\n"
	if len(c.args) > 0 && c.args[0] == "-n" {
		c.args, end = c.args[1:], ""
	}
	_, err := fmt.Fprint(c.out, strings.Join(c.args, " "), end)
	return err
}

func pwd(c *call) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, dir)
	return err
}

// sleep takes seconds, with a fraction, or a number with a unit.
func sleep(c *call) error {
	if err := c.operands(1, -1, "sleep SECONDS"); err != nil {
		return err
	}
	var total time.Duration
	for _, arg := range c.args {
		if strings.Trim(arg, "0123456789.") == "" {
			arg += "s"
		}
		d, err := time.ParseDuration(arg)
		if err != nil || d < 0 {
			return usage("%q is not a time", arg)
		}
		total += d
	}
	time.Sleep(total) //nolint:forbidigo // this is what it is for
	return nil
}

// mkdir is not u-root's, which as of v0.16.0 has the exit status 0 when it fails.
func mkdir(c *call) error {
	var parents bool
	mode := "777"
	err := c.parse(options{"-p": &parents, "--parents": &parents, "-m": &mode, "--mode": &mode}, false)
	if err == nil {
		err = c.operands(1, -1, "mkdir [-p] [-m MODE] DIRECTORY...")
	}
	if err != nil {
		return err
	}
	bits, err := strconv.ParseUint(mode, 8, 9)
	if err != nil {
		return usage("%q is not a mode", mode)
	}
	for _, dir := range c.args {
		if parents {
			err = errors.Join(err, os.MkdirAll(dir, 0o777))
		} else {
			err = errors.Join(err, os.Mkdir(dir, 0o777))
		}
		if err == nil && mode != "777" {
			err = os.Chmod(dir, os.FileMode(bits))
		}
	}
	return err
}

func rmdir(c *call) error {
	if err := c.operands(1, -1, "rmdir DIRECTORY..."); err != nil {
		return err
	}
	var errs error
	for _, dir := range c.args {
		errs = errors.Join(errs, sys.RemoveDir(dir))
	}
	return errs
}

func ln(c *call) error {
	var symbolic, force bool
	err := c.parse(options{"-s": &symbolic, "-f": &force}, false)
	if err == nil {
		err = c.operands(2, 2, "ln [-s] [-f] TARGET LINK")
	}
	if err != nil {
		return err
	}
	target, link := c.args[0], c.args[1]
	if info, err := os.Stat(link); err == nil && info.IsDir() {
		link = filepath.Join(link, filepath.Base(target))
	}
	if force {
		if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if symbolic {
		return os.Symlink(target, link)
	}
	return os.Link(target, link)
}

func hostname(c *call) error {
	if err := c.operands(0, 1, "hostname [NAME]"); err != nil {
		return err
	}
	if len(c.args) > 0 {
		return sys.SetHostName(c.args[0])
	}
	name, _ := sys.HostNames()
	_, err := fmt.Fprintln(c.out, name)
	return err
}

// id has no more options than are used in scripts.
func id(c *call) error {
	var user, group, name bool
	err := c.parse(options{"-u": &user, "-g": &group, "-n": &name}, false)
	if err == nil {
		err = c.operands(0, 0, "id [-u|-g] [-n]")
	}
	if err != nil {
		return err
	}
	users, groups := idNames("/etc/passwd"), idNames("/etc/group")
	one := func(id int, names map[int]string) string {
		if name && names[id] != "" {
			return names[id]
		}
		return strconv.Itoa(id)
	}
	switch {
	case user:
		_, err = fmt.Fprintln(c.out, one(os.Geteuid(), users))
	case group:
		_, err = fmt.Fprintln(c.out, one(os.Getegid(), groups))
	default:
		more, _ := os.Getgroups() // none if they cannot be read
		if !slices.Contains(more, os.Getegid()) {
			more = slices.Insert(more, 0, os.Getegid())
		}
		texts := make([]string, len(more))
		for i, id := range more {
			texts[i] = withName(id, groups)
		}
		_, err = fmt.Fprintf(c.out, "uid=%s gid=%s groups=%s\n",
			withName(os.Geteuid(), users), withName(os.Getegid(), groups), strings.Join(texts, ","))
	}
	return err
}

func withName(id int, names map[int]string) string {
	if names[id] == "" {
		return strconv.Itoa(id)
	}
	return fmt.Sprintf("%d(%s)", id, names[id])
}

// idNames reads names from a file like /etc/passwd (passwd(5), group(5)).
func idNames(file string) map[int]string {
	names := map[int]string{}
	f, err := os.Open(file)
	if err != nil {
		return names // numbers then have to do
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 3 {
			continue
		}
		if id, err := strconv.Atoi(fields[2]); err == nil && names[id] == "" {
			names[id] = fields[0]
		}
	}
	return names
}
