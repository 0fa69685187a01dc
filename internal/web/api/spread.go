package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/spread"
)

// NewSpread is what a platform tells of the spread of known material.
type NewSpread struct {
	ID           string        `json:"id" doc:"The platform's own id of the batch. Sent again, it counts once and gets the same answer." minLength:"1" maxLength:"200" example:"2026-11-26T10"`
	Observations []Observation `json:"observations" doc:"What happened. All of them are taken, or none." minItems:"1" maxItems:"1000" nullable:"false"`
}

// Observation is how often something happened to one picture or film.
type Observation struct {
	Hash    *ObservedHash `json:"hash,omitempty" doc:"Which material, by a hash; this or item."`
	Item    string        `json:"item,omitempty" doc:"Which material, by the id of an item that was handed in here; this or hash." maxLength:"64" example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
	Kind    string        `json:"kind" doc:"What happened." enum:"viewed,sent,received,reported" example:"viewed"`
	At      time.Time     `json:"at" doc:"When, within the last two years. It is counted by the hour." example:"2026-11-26T10:15:00Z"`
	Account string        `json:"account,omitempty" doc:"By whom, by a pseudonymous identifier, never a name. It is used to count different accounts." maxLength:"512" example:"acc-7"`
	Count   int64         `json:"count,omitempty" doc:"How often." minimum:"1" maximum:"1000000" default:"1" example:"3"`
}

// ObservedHash is a hash of the material.
type ObservedHash struct {
	Type  string `json:"type" doc:"The type of the hash." enum:"pdq,md5,sha1,sha256" example:"md5"`
	Value string `json:"value" doc:"Hexadecimal digits." maxLength:"64" example:"000102030405060708090a0b0c0d0e0f"`
}

// SpreadReceipt says what became of a batch.
type SpreadReceipt struct {
	Counted  int64 `json:"counted" doc:"How often something happened to material that is known here."`
	Ignored  int64 `json:"ignored" doc:"How many observations are of material that is not known here. Nothing of them is kept."`
	Repeated bool  `json:"repeated" doc:"Whether the batch was taken before."`
}

func (s *server) registerSpread() {
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/spread", OperationID: "tell-spread", Tags: []string{tagItems},
		Summary: "Tell how often known material was seen",
		Description: "Each time that material is viewed, sent or received is a new harm to the child. A platform tells how often that happened, in batches; it is counted by the hour, and shown with the cases and the entries of banks that it belongs to.\n\n" +
			"Only material that is known here is counted: what matches an entry of a bank, or an item in which something was found.",
		Security: needs(auth.ItemsWrite), Errors: []int{409, 503}}, s.tellSpread)
}

func (s *server) tellSpread(ctx context.Context, in *struct{ Body NewSpread }) (*struct{ Body SpreadReceipt }, error) {
	b := spread.Batch{ID: in.Body.ID}
	for _, o := range in.Body.Observations {
		x := spread.Seen{Item: o.Item, Kind: spread.Kind(o.Kind), At: o.At, Account: o.Account, Count: o.Count}
		if o.Hash != nil {
			x.Hash = jaga.Signal{Type: jaga.SignalType(o.Hash.Type), Value: o.Hash.Value}
		}
		b.Seen = append(b.Seen, x)
	}
	got, err := s.Spread.Tell(ctx, actor(ctx), b)
	if err != nil {
		return nil, err
	}
	return &struct{ Body SpreadReceipt }{SpreadReceipt{got.Counted, got.Ignored, got.Repeated}}, nil
}
