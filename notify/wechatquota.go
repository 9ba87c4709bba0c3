package notify

import (
	"context"
	"fmt"
	"slices"

	"onewindow/models"
	"onewindow/models/store"
)

// WeChatTemplates name the mini-program's template for each kind of message; a kind that is not in it does not go out there.
type WeChatTemplates map[Kind]string

// DemoTemplates name a template for everything that leaves the house, for a demo without a mini-program.
func DemoTemplates() WeChatTemplates {
	all := WeChatTemplates{}
	for _, said := range templates {
		if !said.inboxOnly && !sentAtOnce(said.kind) {
			all[said.kind] = said.name()
		}
	}
	return all
}

// sentAtOnce are the kinds that go to one address with a code and stand in no inbox.
func sentAtOnce(kind Kind) bool {
	return slices.Contains([]Kind{LoginCode, EmailCode, HelpCode, SecondContactCode, HelpedContact}, kind)
}

// mostTemplates is how many templates a mini-program may ask for with one tap.
const mostTemplates = 3

// ReportInput is what a mini-program reports after it has asked for permission.
type ReportInput struct {
	// EventID is chosen by the client for one tap: the same report counts once.
	EventID string
	Results []*ReportResult
}

// ReportResult is what the person answered for one template.
type ReportResult struct {
	Template string
	Result   SubscriptionAnswer
}

// SubscriptionAnswer is WeChat's word for what the person answered.
type SubscriptionAnswer string

// The answers of wx.requestSubscribeMessage.
const (
	SubscriptionAccept SubscriptionAnswer = "ACCEPT"
	SubscriptionReject SubscriptionAnswer = "REJECT"
	SubscriptionBan    SubscriptionAnswer = "BAN"
	SubscriptionFilter SubscriptionAnswer = "FILTER"
)

// longestEventID bounds a client's event id, in bytes.
const longestEventID = 100

func (i ReportInput) problems(templates WeChatTemplates) (problems []*models.Problem) {
	if i.EventID == "" || len(i.EventID) > longestEventID {
		problems = append(problems, models.NewProblem("FORMAT", "eventId", models.T(
			"eventId 应为 1 到 100 个字符", "eventId has 1 to 100 characters")))
	}
	if len(i.Results) == 0 || len(i.Results) > mostTemplates {
		problems = append(problems, models.NewProblem("FORMAT", "results", models.T(
			"一次上报 1 到 3 个模板的结果", "Report the results of one to three templates at a time")))
	}
	seen := map[string]bool{}
	for _, result := range i.Results {
		if !templates.has(result.Template) || seen[result.Template] {
			problems = append(problems, models.NewProblem("UNKNOWN_CHOICE", "results", models.T(
				"模板不存在或重复", "There is no such template, or it is named twice")))
		}
		seen[result.Template] = true
	}
	return problems
}

func (t WeChatTemplates) has(id string) bool {
	for _, known := range t {
		if known == id && id != "" {
			return true
		}
	}
	return false
}

// wanted are the templates that a mini-program does best to ask for now: the costliest to miss, the emptiest first.
func (t WeChatTemplates) wanted(quota map[string]int) []string {
	weight := map[string]importance{}
	for kind, id := range t {
		said, known := templateOf(kind, 0)
		if known {
			weight[id] = max(weight[id], importanceOf(kind, said.urgent))
		}
	}
	ids := make([]string, 0, len(weight))
	for id := range weight {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if weight[a] != weight[b] {
			return int(weight[b] - weight[a])
		}
		if quota[a] != quota[b] {
			return quota[a] - quota[b]
		}
		if a < b {
			return -1
		}
		return 1
	})
	return ids[:min(len(ids), mostTemplates)]
}

// mostPermissions bounds the claims of one account for one template: a report is a client's word, not WeChat's.
const mostPermissions = 100

// ReportSubscription counts the permissions that the caller has just given in the mini-program. The same event counts once. It
// gives the caller's settings as they are then.
func (s *Service) ReportSubscription(ctx context.Context, actor models.Actor, input ReportInput) (*Settings, []*models.Problem, error) {
	residentID := actor.PersonID()
	if residentID == "" || actor.Kind != models.Resident {
		return nil, nil, models.NotSignedIn()
	}
	if problems := input.problems(s.weChatTemplates); len(problems) > 0 {
		return nil, problems, nil
	}
	reached, err := s.addresses(ctx, []models.ID{residentID})
	if err != nil {
		return nil, nil, fmt.Errorf("addresses: %w", err)
	}
	account := reached[residentID].on(WeChat)
	if len(account) == 0 {
		return nil, []*models.Problem{models.NewProblem("NO_ADDRESS", "", models.T(
			"还没有绑定微信：请先在小程序里用微信登录一次", "No WeChat account is bound yet: please sign in with WeChat in the mini-program first"))}, nil
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		fresh, err := insertReport(tx, residentID, input.EventID)
		if err != nil || !fresh {
			return err
		}
		for _, result := range input.Results {
			if result.Result != SubscriptionAccept {
				continue
			}
			if err := addQuota(tx, s.hash(WeChat, account[0]), result.Template, mostPermissions); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("report subscription: %w", err)
	}
	settings, err := s.Settings(ctx, actor)
	return settings, nil, err
}

// quotas reads what WeChat permits for people, by template.
func (s *Service) quotas(ctx context.Context, reached map[models.ID]Addresses) (map[models.ID]map[string]int, error) {
	owners := map[string]models.ID{}
	for id, addresses := range reached {
		for _, account := range addresses.on(WeChat) {
			owners[s.hash(WeChat, account)] = id
		}
	}
	if len(owners) == 0 {
		return nil, nil
	}
	rows, err := selectQuota(s.store.Reader(ctx), owners)
	if err != nil {
		return nil, err
	}
	quotas := map[models.ID]map[string]int{}
	for _, row := range rows {
		owner := owners[row.Target]
		if quotas[owner] == nil {
			quotas[owner] = map[string]int{}
		}
		quotas[owner][row.Template] = row.Amount
	}
	return quotas, nil
}

// quotaFor is how many messages of a kind WeChat permits.
func (s *Service) quotaFor(reader *recipient, kind Kind) int {
	return reader.quota[s.weChatTemplates[kind]]
}
