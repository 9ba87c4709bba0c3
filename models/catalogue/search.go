package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"onewindow/models"
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
	// meantFirst is for what a synonym means before others, oftenSpokenOf for each time that the form speaks of a word.
	meantFirst    = 2
	oftenSpokenOf = 4
	mostSpokenOf  = 5
	byNearSound   = 20
	soundsOften   = 2
	byShortForm   = 6
)

// asking takes out of a question what does not say what for.
var asking = strings.NewReplacer("我要", " ", "我想", " ", "怎么", " ", "如何", " ", "怎样", " ", "哪里", " ", "在哪", " ", "需要", " ", "什么", " ",
	"材料", " ", "流程", " ", "办理", " ", "申请", " ", "可以", " ", "办", " ", "去", " ", "要", " ", "的", " ", "吗", " ", "了", " ")

// entry is what one item can be found by.
type entry struct {
	item     *Item
	name     string
	synonyms []string
	tags     []string
	bundles  []string
	summary  string
	others   string
	// labels are what the form and the conditions speak of.
	labels string
	// first are the synonyms that mean this item before others.
	first []string
	// sounds are those of the name and the synonyms.
	sounds []sound
	// about is everything but the labels, whole everything.
	about, whole string
}

// index finds items by words: in memory, so that both databases find the same.
type index struct {
	entries []*entry
	// pairs gives for each pair of Chinese characters the entries in which it stands, by their place.
	pairs map[[2]rune][]int32
}

func newIndex(c *Catalogue) *index {
	ix := &index{}
	byCode := map[string]*entry{}
	for _, item := range c.Items {
		e := newEntry(item)
		ix.entries = append(ix.entries, e)
		byCode[item.Code] = e
	}
	for _, meaning := range c.synonyms {
		for place, code := range meaning.items {
			for _, said := range meaning.say {
				e := byCode[code]
				e.synonyms, e.sounds = append(e.synonyms, folded(said)), append(e.sounds, soundOf(said))
				if place == 0 {
					e.first = append(e.first, folded(said))
				}
			}
		}
	}
	for _, bundle := range c.Bundles {
		for _, item := range bundle.Items {
			byCode[item.Code].bundles = append(byCode[item.Code].bundles, foldedAll(bundle.Name)...)
		}
	}
	for _, e := range ix.entries {
		e.about = strings.Join(slices.Concat([]string{e.name, e.summary, e.others}, e.synonyms, e.tags, e.bundles), "\n")
		e.whole = e.about + "\n" + e.labels
	}
	ix.pairs = map[[2]rune][]int32{}
	for place, e := range ix.entries {
		before := rune(0)
		for _, char := range e.whole {
			pair := [2]rune{before, char}
			if known := ix.pairs[pair]; isHan(before) && isHan(char) && (len(known) == 0 || known[len(known)-1] != int32(place)) { // #nosec G115 -- a catalogue's items
				ix.pairs[pair] = append(known, int32(place)) // #nosec G115
			}
			before = char
		}
	}
	return ix
}

func isHan(char rune) bool { return unicode.Is(unicode.Han, char) }

// mayHold tells which entries can hold a word: of a Chinese one of several characters those in which three in five of its pairs
// stand, or whose name it may be short for. Nil: any.
func (ix *index) mayHold(word string) []bool {
	runes := []rune(word)
	if len(runes) < 2 || !isHan(runes[0]) {
		return nil
	}
	counts := make([]uint8, len(ix.entries))
	for position := range len(runes) - 1 {
		for _, place := range ix.pairs[[2]rune{runes[position], runes[position+1]}] {
			counts[place]++
		}
	}
	may := make([]bool, len(ix.entries))
	for place, e := range ix.entries {
		may[place] = int(counts[place])*5 >= (len(runes)-1)*3 || isShortFor(e.item.Name.In(models.Chinese), word)
	}
	return may
}

func newEntry(item *Item) *entry {
	e := &entry{
		item: item, name: strings.Join(foldedAll(item.Name), "\n"), tags: item.Tags,
		summary: strings.Join(foldedAll(item.Summary), "\n"),
		sounds:  []sound{soundOf(item.Name["zh"])},
	}
	others := append(foldedAll(item.Lead.Name), item.Code)
	for _, material := range item.Materials {
		others = append(others, foldedAll(material.Material.Name)...)
	}
	for _, result := range item.Results {
		others = append(others, foldedAll(result.Material.Name)...)
	}
	e.others = strings.Join(others, "\n")
	var labels []string
	for _, field := range item.Form {
		labels = append(labels, folded(field.Label.In(models.Chinese)))
	}
	for _, condition := range item.Conditions {
		labels = append(labels, folded(condition.Text.In(models.Chinese)))
	}
	e.labels = strings.Join(labels, "\n")
	return e
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
	hits := s.find(query)
	items := make([]*Item, len(hits))
	for index, found := range hits {
		items[index] = found.item
	}
	return items
}

// hit is an item that was found, with its rank.
type hit struct {
	item  *Item
	score int
}

// before tells whether a hit comes before another: by rank, then by code.
func (h hit) before(score int, code string) int {
	return cmp.Or(cmp.Compare(score, h.score), strings.Compare(h.item.Code, code))
}

// find searches as it is written; where that finds nothing, without the words that only ask; and at last with a slip of the
// keyboard allowed in letters.
func (s *Snapshot) find(query Query) []hit {
	words := queryWords(query.Words)
	if len(words) == 0 {
		if strings.TrimSpace(query.Words) != "" {
			return nil // signs alone say nothing
		}
		return s.hits(query, nil, false)
	}
	if hits := s.hits(query, words, false); len(hits) > 0 {
		return hits
	}
	if plain := queryWords(asking.Replace(folded(query.Words))); len(plain) > 0 && !slices.Equal(plain, words) {
		if hits := s.hits(query, plain, false); len(hits) > 0 {
			return hits
		}
	}
	return s.hits(query, words, true)
}

// hits are the items in which every word is found, the best first. One that is gone leads to what is there instead.
func (s *Snapshot) hits(query Query, words []string, isLenient bool) []hit {
	may := make([][]bool, len(words))
	for index, word := range words {
		may[index] = s.index.mayHold(word)
	}
	best := map[*Item]int{}
	for place, e := range s.index.entries {
		if slices.ContainsFunc(may, func(holds []bool) bool { return holds != nil && !holds[place] }) {
			continue
		}
		item := s.offered[e.item.Code]
		score, isFound := e.rank(words, isLenient)
		if !isFound {
			continue
		}
		if s.isGone(item) {
			instead, isReplaced := s.Instead(item)
			if len(words) == 0 || !isReplaced || s.isGone(instead) {
				continue
			}
			item = instead
		}
		if query.takes(item) {
			best[item] = max(best[item], score)
		}
	}
	hits := make([]hit, 0, len(best))
	for item, score := range best {
		hits = append(hits, hit{item, score})
	}
	slices.SortFunc(hits, func(a, b hit) int { return a.before(b.score, b.item.Code) })
	return hits
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

func (e *entry) rank(words []string, isLenient bool) (score int, isFound bool) {
	for _, word := range words {
		points := e.points(word)
		if points == 0 && isLenient {
			points = e.nearSound(word)
		}
		if points == 0 {
			return 0, false
		}
		score += points
	}
	return score, true
}

// nearSound ranks letters that would be the sound but for one slip.
func (e *entry) nearSound(word string) (points int) {
	for _, s := range e.sounds {
		if s.nearly(word) {
			points = max(points, byNearSound) + soundsOften
		}
	}
	return points
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
	if contains(e.whole) {
		found(contains(e.name), inName)
		found(slices.ContainsFunc(e.synonyms, contains), inSynonym)
		found(slices.ContainsFunc(e.tags, contains), inTag)
		found(slices.ContainsFunc(e.bundles, contains), inBundle)
		found(contains(e.summary), inSummary)
		found(contains(e.others) || contains(e.labels), inOthers)
		points += oftenSpokenOf*min(strings.Count(e.labels, word), mostSpokenOf) + e.bonus(word)
	}
	if first, _ := utf8.DecodeRuneInString(word); unicode.Is(unicode.Han, first) {
		if points == 0 {
			points = e.pairs(word)
		}
		if points == 0 && isShortFor(e.item.Name.In(models.Chinese), word) {
			points = byShortForm
		}
		return points
	}
	for _, s := range e.sounds {
		if s.begins(word) {
			points = max(points, bySound) + soundsOften
		}
	}
	found(slices.ContainsFunc(e.sounds, func(s sound) bool { return len(word) > 1 && strings.Contains(s.initials, word) }), byInitials)
	return points
}

// isShortFor tells whether a word is a name's short form, as 医保 is of 医疗保险: its characters in their order, close together.
func isShortFor(name, word string) bool {
	wanted := []rune(word)
	if len(wanted) < 2 || len(wanted) > 4 {
		return false
	}
	matched, span := 0, 0
	for _, char := range name {
		if matched > 0 {
			span++
		}
		if char == wanted[matched] {
			matched++
		}
		if matched == len(wanted) {
			return span < 2*len(wanted)
		}
	}
	return false
}

// bonus is for a word that makes up much of the name or stands at its beginning, and for one that means this item first.
func (e *entry) bonus(word string) (points int) {
	if slices.Contains(e.first, word) {
		points = meantFirst
	}
	for line := range strings.SplitSeq(e.name, "\n") {
		if strings.HasPrefix(line, word) || strings.Contains(line, " "+word) {
			points += atStart
		}
		if strings.Contains(line, word) {
			points += ofTheName * utf8.RuneCountInString(word) / utf8.RuneCountInString(line)
		}
	}
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
		if strings.Contains(e.about, pair) {
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
