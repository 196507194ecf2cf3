package graph

import "strings"

// Below says whether path is dir or something in it, and what of path remains
// below dir: "" or, with its slash, "/x/y". It compares whole components.
func Below(dir, path string) (rest string, ok bool) {
	if path == dir {
		return "", true
	}
	dir = strings.TrimSuffix(dir, "/")
	if len(path) > len(dir) && path[len(dir)] == '/' && path[:len(dir)] == dir {
		return path[len(dir):], true
	}
	return "", false
}

// Join puts together what Below took apart.
func Join(dir, rest string) string {
	if rest == "" {
		return dir
	}
	return strings.TrimSuffix(dir, "/") + rest
}
