package kit

// List is a window on a long list of rows. It knows how many there are, which one
// is selected and which are on screen; it does not know the rows.
type List struct {
	count, height int
	cursor, top   int
}

// Len is the number of rows.
func (l *List) Len() int { return l.count }

// Height is the number of rows on screen.
func (l *List) Height() int { return l.height }

// Cursor is the selected row; 0 in an empty list.
func (l *List) Cursor() int { return l.cursor }

// Top is the first row on screen.
func (l *List) Top() int { return l.top }

// Visible are the rows on screen, from first up to, but not including, end.
func (l *List) Visible() (first, end int) {
	return l.top, min(l.top+l.height, l.count)
}

// Resize sets how many rows fit on the screen.
func (l *List) Resize(height int) {
	l.height = max(height, 0)
	l.reveal()
}

// SetLen sets the number of rows and keeps the cursor among them.
func (l *List) SetLen(n int) {
	l.count = n
	l.Select(l.cursor)
}

// Select moves the cursor to a row, or to the nearest that there is, and the window
// only as far as needed to show it.
func (l *List) Select(row int) {
	l.cursor = max(min(row, l.count-1), 0)
	l.reveal()
}

// RevealTo moves the window down to show a row below the cursor, as far as the cursor stays
// in it.
func (l *List) RevealTo(row int) {
	l.top = min(max(l.top, row-l.height+1), max(l.cursor, l.top))
	l.clampTop()
}

// Move moves the cursor.
func (l *List) Move(rows int) { l.Select(l.cursor + rows) }

// Page moves cursor and window together by half a screen, up or down.
func (l *List) Page(direction int) {
	step := direction * max(l.height/2, 1)
	l.top += step
	l.Move(step)
}

// Scroll moves the window; the cursor comes along only when it would leave it.
func (l *List) Scroll(rows int) {
	l.top += rows
	l.clampTop()
	l.cursor = max(min(l.cursor, l.top+l.height-1, l.count-1), l.top, 0)
}

// Replace takes a new set of n rows in which the cursor belongs on row. The row
// stays where it is on the screen, so that nothing jumps under the reader.
func (l *List) Replace(n, row int) {
	offset := l.cursor - l.top
	l.count = n
	l.cursor = max(min(row, n-1), 0)
	l.top = l.cursor - offset
	l.reveal()
}

func (l *List) reveal() {
	l.top = max(min(l.top, l.cursor), l.cursor-l.height+1)
	l.clampTop()
}

func (l *List) clampTop() { l.top = max(min(l.top, l.count-l.height), 0) }

// Thumb is the part of a scroll bar as high as the list that stands for the rows
// on screen; it is empty where all rows are.
func (l *List) Thumb() (first, end int) {
	if l.count <= l.height || l.height == 0 {
		return 0, 0
	}
	size := max(l.height*l.height/l.count, 1)
	first = l.top * (l.height - size) / (l.count - l.height)
	return first, first + size
}
