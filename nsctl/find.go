package nsctl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrUnknownNamespace is matched by the errors of [FindNamespace] for a reference that
// names none, as opposed to one that names several.
var ErrUnknownNamespace = errors.New("no such mount namespace")

// FindNamespace gives the position of the namespace that ref names: "self", which is the
// number self; mnt:[N] or N; a pid; the name of a container or sandbox, or any other
// namespace's name; or the beginning of a container's id. The first of these ways that
// leads anywhere counts. Several namespaces found in the same way are an error.
func FindNamespace(namespaces []NamespaceInfo, self NSNumber, ref string) (int, error) {
	number, _ := ParseNSNumber(ref) // 0, which names nothing, if it is no number
	if ref == "self" {
		number = self
	}
	pid, _ := strconv.Atoi(ref)
	ways := []func(ns *NamespaceInfo) bool{
		func(ns *NamespaceInfo) bool { return number != 0 && ns.NS == number },
		func(ns *NamespaceInfo) bool {
			return pid > 0 && slices.ContainsFunc(ns.Processes, func(p Process) bool { return p.PID == pid })
		},
		func(ns *NamespaceInfo) bool {
			return ref != "" && (ns.Container != nil && ns.Container.Name == ref || ns.Kind == KindSandbox && ns.Name == ref)
		},
		func(ns *NamespaceInfo) bool { return ns.Name == ref && ref != "" },
		func(ns *NamespaceInfo) bool {
			return ns.Container != nil && strings.HasPrefix(ns.Container.ID, ref) && ref != ""
		},
	}
	for _, names := range ways {
		var found []int
		for i := range namespaces {
			if names(&namespaces[i]) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], nil
		}
		var numbers []string
		for _, i := range found[:min(len(found), 4)] {
			numbers = append(numbers, namespaces[i].NS.String())
		}
		return 0, fmt.Errorf("%d mount namespaces are called %s (%s): give the number of one",
			len(found), Printable(ref), strings.Join(numbers, ", "))
	}
	return 0, fmt.Errorf("%w: %s", ErrUnknownNamespace, cmp.Or(Printable(ref), "''"))
}
