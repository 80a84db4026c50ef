// Command gen prunes Shopify's published Admin schema to what the queries of this folder touch, and writes it
// as SDL. The input is introspection JSON of 11 MB (gzip 1 MB), which is not checked in. To get it:
//
//	npm pack @shopify/dev-mcp && tar xzf shopify-dev-mcp-*.tgz
//	gunzip -k package/dist/data/admin_2026-10.json.gz
//	ADMIN_SCHEMA=$PWD/package/dist/data/admin_2026-10.json go generate ./internal/shopify
//
// Without ADMIN_SCHEMA it keeps the checked-in file, so that go generate works offline.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// header heads the file: which version, from where, when.
const header = `# Shopify Admin GraphQL API, version 2026-10, pruned to what replyd's queries touch: the types
# that they select, with every field that leads to a kept or a plain type, and the inputs and enums of those.
# Source: npm package @shopify/dev-mcp 1.16.0, dist/data/admin_2026-10.json.gz, read on 2026-11-22.
# Written by internal/shopify/gen. DO NOT EDIT.

`

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: gen QUERIES_DIR OUT.graphql, with ADMIN_SCHEMA=introspection.json")
	}
	in := os.Getenv("ADMIN_SCHEMA")
	if in == "" {
		log.Print("gen: ADMIN_SCHEMA is not set; keeping ", os.Args[2])
		return
	}
	if err := run(in, os.Args[1], os.Args[2]); err != nil {
		log.Fatal("gen: ", err)
	}
}

func run(in, queries, out string) error {
	b, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	full, err := read(b)
	if err != nil {
		return err
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: in, Input: full.sdl(nil)})
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(queries, "*.graphql"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no queries in %s: %v", queries, err)
	}
	var text strings.Builder
	for _, f := range files {
		q, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		text.Write(q)
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, text.String(), rules.NewDefaultRules())
	if len(errs) > 0 {
		return errs
	}
	u := newUse(full)
	for _, op := range doc.Operations {
		u.selection(op.SelectionSet)
	}
	u.close()
	return os.WriteFile(out, []byte(header+full.sdl(u)), 0o644)
}

// read takes introspection JSON with or without the outer "data".
func read(b []byte) (*introspection, error) {
	var wrapped struct {
		Data *struct {
			Schema *introspection `json:"__schema"`
		}
		Schema *introspection `json:"__schema"`
	}
	if err := json.Unmarshal(b, &wrapped); err != nil {
		return nil, err
	}
	s := wrapped.Schema
	if s == nil && wrapped.Data != nil {
		s = wrapped.Data.Schema
	}
	if s == nil {
		return nil, fmt.Errorf("no __schema")
	}
	s.index()
	return s, nil
}
