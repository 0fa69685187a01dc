package console

import "testing"

// A key goes to one place.
func TestKeysOfPlaces(t *testing.T) {
	by := map[string]string{}
	for _, group := range places() {
		for _, p := range group {
			if len(p.Key) != 1 || by[p.Key] != "" {
				t.Errorf("%s has the key %q, as has %s", p.Name, p.Key, by[p.Key])
			}
			by[p.Key] = p.Name
		}
	}
}
