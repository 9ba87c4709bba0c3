package conform

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// tooFast sends events about nothing until one is answered 429, and wants that answer to say when to come again.
func (v *visit) tooFast(ctx context.Context) outcome {
	bodies := make(chan []byte, v.Flood)
	for range v.Flood {
		bodies <- v.event(nowhere, nil)
	}
	close(bodies)
	turned := make(chan answer, atOnce)
	var running sync.WaitGroup
	for range atOnce {
		running.Go(func() {
			for body := range bodies {
				if len(turned) > 0 {
					return
				}
				if came := v.send(ctx, body); came.status == http.StatusTooManyRequests {
					turned <- came
					return
				}
			}
		})
	}
	running.Wait()
	select {
	case came := <-turned:
		seconds, err := strconv.Atoi(came.header.Get("Retry-After"))
		return verdictOf(err == nil && seconds > 0, "429, Retry-After: 1", came.describe()+", Retry-After: "+strconv.Quote(came.header.Get("Retry-After")))
	default:
		return failed("429", fmt.Sprintf("%d 个都接受了 / all %d were let in", v.Flood, v.Flood))
	}
}
