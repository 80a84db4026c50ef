package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/replyd/replyd/internal/sandbox/schema"
)

// shopifyServer is Shopify's Admin GraphQL API: queries are validated against the published schema and
// answered from the scenario.
type shopifyServer struct {
	world     *World
	schema    *ast.Schema
	rules     *rules.Rules
	resolvers map[string]resolver

	mu     sync.Mutex // held while a query runs: tags change
	data   *shopData
	tokens map[string]time.Time // issued by the client credentials grant, and when they end
	bucket *bucket
}

// resolver answers a field that is not simply a value of its object.
type resolver func(e *execution, args map[string]any) (any, error)

func newShopify(w *World, data *shopData, size Bucket) (*shopifyServer, error) {
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "admin.graphql", Input: schema.Admin()})
	if err != nil {
		return nil, fmt.Errorf("shopify schema: %w", err)
	}
	return &shopifyServer{
		world: w, schema: s, rules: rules.NewDefaultRules(), resolvers: resolvers(), data: data,
		tokens: map[string]time.Time{}, bucket: newBucket(size, w.now()),
	}, nil
}

func (s *shopifyServer) answer(c *call) (answer, Kind) {
	if c.URL.Path == "/admin/oauth/access_token" {
		return s.grant(c), ""
	}
	kind := s.world.faults.next(Shopify, everyCall)
	if a, ok := s.failure(kind); ok {
		return a, kind
	}
	version, ok := strings.CutSuffix(strings.TrimPrefix(c.URL.Path, "/admin/api/"), "/graphql.json")
	switch {
	case !ok || version != schema.Version:
		return jsonAnswer(http.StatusNotFound, object{"errors": "Not Found"}), kind
	case c.Method != http.MethodPost:
		return jsonAnswer(http.StatusMethodNotAllowed, object{"errors": "Method Not Allowed"}), kind
	case !s.known(c.Header.Get("X-Shopify-Access-Token")):
		a, _ := s.failure(Unauthorized)
		return a, kind
	case !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json"):
		return jsonAnswer(http.StatusUnsupportedMediaType, object{"errors": "Unsupported Media Type"}), kind
	}
	a, own := s.query(c.body)
	if own != "" {
		kind = own
	}
	return a.with("X-Shopify-API-Version", schema.Version).with("X-Request-Id", requestID()), kind
}

// failure gives the body of a fault. Faults that spoil the right answer have none.
func (s *shopifyServer) failure(kind Kind) (answer, bool) {
	switch kind {
	case Unauthorized:
		return jsonAnswer(http.StatusUnauthorized, object{
			"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)",
		}), true
	case RateLimited:
		return jsonAnswer(http.StatusOK, object{
			"errors": []any{object{"message": "Throttled", "extensions": object{
				"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits",
			}}},
			"extensions": s.bucket.report(s.world.now(), 100, nil),
		}), true
	case Broken:
		return jsonAnswer(http.StatusInternalServerError, object{"errors": "Internal Server Error"}), true
	case Unavailable:
		return unavailable(), true
	case Refused:
		return jsonAnswer(http.StatusBadRequest, object{"errors": "Bad Request"}), true
	}
	return answer{}, false
}

// known reports whether a token is the static one or one of the grant's, not yet expired.
func (s *shopifyServer) known(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return token == s.world.ShopifyToken || s.world.now().Before(s.tokens[token])
}

// tokenLife is how long a token of the client credentials grant lives.
// Source:
// https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant,
// read 2026-11-22.
const tokenLife = 86399 * time.Second

// grant is the client credentials grant (RFC 6749 section 4.4).
func (s *shopifyServer) grant(c *call) answer {
	form := map[string]string{}
	if strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(c.body, &form) // what is missing is refused below
	} else if values, err := url.ParseQuery(string(c.body)); err == nil {
		for k := range values {
			form[k] = values.Get(k)
		}
	}
	switch {
	case c.Method != http.MethodPost:
		return jsonAnswer(http.StatusMethodNotAllowed, object{"errors": "Method Not Allowed"})
	case form["grant_type"] != "client_credentials":
		return jsonAnswer(http.StatusBadRequest, object{"error": "unsupported_grant_type"})
	case form["client_id"] != s.world.ShopifyClientID || form["client_secret"] != s.world.ShopifyClientSecret:
		return jsonAnswer(http.StatusBadRequest, object{
			"error": "invalid_client", "error_description": "The client credentials are invalid",
		})
	}
	token := "shpat_" + strings.ToLower(rand.Text())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = s.world.now().Add(tokenLife)
	return jsonAnswer(http.StatusOK, object{
		"access_token": token, "scope": strings.Join(s.data.Scopes, ","), "expires_in": int(tokenLife.Seconds()),
	})
}

// query validates and runs one operation.
func (s *shopifyServer) query(body []byte) (answer, Kind) {
	var in struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return jsonAnswer(http.StatusBadRequest, object{"errors": object{"query": "Required parameter missing " +
			"or invalid"}}), ""
	}
	doc, list := gqlparser.LoadQueryWithRules(s.schema, in.Query, s.rules)
	if len(list) > 0 {
		return jsonAnswer(http.StatusOK, object{"errors": refusals(list)}), ""
	}
	op := doc.Operations.ForName(in.OperationName)
	if op == nil {
		return refusal("No operation named \"" + in.OperationName + "\""), ""
	}
	vars, err := validator.VariableValues(s.schema, op, in.Variables)
	if err != nil {
		return refusal(err.Error()), ""
	}
	return s.run(op, vars)
}

func (s *shopifyServer) run(op *ast.OperationDefinition, vars map[string]any) (answer, Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cost := costOf(s.schema, op.SelectionSet, vars)
	if op.Operation == ast.Mutation {
		cost = max(cost, mutationCost)
	}
	now := s.world.now()
	switch {
	case cost > maxCost:
		return tooExpensive(cost), ""
	case !s.bucket.take(now, cost):
		a, _ := s.failure(RateLimited)
		return a, RateLimited
	}
	root := s.schema.Query
	if op.Operation == ast.Mutation {
		root = s.schema.Mutation
	}
	e := &execution{shop: s, vars: vars}
	data, err := e.object(root, object{}, op.SelectionSet, nil)
	kind := s.world.faults.next(Shopify, func(match string) bool {
		return match != "" && slices.Contains(e.seen,
			match)
	})
	if a, ok := s.failure(kind); ok {
		return a, kind
	}
	actual := min(cost, max(e.cost-1, 0)) // the root is no object of the shop
	if op.Operation == ast.Mutation {
		actual = mutationCost
	}
	s.bucket.giveBack(now, cost-actual)
	out := object{"data": data, "extensions": s.bucket.report(now, cost, &actual)}
	if len(e.warnings) > 0 {
		out["extensions"].(object)["search"] = e.warnings
	}
	if failed := (*fieldError)(nil); errors.As(err, &failed) {
		out["data"] = nil
		out["errors"] = []any{object{
			"message": failed.message, "path": failed.path, "extensions": object{"code": failed.code},
		}}
	}
	return jsonAnswer(http.StatusOK, out), kind
}

// refusals are validation errors in Shopify's form: an unknown field has a code of its own.
func refusals(list gqlerror.List) []any {
	var out []any
	for _, e := range list {
		code := "graphQLErrors"
		switch e.Rule {
		case "FieldsOnCorrectType":
			code = "undefinedField"
		case "KnownArgumentNames":
			code = "argumentNotAccepted"
		case "ProvidedRequiredArguments":
			code = "missingRequiredArguments"
		case "ValuesOfCorrectType":
			code = "argumentLiteralsIncompatible"
		}
		out = append(out, object{"message": e.Message, "locations": e.Locations,
			"extensions": object{"code": code}})
	}
	return out
}

func refusal(message string) answer {
	return jsonAnswer(http.StatusOK, object{"errors": []any{object{
		"message": message, "extensions": object{"code": "INVALID_VARIABLE"},
	}}})
}

func requestID() string { return strings.ToLower(rand.Text()) }
