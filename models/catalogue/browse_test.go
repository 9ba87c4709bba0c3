package catalogue_test

import (
	"context"
	"slices"
	"testing"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store/storetest"
)

func TestPagesOfTheCatalogueHoldEveryItemOnce(t *testing.T) {
	service := catalogue.NewService(storetest.Open(t, "", storetest.NewClock("2026-03-02T09:00:00+08:00")))
	if err := service.Install(context.Background(), hangzhou(t)); err != nil {
		t.Fatal(err)
	}
	var codes []string
	request := models.PageRequest{First: 12}
	for range 10 {
		page, err := service.Browse(catalogue.Query{}, request)
		if err != nil || page.TotalCount != 41 {
			t.Fatalf("%v %+v", err, page)
		}
		for _, edge := range page.Edges {
			codes = append(codes, edge.Node.Code)
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		request.After = *page.PageInfo.EndCursor
	}
	if len(codes) != 41 || !slices.IsSorted(codes) || len(slices.Compact(codes)) != 41 {
		t.Errorf("%d items: %v", len(codes), codes)
	}
	if _, err := service.Browse(catalogue.Query{}, models.PageRequest{First: 5, After: "nonsense"}); err == nil {
		t.Error("a cursor that is none was taken")
	}
}

func TestEligibilityIsThreeValued(t *testing.T) {
	item := itemOf(t, hangzhou(t), "birth-registration")
	sum := item.Eligibility(nil, motherOfANewborn())
	if sum.Eligible != nil || len(sum.Unknown) != 2 || len(sum.Unmet) != 0 {
		t.Errorf("nothing answered: %+v", sum)
	}
	sum = item.Eligibility(map[string]string{"settle_region": "310101"}, motherOfANewborn())
	if sum.Eligible == nil || *sum.Eligible || len(sum.Unmet) != 1 || sum.Unmet[0].ID != "settle-here" || len(sum.Unknown) != 1 {
		t.Errorf("one unmet, one open: %+v", sum)
	}
	sum = item.Eligibility(birthAnswers(nil), motherOfANewborn())
	if sum.Eligible == nil || !*sum.Eligible || len(sum.Unknown) != 0 {
		t.Errorf("all answered: %+v", sum)
	}
}
