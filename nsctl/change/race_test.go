//go:build race

package change_test

const raceDetector = true
