package catalogue

import (
	"slices"

	"onewindow/models/catalogue/document"
)

func (l *loader) readBundle(root *document.Object) {
	bundle := &Bundle{Code: fileCode(root, root.File()), Name: root.Required("name").Words()}
	members := root.Required("items")
	rules := map[string]document.Value{}
	for _, entry := range atLeastOne(members, entries(members), "至少要有一个事项", "a bundle needs a service item") {
		l.readMember(bundle, entry, rules)
	}
	l.readOrder(bundle, root.Optional("order"))
	l.readSharedForm(bundle, root.Optional("shared_form"))
	l.compileMembers(bundle, root, rules)
	if _, isTwice := l.bundles[bundle.Code]; isTwice {
		root.Optional("code").Fail("主题代码重复", "the bundle stands twice")
		return
	}
	if bundle.Code == "" {
		return
	}
	bundle.measure()
	l.bundles[bundle.Code] = bundle
	l.catalogue.Bundles = append(l.catalogue.Bundles, bundle)
}

// readMember reads a member: a code, or a code with the rule by which it takes part.
func (l *loader) readMember(bundle *Bundle, entry document.Value, rules map[string]document.Value) {
	name, when := entry, document.Value{}
	if entry.IsObject() {
		member(entry, func(o *document.Object) { name, when = o.Required("item"), o.Optional("when") })
	}
	item := lookup(name, l.items, "事项", "service item")
	if item == nil {
		return
	}
	if slices.Contains(bundle.Items, item) {
		name.Fail("重复", "stands twice")
		return
	}
	bundle.Items = append(bundle.Items, item)
	bundle.Members = append(bundle.Members, BundleMember{Item: item})
	if when.IsPresent() {
		rules[item.Code] = when
	}
}

func (l *loader) readOrder(bundle *Bundle, list document.Value) {
	memberItem := func(value document.Value) *Item {
		item := lookup(value, l.items, "事项", "service item")
		if item != nil && !slices.Contains(bundle.Items, item) {
			value.Fail("不是本主题的事项", "is no member of the bundle")
			return nil
		}
		return item
	}
	seen := map[*Item]bool{}
	for _, entry := range entries(list) {
		member(entry, func(o *document.Object) {
			order := &BundleOrder{Item: memberItem(o.Required("item"))}
			for _, value := range entries(o.Required("after")) {
				before := memberItem(value)
				if before != nil && slices.Contains(order.After, before) {
					value.Fail("重复", "stands twice")
				} else if before != nil {
					order.After = append(order.After, before)
				}
			}
			if order.Item == nil {
				return
			}
			if seen[order.Item] {
				o.Optional("item").Fail("重复", "stands twice")
			}
			seen[order.Item] = true
			bundle.Order = append(bundle.Order, order)
		})
	}
	var nodes []node
	for _, item := range bundle.Items {
		point := node{id: item.Code}
		for _, before := range bundle.Predecessors(item.Code) {
			point.after = append(point.after, before.Code)
		}
		nodes = append(nodes, point)
	}
	if _, circle := longestPath(nodes); len(circle) > 0 {
		chinese, english := few(circle)
		list.Fail("事项相互等待："+chinese, "the items wait for each other: "+english)
	}
}

func (l *loader) readSharedForm(bundle *Bundle, list document.Value) {
	bundle.SharedForm = texts(list, func(v document.Value) string {
		key := v.String()
		var first *Field
		for _, item := range bundle.Items {
			field, found := item.Field(key)
			if !found {
				continue
			}
			if first != nil && first.Type != field.Type {
				v.Fail("在各事项中类型不同："+key, "has different types in the items: "+key)
			}
			first = field
		}
		if first == nil && key != "" && len(bundle.Items) > 0 {
			v.Fail("没有一个事项有这个字段："+key, "none of the items has the field "+key)
		}
		return key
	})
}

// compileMembers compiles the members' rules, which see the shared answers.
func (l *loader) compileMembers(bundle *Bundle, root *document.Object, rules map[string]document.Value) {
	if len(rules) == 0 {
		return
	}
	environment, err := l.compiler.Environment(ruleFields(bundle.SharedFields()))
	if err != nil {
		root.Fail("主题表单有误："+err.Error(), "the bundle's form cannot be read by rules: "+err.Error())
		return
	}
	for index, entry := range bundle.Members {
		if value, hasRule := rules[entry.Item.Code]; hasRule {
			bundle.Members[index].When = compileRule(environment, value)
		}
	}
}

// SharedFields gives the fields that are asked once for all members, each as the first member that asks it has it.
func (b *Bundle) SharedFields() []*Field {
	var fields []*Field
	for _, key := range b.SharedForm {
		for _, item := range b.Items {
			if field, found := item.Field(key); found {
				fields = append(fields, field)
				break
			}
		}
	}
	return fields
}
