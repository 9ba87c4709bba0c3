package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// results shows what was issued, and that it stands in the wallet.
func (t *tour) results(ctx context.Context) error {
	t.headline("结果与卡包", "The result, and the wallet")
	var answer struct {
		Application struct {
			Results []struct {
				Material         struct{ Name string }
				Number, IssuedOn string
				Delivery         struct{ Method, State string }
			}
		}
		Viewer struct {
			Documents struct {
				TotalCount int
				Edges      []struct {
					Node struct {
						Material      struct{ Name string }
						Source, Trust string
						UsedBy        []struct{ ID string }
					}
				}
			}
		}
	}
	if err := t.resident.ask(ctx, chinese, "Results", values{"id": t.id}, &answer); err != nil {
		return err
	}
	if len(answer.Application.Results) == 0 {
		return errors.New("the application is complete and issued nothing")
	}
	for _, result := range answer.Application.Results {
		t.say(fmt.Sprintf("%s %s，%s 签发", result.Material.Name, result.Number, result.IssuedOn),
			fmt.Sprintf("issued on %s, %s, %s", result.IssuedOn, strings.ToLower(result.Delivery.Method), strings.ToLower(result.Delivery.State)))
	}
	issued := 0
	for _, edge := range answer.Viewer.Documents.Edges {
		if edge.Node.Source == "APPLICATION" {
			issued++
		}
	}
	if issued == 0 {
		return errors.New("the result does not stand in the wallet")
	}
	t.say(fmt.Sprintf("电子卡包共 %d 份证照材料", answer.Viewer.Documents.TotalCount),
		fmt.Sprintf("%d documents in the wallet, %d issued by applications", answer.Viewer.Documents.TotalCount, issued))
	return nil
}

func (t *tour) rate(ctx context.Context) error {
	t.headline("评价", "She rates how it went")
	if err := t.told(ctx, "RATING_INVITATION"); err != nil {
		return err
	}
	var answer struct {
		RateApplication struct {
			Rating   *struct{ Stars int }
			Problems []problem
		}
	}
	if err := t.resident.ask(ctx, chinese, "Rate", values{"id": t.id, "stars": 5, "comment": "没有跑腿，一次补正说清楚了"}, &answer); err != nil {
		return err
	}
	if err := problems("Rate", answer.RateApplication.Problems); err != nil {
		return err
	}
	t.say(strings.Repeat("★", answer.RateApplication.Rating.Stars), "five stars")
	return nil
}

// lookBack reads the whole story once more: the timeline, why the due date was what it was, and who looked.
func (t *tour) lookBack(ctx context.Context) error {
	t.headline("全程留痕", "The whole story")
	told, err := t.story(ctx, chinese)
	if err != nil {
		return err
	}
	beside, err := t.story(ctx, english)
	if err != nil {
		return err
	}
	for position, edge := range told.Timeline.Edges {
		t.print("  %s %s  %s\n", edge.Node.At.Format("01-02 15:04"), edge.Node.Title, beside.Timeline.Edges[position].Node.Title)
	}
	for _, segment := range told.Deadline.Segments {
		said := segmentWords[segment.Kind]
		t.print("  ⏱ %s → %s  %s %s\n", segment.From, segment.To, fmt.Sprintf(said[0], segment.Days), fmt.Sprintf(said[1], segment.Days))
	}
	return t.whoLooked(ctx)
}

// segmentWords say what a piece of the clock was.
var segmentWords = map[string][2]string{
	"RUNNING":               {"计时，%d 个工作日", "the clock runs, %d working days"},
	"WAITING_FOR_APPLICANT": {"等待申请人补正，%d 个工作日不计入", "waiting for the applicant, %d working days not counted"},
}

// story is an application's timeline and the pieces of its clock.
type story struct {
	Timeline struct {
		Edges []struct {
			Node struct {
				At    time.Time
				Title string
			}
		}
	}
	Deadline struct {
		Segments []struct {
			Kind, From, To string
			Days           int
		}
	}
}

func (t *tour) story(ctx context.Context, locale string) (*story, error) {
	var answer struct{ Application *story }
	if err := t.resident.ask(ctx, locale, "Timeline", values{"id": t.id}, &answer); err != nil {
		return nil, err
	}
	if answer.Application == nil || len(answer.Application.Timeline.Edges) < 10 {
		return nil, errors.New("the timeline should tell at least ten things")
	}
	return answer.Application, nil
}

// whoLooked shows that each look of an officer at her data left a record for her.
func (t *tour) whoLooked(ctx context.Context) error {
	var answer struct {
		Viewer struct {
			AccessLog struct {
				Edges []struct {
					Node struct {
						Actor struct {
							Role       string
							Department struct{ Name string }
						}
						Purpose     string
						Fields      []string
						Application *struct{ ID string }
					}
				}
			}
		}
	}
	if err := t.resident.ask(ctx, chinese, "WhoLookedAtMe", nil, &answer); err != nil {
		return err
	}
	looks := 0
	for _, edge := range answer.Viewer.AccessLog.Edges {
		look := edge.Node
		if look.Application != nil && look.Application.ID == t.id {
			looks++
			t.say("谁看过我的资料："+look.Actor.Department.Name+"，"+look.Purpose, "who looked at my data: "+look.Actor.Role+", "+strings.Join(look.Fields, ", "))
		}
	}
	if looks == 0 {
		return errors.New("the reviewer looked at the application, and no record of it is shown")
	}
	return nil
}
