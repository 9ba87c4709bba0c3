-- +goose Up
-- Work beside acceptance and steps: call-backs, oversight, checks of promises, reviews and arbitration. One task for each
-- kind and step of an application. order_at is the place in the queue: the due date, less a bounded head start. stopped_light
-- is the light of work that stands still.
CREATE TABLE casework_tasks_new (
    id             text PRIMARY KEY,
    application_id text NOT NULL REFERENCES casework_applications (id),
    kind           text NOT NULL CHECK (kind IN ('ACCEPTANCE','STEP','CALLBACK','OVERSIGHT','COMMITMENT','REVIEW','ARBITRATION')),
    step_id        text NOT NULL,
    department     text NOT NULL,
    role           text NOT NULL,
    state          text NOT NULL CHECK (state IN ('OPEN','CLAIMED','SUSPENDED','DONE','CANCELLED')),
    priority       integer NOT NULL,
    due_at         datetime NOT NULL,
    yellow_at      datetime NOT NULL,
    assignee_id    text,
    lease_until    datetime,
    created_at     datetime NOT NULL,
    order_at       datetime NOT NULL,
    stopped_light  text NOT NULL DEFAULT '' CHECK (stopped_light IN ('','GREEN','YELLOW','RED')),
    UNIQUE (application_id, kind, step_id)
);
INSERT INTO casework_tasks_new (id, application_id, kind, step_id, department, role, state, priority, due_at, yellow_at, assignee_id,
        lease_until, created_at, order_at, stopped_light)
    SELECT id, application_id, kind, step_id, department, role, state, priority, due_at, yellow_at, assignee_id, lease_until, created_at,
        due_at, CASE WHEN state = 'SUSPENDED' THEN 'GREEN' ELSE '' END FROM casework_tasks;
DROP TABLE casework_tasks;
ALTER TABLE casework_tasks_new RENAME TO casework_tasks;
CREATE INDEX casework_tasks_queue ON casework_tasks (department, role, order_at, id) WHERE state IN ('OPEN','CLAIMED','SUSPENDED');
CREATE INDEX casework_tasks_city_queue ON casework_tasks (role, order_at, id) WHERE state IN ('OPEN','CLAIMED','SUSPENDED');
CREATE INDEX casework_tasks_stopped ON casework_tasks (department, role, stopped_light, order_at, id) WHERE state = 'SUSPENDED';
CREATE INDEX casework_tasks_city_stopped ON casework_tasks (role, stopped_light, order_at, id) WHERE state = 'SUSPENDED';
CREATE INDEX casework_tasks_claimed ON casework_tasks (department, role, order_at, id, lease_until) WHERE state = 'CLAIMED';
CREATE INDEX casework_tasks_city_claimed ON casework_tasks (role, order_at, id, lease_until) WHERE state = 'CLAIMED';
CREATE INDEX casework_tasks_mine ON casework_tasks (assignee_id, order_at, id) WHERE state IN ('OPEN','CLAIMED','SUSPENDED');

-- How much open work there is, by what decides its light. Every change adds a row, so that nobody waits for anybody; a sweep
-- merges them. The sum over a scope is exact at every moment.
CREATE TABLE casework_task_counts (
    id         integer PRIMARY KEY,
    department text NOT NULL,
    role       text NOT NULL,
    stands     boolean NOT NULL,
    light      text NOT NULL,
    due_at     datetime NOT NULL,
    yellow_at  datetime NOT NULL,
    number     integer NOT NULL,
    merged     boolean NOT NULL DEFAULT false
);
CREATE INDEX casework_task_counts_scope ON casework_task_counts (role, department);
CREATE INDEX casework_task_counts_loose ON casework_task_counts (id) WHERE NOT merged;
CREATE UNIQUE INDEX casework_task_counts_bucket ON casework_task_counts (department, role, stands, light, due_at, yellow_at) WHERE merged;
-- +goose StatementBegin
CREATE TRIGGER casework_tasks_added AFTER INSERT ON casework_tasks WHEN NEW.state IN ('OPEN','CLAIMED','SUSPENDED') BEGIN
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    VALUES (NEW.department, NEW.role, NEW.state = 'SUSPENDED', NEW.stopped_light, NEW.due_at, NEW.yellow_at, 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER casework_tasks_removed AFTER DELETE ON casework_tasks WHEN OLD.state IN ('OPEN','CLAIMED','SUSPENDED') BEGIN
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    VALUES (OLD.department, OLD.role, OLD.state = 'SUSPENDED', OLD.stopped_light, OLD.due_at, OLD.yellow_at, -1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER casework_tasks_changed AFTER UPDATE ON casework_tasks BEGIN
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT OLD.department, OLD.role, OLD.state = 'SUSPENDED', OLD.stopped_light, OLD.due_at, OLD.yellow_at, -1
    WHERE OLD.state IN ('OPEN','CLAIMED','SUSPENDED');
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT NEW.department, NEW.role, NEW.state = 'SUSPENDED', NEW.stopped_light, NEW.due_at, NEW.yellow_at, 1
    WHERE NEW.state IN ('OPEN','CLAIMED','SUSPENDED');
END;
-- +goose StatementEnd
INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT department, role, state = 'SUSPENDED', stopped_light, due_at, yellow_at, count(*) FROM casework_tasks
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED') GROUP BY 1, 2, 3, 4, 5, 6;

-- Promises that turned out to be false: until one is repaired, its giver makes no further ones.
CREATE TABLE casework_broken_promises (
    application_id  text NOT NULL REFERENCES casework_applications (id),
    requirement_key text NOT NULL,
    person_id       text NOT NULL,
    found_at        datetime NOT NULL,
    repaired_at     datetime,
    PRIMARY KEY (application_id, requirement_key)
) WITHOUT ROWID;
CREATE INDEX casework_broken_promises_person ON casework_broken_promises (person_id) WHERE repaired_at IS NULL;
