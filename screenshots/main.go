// Command screenshots makes the pictures in the README. It drives the real
// program in a terminal emulator, so that they show what the program shows.
//
//	go run ./screenshots           draws the pictures, from the saved scene
//	go run ./screenshots -scene    builds the scene anew and saves it first
//	go run ./screenshots -record   records anew what happens in the scene, as root
//
// The scene (scene.sh) is a host with containers, made of namespaces. It is saved
// as a snapshot, demo.json, because the numbers of namespaces, mounts and groups
// differ each time that it is built: pictures of the saved one stay the same, and
// whoever follows the README can open it and see what the pictures show.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	scene := flag.Bool("scene", false, "build the scene anew and save it as "+demo)
	record := flag.Bool("record", false, "build the scene anew and save what happens in it as "+recording)
	only := flag.String("only", "", "draw only the picture of this name")
	flag.Parse()
	if err := run(*scene, *record, *only); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(scene, record bool, only string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if _, err := os.Stat(script); err != nil {
		return fmt.Errorf("%w: run it in the top directory of the repository", err)
	}
	tools, err := os.MkdirTemp("", "mntscope-screenshots-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tools)
	if err := install(ctx, tools, "./cmd/mntscope"); err != nil {
		return err
	}
	program := filepath.Join(tools, "mntscope")
	if scene {
		if err := saveScene(ctx, program); err != nil {
			return err
		}
	}
	if record {
		if err := saveRecording(ctx, program); err != nil {
			return err
		}
	}
	// It draws text with the font that it brings along: the same everywhere.
	if err := install(ctx, tools, "github.com/charmbracelet/freeze@v0.2.2"); err != nil {
		return err
	}
	for _, p := range pictures {
		if only != "" && p.name != only {
			continue
		}
		screen, err := p.take(program)
		if err != nil {
			return fmt.Errorf("picture %s: %w", p.name, err)
		}
		size, err := p.draw(ctx, filepath.Join(tools, "freeze"), screen)
		if err != nil {
			return fmt.Errorf("picture %s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stdout, "%-40s %4d KB\n", p.file(), size>>10)
	}
	return nil
}

// install builds a program into a directory. Without cgo it is linked with no
// library of the machine, and runs in the scene as it is.
func install(ctx context.Context, dir, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "install", pkg)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, strings.TrimSpace(string(output)))
	}
	return nil
}
