package watch

import "slices"

// piece is an operation, or a part of one, as it is told.
type piece struct {
	op      *operation
	changes []*change
}

// inOrder says in which order to tell operations, so that in each namespace everything is
// told as it happened: a mount point is used again, and so are ids. Where operations
// seem to cross, because what belongs together was mistaken, one of them is told in parts.
func inOrder(changes []*change) []piece {
	queues := map[*space][]*change{}
	left := map[*operation][]*change{}
	var order []*operation
	for _, ch := range changes {
		queues[ch.space] = append(queues[ch.space], ch)
		if left[ch.op] == nil {
			order = append(order, ch.op)
		}
		left[ch.op] = append(left[ch.op], ch)
	}
	var pieces []piece
	told := map[*change]bool{}
	tell := func(op *operation, list []*change) {
		pieces = append(pieces, piece{op, list})
		for _, ch := range list {
			told[ch] = true
			queues[ch.space] = without(queues[ch.space], ch)
		}
	}
	for len(order) > 0 {
		at := slices.IndexFunc(order, func(op *operation) bool { return first(left[op], queues) == len(left[op]) })
		if at >= 0 {
			tell(order[at], left[order[at]])
			order = slices.Delete(order, at, at+1)
			continue
		}
		for told[changes[0]] {
			changes = changes[1:]
		}
		op := changes[0].op // of which nothing else happened before
		n := first(left[op], queues)
		tell(op, left[op][:n])
		left[op] = left[op][n:]
	}
	return pieces
}

// first counts the changes of an operation before which nothing else happened in their
// namespaces.
func first(list []*change, queues map[*space][]*change) (n int) {
	seen := map[*space]int{}
	for _, ch := range list {
		queue := queues[ch.space]
		if at := seen[ch.space]; at >= len(queue) || queue[at] != ch {
			return n
		}
		seen[ch.space]++
		n++
	}
	return n
}

// without takes a change out of a list that it is near the beginning of.
func without(list []*change, ch *change) []*change {
	if list[0] == ch { // as a rule
		return list[1:]
	}
	at := slices.Index(list, ch)
	return slices.Delete(list, at, at+1)
}
