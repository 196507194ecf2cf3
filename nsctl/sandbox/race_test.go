//go:build race

package sandbox_test

// raceDetector is whether the keepers are built with it, which makes them slow.
const raceDetector = true
