package openai

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var openapi = flag.String("openapi", "", "OpenAI's gzipped OpenAPI description, to prune testdata/requests.json from")

const requestSchemas = "testdata/requests.json"

// TestPrune makes testdata/requests.json anew when -openapi is given: the schemas of the two requests that this
// package makes, with all they refer to and without their prose. See testdata/README.md.
func TestPrune(t *testing.T) {
	if *openapi == "" {
		t.Skip("no -openapi")
	}
	f, err := os.Open(*openapi)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.NewDecoder(unzipped).Decode(&document); err != nil {
		t.Fatal(err)
	}
	kept := map[string]any{}
	var keep func(node any) any
	keep = func(node any) any {
		switch n := node.(type) {
		case []any:
			for i := range n {
				n[i] = keep(n[i])
			}
		case map[string]any:
			for _, prose := range []string{"description", "title", "example", "examples", "x-oaiMeta", "discriminator",
				"$recursiveAnchor", "$recursiveRef"} {
				if _, schema := n[prose].(map[string]any); !schema || prose == "discriminator" || prose == "x-oaiMeta" {
					delete(n, prose)
				}
			}
			if ref, ok := n["$ref"].(string); ok {
				name := ref[len("#/components/schemas/"):]
				n["$ref"] = "#/$defs/" + name
				if _, seen := kept[name]; !seen {
					kept[name] = true
					kept[name] = keep(document.Components.Schemas[name])
				}
				return n
			}
			for k := range n {
				n[k] = keep(n[k])
			}
		}
		return node
	}
	for _, name := range []string{"CreateResponse", "CreateChatCompletionRequest"} {
		kept[name] = keep(document.Components.Schemas[name])
	}
	out, err := json.Marshal(map[string]any{"$defs": kept})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(requestSchemas, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// published compiles the schema of a request as OpenAI publishes it.
func published(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(requestSchemas)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("requests.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("requests.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
