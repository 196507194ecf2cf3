package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"

	"mntscope/nsctl"
)

// CheckName says why a sandbox cannot have a name: it is used wherever a namespace can be
// named, also by a number, and for a directory.
func CheckName(name string) error {
	switch {
	case !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`).MatchString(name):
		return fmt.Errorf("a sandbox cannot be called %q: a name is made of at most 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit", nsctl.Printable(name))
	case name == "self" || regexp.MustCompile(`^[0-9]+$`).MatchString(name):
		return fmt.Errorf("a sandbox cannot be called %s, which names another namespace", name)
	}
	return nil
}

// claim makes the directory of a sandbox with a name, or with the first free one of
// s1, s2, and so on.
func (s *Store) claim(name string) (*room, error) {
	if name != "" {
		r, err := s.make(name)
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("there is a sandbox called %s already; \"mntscope sandbox ls\" lists them", name)
		}
		return r, err
	}
	for n := 1; ; n++ {
		r, err := s.make("s" + strconv.Itoa(n))
		if !errors.Is(err, fs.ErrExist) {
			return r, err
		}
	}
}
