package media

import (
	"os"
	"testing"

	"github.com/jaga-project/jaga/internal/jail"
)

func TestMain(m *testing.M) {
	jail.Main(Worker())
	os.Exit(m.Run())
}
