package nsctl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

func parseMount(w *opWords) (Op, error) {
	var op Op
	kinds := 0
	kind := func(k OpKind, recursive bool) { op.Kind, op.Recursive = k, recursive; kinds++ }
	err := w.options(func(name, value string, has bool) (bool, error) {
		var err error
		switch name {
		case "-t", "--types":
			kind(OpMount, false)
			op.FSType, err = w.value(name, value, has)
			return true, err
		case "-o", "--options":
			value, err = w.value(name, value, has)
			op.Options = strings.TrimPrefix(op.Options+","+value, ",") // as mount(8) does
			return true, err
		case "-B", "--bind":
			kind(OpBind, false)
		case "-R", "--rbind":
			kind(OpBind, true)
		case "-M", "--move":
			kind(OpMove, false)
		case "--beneath":
			op.Beneath = true
		case "--from":
			op.FromNS, err = w.value(name, value, has)
			return true, err
		default:
			how, ok := strings.CutPrefix(name, "--make-")
			if !ok {
				return false, nil
			}
			kind(OpMake, false)
			op.Type, op.Recursive, ok = parseMake(how)
			return ok && !has, nil
		}
		return !has, nil
	})
	if err != nil {
		return op, err
	}
	if kinds == 0 && (op.Options == "bind" || op.Options == "rbind") {
		kind(OpBind, op.Options == "rbind")
		op.Options = ""
	}
	if kinds > 1 {
		return op, errors.New("only one operation at a time")
	}
	if err := op.checkMount(); err != nil {
		return op, err
	}
	if op.Kind != OpMake {
		if op.Source, err = w.next("SOURCE"); err != nil {
			return op, err
		}
	}
	if op.FromNS != "" && !strings.HasPrefix(op.Source, "/") {
		return op, fmt.Errorf("%s is in another namespace, and not an absolute path", quoted(op.Source))
	}
	op.Target, err = w.next("TARGET")
	return op, err
}

// checkMount says what is wrong with the options of a mount.
func (op Op) checkMount() error {
	switch {
	case op.Kind == 0 && slices.Contains(strings.Split(op.Options, ","), "remount"):
		return errors.New("-o remount is none of the operations here; mount(8) does it")
	case op.Kind == 0:
		return errors.New("it does not say what is mounted: there is no -t TYPE, and no --bind, --rbind, --move or --make-TYPE")
	case op.Kind == OpMount && op.FSType == "":
		return errors.New("the type of the filesystem is missing")
	case strings.ContainsAny(op.FSType, ", "):
		return errors.New("only one type of filesystem can be predicted")
	case op.Options != "" && op.Kind != OpMount:
		return errors.New("-o goes with -t")
	case op.FromNS != "" && op.Kind != OpBind:
		return errors.New("--from goes with --bind and --rbind")
	case op.Beneath && op.Kind == OpMake:
		return errors.New("--beneath does not go with --make")
	}
	for option := range strings.SplitSeq(op.Options, ",") {
		_, _, makes := parseMake(option)
		if makes || option == "bind" || option == "rbind" || option == "move" || option == "remount" {
			return fmt.Errorf("-o %s is another operation than a new mount", option)
		}
	}
	return nil
}

func parseMake(how string) (t PropagationType, recursive, ok bool) {
	for _, t := range [...]PropagationType{Shared, Slave, Private, Unbindable} {
		switch how {
		case t.String():
			return t, false, true
		case "r" + t.String():
			return t, true, true
		}
	}
	return 0, false, false
}

func parseUmount(w *opWords) (Op, error) {
	op := Op{Kind: OpUmount}
	err := w.options(func(name, _ string, has bool) (bool, error) {
		lazy := !has && (name == "-l" || name == "--lazy")
		op.Lazy = op.Lazy || lazy
		return lazy, nil
	})
	if err == nil {
		op.Target, err = w.next("TARGET")
	}
	return op, err
}

func parseUnshare(w *opWords) (Op, error) {
	op := Op{Kind: OpUnshare}
	mount := false
	err := w.options(func(name, value string, has bool) (bool, error) {
		switch name {
		case "-m", "--mount":
			mount = true
			return !has, nil
		case "-U", "--user", "-r", "--map-root-user":
			op.User = true
			return !has, nil
		case "--propagation":
			word, err := w.value(name, value, has)
			if err != nil {
				return true, err
			}
			for u := ThenPrivate; u <= ThenUnchanged; u++ {
				if word == u.String() {
					op.Then = u
					return true, nil
				}
			}
			return true, fmt.Errorf("--propagation %s is unknown", quoted(word))
		}
		return false, nil
	})
	if err == nil && !mount {
		err = errors.New("--mount is missing: only mount namespaces are predicted")
	}
	return op, err
}

func parsePivotRoot(w *opWords) (Op, error) {
	op := Op{Kind: OpPivotRoot}
	err := w.options(func(string, string, bool) (bool, error) { return false, nil })
	if err == nil {
		op.Source, err = w.next("NEW_ROOT")
	}
	if err == nil {
		op.Target, err = w.next("PUT_OLD")
	}
	return op, err
}

func parseRejoin(w *opWords) (Op, error) {
	op := Op{Kind: OpRejoin}
	to := ""
	err := w.options(func(name, value string, has bool) (bool, error) {
		var err error
		switch name {
		case "--to":
			to, err = w.value(name, value, has)
			return true, err
		case "--slave":
			op.Slave = true
			return !has, nil
		}
		return false, nil
	})
	if err != nil {
		return op, err
	}
	if op.Target, err = w.next("TARGET"); err != nil {
		return op, err
	}
	if to == "" {
		return op, errors.New("--to NS:PATH is missing")
	}
	op.ToNS, op.To, err = SplitPlace(to)
	return op, err
}

// SplitPlace splits NS:PATH. The path is absolute, so the first ":/" is where it begins;
// an NS may hold colons, but none before a slash.
func SplitPlace(place string) (ns, path string, err error) {
	at := strings.Index(place, ":/")
	if at <= 0 {
		return "", "", fmt.Errorf("%s is not NS:PATH with an absolute path", quoted(place))
	}
	return place[:at], place[at+1:], nil
}
