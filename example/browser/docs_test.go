package browser_test

import "testing"

// The interactive page of the API works under its own strict policy, too.
func TestDocs(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		b.open("/docs")
		b.see(".opblock-summary")
		b.fits()
		if got := evaluate[int](b, `document.querySelectorAll('.opblock').length`); got < 30 {
			t.Errorf("operations on the page: got %d, want all of them", got)
		}
	})
}
