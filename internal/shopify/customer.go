package shopify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify/admin"
)

const (
	maxTags      = 250 // of a customer, says Shopify
	maxTagLength = 255 // letters
)

// Customer gives the customer with exactly this address, nil when there is none. Scope: read_customers.
func (c *Client) Customer(ctx context.Context, email string) (*shop.Customer, error) {
	email = fold(email)
	if !searchable(email) {
		return nil, nil
	}
	resp, err := admin.Customer(ctx, c, email)
	if err != nil {
		return nil, err
	}
	n := resp.CustomerByIdentifier
	if n == nil || fold(n.DefaultEmailAddress.EmailAddress) != email {
		return nil, nil
	}
	m := money{op: "Customer"}
	orders, _ := n.NumberOfOrders.Int64() // 0 where it is no number: it is shown to staff only
	out := &shop.Customer{
		ID: n.Id, Email: email, FirstName: oneLine(n.FirstName), LastName: oneLine(n.LastName),
		Locale: n.Locale, Created: n.CreatedAt, Orders: int(orders),
		Spent: m.amount(n.AmountSpent.Amount, n.AmountSpent.CurrencyCode),
		Tags:  n.Tags, Consent: n.DefaultEmailAddress.MarketingState, RFM: n.Statistics.RfmGroup,
	}
	if m.err != nil {
		return nil, m.err
	}
	return out, nil
}

// AddTags adds tags to a customer (gid://shopify/Customer/…) and leaves the others alone. Doing it twice
// changes nothing. Scope: write_customers.
func (c *Client) AddTags(ctx context.Context, customerID string, tags []string) error {
	tags, err := checkTags("AddTags", customerID, tags)
	if err != nil || len(tags) == 0 {
		return err
	}
	resp, err := admin.AddTags(ctx, c, customerID, tags)
	if err != nil {
		return err
	}
	if resp.TagsAdd == nil {
		return refused("AddTags", nil)
	}
	return refused("AddTags", resp.TagsAdd.UserErrors)
}

// RemoveTags removes tags of a customer. One that is not there is no error. Scope: write_customers.
func (c *Client) RemoveTags(ctx context.Context, customerID string, tags []string) error {
	tags, err := checkTags("RemoveTags", customerID, tags)
	if err != nil || len(tags) == 0 {
		return err
	}
	resp, err := admin.RemoveTags(ctx, c, customerID, tags)
	if err != nil {
		return err
	}
	if resp.TagsRemove == nil {
		return refused("RemoveTags", nil)
	}
	return refused("RemoveTags", resp.TagsRemove.UserErrors)
}

// checkTags refuses what Shopify would, before a call. A comma would make two tags of one.
func checkTags(op, id string, tags []string) ([]string, error) {
	wrong := func(what string) error { return &Error{Op: op, Detail: what} }
	if !strings.HasPrefix(id, "gid://shopify/Customer/") {
		return nil, wrong("the id is not a customer's")
	}
	var out []string
	for _, t := range tags {
		t = strings.TrimSpace(t)
		switch {
		case t == "" || strings.Contains(t, ","):
			return nil, wrong("a tag is empty or has a comma")
		case len([]rune(t)) > maxTagLength:
			return nil, wrong(fmt.Sprintf("a tag is longer than %d letters", maxTagLength))
		}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if len(out) > maxTags {
		return nil, wrong(fmt.Sprintf("more than %d tags", maxTags))
	}
	return out, nil
}

// refused makes an error of a mutation's userErrors. Only the fields are named: messages repeat what was
// sent. A mutation without a payload at all was refused too.
func refused(op string, list []admin.UserError) error {
	if list != nil && len(list) == 0 {
		return nil
	}
	var fields []string
	for _, u := range list {
		fields = append(fields, strings.Join(u.Field, "."))
	}
	return &Error{Op: op, Status: 200, Code: codeUserErrors, Detail: oneLine(strings.Join(fields, ", "))}
}
