package discover

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestAskEach(t *testing.T) {
	var got []int
	silent, err := askEach(t.Context(), 4, 100, time.Minute, func() func(int) int {
		return func(i int) int { return i }
	}, func(i, answer int) {
		if i != answer {
			t.Errorf("%d for %d", answer, i)
		}
		got = append(got, i)
	})
	slices.Sort(got)
	if err != nil || len(silent) > 0 || len(got) != 100 || got[99] != 99 {
		t.Errorf("%v, silent: %v, answers: %v", err, silent, got)
	}
}

// More of them do not answer than there are workers.
func TestAskEachGoesOnWithoutSome(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	dead := []int{0, 1, 2, 50, 99}
	answers := 0
	silent, err := askEach(t.Context(), 2, 100, 20*time.Millisecond, func() func(int) bool {
		return func(i int) bool {
			if slices.Contains(dead, i) {
				<-never
			}
			return true
		}
	}, func(int, bool) { answers++ })
	if err != nil || !slices.Equal(silent, dead) || answers != 95 {
		t.Errorf("%v, silent: %v, %d answers", err, silent, answers)
	}
}

func TestAskEachIsInterrupted(t *testing.T) {
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	ctx, cancel := context.WithCancel(t.Context())
	_, err := askEach(ctx, 1, 2, time.Minute, func() func(int) bool {
		return func(int) bool {
			cancel()
			<-never
			return true
		}
	}, func(int, bool) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it gives %v", err)
	}
}

func TestAskEachOfNothing(t *testing.T) {
	silent, err := askEach(t.Context(), 2, 0, time.Minute, func() func(int) bool { return nil }, func(int, bool) {})
	if err != nil || silent != nil {
		t.Errorf("%v, %v", silent, err)
	}
}
