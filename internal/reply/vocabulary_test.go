package reply

import (
	"reflect"
	"strings"
	"testing"
)

// TestTheListOfFieldsIsThatOfTheTypes: nothing is missing in what an owner reads, and nothing of it is gone.
func TestTheListOfFieldsIsThatOfTheTypes(t *testing.T) {
	types := []reflect.Type{
		reflect.TypeFor[*view](), reflect.TypeFor[shopView](), reflect.TypeFor[*orderView](), reflect.TypeFor[*lineView](),
		reflect.TypeFor[*shipmentView](), reflect.TypeFor[*trackingView](), reflect.TypeFor[*refundView](),
		reflect.TypeFor[*returnView](), reflect.TypeFor[*productView](), reflect.TypeFor[*variantView](),
		reflect.TypeFor[*passageView](), reflect.TypeFor[*value](),
	}
	if len(types) != len(things) {
		t.Errorf("%d types, %d explained", len(types), len(things))
	}
	for _, typ := range types {
		plain := typ
		if typ.Kind() == reflect.Pointer {
			plain = typ.Elem()
		}
		names := map[string]bool{}
		for _, f := range reflect.VisibleFields(plain) {
			if f.IsExported() {
				names[f.Name] = true
			}
		}
		for m := range typ.Methods() {
			if m.Name != "String" {
				names[m.Name] = true
			}
		}
		docs := things[plain.Name()].fields
		for name := range names {
			if _, ok := docs[name]; !ok {
				t.Errorf("%s.%s is not explained", plain.Name(), name)
			}
		}
		for name := range docs {
			if !names[name] {
				t.Errorf("%s.%s is explained and not there", plain.Name(), name)
			}
		}
	}
	groups := Vocabulary()
	if len(groups) != len(things) {
		t.Errorf("%d of %d things are listed", len(groups), len(things))
	}
	for _, g := range groups {
		for _, f := range g.Fields {
			if f.Doc == "" || !strings.HasPrefix(f.Name, ".") {
				t.Errorf("%s: %+v", g.Name, f)
			}
		}
	}
}
