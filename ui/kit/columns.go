package kit

// Column is one of a table.
type Column struct {
	Title string
	Width int  // the least it needs
	Grow  int  // its share of what is left over
	Right bool // flush right
	Drop  int  // columns with the highest number go first where all do not fit; 0 stays
}

// FitColumns gives each column its width in a table of that many cells, with one cell
// between two columns; 0 for those that were dropped.
func FitColumns(columns []Column, width int) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = c.Width
	}
	for {
		need, last := -1, -1
		for i, c := range columns {
			if widths[i] == 0 {
				continue
			}
			need += widths[i] + 1
			if c.Drop > 0 && (last < 0 || c.Drop > columns[last].Drop) {
				last = i
			}
		}
		if need <= width || last < 0 {
			share(columns, widths, width-need)
			return widths
		}
		widths[last] = 0
	}
}

// share hands out what is left over, the remainder to the first that grows.
func share(columns []Column, widths []int, spare int) {
	total, first := 0, -1
	for i, c := range columns {
		if widths[i] > 0 && c.Grow > 0 {
			total += c.Grow
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 || spare == 0 {
		return
	}
	if spare < 0 { // too narrow for everything: the first that grows gives
		widths[first] = max(widths[first]+spare, 1)
		return
	}
	left := spare
	for i, c := range columns {
		if widths[i] > 0 && c.Grow > 0 {
			widths[i] += spare * c.Grow / total
			left -= spare * c.Grow / total
		}
	}
	widths[first] += left
}
