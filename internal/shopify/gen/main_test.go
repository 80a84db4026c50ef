package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// published is a small schema as Shopify publishes its large one.
const published = `{"data":{"__schema":{"queryType":{"name":"QueryRoot"},"mutationType":{"name":"Mutation"},"types":[
 {"kind":"SCALAR","name":"String"},{"kind":"SCALAR","name":"ID"},{"kind":"SCALAR","name":"Date"},
 {"kind":"INTERFACE","name":"Node","fields":[{"name":"id","args":[],"type":{"kind":"SCALAR","name":"ID"}}]},
 {"kind":"ENUM","name":"Side","enumValues":[{"name":"LEFT"},{"name":"RIGHT"}]},
 {"kind":"INPUT_OBJECT","name":"By","inputFields":[{"name":"side","type":{"kind":"ENUM","name":"Side"},"defaultValue":"LEFT"}]},
 {"kind":"OBJECT","name":"Secret","fields":[{"name":"id","args":[],"type":{"kind":"SCALAR","name":"ID"}}]},
 {"kind":"OBJECT","name":"Shoe","interfaces":[{"kind":"INTERFACE","name":"Node"}],"fields":[
  {"name":"id","args":[],"type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"ID"}}},
  {"name":"made","args":[],"type":{"kind":"SCALAR","name":"Date"},"isDeprecated":true},
  {"name":"secret","args":[],"type":{"kind":"OBJECT","name":"Secret"}}]},
 {"kind":"OBJECT","name":"QueryRoot","fields":[
  {"name":"shoes","args":[{"name":"by","type":{"kind":"INPUT_OBJECT","name":"By"}}],
   "type":{"kind":"LIST","ofType":{"kind":"OBJECT","name":"Shoe"}}},
  {"name":"secret","args":[],"type":{"kind":"OBJECT","name":"Secret"}}]},
 {"kind":"OBJECT","name":"Mutation","fields":[
  {"name":"burn","args":[],"type":{"kind":"SCALAR","name":"ID"}},
  {"name":"polish","args":[],"type":{"kind":"SCALAR","name":"ID"}}]}]}}}`

const pruned = header + `schema {
  query: QueryRoot
  mutation: Mutation
}

directive @idempotent(key: String!) on FIELD

input By {
  side: Side = LEFT
}

scalar Date

type Mutation {
  polish: ID
}

interface Node {
  id: ID
}

type QueryRoot {
  shoes(by: By): [Shoe]
}

type Shoe implements Node {
  id: ID!
  made: Date @deprecated
}

enum Side {
  LEFT
  RIGHT
}
`

func TestOnlyWhatQueriesTouchIsKept(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.json"), filepath.Join(dir, "out.graphql")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("in.json", published)
	write("a.graphql", "query Shoes { shoes(by: {side: RIGHT}) { id } }")
	write("b.graphql", "mutation Polish { polish }")
	if err := run(in, dir, out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(pruned, string(got)); d != "" {
		t.Error(d)
	}
}

func TestAQueryThatDoesNotFitTheSchemaIsAnError(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.json")
	for name, text := range map[string]string{"in.json": published, "a.graphql": "query X { hats { id } }"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(in, dir, filepath.Join(dir, "out")); err == nil {
		t.Error("hats are not sold here")
	}
}
