package hma

import (
	"net/http"
	"regexp"
)

// This version has no exchanges. The calls answer as an HMA does in which no
// exchange API is installed, so that a client's exchange page is empty, not
// broken.

// listExchanges is GET /c/exchanges and GET /c/exchanges/apis.
func (s *server) listExchanges(w http.ResponseWriter, _ *http.Request) error {
	return ok(w, []string{})
}

// createExchange is POST /c/exchanges.
func (s *server) createExchange(w http.ResponseWriter, r *http.Request) error {
	fields, err := readObject(w, r)
	if err != nil {
		return err
	}
	name, isText := jsonText(fields["bank"])
	if !isText || !regexp.MustCompile(`^[A-Z0-9_]+$`).MatchString(name) {
		return bad("bank must be UPPER_WITH_UNDERSCORE")
	}
	if _, isText := jsonText(fields["api"]); !isText {
		return bad("api must name an exchange API")
	}
	return bad("there is no such exchange API: this version has none; import the list into a bank instead")
}

// exchangeAPI is GET and POST /c/exchanges/api/{api}: 400 for an unknown one.
func (s *server) exchangeAPI(http.ResponseWriter, *http.Request) error {
	return bad("no such exchange API")
}

// noExchange answers what is about one exchange, or the settings of an API.
func (s *server) noExchange(http.ResponseWriter, *http.Request) error {
	return refuse(http.StatusNotFound, "no such exchange or exchange API")
}

// deleteExchange is DELETE /c/exchange/{name}; one that is not there is gone.
func (s *server) deleteExchange(w http.ResponseWriter, _ *http.Request) error {
	return ok(w, map[string]string{"message": "Exchange deleted"})
}
