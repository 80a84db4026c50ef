package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/web"
)

// unworded is texts that nobody may reach.
type unworded struct{ t *testing.T }

func (u unworded) Texts() ([]texts.Entry, error)    { return nil, errors.New("seen") }
func (u unworded) Text(string) (*texts.Text, error) { return nil, errors.New("seen") }
func (u unworded) TryText(string, string) (texts.Trial, error) {
	return texts.Trial{}, errors.New("seen")
}
func (u unworded) SetText(context.Context, string, uint64, texts.Version) error {
	u.t.Error("a text was changed")
	return nil
}

func TestOnlyOwnersSeeAndChangeTexts(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.Texts = unworded{t} })
	const page = "/templates/replies/en/other"
	for _, role := range []staff.Role{staff.Agent, staff.Viewer} {
		o := d.as("x"+string(role), role)
		for _, path := range []string{"/templates", page, page + "/preview", "/templates/new/en"} {
			if status, body, _ := o.do("GET", path, nil); status != http.StatusForbidden || strings.Contains(body, "seen") {
				t.Errorf("%s looks at %s: %d", role, path, status)
			}
		}
		for _, path := range []string{page, page + "/back", page + "/check", page + "/preview", "/templates/new/en"} {
			if status := o.post(path, url.Values{"body": {"x"}}); status != http.StatusForbidden {
				t.Errorf("%s sends to %s: %d", role, path, status)
			}
		}
	}
	if status := d.another().post(page, url.Values{"body": {"x"}}); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
}
