package nsctl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotAnOp is matched by the errors of [ParseOp].
var ErrNotAnOp = errors.New("not an operation on mounts")

// OpForms are the accepted forms of an operation, for help texts and errors.
var OpForms = []string{
	"mount [--beneath] -t TYPE [-o OPTIONS] SOURCE TARGET",
	"mount [--beneath] --bind|--rbind|--move SOURCE TARGET",
	"mount [--beneath] --bind|--rbind --from NS /SOURCE TARGET",
	"mount --make-[r]shared|slave|private|unbindable TARGET",
	"umount [-l] TARGET",
	"unshare [--user] --mount [--propagation private|slave|shared|unchanged]",
	"pivot_root NEW_ROOT PUT_OLD",
	"rejoin TARGET --to NS:PATH [--slave]",
}

// ParseOp reads an operation from the words of a command, in the language of mount(8),
// umount(8), unshare(1) and pivot_root(8), with their short options. It looks at nothing
// but the words. Its error is one sentence that shows the accepted forms.
func ParseOp(words []string) (Op, error) {
	parse := map[string]func(*opWords) (Op, error){
		"mount": parseMount, "umount": parseUmount, "unshare": parseUnshare,
		"pivot_root": parsePivotRoot, "rejoin": parseRejoin,
	}
	if len(words) == 0 {
		return Op{}, notAnOp("nothing was given", OpForms)
	}
	p, ok := parse[words[0]]
	if !ok {
		return Op{}, notAnOp(quoted(words[0])+" is unknown", OpForms)
	}
	w := &opWords{rest: words[1:]}
	op, err := p(w)
	if err == nil {
		err = w.end()
	}
	if err == nil && slices.Contains(words, "") {
		err = errors.New("a word is empty")
	}
	if err == nil && slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, "\x00") }) {
		err = errors.New("a word holds a NUL byte")
	}
	if err != nil {
		var forms []string
		for _, form := range OpForms {
			if strings.HasPrefix(form, words[0]+" ") {
				forms = append(forms, form)
			}
		}
		return Op{}, notAnOp(err.Error(), forms)
	}
	return op, nil
}

// ParseOpLine reads an operation from a line, split into words as a shell does.
func ParseOpLine(line string) (Op, error) {
	words, err := ShellWords(line)
	if err != nil {
		return Op{}, notAnOp(err.Error(), OpForms)
	}
	return ParseOp(words)
}

func notAnOp(why string, forms []string) error {
	return fmt.Errorf("%w: %s; expected %s", ErrNotAnOp, why, strings.Join(forms, ", or "))
}

// opWords are the words after the name of the command.
type opWords struct {
	rest  []string
	plain []string // those that were no options
}

// options goes through all words. take is called for each option, with the value that
// was given to a long one after "="; it says whether it knows the option.
func (w *opWords) options(take func(name, value string, has bool) (known bool, err error)) error {
	for len(w.rest) > 0 {
		word := w.rest[0]
		w.rest = w.rest[1:]
		switch {
		case word == "--":
			w.plain = append(w.plain, w.rest...)
			w.rest = nil
		case strings.HasPrefix(word, "--"):
			name, value, has := strings.Cut(word, "=")
			known, err := take(name, value, has)
			if err != nil {
				return err
			}
			if !known {
				return fmt.Errorf("the option %s is unknown", quoted(word))
			}
		case len(word) > 1 && word[0] == '-':
			if err := w.short(word, take); err != nil {
				return err
			}
		default:
			w.plain = append(w.plain, word)
		}
	}
	return nil
}

// short reads a cluster of short options, of which the last may have a value.
func (w *opWords) short(word string, take func(name, value string, has bool) (bool, error)) error {
	for i := 1; i < len(word); i++ {
		rest := word[i+1:]
		takesValue := strings.IndexByte("to", word[i]) >= 0
		known, err := take("-"+word[i:i+1], rest, takesValue && rest != "")
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("the option %s is unknown", quoted("-"+word[i:i+1]))
		}
		if takesValue {
			return nil
		}
	}
	return nil
}

// value gives the value of an option: what stood behind it in the same word, or the
// next word.
func (w *opWords) value(name, value string, has bool) (string, error) {
	if has {
		return value, nil
	}
	if len(w.rest) == 0 {
		return "", fmt.Errorf("%s needs a value", name)
	}
	value = w.rest[0]
	w.rest = w.rest[1:]
	return value, nil
}

// next takes the next word that is no option.
func (w *opWords) next(what string) (string, error) {
	if len(w.plain) == 0 {
		return "", fmt.Errorf("%s is missing", what)
	}
	word := w.plain[0]
	w.plain = w.plain[1:]
	return word, nil
}

func (w *opWords) end() error {
	if len(w.plain) > 0 {
		return fmt.Errorf("%s is too much", quoted(w.plain[0]))
	}
	return nil
}

// quoted shows a word in a sentence.
func quoted(word string) string { return `"` + Printable(word) + `"` }
