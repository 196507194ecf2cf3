package miniroot

import "strings"

// options are the options of a command, by name with its dashes. What each has is where
// its value goes: a *bool is set, a func() called, a *string or func(string) takes the
// value that follows, in the same word or the next.
type options map[string]any

// parse reads the options, and leaves in c.args what is none. Where the command is
// followed by another one, first says that options end at the first operand.
func (c *call) parse(known options, first bool) error {
	rest, operands := c.args, []string(nil)
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		var err error
		switch {
		case word == "--":
			operands, rest = append(operands, rest...), nil
		case strings.HasPrefix(word, "--"):
			name, value, has := strings.Cut(word, "=")
			rest, err = known.take(name, value, has, rest)
		case len(word) > 1 && word[0] == '-':
			rest, err = known.cluster(word, rest)
		default:
			operands = append(operands, word)
			if first {
				operands, rest = append(operands, rest...), nil
			}
		}
		if err != nil {
			return err
		}
	}
	c.args = operands
	return nil
}

// cluster reads short options in one word, of which the last may have a value.
func (o options) cluster(word string, rest []string) ([]string, error) {
	for i := 1; i < len(word); i++ {
		name, value := "-"+word[i:i+1], word[i+1:]
		valued := o.valued(name)
		var err error
		if rest, err = o.take(name, value, valued && value != "", rest); err != nil {
			return nil, err
		}
		if valued {
			break
		}
	}
	return rest, nil
}

func (o options) valued(name string) bool {
	switch o[name].(type) {
	case *string, func(string):
		return true
	}
	return false
}

// take gives an option its value, and returns the words after it.
func (o options) take(name, value string, has bool, rest []string) ([]string, error) {
	into, ok := o[name]
	if !ok {
		return nil, usage("the option %s is unknown", name)
	}
	if !o.valued(name) {
		if has {
			return nil, usage("the option %s has no value", name)
		}
		switch into := into.(type) {
		case *bool:
			*into = true
		case func():
			into()
		}
		return rest, nil
	}
	if !has {
		if len(rest) == 0 {
			return nil, usage("the option %s needs a value", name)
		}
		value, rest = rest[0], rest[1:]
	}
	switch into := into.(type) {
	case *string:
		*into = value
	case func(string):
		into(value)
	}
	return rest, nil
}

// operands checks how many there are, and says what belongs there if it is not so.
func (c *call) operands(least, most int, form string) error {
	if len(c.args) < least || most >= 0 && len(c.args) > most {
		return usage("expected %s", form)
	}
	return nil
}
