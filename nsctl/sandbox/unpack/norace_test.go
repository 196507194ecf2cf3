//go:build !race

package unpack_test

const raceDetector = false
