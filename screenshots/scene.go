package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"mntscope/nsctl"
)

const (
	script = "screenshots/scene.sh"
	demo   = "screenshots/demo.json"
)

// saveScene builds the scene, takes a snapshot in it, and saves that.
func saveScene(ctx context.Context, program string) error {
	snapshot, err := takeScene(ctx, program)
	// The kernel hands out numbers as they come free: on a busy machine it can take a
	// few attempts until the namespaces, which are listed by number, stand in the
	// order in which they were made.
	for attempt := 1; attempt < 30 && err == nil && !inOrder(snapshot); attempt++ {
		snapshot, err = takeScene(ctx, program)
	}
	if err != nil {
		return err
	}
	anonymous(snapshot)
	file, err := os.Create(demo)
	if err != nil {
		return err
	}
	if err := snapshot.Encode(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func takeScene(ctx context.Context, program string) (*nsctl.Snapshot, error) {
	var output, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", script, program, "snapshot")
	cmd.Stdout, cmd.Stderr = &output, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", script, err, strings.TrimSpace(complaints.String()))
	}
	snapshot, err := nsctl.Decode(&output)
	if err != nil {
		return nil, fmt.Errorf("the snapshot of the scene: %w", err)
	}
	return snapshot, nil
}

// inOrder reports whether the namespaces with processes are in the order of these.
func inOrder(s *nsctl.Snapshot) bool {
	last := 0
	for i := range s.Namespaces {
		processes := s.Namespaces[i].Processes
		if len(processes) == 0 {
			continue
		}
		if processes[0].PID < last {
			return false
		}
		last = processes[0].PID
	}
	return true
}

// anonymous takes out what tells of the machine that the scene was built on, which is
// nobody's business.
func anonymous(s *nsctl.Snapshot) {
	s.Host.BootID = ""
	s.Host.Kernel, _, _ = strings.Cut(s.Host.Kernel, "-")
}
