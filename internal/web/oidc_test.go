package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/oidc"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/web"
)

// provider is a small OpenID provider. It holds its clients to state, nonce and PKCE, and its answers can be
// damaged.
type provider struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	claims map[string]any        // over the ordinary ones
	signer *rsa.PrivateKey       // who signs; key when nil
	codes  map[string]url.Values // code → the request that it answers
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, codes: map[string]url.Values{}, claims: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}}
		_ = json.NewEncoder(w).Encode(set)
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("state") == "" || q.Get("nonce") == "" || q.Get("code_challenge_method") != "S256" {
			t.Errorf("the request lacks state, nonce or PKCE: %v", q)
		}
		p.codes["code-1"] = q
		back := q.Get("redirect_uri") + "?" + url.Values{"code": {"code-1"}, "state": {q.Get("state")}}.Encode()
		http.Redirect(w, r, back, http.StatusSeeOther)
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	asked, ok := p.codes[r.PostFormValue("code")]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	delete(p.codes, r.PostFormValue("code"))
	claims := map[string]any{
		"iss": p.URL, "aud": "desk", "sub": "42", "nonce": asked.Get("nonce"), "iat": time.Now().Unix(),
		"exp": time.Now().Add(time.Minute).Unix(), "email": "Ada@lavender-oak.example", "email_verified": true,
	}
	for k, v := range p.claims {
		claims[k] = v
	}
	key := p.key
	if p.signer != nil {
		key = p.signer
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256,
		Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	text, _ := json.Marshal(claims)
	signed, _ := signer.Sign(text)
	id, _ := signed.CompactSerialize()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": id})
}

// withProvider makes a desk that knows the provider.
func withProvider(t *testing.T, p *provider) *desk {
	return newDesk(t, func(deps *web.Deps) {
		deps.Identity = oidc.New(oidc.Config{Issuer: p.URL, ClientID: "desk", ClientSecret: "s",
			Redirect: "http://desk.test/login/oidc/callback"})
		deps.Newcomers = web.Newcomers{Domains: []string{"lavender-oak.example"}, Role: staff.Agent}
	})
}

// through goes to the provider and back, and gives the desk's answer.
func (d *desk) through(change func(url.Values)) (status int, body string) {
	d.t.Helper()
	status, _, h := d.do("GET", "/login/oidc", nil)
	if status != http.StatusSeeOther {
		return status, ""
	}
	_, _, h = d.do("GET", h.Get("Location"), nil)
	back := mustURL(d.t, h.Get("Location"))
	q := back.Query()
	if change != nil {
		change(q)
	}
	status, body, _ = d.do("GET", back.Path+"?"+q.Encode(), nil)
	return status, body
}

func TestANewcomerOfTheDomainLogsInThroughTheProvider(t *testing.T) {
	p := newProvider(t)
	d := withProvider(t, p)
	if status, body := d.through(nil); status != http.StatusSeeOther || !d.in() {
		t.Fatalf("%d %s", status, body)
	}
	a, err := d.store.Account("ada@lavender-oak.example")
	if err != nil || a.Role != staff.Agent || a.Subject != p.URL+" 42" || a.Hash != "" {
		t.Fatalf("%+v %v", a, err)
	}
	// the address may change at the provider; the person stays
	p.claims["email"] = "ada.l@lavender-oak.example"
	o := d.another()
	if status, _ := o.through(nil); status != http.StatusSeeOther || !o.in() {
		t.Errorf("the second log-in: %d", status)
	}
	if all, _ := d.store.Accounts(); len(all) != 2 {
		t.Errorf("%d accounts", len(all))
	}
	status := o.post("/login", url.Values{"name": {a.Name}, "password": {""}})
	if status != http.StatusUnauthorized {
		t.Errorf("an account without a password takes an empty one: %d", status)
	}
}

func TestAColleagueIsFoundByConfirmedAddress(t *testing.T) {
	p := newProvider(t)
	p.claims["email"] = "vera@elsewhere.example"
	d := withProvider(t, p)
	a := staff.Account{Name: "vera", Email: "vera@elsewhere.example", Role: staff.Viewer, Created: start}
	if err := d.store.AddAccount(t.Context(), a, audit.Entry{}); err != nil {
		t.Fatal(err)
	}
	p.claims["email_verified"] = false
	if status, _ := d.through(nil); status != http.StatusUnauthorized || d.in() {
		t.Errorf("an unconfirmed address: %d", status)
	}
	p.claims["email_verified"] = true
	if status, _ := d.through(nil); status != http.StatusSeeOther || !d.in() {
		t.Errorf("a confirmed one: %d", status)
	}
	p.claims["sub"] = "43" // somebody else who got the same address
	o := d.another()
	if status, _ := o.through(nil); status != http.StatusUnauthorized || o.in() {
		t.Errorf("another person with her address: %d", status)
	}
	if _, err := d.store.ChangeAccount(t.Context(), "vera", audit.Entry{}, func(a *staff.Account) error {
		a.Disabled = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p.claims["sub"] = "42"
	if o.through(nil); o.in() {
		t.Error("a disabled account is let in")
	}
}

func TestTheProvidersAnswerMustHold(t *testing.T) {
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		damage func(*provider)
		change func(url.Values)
	}{
		"another state":     {change: func(q url.Values) { q.Set("state", "x") }},
		"no state":          {change: func(q url.Values) { q.Del("state") }},
		"another code":      {change: func(q url.Values) { q.Set("code", "x") }},
		"no code":           {change: func(q url.Values) { q.Del("code") }},
		"another nonce":     {damage: func(p *provider) { p.claims["nonce"] = "x" }},
		"another audience":  {damage: func(p *provider) { p.claims["aud"] = "x" }},
		"another issuer":    {damage: func(p *provider) { p.claims["iss"] = "https://evil.example" }},
		"an old token":      {damage: func(p *provider) { p.claims["exp"] = time.Now().Add(-time.Hour).Unix() }},
		"another signature": {damage: func(p *provider) { p.signer = stranger }},
		"another domain":    {damage: func(p *provider) { p.claims["email"] = "eve@evil.example" }},
		"a similar domain":  {damage: func(p *provider) { p.claims["email"] = "eve@lavender-oak.example.evil.example" }},
		"no address":        {damage: func(p *provider) { p.claims["email"] = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			if c.damage != nil {
				c.damage(p)
			}
			d := withProvider(t, p)
			if status, body := d.through(c.change); status != http.StatusUnauthorized || d.in() {
				t.Errorf("%d %s", status, body)
			}
			if all, _ := d.store.Accounts(); len(all) != 1 {
				t.Error("there is a new account")
			}
		})
	}
}

// TestAnAnswerIsTakenInItsOwnBrowserOnly: a victim's browser must not end up in the attacker's account.
func TestAnAnswerIsTakenInItsOwnBrowserOnly(t *testing.T) {
	p := newProvider(t)
	d := withProvider(t, p)
	_, _, h := d.do("GET", "/login/oidc", nil)
	_, _, h = d.do("GET", h.Get("Location"), nil)
	back := mustURL(t, h.Get("Location"))
	victim := d.another()
	if status, _, _ := victim.do("GET", back.RequestURI(), nil); status != http.StatusUnauthorized || victim.in() {
		t.Errorf("%d", status)
	}
}

func TestTheDeskOpensWhileTheProviderIsDown(t *testing.T) {
	p := newProvider(t)
	d := withProvider(t, p)
	p.Close()
	if status, _ := d.through(nil); status != http.StatusBadGateway {
		t.Errorf("%d", status)
	}
	if d.login(); !d.in() {
		t.Error("no log-in by password")
	}
	if strings.Contains(d.log.String(), "client_secret") {
		t.Error("the log holds a secret")
	}
}
