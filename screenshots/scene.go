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
	var output, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", script, program, "snapshot")
	cmd.Stdout, cmd.Stderr = &output, &complaints
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", script, err, strings.TrimSpace(complaints.String()))
	}
	snapshot, err := nsctl.Decode(&output)
	if err != nil {
		return fmt.Errorf("the snapshot of the scene: %w", err)
	}
	// What tells of the machine that the scene was built on is nobody's business.
	snapshot.Host.BootID = ""
	snapshot.Host.Kernel, _, _ = strings.Cut(snapshot.Host.Kernel, "-")

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
