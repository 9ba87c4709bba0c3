package catalogue_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"onewindow/models/catalogue"
)

// The words of which the names of a province's services are made: no two services are called the same.
var (
	provinceDomains = []string{"出生", "户籍", "居住证", "身份证", "医疗保险", "养老保险", "失业保险", "公积金", "住房保障", "残疾人", "老年人", "退役军人", "食品经营", "特种设备", "道路运输", "建筑施工", "排水", "户外广告", "中小学", "婚姻"}
	provinceActs    = []string{"登记", "变更", "注销", "补领", "核准", "备案", "待遇申领", "转移接续", "资格认定", "年度核验"}
	provinceScopes  = []string{"市本级", "城东", "城西", "城南", "城北", "开发区", "高新区", "滨江", "临山", "新港", "老城", "大学城", "湖滨", "古镇", "机场", "车站", "口岸", "保税区", "林区", "牧区", "海岛", "山区", "水库", "灌区", "矿区"}
)

const (
	provinceDepartments = 25
	provinceMaterials   = 120
)

// province is a catalogue far larger than any city's: as many items as asked for, each with four rules of its own (two
// conditions, a question that is not always asked, a material that is not always needed), five questions, three materials
// and three steps; a bundle for every hundred items. It is the same at every call.
func province(items int) fstest.MapFS {
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	var departments, materials strings.Builder
	departments.WriteString("departments:\n")
	for index := range provinceDepartments {
		fmt.Fprintf(&departments, "  - {code: department-%d, name: {zh: 第%d局, en: Bureau %d}, region: \"%06d\", phone: \"0571-1%04d\", handles: [tag-%d]}\n",
			index, index, index, 330100+index, index, index)
	}
	materials.WriteString("materials:\n")
	for index := range provinceMaterials {
		fmt.Fprintf(&materials, "  - {code: material-%d, name: {zh: 材料%d, en: Material %d}, issuer: department-%d, kind: certificate, source: shared, formats: [jpg, pdf], max_bytes: 10485760}\n",
			index, index, index, index%provinceDepartments)
	}
	put("departments.yaml", departments.String())
	put("materials.yaml", materials.String())
	put("calendar/2026.yaml", "year: 2026\nsource: 通知\ndays_off: [\"2026-01-01\"]\nmake_up_days: [\"2026-01-04\"]\n")
	put("synonyms.yaml", "synonyms:\n  - {say: [上户口, 落户], items: [item-0, item-1]}\n")
	for index := range items {
		put(fmt.Sprintf("items/item-%d.yaml", index), provinceItem(index))
	}
	for first := 0; first+3 <= items; first += 100 {
		put(fmt.Sprintf("bundles/bundle-%d.yaml", first), fmt.Sprintf(
			"code: bundle-%d\nname: {zh: 第%d件事}\nitems: [item-%d, item-%d, item-%d]\norder: [{item: item-%d, after: [item-%d]}]\nshared_form: [name]\n",
			first, first, first, first+1, first+2, first+2, first))
	}
	return files
}

func provinceItem(index int) string {
	pick := func(words []string, every int) string { return words[index/every%len(words)] }
	department, material := index%provinceDepartments, index%(provinceMaterials-3)
	return fmt.Sprintf(`code: item-%[1]d
name: {zh: %[2]s%[3]s%[4]s, en: Service %[1]d}
summary: {zh: 符合条件的居民可以申请%[3]s%[4]s，由第%[5]d局办理。, en: Who meets the conditions can apply for service %[1]d.}
tags: [tag-%[5]d, %[3]s]
audience: person
lead: department-%[5]d
statutory_days: 20
promised_days: 8
acceptance_days: 2
supplement_calendar_days: 15
fee_cents: 0
channels: [app, mini-program, kiosk, window]
conditions:
  - {id: local, text: {zh: 在本区登记}, rule: 'resident.region.startsWith("33%02[6]d") || form.years >= %[7]d', remedy: {zh: 请到户籍地办理}}
  - {id: adult, text: {zh: 年龄符合}, rule: 'resident.age >= %[7]d && !("minor" in resident.groups)'}
form:
  - {key: name, type: text, label: {zh: 姓名}, required: true, pattern: '^[\p{Han}·]{2,30}$', prefill: name}
  - {key: phone, type: phone, label: {zh: 电话}, required: true, prefill: phone}
  - {key: years, type: integer, label: {zh: 居住年限}, required: true, min: 0, max: 120}
  - {key: kind, type: choice, label: {zh: 类别}, required: true, choices: [{value: new-%[7]d, label: {zh: 新办}}, {value: renew, label: {zh: 换领}}]}
  - {key: reason, type: text, label: {zh: 原因}, required: true, show_if: 'form.kind == "renew" && form.years > %[7]d'}
materials:
  - {code: material-%[8]d, required: "true"}
  - {code: material-%[9]d, required: 'form.kind == "new-%[7]d" || household.size > %[7]d'}
  - {code: material-%[10]d, required: "true", deferrable: true}
steps:
  - {id: check, name: {zh: 审核}, department: department-%[5]d, role: reviewer, days: 2}
  - {id: visit, name: {zh: 核查}, department: department-%[11]d, role: reviewer, days: 3, after: [check]}
  - {id: decide, name: {zh: 决定}, department: department-%[5]d, role: approver, days: 3, after: [visit]}
results:
  - {material: material-%[8]d, delivery: [electronic, pickup]}
`, index, pick(provinceScopes, len(provinceDomains)*len(provinceActs)), pick(provinceDomains, 1), pick(provinceActs, len(provinceDomains)),
		department, index%100, index%60+1, material, material+1, material+2, (department+1)%provinceDepartments)
}

func TestAProvinceLoads(t *testing.T) {
	loaded, faults := catalogue.Load(province(300))
	if len(faults) > 0 || len(loaded.Items) != 300 || len(loaded.Bundles) != 3 {
		t.Fatalf("%s", faults.Error())
	}
}

// BenchmarkLoad reads 5,000 items with 20,000 rules: under ten seconds on two cores.
func BenchmarkLoad(b *testing.B) {
	files := province(5_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, faults := catalogue.Load(files); len(faults) > 0 {
			b.Fatal(faults.Error())
		}
	}
}
