package catalogue

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// readings are the words of public services that the dictionary of single characters reads wrongly.
var readings = map[string]string{
	"重庆": "chong qing", "银行": "yin hang", "行业": "hang ye", "单位": "dan wei", "会计": "kuai ji", "参保": "can bao",
	"长期": "chang qi", "长者": "zhang zhe", "薪酬": "xin chou", "调查": "diao cha", "调解": "tiao jie", "便民": "bian min",
	"便宜": "pian yi", "重新": "chong xin", "重大": "zhong da", "差异": "cha yi", "都市": "du shi", "校准": "jiao zhun",
}

// sound is how a Chinese text is spoken, in letters.
type sound struct {
	letters, initials string
	// starts are where syllables begin.
	starts []int
}

func soundOf(text string) sound {
	var s sound
	for _, syllable := range syllables(text) {
		s.starts = append(s.starts, len(s.letters))
		s.letters += syllable
		s.initials += syllable[:1]
	}
	return s
}

// begins tells whether letters are the pinyin from the start of some syllable on; the last may be unfinished.
func (s sound) begins(letters string) bool {
	return len(letters) > 1 && slices.ContainsFunc(s.starts, func(at int) bool { return strings.HasPrefix(s.letters[at:], letters) })
}

// shortestSlip is from how many letters on one may be wrong.
const shortestSlip = 5

// nearly tells whether letters would be the pinyin but for one that is wrong, missing, too many, or in the other's place.
func (s sound) nearly(letters string) bool {
	return len(letters) >= shortestSlip && slices.ContainsFunc(s.starts, func(at int) bool { return nearlyPrefix(s.letters[at:], letters) })
}

func nearlyPrefix(text, letters string) bool {
	same := 0
	for same < len(text) && same < len(letters) && text[same] == letters[same] {
		same++
	}
	text, letters = text[same:], letters[same:]
	if letters == "" {
		return true
	}
	if strings.HasPrefix(text, letters[1:]) || text == "" {
		return len(letters) == 1 || text != "" // one too many
	}
	if strings.HasPrefix(text[1:], letters[1:]) || strings.HasPrefix(text[1:], letters) { // a wrong one, or one missing
		return true
	}
	return len(text) > 1 && len(letters) > 1 && text[0] == letters[1] && text[1] == letters[0] && strings.HasPrefix(text[2:], letters[2:])
}

// folded brings a text into the form in which it is compared: full-width characters become plain, letters small, and the
// traditional characters of public services simplified.
func folded(text string) string { return simplified.Replace(strings.ToLower(norm.NFKC.String(text))) }

// simplified gives the simplified form of each traditional character that names of services are written with.
var simplified = func() *strings.Replacer {
	const traditional, simple = "戶證業醫療險養殘疾廳務辦領補發註銷變更遷轉護軍優撫貼兒產婦嬰預學幼歲齡銀會計稅個體營執照藥設備運輸車駕駛動產權屬買賣婚離結書國籍員單",
		"户证业医疗险养残疾厅务办领补发注销变更迁转护军优抚贴儿产妇婴预学幼岁龄银会计税个体营执照药设备运输车驾驶动产权属买卖婚离结书国籍员单"
	var pairs []string
	plain := []rune(simple)
	for index, char := range []rune(traditional) {
		pairs = append(pairs, string(char), string(plain[index]))
	}
	return strings.NewReplacer(pairs...)
}()

func foldedAll[K ~string](words map[K]string) []string {
	var all []string
	for _, text := range words {
		all = append(all, folded(text))
	}
	slices.Sort(all)
	return all
}

// syllables gives the pinyin of the Chinese characters of a text.
func syllables(text string) []string {
	var sounds []string
	settings := pinyin.NewArgs()
	for rest := text; rest != ""; {
		if known := readingAt(rest); known != "" {
			sounds = append(sounds, strings.Fields(readings[known])...)
			rest = rest[len(known):]
			continue
		}
		char, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		if sound := pinyin.SinglePinyin(char, settings); len(sound) > 0 {
			sounds = append(sounds, sound[0])
		}
	}
	return sounds
}

func readingAt(text string) string {
	for word := range readings {
		if strings.HasPrefix(text, word) {
			return word
		}
	}
	return ""
}
