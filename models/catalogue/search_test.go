package catalogue_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store/storetest"
)

// What people type, and what must stand first, or with several names among so many first ones.
var typed = map[string]string{
	"出生": "birth-registration birth-certificate", "出生登记": "birth-registration", "出生证": "birth-certificate", "出生医学证明": "birth-certificate",
	"落户": "household-move-in", "入户": "birth-registration household-move-in", "上户口": "birth-registration", "报户口": "birth-registration",
	"迁户口": "household-move-in", "户口迁移": "household-move-in", "户口迁入": "household-move-in", "投靠": "household-move-in", "户口": "household-move-in",
	"身份证": "id-card-replacement", "身份证丢了": "id-card-replacement", "补身份证": "id-card-replacement", "换身份证": "id-card-replacement",
	"居住证": "residence-permit", "居住证办理": "residence-permit", "怎么办居住证": "residence-permit", "暂住证": "residence-permit residence-registration",
	"老年证": "elderly-card", "敬老卡": "elderly-card", "老年优待证": "elderly-card", "高龄津贴": "old-age-allowance", "尊老金": "old-age-allowance",
	"残疾证": "disability-certificate", "残疾人证": "disability-certificate", "殘疾人證": "disability-certificate", "护理补贴": "disability-subsidies",
	"低保": "minimum-living-allowance", "最低生活保障": "minimum-living-allowance", "公租房": "public-rental-housing", "公共租赁住房": "public-rental-housing",
	"灵活就业": "flexible-employment-insurance", "个人交社保": "flexible-employment-insurance", "失业金": "unemployment-benefit", "失业保险": "unemployment-benefit",
	"社保卡": "social-security-card", "社会保障卡": "social-security-card", "异地就医": "remote-medical-filing", "异地看病": "remote-medical-filing",
	"慢病": "outpatient-chronic-disease", "门特": "outpatient-chronic-disease", "公积金租房": "provident-fund-rent-withdrawal", "提公积金": "provident-fund-rent-withdrawal",
	"营业执照": "sole-trader-registration", "个体户": "sole-trader-registration", "开饭店": "food-business-licence", "我要开饭店": "food-business-licence",
	"食品经营许可": "food-business-licence", "健康证": "food-handler-health-certificate", "占道": "road-occupation-permit", "上小学": "primary-school-enrolment",
	"一年级报名": "primary-school-enrolment", "结婚": "marriage-registration-appointment", "领证": "marriage-registration-appointment", "退休": "retirement",
	"养老金": "retirement", "生育津贴": "childbirth-benefit", "优待证": "veteran-card elderly-card", "退役军人": "veteran-card", "打针": "vaccination-certificate",
	"预防接种": "vaccination-certificate", "印章刻制": "seal-engraving-filing", "排水": "drainage-permit", "消防": "fire-safety-inspection",
	"csdj": "birth-registration", "chusheng": "birth-registration birth-certificate", "chushengdengji": "birth-registration", "luohu": "household-move-in birth-registration",
	"juzhuzheng": "residence-permit", "sfz": "id-card-replacement", "tuixiu": "retirement", "tuixui": "retirement", "juzuzheng": "residence-permit", "dibao": "minimum-living-allowance",
	"birth registration": "birth-registration", "BIRTH": "birth-registration birth-certificate", "ｂｉｒｔｈ": "birth-registration birth-certificate",
	"residence permit": "residence-permit", "elderly-card": "elderly-card", "household-move-in": "household-move-in", "新生儿 医保": "medical-insurance-newborn",
}

func TestSearchFindsWhatPeopleType(t *testing.T) {
	for query, want := range typed {
		wanted := strings.Fields(want)
		got := found(t, query, "", "")
		first := slices.Sorted(slices.Values(got[:min(len(got), len(wanted))]))
		if slices.Sort(wanted); !slices.Equal(first, wanted) {
			t.Errorf("%s: %v, want %v first", query, got[:min(len(got), 6)], want)
		}
	}
}

func TestOddQueriesAreAnsweredSanely(t *testing.T) {
	for query, want := range map[string]int{"": 41, "   ": 41, "😀🎉": 0, "？！。，": 0, "%_'\"--": 0, strings.Repeat("户", 10_000): 0, "\x00": 0, "火星": 0} {
		if got := len(found(t, query, "", "")); got != want {
			t.Errorf("%.20q finds %d, want %d", query, got, want)
		}
	}
	for _, query := range []string{"房", "证", "医"} {
		if len(found(t, query, "", "")) == 0 {
			t.Errorf("one character, %s, finds nothing", query)
		}
	}
	for _, item := range snapshotOfHangzhou(t).Search(catalogue.Query{Department: "public-security"}) {
		if item.Lead.Code != "public-security" {
			t.Errorf("%s is led by %s", item.Code, item.Lead.Code)
		}
	}
}

// A page goes on where the last one ended, although an item has gone meanwhile.
func TestAPageGoesOnAlthoughTheCatalogueSwitches(t *testing.T) {
	service := catalogue.NewService(storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
	install(t, service, cityWith(t, map[string]string{"items/help.yaml": otherItem}))
	first, err := service.Browse(catalogue.Query{}, models.PageRequest{First: 1})
	if err != nil || first.Edges[0].Node.Code != "care" {
		t.Fatalf("%v %+v", err, first)
	}
	gone := smallest()
	delete(gone, "items/care.yaml")
	delete(gone, "bundles/age.yaml")
	delete(gone, "synonyms.yaml")
	gone["items/help.yaml"] = smallest()["items/care.yaml"]
	gone["items/help.yaml"].Data = []byte(otherItem)
	loaded, faults := catalogue.Load(gone)
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	if err := service.Install(context.Background(), loaded); err != nil {
		t.Fatal(err)
	}
	second, err := service.Browse(catalogue.Query{}, models.PageRequest{First: 1, After: *first.PageInfo.EndCursor})
	if err != nil || len(second.Edges) != 1 || second.Edges[0].Node.Code != "help" {
		t.Errorf("%v %+v", err, second)
	}
}

// provinceSnapshot is a catalogue of 5,000 items on offer.
func provinceSnapshot(b *testing.B) *catalogue.Snapshot {
	b.Helper()
	loaded, faults := catalogue.Load(province(5000))
	if len(faults) > 0 {
		b.Fatal(faults.Error())
	}
	service := catalogue.NewService(storetest.Open(b, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
	if err := service.Install(context.Background(), loaded); err != nil {
		b.Fatal(err)
	}
	return service.Current()
}

// The target is 5 ms for a search over 5,000 items.
func BenchmarkSearchProvince(b *testing.B) {
	snapshot := provinceSnapshot(b)
	for _, query := range []string{"户籍", "养老保险变更", "怎么办理户籍变更", "yanglao", "yanglap", "bg", "保险 登记"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				snapshot.Search(catalogue.Query{Words: query})
			}
		})
	}
}

// The target is 50 ms for one resident and all 5,000 items.
func BenchmarkEligibilityProvince(b *testing.B) {
	snapshot := provinceSnapshot(b)
	b.ReportAllocs()
	for b.Loop() {
		judge := catalogue.NewJudge(motherOfANewborn())
		for _, item := range snapshot.Items() {
			judge.Eligibility(item, nil)
		}
	}
}

// Suggestions judge only the conditions, and stop at the first that is not known to hold.
func BenchmarkMeetsProvince(b *testing.B) {
	snapshot := provinceSnapshot(b)
	b.ReportAllocs()
	for b.Loop() {
		judge := catalogue.NewJudge(motherOfANewborn())
		for _, item := range snapshot.Items() {
			judge.Meets(item)
		}
	}
}
