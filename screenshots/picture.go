package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"

	"mntscope/ui/uitest"
)

// A picture shows one screen of the program.
type picture struct {
	name       string
	cols, rows int
	terminal   terminal // its colours
	recorded   bool     // it shows the recording of the scene
	live       bool     // it shows the scene itself, with numbers that differ each time
	args       []string // besides the scene
	env        []string
	drive      func(*uitest.Terminal) // from the first screen to the one shown
}

// terminal has the colours of text without a colour of its own.
type terminal struct{ foreground, background color.RGBA }

func (p picture) file() string { return "screenshots/" + p.name + ".png" }

// stage is a test that is none: its failure is an error.
type stage struct{ cleanups []func() }

type failure struct{ text string }

func (s *stage) Helper()           {}
func (s *stage) Cleanup(do func()) { s.cleanups = append(s.cleanups, do) }
func (s *stage) Errorf(format string, args ...any) {
	panic(failure{fmt.Sprintf(format, args...)})
}
func (s *stage) Fatalf(format string, args ...any) { s.Errorf(format, args...) }

// take runs the program up to the screen to be shown.
func (p picture) take(program string) (screen uitest.Screen, err error) {
	var s stage
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%s", f.text)
		}
	}()
	defer func() {
		for _, do := range slices.Backward(s.cleanups) {
			do()
		}
	}()
	scene := []string{"--snapshot", demo}
	if p.recorded {
		scene = []string{"--replay", recording}
	}
	cmd := exec.Command(program, append(scene, p.args...)...)
	if p.live {
		cmd = exec.Command("sh", append([]string{script, program}, p.args...)...)
	}
	term := uitest.Start(&s, cmd, p.cols, p.rows, p.env...)
	term.WaitForText("12 namespaces") // the scene has been read
	p.drive(term)
	return term.Settle(), nil
}

// coloured gives every cell the colours that it has on the terminal: freeze knows
// neither the terminal's own, nor reversed and faint text, nor bold letters.
func (t terminal) coloured(screen uitest.Screen) uitest.Screen {
	for _, row := range screen.Cells {
		for x := range row {
			style := &row[x].Style
			if style.Fg == nil {
				style.Fg = t.foreground
				if style.Attrs&uv.AttrBold != 0 && style.Attrs&uv.AttrReverse == 0 {
					style.Fg = mixed(t.foreground, color.RGBA{255 - t.background.R, 255 - t.background.G, 255 - t.background.B, 255})
				}
			}
			ground := style.Bg
			if ground == nil {
				ground = t.background
			}
			if style.Attrs&uv.AttrFaint != 0 {
				style.Fg = mixed(style.Fg, ground)
			}
			if style.Attrs&uv.AttrReverse != 0 {
				style.Fg, style.Bg = ground, style.Fg
			}
			style.Attrs &^= uv.AttrFaint | uv.AttrReverse
			if row[x].Content == "|" {
				row[x].Content = "\u2223" // looks alike; of |- and |> the font makes signs of its own
			}
		}
	}
	return screen
}

// mixed gives the colour in the middle.
func mixed(a, b color.Color) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return color.RGBA{uint8((ar + br) >> 9), uint8((ag + bg) >> 9), uint8((ab + bb) >> 9), 0xff}
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// draw makes the PNG file and gives its size in bytes.
func (p picture) draw(ctx context.Context, freeze string, screen uitest.Screen) (int, error) {
	dir, err := os.MkdirTemp("", "mntscope-picture-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	text, drawn := filepath.Join(dir, "screen.ansi"), filepath.Join(dir, "screen.png")
	if err := os.WriteFile(text, []byte(p.terminal.coloured(screen).ANSI()), 0o600); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, freeze, "--language", "ansi", "--background", hex(p.terminal.background),
		"--padding", "16", "--font.size", "14", "--font.ligatures=false", "--line-height", "1.2", "--output", drawn, text)
	// The WebAssembly runtime in it calls the Go runtime's memmove, and crashes where that
	// uses the processor's fast string instructions (seen with FSRM).
	cmd.Env = append(os.Environ(), "GODEBUG=cpu.erms=off,cpu.fsrm=off")
	if output, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("freeze: %w\n%s", err, strings.TrimSpace(string(output)))
	}
	large, err := readPNG(drawn)
	if err != nil {
		return 0, err
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, inFewColours(halved(large))); err != nil {
		return 0, err
	}
	return small.Len(), os.WriteFile(p.file(), small.Bytes(), 0o644)
}

func readPNG(name string) (image.Image, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return png.Decode(file)
}

// halved makes one pixel of each four: freeze draws with four times the resolution
// of a screen, and twice is as much as the eye can use.
func halved(large image.Image) *image.RGBA {
	size := large.Bounds().Size().Div(2)
	small := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			var r, g, b uint32
			for _, at := range [...]image.Point{{2 * x, 2 * y}, {2*x + 1, 2 * y}, {2 * x, 2*y + 1}, {2*x + 1, 2*y + 1}} {
				pr, pg, pb, _ := large.At(at.X, at.Y).RGBA()
				r, g, b = r+pr>>8, g+pg>>8, b+pb>>8
			}
			small.SetRGBA(x, y, color.RGBA{uint8(r / 4), uint8(g / 4), uint8(b / 4), 0xff})
		}
	}
	return small
}

// inFewColours keeps the 256 most frequent colours and takes the nearest of them
// for the others, which are shades at the edges of letters.
func inFewColours(in *image.RGBA) *image.Paletted {
	count := map[color.RGBA]int{}
	for y := range in.Rect.Max.Y {
		for x := range in.Rect.Max.X {
			count[in.RGBAAt(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(in.Rect, palette)
	for y := range in.Rect.Max.Y {
		for x := range in.Rect.Max.X {
			out.SetColorIndex(x, y, index[in.RGBAAt(x, y)])
		}
	}
	return out
}
