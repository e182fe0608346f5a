package password

import "testing"

func TestScryptHash_memoryKiB(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		logN, r uint32
		want    uint32
	}{
		{1, 1, 1},
		{10, 8, 1024},
		{16, 8, 65536},
		{17, 8, 131072},
		{21, 32, 8388608}, // the most that is ever computed, then refused
	} {
		h := &scryptHash{logN: tt.logN, r: tt.r}
		if got := h.memoryKiB(); got != tt.want {
			t.Errorf("ln=%d, r=%d: got %d KiB, want %d", tt.logN, tt.r, got, tt.want)
		}
	}
}
