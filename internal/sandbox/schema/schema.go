// Package schema holds Shopify's published Admin schema, pruned to what replyd's queries touch. The sandbox
// checks every incoming query against it, and the Shopify client is generated from it.
package schema

import _ "embed"

//go:embed admin-2026-10.graphql
var admin string

// Version is the API version of the schema.
const Version = "2026-10"

// Admin gives the schema as SDL.
func Admin() string { return admin }
