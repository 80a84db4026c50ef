package main

import (
	"fmt"
	"slices"
	"strings"
)

// introspection is the answer to the standard introspection query (GraphQL October 2021, section 4.2).
type introspection struct {
	QueryType    struct{ Name string }
	MutationType struct{ Name string }
	Types        []*kind

	byName map[string]*kind
}

type kind struct {
	Kind, Name    string
	Fields        []*field
	InputFields   []*value
	EnumValues    []*value
	Interfaces    []ref
	PossibleTypes []ref
}

type field struct {
	Name         string
	Args         []*value
	Type         ref
	IsDeprecated bool
}

type value struct {
	Name         string
	Type         ref
	DefaultValue *string
}

type ref struct {
	Kind, Name string
	OfType     *ref
}

func (r ref) String() string {
	switch r.Kind {
	case "NON_NULL":
		return r.OfType.String() + "!"
	case "LIST":
		return "[" + r.OfType.String() + "]"
	}
	return r.Name
}

func (r ref) named() string {
	if r.OfType != nil {
		return r.OfType.named()
	}
	return r.Name
}

func (s *introspection) index() {
	s.byName = map[string]*kind{}
	for _, t := range s.Types {
		s.byName[t.Name] = t
	}
	slices.SortFunc(s.Types, func(a, b *kind) int { return strings.Compare(a.Name, b.Name) })
}

// builtin are the scalars that SDL does not declare.
var builtin = []string{"String", "Int", "Float", "Boolean", "ID"}

// sdl writes the types that u keeps, all of them when u is nil.
func (s *introspection) sdl(u *use) string {
	var b strings.Builder
	fmt.Fprintf(&b, "schema {\n  query: %s\n  mutation: %s\n}\n\n", s.QueryType.Name, s.MutationType.Name)
	b.WriteString("directive @idempotent(key: String!) on FIELD\n")
	for _, t := range s.Types {
		declared := !strings.HasPrefix(t.Name, "__") && !slices.Contains(builtin, t.Name)
		if !declared || (u != nil && !u.types[t.Name]) {
			continue
		}
		b.WriteString("\n")
		writeType(&b, t, u)
	}
	return b.String()
}

func writeType(b *strings.Builder, t *kind, u *use) {
	switch t.Kind {
	case "SCALAR":
		fmt.Fprintf(b, "scalar %s\n", t.Name)
	case "ENUM":
		fmt.Fprintf(b, "enum %s {\n", t.Name)
		for _, v := range t.EnumValues {
			fmt.Fprintf(b, "  %s\n", v.Name)
		}
		b.WriteString("}\n")
	case "UNION":
		fmt.Fprintf(b, "union %s = %s\n", t.Name, strings.Join(names(t.PossibleTypes, u), " | "))
	case "INPUT_OBJECT":
		fmt.Fprintf(b, "input %s {\n", t.Name)
		for _, v := range t.InputFields {
			fmt.Fprintf(b, "  %s\n", argument(v))
		}
		b.WriteString("}\n")
	case "OBJECT", "INTERFACE":
		word := map[string]string{"OBJECT": "type", "INTERFACE": "interface"}[t.Kind]
		fmt.Fprintf(b, "%s %s", word, t.Name)
		if all := names(t.Interfaces, u); len(all) > 0 {
			fmt.Fprintf(b, " implements %s", strings.Join(all, " & "))
		}
		b.WriteString(" {\n")
		for _, f := range t.Fields {
			if u == nil || u.keeps(t, f) {
				writeField(b, f)
			}
		}
		b.WriteString("}\n")
	}
}

func writeField(b *strings.Builder, f *field) {
	fmt.Fprintf(b, "  %s", f.Name)
	if len(f.Args) > 0 {
		var args []string
		for _, a := range f.Args {
			args = append(args, argument(a))
		}
		fmt.Fprintf(b, "(%s)", strings.Join(args, ", "))
	}
	fmt.Fprintf(b, ": %s", f.Type)
	if f.IsDeprecated {
		b.WriteString(" @deprecated")
	}
	b.WriteString("\n")
}

func argument(v *value) string {
	s := v.Name + ": " + v.Type.String()
	if v.DefaultValue != nil {
		s += " = " + *v.DefaultValue
	}
	return s
}

func names(refs []ref, u *use) []string {
	var out []string
	for _, r := range refs {
		if u == nil || u.types[r.Name] {
			out = append(out, r.Name)
		}
	}
	return out
}
