package document

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"onewindow/models"
)

// Object is a mapping that is being read: ask for its keys, then close it.
type Object struct {
	Value
	members map[string]Value
	order   []string
	asked   map[string]bool
}

// Object reads a mapping; nil with a fault where there is none, nil without one where nothing is written.
func (v Value) Object() *Object {
	if !v.IsPresent() {
		return nil
	}
	var pairs []*ast.MappingValueNode
	switch node := v.node.(type) {
	case *ast.MappingNode:
		pairs = node.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{node}
	default:
		v.Fail("应为键和值", "expected keys and values")
		return nil
	}
	object := &Object{Value: v, members: map[string]Value{}, asked: map[string]bool{}}
	for _, pair := range pairs {
		object.add(pair)
	}
	return object
}

func (o *Object) add(pair *ast.MappingValueNode) {
	key, isText := keyOf(pair.Key)
	at := Value{source: o.source, path: join(o.path, key), line: lineOf(pair.Key)}
	if !isText {
		at.path = o.path
		at.Fail("键应为文本", "a key must be text")
		return
	}
	if first, isTwice := o.members[key]; isTwice {
		line := strconv.Itoa(first.line)
		at.Fail("键重复，第一次在第 "+line+" 行", "the key stands twice, first on line "+line)
		return
	}
	value := o.child(pair.Value, at.path)
	value.line = at.line
	o.members[key] = value
	o.order = append(o.order, key)
}

func keyOf(node ast.MapKeyNode) (string, bool) {
	switch key := node.(type) {
	case *ast.StringNode:
		return key.Value, true
	case *ast.IntegerNode, *ast.BoolNode, *ast.NullNode:
		return key.GetToken().Value, true
	}
	return "", false
}

// Optional gives a key's value; absent where the key is not there or has nothing.
func (o *Object) Optional(key string) Value {
	o.asked[key] = true
	if member, found := o.members[key]; found {
		return member
	}
	return Value{source: o.source, path: join(o.path, key), line: o.line}
}

// Required gives a key's value, with a fault where there is none.
func (o *Object) Required(key string) Value {
	value := o.Optional(key)
	if !value.IsPresent() && !value.isRefused {
		value.Fail("缺少这个键", "the key is missing")
	}
	return value
}

// RequiredOne gives the value of the one key of two that is there, and whether it is the second.
func (o *Object) RequiredOne(key, instead string) (value Value, isSecond bool) {
	first, second := o.Optional(key), o.Optional(instead)
	switch {
	case first.IsPresent() && second.IsPresent():
		second.Fail("不能与 "+key+" 同时出现", "cannot stand beside "+key)
	case second.IsPresent():
		return second, true
	case !first.IsPresent():
		first.Fail("缺少这个键（或 "+instead+"）", "the key (or "+instead+") is missing")
	}
	return first, false
}

// Close complains about the keys that nobody asked for.
func (o *Object) Close() {
	for _, key := range o.order {
		if !o.asked[key] {
			value := o.members[key]
			value.source.collector.Add(Fault{
				File: value.source.file, Line: value.line, Path: value.path,
				Message: models.T("不认识的键", "unknown key"),
			})
		}
	}
}

// Plain gives the value as plain Go data, for storing: maps, lists, texts, whole numbers, numbers as written, booleans.
func (v Value) Plain() any {
	switch node := v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		object := v.Object()
		plain := make(map[string]any, len(object.order))
		for _, key := range object.order {
			if member := object.members[key]; member.IsPresent() {
				plain[key] = member.Plain()
			}
		}
		return plain
	case *ast.SequenceNode:
		plain := make([]any, 0, len(node.Values))
		for _, member := range v.List() {
			plain = append(plain, member.Plain())
		}
		return plain
	case *ast.BoolNode:
		return node.Value
	case *ast.IntegerNode:
		return node.Value
	case *ast.FloatNode:
		return node.Value
	}
	text, _ := v.scalar()
	return text
}
