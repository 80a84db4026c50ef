package shopify

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/Khan/genqlient/graphql"
	goshopify "github.com/bold-commerce/go-shopify/v4"
)

// envelope is an answer of the GraphQL API. Costs may be fractional.
type envelope struct {
	Data       json.RawMessage `json:"data"`
	Errors     json.RawMessage `json:"errors"` // a list, or a sentence
	Extensions struct {
		Cost struct {
			Requested float64 `json:"requestedQueryCost"`
			Actual    float64 `json:"actualQueryCost"`
			Throttle  struct {
				Available float64 `json:"currentlyAvailable"`
				Restore   float64 `json:"restoreRate"` // points a second
			} `json:"throttleStatus"`
		} `json:"cost"`
	} `json:"extensions"`
}

// MakeRequest runs one generated operation (graphql.Client). Throttling is waited for, within Patience; all
// else is for the pipeline to repeat.
func (c *Client) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	waited := time.Duration(0)
	for {
		env, err := c.authorised(ctx, req)
		if err == nil {
			if env.Data == nil || json.Unmarshal(env.Data, resp.Data) != nil {
				return &Error{Op: req.OpName, Status: http.StatusOK, Code: codeBadAnswer, Temporary: true}
			}
			return nil
		}
		e, ok := err.(*Error)
		if !ok || (e.Code != codeThrottled && e.Status != http.StatusTooManyRequests) {
			return err
		}
		if waited += e.After; waited > c.patience {
			return e
		}
		select {
		case <-time.After(e.After):
		case <-ctx.Done():
			return &ended{req.OpName, ctx.Err()}
		}
	}
}

// authorised calls once, and once more with a fresh token where the present one is refused.
func (c *Client) authorised(ctx context.Context, req *graphql.Request) (*envelope, error) {
	token, err := c.tokens.get(ctx, "")
	if err != nil {
		return nil, given(ctx, req.OpName, err)
	}
	env, err := c.once(ctx, req, token)
	if e, ok := err.(*Error); ok && e.Status == http.StatusUnauthorized && c.tokens.static == "" {
		if token, err = c.tokens.get(ctx, token); err != nil {
			return nil, given(ctx, req.OpName, err)
		}
		env, err = c.once(ctx, req, token)
	}
	return env, err
}

func given(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return &ended{op, ctx.Err()}
	}
	return err
}

// once makes one HTTP call. Its go-shopify client is its own and repeats nothing by itself: a shared one
// races, and WithRetry replays mutations and sleeps past the context.
func (c *Client) once(ctx context.Context, req *graphql.Request, token string) (*envelope, error) {
	call, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	x := &exchange{link: c.link, token: token}
	defer x.close()
	client, err := goshopify.NewClient(goshopify.App{}, c.shop, "",
		goshopify.WithVersion(c.version), goshopify.WithRetry(0),
		goshopify.WithHTTPClient(c.link.client(x)))
	if err != nil {
		return nil, &Error{Op: req.OpName, Detail: "the shop's address cannot be built"}
	}
	began := time.Now()
	env := &envelope{}
	err = client.Post(call, "graphql.json", req, env)
	cost := &env.Extensions.Cost
	c.log.DebugContext(ctx, "shopify call", "op", req.OpName, "status", x.status, "cost", cost.Actual,
		"left", cost.Throttle.Available, "took", time.Since(began))
	switch {
	case x.status != 0 && x.status != http.StatusOK:
		if ctx.Err() != nil {
			return nil, &ended{req.OpName, ctx.Err()}
		}
		e := ofStatus(req.OpName, x.status, x.after)
		if x.status == http.StatusTooManyRequests {
			e.After = max(e.After, time.Second)
		}
		return nil, e
	case err != nil:
		failed := unanswered(ctx, req.OpName, err)
		if e, ok := failed.(*Error); ok && x.status == http.StatusOK && e.Code == codeUnreachable {
			e.Status, e.Code = x.status, codeBadAnswer
		}
		return nil, failed
	}
	if e := env.failure(req.OpName); e != nil {
		return nil, e
	}
	return env, nil
}

// failure gives the error that an answer with status 200 reports. Data beside errors is not used: half an
// answer could read as "you have no orders".
func (v *envelope) failure(op string) *Error {
	if len(v.Errors) == 0 || string(v.Errors) == "null" || string(v.Errors) == "[]" {
		return nil
	}
	var list []struct {
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	}
	if json.Unmarshal(v.Errors, &list) != nil || len(list) == 0 {
		return ofCode(op, "")
	}
	e := ofCode(op, list[0].Extensions.Code)
	if e.Code == codeThrottled {
		e.After = v.refill()
	}
	return e
}

// refill is how long the bucket needs until the query fits: between 100 ms and a minute.
func (v *envelope) refill() time.Duration {
	cost := v.Extensions.Cost
	if cost.Throttle.Restore <= 0 {
		return time.Second
	}
	seconds := (cost.Requested - cost.Throttle.Available) / cost.Throttle.Restore
	return time.Duration(min(max(seconds, 0.1), 60) * float64(time.Second))
}
