// Package kit is what the screens are made of: one virtualised list, one line
// builder, one box, one overlay. They draw strings of an exact width and know
// nothing about mounts.
//
// It does not scale to use a ready-made list: only the rows on screen are drawn
// here, whatever the length of the list.
package kit

// Rect is a part of the screen, in cells.
type Rect struct{ X, Y, W, H int }

// Contains reports whether a cell is in the rectangle.
func (r Rect) Contains(x, y int) bool {
	return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
}

// Inner is the rectangle without the border of a [Box].
func (r Rect) Inner() Rect {
	return Rect{r.X + 1, r.Y + 1, max(r.W-2, 0), max(r.H-2, 0)}
}
