package nsctl

import "unicode/utf8"

// Completion is what a path that is being typed can become.
type Completion struct {
	// Paths are those that begin so, in the order of bytes; of very many the first.
	Paths []CompletedPath
	// Common is how far all of them are the same, also those that are not among Paths. It
	// begins with what was typed.
	Common string
	// More: there are others, behind those.
	More bool
	// Gap says why there may be others that are not known; empty if there are none.
	Gap string
}

// CompletedPath is a path that one which was begun can become.
type CompletedPath struct {
	Path       string // of a directory, where that is known, with a slash at its end
	MountPoint bool
}

// MaxCompletions bounds the paths of a [Completion].
const MaxCompletions = 1000

// CommonStart gives how two texts begin alike, up to a whole character.
func CommonStart(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && !utf8.RuneStart(a[i]) {
		i--
	}
	return a[:i]
}
