package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// longestQuery bounds what is searched for, in characters; more is cut off.
const longestQuery = 64

// The weights of where a word was found. What an item is called comes before what people call it, and both before what
// is written about it.
const (
	inName     = 100
	atStart    = 10
	inSynonym  = 60
	inTag      = 40
	inBundle   = 30
	inSummary  = 20
	inOthers   = 10
	bySound    = 50
	byInitials = 45
	byPairs    = 8
	// ofTheName is shared out by how much of the name the word is: 退休 is first of all 退休申请, then longer names.
	ofTheName = 20
)

// readings are the words of public services that the dictionary of single characters reads wrongly.
var readings = map[string]string{
	"重庆": "chong qing", "银行": "yin hang", "行业": "hang ye", "单位": "dan wei", "会计": "kuai ji", "参保": "can bao",
	"长期": "chang qi", "长者": "zhang zhe", "薪酬": "xin chou", "调查": "diao cha", "调解": "tiao jie", "便民": "bian min",
	"便宜": "pian yi", "重新": "chong xin", "重大": "zhong da", "差异": "cha yi", "都市": "du shi", "校准": "jiao zhun",
}

// entry is what one item can be found by.
type entry struct {
	item     *Item
	name     string
	synonyms []string
	tags     []string
	bundles  []string
	summary  string
	others   string
	// sounds are the syllables of the name and the synonyms.
	sounds [][]string
	whole  string
}

// index finds items by words: in memory, so that both databases find the same.
type index struct{ entries []*entry }

func newIndex(c *Catalogue) *index {
	ix := &index{}
	byCode := map[string]*entry{}
	for _, item := range c.Items {
		e := newEntry(item)
		ix.entries = append(ix.entries, e)
		byCode[item.Code] = e
	}
	for _, meaning := range c.synonyms {
		for _, code := range meaning.items {
			for _, said := range meaning.say {
				byCode[code].synonyms = append(byCode[code].synonyms, folded(said))
				byCode[code].sounds = append(byCode[code].sounds, syllables(said))
			}
		}
	}
	for _, bundle := range c.Bundles {
		for _, item := range bundle.Items {
			byCode[item.Code].bundles = append(byCode[item.Code].bundles, foldedAll(bundle.Name)...)
		}
	}
	for _, e := range ix.entries {
		e.whole = strings.Join(slices.Concat([]string{e.name, e.summary, e.others}, e.synonyms, e.tags, e.bundles), "\n")
	}
	return ix
}

func newEntry(item *Item) *entry {
	e := &entry{
		item: item, name: strings.Join(foldedAll(item.Name), "\n"), tags: item.Tags,
		summary: strings.Join(foldedAll(item.Summary), "\n"),
		sounds:  [][]string{syllables(item.Name["zh"])},
	}
	others := append(foldedAll(item.Lead.Name), item.Code)
	for _, material := range item.Materials {
		others = append(others, foldedAll(material.Material.Name)...)
	}
	for _, result := range item.Results {
		others = append(others, foldedAll(result.Material.Name)...)
	}
	e.others = strings.Join(others, "\n")
	return e
}

// folded brings a text into the form in which it is compared: full-width characters become plain, letters small.
func folded(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

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

// hit is an item that was found, with its rank.
type hit struct {
	entry *entry
	score int
}

// Query is what somebody looks for; what is empty does not narrow.
type Query struct {
	Words, Tag string
	Audience   Audience
	// Department is the code of the one that leads.
	Department string
}

func (q Query) takes(item *Item) bool {
	return (q.Tag == "" || slices.Contains(item.Tags, q.Tag)) && (q.Audience == "" || item.Audience == q.Audience) &&
		(q.Department == "" || item.Lead.Code == q.Department)
}

// Search finds items by words (each must be found), tag, audience and department. A word is found in
// names, synonyms, tags, bundles, summaries, materials and the department's name; letters are also pinyin from the start
// of a syllable, or initials. A long Chinese phrase is found where most of its pairs of characters are. The order is by
// rank, then by code: the same on every replica and every database.
func (s *Snapshot) Search(query Query) []*Item {
	words := queryWords(query.Words)
	var hits []hit
	for _, e := range s.index.entries {
		if !query.takes(e.item) {
			continue
		}
		if score, isFound := e.rank(words); isFound {
			hits = append(hits, hit{e, score})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.entry.item.Code, b.entry.item.Code))
	})
	items := make([]*Item, 0, len(hits))
	for _, found := range hits {
		item := s.offered[found.entry.item.Code]
		if s.isGone(item) {
			instead, isReplaced := s.Instead(item)
			if len(words) == 0 || !isReplaced || s.isGone(instead) {
				continue
			}
			item = instead
		}
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items
}

// queryWords cuts a query where the script changes between Chinese and letters, and at everything else.
func queryWords(query string) []string {
	runes := []rune(folded(query))
	runes = runes[:min(len(runes), longestQuery)]
	var words []string
	var word []rune
	isHanWord := false
	flush := func() {
		if len(word) > 0 && !slices.Contains(words, string(word)) {
			words = append(words, string(word))
		}
		word = nil
	}
	for _, char := range runes {
		isHan := unicode.Is(unicode.Han, char)
		if !isHan && !unicode.IsLetter(char) && !unicode.IsDigit(char) && char != '-' {
			flush()
			continue
		}
		if len(word) > 0 && isHan != isHanWord {
			flush()
		}
		isHanWord = isHan
		word = append(word, char)
	}
	flush()
	return words
}

func (e *entry) rank(words []string) (score int, isFound bool) {
	for _, word := range words {
		points := e.points(word)
		if points == 0 {
			return 0, false
		}
		score += points
	}
	return score, true
}

// points gives the best place where a word is found, plus a third for each further one.
func (e *entry) points(word string) int {
	points := 0
	found := func(isFound bool, weight int) {
		if isFound {
			points = max(points, weight) + min(points, weight)/3
		}
	}
	contains := func(text string) bool { return strings.Contains(text, word) }
	found(contains(e.name), inName)
	found(slices.ContainsFunc(e.synonyms, contains), inSynonym)
	found(slices.ContainsFunc(e.tags, contains), inTag)
	found(slices.ContainsFunc(e.bundles, contains), inBundle)
	found(contains(e.summary), inSummary)
	found(contains(e.others), inOthers)
	for line := range strings.SplitSeq(e.name, "\n") {
		if strings.HasPrefix(line, word) || strings.Contains(line, " "+word) {
			points += atStart
		}
		if contains(line) {
			points += ofTheName * utf8.RuneCountInString(word) / utf8.RuneCountInString(line)
		}
	}
	first, _ := utf8.DecodeRuneInString(word)
	if unicode.Is(unicode.Han, first) {
		if points == 0 {
			points = e.pairs(word)
		}
		return points
	}
	found(slices.ContainsFunc(e.sounds, func(sounds []string) bool { return soundsLike(sounds, word) }), bySound)
	found(slices.ContainsFunc(e.sounds, func(sounds []string) bool { return hasInitials(sounds, word) }), byInitials)
	return points
}

// pairs ranks a phrase by the share of its pairs of characters that occur somewhere, those in the name and the synonyms
// counting double; less than three in five is nothing.
func (e *entry) pairs(word string) int {
	runes := []rune(word)
	if len(runes) < 3 {
		return 0
	}
	occurring, called := 0, 0
	for position := range len(runes) - 1 {
		pair := string(runes[position : position+2])
		if strings.Contains(e.whole, pair) {
			occurring++
		}
		if strings.Contains(e.name, pair) || slices.ContainsFunc(e.synonyms, func(said string) bool { return strings.Contains(said, pair) }) {
			called++
		}
	}
	if occurring*5 < (len(runes)-1)*3 {
		return 0
	}
	return max(1, byPairs*(occurring+called)/(2*(len(runes)-1)))
}

// soundsLike tells whether letters are the pinyin from the start of some syllable on; the last may be unfinished.
func soundsLike(sounds []string, letters string) bool {
	if len(letters) < 2 {
		return false
	}
	for position := range sounds {
		if strings.HasPrefix(strings.Join(sounds[position:], ""), letters) {
			return true
		}
	}
	return false
}

// hasInitials tells whether letters are the first letters of syllables in a row.
func hasInitials(sounds []string, letters string) bool {
	if len(letters) < 2 {
		return false
	}
	var initials strings.Builder
	for _, sound := range sounds {
		initials.WriteByte(sound[0])
	}
	return strings.Contains(initials.String(), letters)
}
