package main

// maxDepth is how deep a tree is drawn. A file can claim a chain of a hundred
// thousand mounts; deeper ones stand at this depth.
const maxDepth = 48

// branches are the lines that draw a tree.
type branches struct{ tee, corner, bar, space string }

func (s screen) branches() branches {
	if s.ascii {
		return branches{"|-", "`-", "| ", "  "}
	}
	return branches{"├─", "└─", "│ ", "  "}
}

// walk visits a forest depth first, parents before children, with the text that
// draws the lines before each node. It uses no recursion, as a forest that comes
// from a file can be as deep as it likes.
func walk[N any](roots []N, children func(N) []N, b branches, visit func(node N, lines string)) {
	type pending struct {
		node  N
		lines string // before the node itself
		below string // before its children
		depth int
	}
	var stack []pending
	push := func(nodes []N, below string, depth int) {
		for i := len(nodes) - 1; i >= 0; i-- {
			switch {
			case depth == 0:
				stack = append(stack, pending{nodes[i], "", "", depth})
			case depth > maxDepth:
				stack = append(stack, pending{nodes[i], below, below, depth})
			case i == len(nodes)-1:
				stack = append(stack, pending{nodes[i], below + b.corner, below + b.space, depth})
			default:
				stack = append(stack, pending{nodes[i], below + b.tee, below + b.bar, depth})
			}
		}
	}
	push(roots, "", 0)
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(top.node, top.lines)
		push(children(top.node), top.below, top.depth+1)
	}
}
