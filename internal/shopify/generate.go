package shopify

//go:generate go run ./gen queries ../sandbox/schema/admin-2026-10.graphql
//go:generate go run github.com/Khan/genqlient genqlient.yaml
