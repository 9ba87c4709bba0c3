-- +goose Up
-- Work beside acceptance and steps: call-backs, oversight, checks of promises, reviews and arbitration. One task for each
-- kind and step of an application.
ALTER TABLE casework_tasks DROP CONSTRAINT casework_tasks_kind_check;
ALTER TABLE casework_tasks ADD CONSTRAINT casework_tasks_kind_check
    CHECK (kind IN ('ACCEPTANCE','STEP','CALLBACK','OVERSIGHT','COMMITMENT','REVIEW','ARBITRATION'));
ALTER TABLE casework_tasks ADD CONSTRAINT casework_tasks_one UNIQUE (application_id, kind, step_id);
ALTER TABLE casework_tasks DROP CONSTRAINT casework_tasks_application_id_step_id_key;

-- order_at is the place in the queue: the due date, less a bounded head start. stopped_light is the light of work that stands
-- still. The default is for replicas that do not know the column yet.
ALTER TABLE casework_tasks ADD COLUMN order_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE casework_tasks ADD COLUMN stopped_light text NOT NULL DEFAULT '' CHECK (stopped_light IN ('','GREEN','YELLOW','RED'));
UPDATE casework_tasks SET order_at = due_at - priority * interval '43 minutes 12 seconds',
    stopped_light = CASE WHEN state = 'SUSPENDED' THEN 'GREEN' ELSE '' END;

DROP INDEX casework_tasks_worklist;
DROP INDEX casework_tasks_city;
DROP INDEX casework_tasks_assignee;
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
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    department text NOT NULL,
    role       text NOT NULL,
    stands     boolean NOT NULL,
    light      text NOT NULL,
    due_at     timestamptz NOT NULL,
    yellow_at  timestamptz NOT NULL,
    number     bigint NOT NULL,
    merged     boolean NOT NULL DEFAULT false
);
CREATE INDEX casework_task_counts_scope ON casework_task_counts (role, department);
CREATE INDEX casework_task_counts_loose ON casework_task_counts (id) WHERE NOT merged;
CREATE UNIQUE INDEX casework_task_counts_bucket ON casework_task_counts (department, role, stands, light, due_at, yellow_at) WHERE merged;

-- +goose StatementBegin
CREATE FUNCTION casework_count_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT department, role, state = 'SUSPENDED', stopped_light, due_at, yellow_at, count(*) FROM added
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED') GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION casework_count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT department, role, state = 'SUSPENDED', stopped_light, due_at, yellow_at, -count(*) FROM removed
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED') GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION casework_count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT department, role, stands, stopped_light, due_at, yellow_at, sum(number) FROM (
        SELECT department, role, state = 'SUSPENDED' AS stands, stopped_light, due_at, yellow_at, 1 AS number FROM added
        WHERE state IN ('OPEN','CLAIMED','SUSPENDED')
        UNION ALL
        SELECT department, role, state = 'SUSPENDED', stopped_light, due_at, yellow_at, -1 FROM removed
        WHERE state IN ('OPEN','CLAIMED','SUSPENDED')
    ) moved GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(number) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER casework_tasks_added AFTER INSERT ON casework_tasks
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION casework_count_added();
CREATE TRIGGER casework_tasks_removed AFTER DELETE ON casework_tasks
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION casework_count_removed();
CREATE TRIGGER casework_tasks_changed AFTER UPDATE ON casework_tasks
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION casework_count_changed();
INSERT INTO casework_task_counts (department, role, stands, light, due_at, yellow_at, number)
    SELECT department, role, state = 'SUSPENDED', stopped_light, due_at, yellow_at, count(*) FROM casework_tasks
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED') GROUP BY 1, 2, 3, 4, 5, 6;

-- Promises that turned out to be false: until one is repaired, its giver makes no further ones.
CREATE TABLE casework_broken_promises (
    application_id  uuid NOT NULL REFERENCES casework_applications (id),
    requirement_key text NOT NULL,
    person_id       uuid NOT NULL,
    found_at        timestamptz NOT NULL,
    repaired_at     timestamptz,
    PRIMARY KEY (application_id, requirement_key)
);
CREATE INDEX casework_broken_promises_person ON casework_broken_promises (person_id) WHERE repaired_at IS NULL;
