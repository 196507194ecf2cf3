package unpack

import (
	"strings"
	"unicode"
)

const (
	maxName  = 4095 // PATH_MAX without its NUL: more than that cannot be given to the kernel, or removed, in one piece
	maxPart  = 255  // NAME_MAX
	maxDepth = 256  // directories are held open on the way down
)

// remake is what to try with an archive that was not made for other places than its own.
const remake = "make the archive again with names relative to its root, as tar -C ROOT -c . does"

// distrust is what to try with an archive that no tool makes by itself.
const distrust = "it was made to do harm or is damaged: get it from somebody you trust"

// splitName takes the name of an entry, or of what it is a hard link to, apart. The name of the root itself
// has no parts.
func splitName(name string) ([]string, error) {
	switch {
	case name == "":
		return nil, refused(distrust, "it has no name")
	case len(name) > maxName:
		return nil, refused(distrust, "a name of %d bytes is longer than any path (%d)", len(name), maxName)
	case name[0] == '/':
		return nil, refused(remake, "the name is absolute")
	case hasControl(name):
		return nil, refused(distrust, "the name has control characters in it")
	}
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
	kept := parts[:0]
	for _, part := range parts {
		switch {
		case part == ".":
			continue
		case part == "..":
			return nil, refused(remake, `the name leads out of its directory with ".."`)
		case len(part) > maxPart:
			return nil, refused(distrust, "a part of the name is longer than %d bytes", maxPart)
		}
		kept = append(kept, part)
	}
	if len(kept) > maxDepth {
		return nil, refused(distrust, "the name is %d directories deep, more than %d", len(kept), maxDepth)
	}
	return kept, nil
}

// hasControl reports whether a terminal might do something else with s than show it.
func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
