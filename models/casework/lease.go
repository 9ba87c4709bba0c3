package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/store"
)

// Claim takes a task for a staff member for the time of a lease. Claiming again what one holds renews it.
func (s *Service) Claim(ctx context.Context, actor models.Actor, id models.ID) (*Task, []*models.Problem, error) {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, err := s.workableTask(tx, actor, id)
		if err != nil {
			return err
		}
		if task.Offered { // the case is locked before the task, as everywhere
			if err := s.takeOver(ctx, tx, actor, task); err != nil {
				return err
			}
		}
		taken, err := s.records.claim(tx, task, actor.ID, tx.Now.Add(s.Settings.Lease))
		if err != nil || taken {
			return err
		}
		return s.notOpen(ctx, task)
	})
	if err != nil {
		return nil, nil, err
	}
	task, err := s.Task(ctx, actor, id)
	return task, nil, err
}

// notOpen says why a task cannot be taken: somebody holds it, or it is over.
func (s *Service) notOpen(ctx context.Context, task *Task) error {
	if task.State == TaskClaimed {
		return s.heldBy(ctx, task.AssigneeID)
	}
	return models.Conflict(models.T("任务已经结束或暂停", "The task has ended or stands still"), string(task.State))
}

// Release gives a task that one holds back to the queue.
func (s *Service) Release(ctx context.Context, actor models.Actor, id models.ID) (*Task, []*models.Problem, error) {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, err := s.workableTask(tx, actor, id)
		if err != nil {
			return err
		}
		given, err := s.records.release(tx, task.ID, actor.ID)
		if err != nil || given {
			return err
		}
		if task.State == TaskOpen {
			return nil // released already, or the lease ran out
		}
		return s.notOpen(ctx, task)
	})
	if err != nil {
		return nil, nil, err
	}
	task, err := s.Task(ctx, actor, id)
	return task, nil, err
}
