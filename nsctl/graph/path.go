package graph

import "strings"

// below says whether path is dir or something in it, and what of path remains
// below dir: "" or, with its slash, "/x/y". It compares whole components.
func below(dir, path string) (rest string, ok bool) {
	if path == dir {
		return "", true
	}
	dir = strings.TrimSuffix(dir, "/")
	if len(path) > len(dir) && path[len(dir)] == '/' && path[:len(dir)] == dir {
		return path[len(dir):], true
	}
	return "", false
}

// join puts together what below took apart.
func join(dir, rest string) string {
	if rest == "" {
		return dir
	}
	return strings.TrimSuffix(dir, "/") + rest
}
