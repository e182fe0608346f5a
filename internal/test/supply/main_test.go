package supply

import (
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
)

func TestMain(m *testing.M) { source.Main(m) }
