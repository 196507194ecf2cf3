//go:build race

package miniroot_test

// raceDetector is whether the commands are built with it. It needs /proc, to find its
// settings and not to complain.
const raceDetector = true
