package main

import (
	"runtime"
	"runtime/debug"
)

// version describes the build: what was built, from which revision, with what.
func version() string {
	info, _ := debug.ReadBuildInfo() // nil if the program was built without modules
	return describeBuild(info)
}

func describeBuild(info *debug.BuildInfo) string {
	name, revision, modified := "(devel)", "", false
	if info != nil {
		if info.Main.Version != "" {
			name = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
	}
	switch {
	case revision == "":
		name += " (revision unknown)"
	case modified:
		name += " (" + revision[:min(12, len(revision))] + ", modified)"
	default:
		name += " (" + revision[:min(12, len(revision))] + ")"
	}
	return name + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}
