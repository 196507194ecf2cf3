package theme_test

import (
	"testing"

	"mntscope/ui/theme"
)

func TestFit(t *testing.T) {
	for _, tc := range []struct {
		text      string
		width     int
		graphemes bool
		fitted    string
		fromLeft  string
	}{
		{"/var/lib", 20, false, "/var/lib", "/var/lib"},
		{"/var/lib", 8, false, "/var/lib", "/var/lib"},
		{"/var/lib", 6, false, "/var..", "../lib"},
		{"/var/lib", 2, false, "/v", "ib"},
		{"/var/lib", 0, false, "", ""},
		{"日本語", 5, false, "日..", "..語"},
		{"日本語", 5, true, "日..", "..語"},
		{"👍🏽👍🏽", 4, true, "👍🏽👍🏽", "👍🏽👍🏽"},
		{"👍🏽👍🏽", 7, false, "👍🏽..", "..👍🏽"},
		{"👍🏽👍🏽", 3, false, "..", ".."},
		{"각각각", 6, true, "각각각", "각각각"},
	} {
		th := theme.New(theme.Options{Graphemes: tc.graphemes})
		got, cells := th.Fit(tc.text, tc.width)
		if got != tc.fitted || cells != th.Measure.StringWidth(got) {
			t.Errorf("Fit(%q, %d) is %q in %d cells, want %q", tc.text, tc.width, got, cells, tc.fitted)
		}
		if got := th.FitLeft(tc.text, tc.width); got != tc.fromLeft {
			t.Errorf("FitLeft(%q, %d) is %q, want %q", tc.text, tc.width, got, tc.fromLeft)
		}
	}
}

func TestWidth(t *testing.T) {
	for _, tc := range []struct {
		text                 string
		codePoints, clusters int
	}{
		{"/var/lib", 8, 8}, {"日本語", 6, 6}, {"cafe\u0301", 4, 4}, {"हिन्दी", 5, 2}, {"👍🏽", 4, 2},
	} {
		if got := theme.New(theme.Options{}).Width(tc.text); got != tc.codePoints {
			t.Errorf("%q takes %d cells by code points, want %d", tc.text, got, tc.codePoints)
		}
		if got := theme.New(theme.Options{Graphemes: true}).Width(tc.text); got != tc.clusters {
			t.Errorf("%q takes %d cells by clusters, want %d", tc.text, got, tc.clusters)
		}
	}
}
