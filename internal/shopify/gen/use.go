package main

import "github.com/vektah/gqlparser/v2/ast"

// use marks what to keep.
type use struct {
	schema *introspection
	types  map[string]bool            // by name
	roots  map[string]map[string]bool // fields of the roots, of which only those asked for stay
}

func newUse(s *introspection) *use {
	u := &use{schema: s, types: map[string]bool{"Node": true}, roots: map[string]map[string]bool{}}
	for _, root := range []string{s.QueryType.Name, s.MutationType.Name} {
		u.types[root] = true
		u.roots[root] = map[string]bool{}
	}
	return u
}

// selection marks the types that a query walks through.
func (u *use) selection(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if fields, root := u.roots[s.ObjectDefinition.Name]; root {
				fields[s.Name] = true
			}
			u.types[s.Definition.Type.Name()] = true
			u.selection(s.SelectionSet)
		case *ast.InlineFragment:
			u.types[s.TypeCondition] = true
			u.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			u.selection(s.Definition.SelectionSet)
		}
	}
}

// keeps reports whether a field of a kept type stays: its type is plain or kept.
func (u *use) keeps(t *kind, f *field) bool {
	if fields, root := u.roots[t.Name]; root {
		return fields[f.Name]
	}
	return u.plain(f.Type.named()) || u.types[f.Type.named()]
}

func (u *use) plain(name string) bool {
	k := u.schema.byName[name].Kind
	return k == "SCALAR" || k == "ENUM"
}

// close adds what the kept fields need: their plain types, and the inputs of their arguments, all the way
// down.
func (u *use) close() {
	for _, t := range u.schema.Types {
		if !u.types[t.Name] || u.plain(t.Name) {
			continue
		}
		for _, f := range t.Fields {
			if !u.keeps(t, f) {
				continue
			}
			u.types[f.Type.named()] = true
			for _, a := range f.Args {
				u.input(a.Type.named())
			}
		}
	}
}

func (u *use) input(name string) {
	if u.types[name] {
		return
	}
	u.types[name] = true
	for _, f := range u.schema.byName[name].InputFields {
		u.input(f.Type.named())
	}
}
