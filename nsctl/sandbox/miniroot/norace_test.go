//go:build !race

package miniroot_test

const raceDetector = false
