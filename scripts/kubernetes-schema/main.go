package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"k8s.io/client-go/kubernetes/scheme"
)

type field struct {
	Name string
	Type string
	Always bool
}

var structs = map[string][][3]string{}

func typeName(t reflect.Type) string {
	return t.PkgPath() + "." + t.Name()
}

func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + describe(t.Elem())
	}
	switch typeName(t) {
	case "k8s.io/apimachinery/pkg/api/resource.Quantity":
		return "quantity"
	case "k8s.io/apimachinery/pkg/apis/meta/v1.Time":
		return "time"
	case "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":
		return "microtime"
	case "k8s.io/apimachinery/pkg/apis/meta/v1.Duration":
		return "string"
	case "k8s.io/apimachinery/pkg/util/intstr.IntOrString":
		return "intorstring"
	case "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1", "k8s.io/apimachinery/pkg/runtime.RawExtension", "k8s.io/apimachinery/pkg/runtime.Unknown":
		return "any"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32:
		return "int32"
	case reflect.Int64, reflect.Int:
		return "int64"
	case reflect.Uint32, reflect.Uint64, reflect.Uint8, reflect.Uint16:
		return "uint64"
	case reflect.Float32, reflect.Float64:
		return "double"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[" + describe(t.Elem())
	case reflect.Map:
		return "{" + describe(t.Elem())
	case reflect.Struct:
		visit(t)
		return typeName(t)
	case reflect.Interface:
		return "any"
	}
	return "any"
}

func visit(t reflect.Type) {
	n := typeName(t)
	if _, ok := structs[n]; ok {
		return
	}
	structs[n] = nil
	fields := [][3]string{}
	collect(t, &fields)
	structs[n] = fields
}

func collect(t reflect.Type, fields *[][3]string) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		parts := strings.Split(tag, ",")
		if parts[0] == "-" { continue }
		inline := f.Anonymous && parts[0] == ""
		for _, p := range parts[1:] { if p == "inline" { inline = true } }
		if inline {
			ft := f.Type
			if ft.Kind() == reflect.Pointer { ft = ft.Elem() }
			if ft.Kind() == reflect.Struct { collect(ft, fields); continue }
		}
		if f.PkgPath != "" { continue }
		name := parts[0]
		if name == "" { name = f.Name }
		flag := "always"
		for _, p := range parts[1:] {
			if p == "omitempty" && flag != "omitzero" { flag = "omitempty" }
			if p == "omitzero" { flag = "omitzero" }
		}
		*fields = append(*fields, [3]string{name, describe(f.Type), flag})
	}
}

func main() {
	kinds := map[string]string{}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == "__internal" || !strings.HasPrefix(t.PkgPath(), "k8s.io/api/") { continue }
		if strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Options") { continue }
		kinds[fmt.Sprintf("%s/%s/%s", gvk.Group, gvk.Version, gvk.Kind)] = typeName(t)
		visit(t)
	}
	names := []string{}
	for n := range structs { names = append(names, n) }
	sort.Strings(names)
	json.NewEncoder(os.Stdout).Encode(map[string]any{"kinds": kinds, "structs": structs})
}
