package sandbox

import (
	"os"
	"os/signal"
	"sync"
)

// signals are caught from catch on, and told once somebody wants to know.
type signals struct {
	caught chan os.Signal
	done   chan struct{}
	teller sync.WaitGroup
}

func catch(which []os.Signal) *signals {
	s := &signals{caught: make(chan os.Signal, 8), done: make(chan struct{})}
	signal.Notify(s.caught, which...)
	return s
}

// tell calls do for each, from another goroutine.
func (s *signals) tell(do func(os.Signal)) {
	s.teller.Go(func() {
		for {
			select {
			case got := <-s.caught:
				do(got)
			case <-s.done:
				return
			}
		}
	})
}

func (s *signals) stop() {
	signal.Stop(s.caught)
	close(s.done)
	s.teller.Wait()
}
