package api

import (
	"slices"
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
)

func TestPeopleAndRotation(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		want[SignInLink](c, 201, "POST", "/v1/sign-in-links", "") // makes the first person
		in := want[InvitedPerson](c, 201, "POST", "/v1/people", `{"name": "Sari", "login": "sari", "roles": ["reviewer@hotline", "auditor"]}`)
		if in.Person.ID != 2 || !slices.Equal(in.Person.Roles, []string{"reviewer@hotline", "auditor"}) || in.Link.URL == "" {
			t.Errorf("invited %+v", in)
		}
		list := want[PersonList](c, 200, "GET", "/v1/people", "")
		if len(list.People) != 2 || list.People[1].Name != "Sari" || list.People[1].SeenAt != nil {
			t.Errorf("people %+v", list)
		}
		c.refused(c.call("POST", "/v1/people", `{"name": "X", "roles": ["king"]}`), 422, "invalid", "roles")
		c.refused(c.call("POST", "/v1/people", `{"name": "X", "login": "SARI", "roles": []}`), 409, "conflict", "login")
		c.refused(c.call("POST", "/v1/people/1/disable", ""), 409, "conflict", "administrator")
		c.refused(c.call("POST", "/v1/people/9/sign-in-links", ""), 404, "not_found", "person")
		want[SignInLink](c, 201, "POST", "/v1/people/2/sign-in-links", "")
		if a := c.call("POST", "/v1/people/2/disable", ""); a.status != 204 {
			t.Errorf("disable: %d %s", a.status, a.body)
		}
		// Every scope can be given; the list in the description is whole.
		for _, scope := range auth.Scopes() {
			want[CreatedKey](c, 201, "POST", "/v1/keys", `{"label": "one", "scopes": ["`+string(scope)+`"]}`)
		}
		k := want[CreatedKey](c, 200, "POST", "/v1/keys/2/rotate", `{"overlap_days": 7}`)
		if k.Key.ID != 2 || k.Key.OldUntil == nil || k.Key.RotatedBy != "key:1" || k.Secret == "" {
			t.Errorf("rotated %+v", k)
		}
		c.refused(c.call("POST", "/v1/keys/2/rotate", `{"overlap_days": 31}`), 422, "invalid", "overlap_days")
		c.refused(c.call("POST", "/v1/people", `{"name": "X", "roles": ["reviewer@defualt"]}`), 422, "invalid", "roles")
		want[InvitedPerson](c, 201, "POST", "/v1/people", `{"name": "X", "roles": ["reviewer@night"], "new_queues": true}`)
		want[InvitedPerson](c, 201, "POST", "/v1/people", `{"name": "Y", "roles": ["senior@night"]}`)
	})
}
