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
	tell := func(op *operation, list []*change) {
		pieces = append(pieces, piece{op, list})
		for _, ch := range list {
			queues[ch.space] = without(queues[ch.space], ch)
		}
	}
	for len(order) > 0 {
		told := false
		for i, op := range order {
			if first(left[op], queues) == len(left[op]) {
				tell(op, left[op])
				order = slices.Delete(order, i, i+1)
				told = true
				break
			}
		}
		if told {
			continue
		}
		op := order[0]
		n := max(1, first(left[op], queues))
		tell(op, left[op][:n])
		left[op] = left[op][n:]
		if len(left[op]) == 0 {
			order = order[1:]
		}
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
