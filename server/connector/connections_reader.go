package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yamlNode is a place in the file.
type yamlNode = ast.Node

// connectionsReader walks the file's own tree instead of decoding into structs: a decoder stops at the first fault,
// and its messages quote the source, in which the secrets stand.
type connectionsReader struct{ faults ConnectionFaults }

func (r *connectionsReader) fault(node yamlNode, path, expected string) {
	line := 1
	if node != nil && node.GetToken() != nil {
		line = node.GetToken().Position.Line
	}
	if path == "" {
		path = "the file"
	}
	r.faults = append(r.faults, fmt.Sprintf("line %d: %s: expected %s", line, path, expected))
}

func (r *connectionsReader) root(source []byte) (yamlNode, bool) {
	file, err := parser.ParseBytes(source, 0, parser.AllowDuplicateMapKey())
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		r.fault(nil, "", "one YAML document")
		return nil, false
	}
	return file.Docs[0].Body, true
}

// mapping gives the values of a mapping by key; unknown and repeated keys are faults.
func (r *connectionsReader) mapping(path string, node yamlNode, known ...string) map[string]yamlNode {
	fields := map[string]yamlNode{}
	var pairs []*ast.MappingValueNode
	switch mapping := node.(type) {
	case *ast.MappingNode:
		pairs = mapping.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{mapping}
	default:
		r.fault(node, path, "a mapping")
	}
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		where := strings.TrimPrefix(path+"."+key, ".")
		switch {
		case !slices.Contains(known, key):
			// The key is not repeated: a secret in the wrong column would be printed.
			r.fault(pair.Key, path, "only the keys "+strings.Join(known, ", "))
		case fields[key] != nil:
			r.fault(pair.Key, where, "each key once")
		default:
			fields[key] = pair.Value
		}
	}
	return fields
}

func (r *connectionsReader) list(fields map[string]yamlNode, path, key string) []yamlNode {
	node := fields[key]
	if node == nil {
		return nil
	}
	if sequence, isSequence := node.(*ast.SequenceNode); isSequence {
		return sequence.Values
	}
	r.fault(node, strings.TrimPrefix(path+"."+key, "."), "a list")
	return nil
}

func (r *connectionsReader) text(fields map[string]yamlNode, path, key string, required bool) string {
	where := strings.TrimPrefix(path+"."+key, ".")
	node := fields[key]
	if node == nil {
		if required {
			r.faults = append(r.faults, fmt.Sprintf("%s: expected a value", where))
		}
		return ""
	}
	return r.scalar(where, node)
}

func (r *connectionsReader) scalar(where string, node yamlNode) string {
	text, isText := node.(*ast.StringNode)
	if !isText || strings.TrimSpace(text.Value) == "" {
		r.fault(node, where, "a text")
		return ""
	}
	return text.Value
}

func (r *connectionsReader) boolean(fields map[string]yamlNode, path, key string) bool {
	node := fields[key]
	if node == nil {
		return false
	}
	value, isBoolean := node.(*ast.BoolNode)
	if !isBoolean {
		r.fault(node, path+"."+key, "true or false")
		return false
	}
	return value.Value
}
