package app_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onewindow/models/store/storetest"
)

// The database's connections are cut again and again while a resident works, as in a change-over: what was answered is there, what
// could not be served says so in the contract's word and can be asked again, and the server goes on by itself.
func TestConnectionsThatBreakLoseNothing(t *testing.T) {
	if os.Getenv(storetest.ServerVariable) == "" {
		t.Skip("needs PostgreSQL")
	}
	on := ground{database: storetest.NewDatabase(t), redis: os.Getenv(redisVariable), folder: t.TempDir()}
	running := startProcess(t, on)
	mother := running.resident(t, "r06")
	draft := change(t, mother, "StartApplication", vars{"itemCode": "childbirth-benefit"}).Application
	ctx, stop := context.WithCancel(t.Context())
	var cutting sync.WaitGroup
	cutting.Go(func() { cutConnections(ctx, t, on.database) })
	saved, refused := 0, 0
	for saved < 200 {
		value := fmt.Sprintf("第%d医院", saved+1)
		got := mother.send(t, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{{"key": "hospital", "value": value}}}))
		switch code, _ := refusalOf(got); {
		case got.ok():
			saved++
			if kept := read[payload](t, "SaveAnswers", got).Application.field("hospital"); kept.Value == nil || *kept.Value != value {
				t.Fatalf("saved %s, answered %+v", value, kept)
			}
		case code == "UNAVAILABLE":
			refused++
			time.Sleep(20 * time.Millisecond)
		default:
			t.Fatalf("after %d answers: %s", saved, got.Raw)
		}
	}
	stop()
	cutting.Wait()
	t.Logf("%d saved, %d times not available", saved, refused)
	eventually(t, "the server is well again", func() bool {
		got := mother.send(t, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{}}))
		return got.ok() && *read[payload](t, "SaveAnswers", got).Application.field("hospital").Value == "第200医院"
	})
	running.kill(t)
	checkWhole(t, on)
}

// cutConnections ends all others' connections to a database every 150 ms.
func cutConnections(ctx context.Context, t *testing.T, url string) {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = connection.Close(context.Background()) }()
	for ctx.Err() == nil {
		_, err := connection.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		if err != nil && ctx.Err() == nil && !strings.Contains(err.Error(), "canceled") {
			t.Error(err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(150 * time.Millisecond):
		}
	}
}
