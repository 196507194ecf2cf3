package miniroot

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// remedy is for a program that cannot be taken along as it is.
const remedy = "build mntscope with CGO_ENABLED=0 go install ./cmd/mntscope"

// libraries gives the files that a program needs to start, with absolute paths: none if it
// is linked statically, else its interpreter and the libraries that this one would load. A
// Go program has some if it was built with cgo, as it is wherever there is a C compiler.
func libraries(binary string) ([]string, error) {
	file, err := os.Open(binary)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	interpreter, err := interpreterOf(file)
	if err != nil || interpreter == "" {
		return nil, err
	}
	// Only the interpreter knows where it looks (ld.so(8)). That of glibc and that of
	// musl list what they find. It gets the file itself, which may be /proc/self/exe.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, "--list", "/proc/self/fd/3")
	cmd.ExtraFiles = []*os.File{file}
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s, which starts it, does not say what libraries it needs: %w; %s", interpreter, err, remedy)
	}
	files := []string{interpreter}
	for line := range strings.Lines(string(list)) {
		// "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f...)", or without the arrow
		name, file, found := strings.Cut(strings.TrimSpace(line), " => ")
		if !found {
			file = name
		}
		file, _, _ = strings.Cut(file, " (")
		switch {
		case file == "not found":
			return nil, fmt.Errorf("its library %s is not found; %s", name, remedy)
		case filepath.IsAbs(file) && file != interpreter:
			files = append(files, file)
		}
	}
	return files, nil
}

// interpreterOf gives the path of the program that starts a dynamically linked one
// (PT_INTERP in elf(5)), or "".
func interpreterOf(binary *os.File) (string, error) {
	file, err := elf.NewFile(binary)
	if err != nil {
		return "", fmt.Errorf("%s is not a program: %w", binary.Name(), err)
	}
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(segment.Open(), 4096))
		if err != nil {
			return "", err
		}
		path := string(bytes.TrimRight(text, "\x00"))
		if !filepath.IsAbs(path) {
			return "", errors.New("its interpreter has no absolute path")
		}
		return path, nil
	}
	return "", nil
}
