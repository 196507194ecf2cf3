package predict_test

import (
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// whyTest is a question and its answer. In most scenes "/" of each namespace is on a
// filesystem of its own, and 9!/ is the volume.
type whyTest struct {
	name, scene  string
	from, at, to string
	want         string // see summary
}

func whyTests() []whyTest { return slices.Concat(whyGroups, whyPlaces, whyMounts) }

func TestWhy(t *testing.T) {
	for _, test := range whyTests() {
		t.Run(test.name, func(t *testing.T) {
			s := sketch(t, test.scene)
			g := graph.New(s)
			from, to := spaceOf(t, s, test.from), spaceOf(t, s, test.to)
			why := predict.Why(g, placeOf(t, g, from, test.at), to)
			if got, want := plain(summary(g, &why.WhyAnswer)), plain(test.want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s\n%s", got, want, why.Text)
			}
			if (why.Cut == nil) != (why.Verdict == nsctl.WhyAppears) {
				t.Errorf("the verdict is %s and the cut %v", why.Verdict, why.Cut)
			}
			if why.Cut != nil && (why.Cut.Text == "" || why.Cut.Hop >= len(why.Way)) {
				t.Errorf("the cut is %+v", why.Cut)
			}
			if (why.About == nsctl.WhyMount) != (why.OnTop != nil) {
				t.Errorf("the question is about %s, on top: %v", why.About, why.OnTop)
			}
		})
	}
}

// Whoever does the steps must get what he wants: the model of the operations plays them
// through, and the question is asked again.
func TestWhyMends(t *testing.T) {
	mended := 0
	for _, test := range whyTests() {
		t.Run(test.name, func(t *testing.T) {
			s := sketch(t, test.scene)
			g := graph.New(s)
			from, to := spaceOf(t, s, test.from), spaceOf(t, s, test.to)
			steps := predict.Why(g, placeOf(t, g, from, test.at), to).Mend
			for i, step := range steps {
				if step.Op == "" {
					return
				}
				op, err := nsctl.ParseOpLine(step.Op)
				if err != nil {
					t.Fatal(err)
				}
				p, err := predict.New(g).Predict(op, predict.Caller{NS: step.Space})
				if err != nil {
					t.Fatal(err)
				}
				if !p.OK {
					t.Fatalf("step %d, %s: %s, %s", i+1, step.Op, p.Errno, p.Reason)
				}
				g = graph.New(p.After())
			}
			if len(steps) == 0 {
				return
			}
			mended++
			if why := predict.Why(g, placeOf(t, g, from, test.at), to); why.Verdict != nsctl.WhyAppears {
				t.Errorf("after the steps: %s", summary(g, &why.WhyAnswer))
			}
		})
	}
	if mended == 0 {
		t.Error("nothing was mended: the scenes test nothing")
	}
}
